// What kernels know of the table whose rows they gather; SpMM's plan goes by the machine's own caches.
#ifndef CK_GATHERED_H
#define CK_GATHERED_H
#include <stdint.h>

/// Tables up to this size are taken to stay in the level-2 cache; rows of larger ones are prefetched.
static const int64_t near_table_bytes = 1 << 20;
/// Cost of a row, in entries, when rows are cut between threads.
static const int64_t row_cost = 4;

#endif
