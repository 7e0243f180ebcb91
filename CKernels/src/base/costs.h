// Nanoseconds of an element on one core that several families share, for the thread policy.
#ifndef CK_COSTS_H
#define CK_COSTS_H
#include <stdbool.h>

/// An exponential with the moves around it; that of double goes through libm.
static inline double ck_exp_ns(bool is_f32) { return is_f32 ? 0.5 : 6; }
/// A few products and sums of elements that are read once.
static inline double ck_product_ns(bool is_f32) { return is_f32 ? 0.2 : 0.4; }

#endif
