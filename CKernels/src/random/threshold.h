// The drop probability of dropout and bernoulli in steps of 2^-16: an element is kept when its 16-bit draw reaches it.
#ifndef CK_THRESHOLD_H
#define CK_THRESHOLD_H
#include <stdint.h>
static inline int32_t ck_drop_threshold(double drop) { return (int32_t)(drop * 65536 + 0.5); }
#endif
