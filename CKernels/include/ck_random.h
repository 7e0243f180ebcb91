// Counter-based random numbers (Philox 4x32, Salmon et al., SC 2011): draw i is a function of (key, stream, i) alone,
// so masks need not be stored and results do not depend on the number of threads.
#ifndef CK_RANDOM_H
#define CK_RANDOM_H

#include "ck_base.h"

#pragma clang assume_nonnull begin

/// words[i], i < n: the 32-bit draws that everything else here is made from (block i / 4, word i % 4).
CK_API ck_status ck_random_words(const ck_ctx *ctx, uint32_t *words, int64_t n, uint64_t key, uint64_t stream);

/// Bit i % 64 of bits[i / 64], i < n: whether ck_dense_dropout with drop probability p keeps element i at the same key
/// and stream. The bits behind the last are 0.
CK_API ck_status ck_random_keep_bits(const ck_ctx *ctx, uint64_t *bits, int64_t n, double p, uint64_t key,
                                     uint64_t stream);

#pragma clang assume_nonnull end

// Declared for float (_f32) and double (_f64) from one text.
#define T float
#define FN(name) name##_f32
#include "ck_random_functions.h"
#undef T
#undef FN
#define T double
#define FN(name) name##_f64
#include "ck_random_functions.h"
#undef T
#undef FN

#endif
