// Counter-based random numbers.
//
// Philox 4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC 2011) maps a counter of
// four words and a key of two to four words.  The counter's words 0 and 1 hold the block's index, words 2 and 3 the
// stream.
//
//   draws                    element i takes
//   words                    word i % 4 of block i / 4
//   uniform, float           the upper 24 bits of word i
//   uniform, double          the upper 53 bits of the pair of words 2 i (low) and 2 i + 1
//   normal                   elements 2 j and 2 j + 1 by Box-Muller from the uniform draws 2 j and 2 j + 1 (radius of
//                            float from all 32 bits: up to 6.7 deviations; double 8.5)
//   bernoulli, dropout       the 16-bit half i % 8 of block i / 8, the low half of a word first
//
// So results depend on (key, stream, i) alone.  Threads take whole groups of 16 blocks.  Cost: 60 vector operations for
// 8 blocks on v4 (about 2 ns a block), and n elements written.
#ifndef T
#include "ck_random.h"
#include "random_kernels.h"
#include "../base/parallel.h"
#include "threshold.h"
#define CK_BODY "../random/random_body.h"
#include "../base/isa_expand.h"

CK_RANDOM_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(random, words)
CK_DEFINE_BODIES(random, keep_bits)
CK_DEFINE_BODIES(random, uniform)
CK_DEFINE_BODIES(random, normal)
CK_DEFINE_BODIES(random, bernoulli)

static const double word_ns = 0.4, bit_ns = 0.25, normal_ns = 2, normal_f64_ns = 20;

ck_status ck_random_words(const ck_ctx *ctx, uint32_t *words, int64_t n, uint64_t key, uint64_t stream) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  __auto_type body = CK_PICK(ctx, random, words, f32);
  const int64_t groups = (n + CK_PHILOX_WORDS - 1) / CK_PHILOX_WORDS;
  CK_COST(0, (double)n * 4);
  const int32_t threads = ck_threads_for(ctx, (double)n * word_ns);
  CK_PARALLEL(threads, part, {
    body(words, n, key, stream, ck_split_even(groups, threads, part), ck_split_even(groups, threads, part + 1));
  });
  return ck_status_ok;
}

ck_status ck_random_keep_bits(const ck_ctx *ctx, uint64_t *bits, int64_t n, double p, uint64_t key, uint64_t stream) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  if (!(p >= 0 && p < 1)) return ck_status_bad_option;
  __auto_type body = CK_PICK(ctx, random, keep_bits, f32);
  const int64_t groups = (n + CK_PHILOX_HALVES - 1) / CK_PHILOX_HALVES;
  CK_COST(0, (double)n / 8);
  const int32_t threads = ck_threads_for(ctx, (double)n * bit_ns);
  CK_PARALLEL(threads, part, {
    body(bits, n, ck_drop_threshold(p), key, stream, ck_split_even(groups, threads, part),
         ck_split_even(groups, threads, part + 1));
  });
  return ck_status_ok;
}

#define CK_DRIVER "../random/random.c"
#include "../base/driver_expand.h"
#else

#if CK_IS_F32
#define CK_DRAWS CK_PHILOX_WORDS
#define CK_BEFORE(x) nextafterf(x, -INFINITY)
#else
#define CK_DRAWS (CK_PHILOX_WORDS / 2)
#define CK_BEFORE(x) nextafter(x, -INFINITY)
#endif

ck_status FN(ck_random_uniform)(const ck_ctx *ctx, T *y, int64_t n, T low, T high, uint64_t key, uint64_t stream) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  if (!(low <= high) || !isfinite(high - low)) return ck_status_bad_option;
  __auto_type body = CK_PICK(ctx, random, uniform, CK_TYPE);
  const T width = high - low, top = low < high ? CK_BEFORE(high) : high;
  const int64_t groups = (n + CK_DRAWS - 1) / CK_DRAWS;
  CK_COST(0, (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, (double)n * (CK_IS_F32 ? 1 : 2) * word_ns);
  CK_PARALLEL(threads, part, {
    body(y, n, low, width, top, key, stream, ck_split_even(groups, threads, part),
         ck_split_even(groups, threads, part + 1));
  });
  return ck_status_ok;
}

ck_status FN(ck_random_normal)(const ck_ctx *ctx, T *y, int64_t n, T mean, T deviation, uint64_t key, uint64_t stream) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  if (!(deviation >= 0)) return ck_status_bad_option;
  __auto_type body = CK_PICK(ctx, random, normal, CK_TYPE);
  const int64_t groups = (n + CK_DRAWS - 1) / CK_DRAWS;
  CK_COST(0, (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, (double)n * (CK_IS_F32 ? normal_ns : normal_f64_ns));
  CK_PARALLEL(threads, part, {
    body(y, n, mean, deviation, key, stream, ck_split_even(groups, threads, part),
         ck_split_even(groups, threads, part + 1));
  });
  return ck_status_ok;
}

ck_status FN(ck_random_bernoulli)(const ck_ctx *ctx, T *y, int64_t n, double p, uint64_t key, uint64_t stream) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  if (!(p >= 0 && p <= 1)) return ck_status_bad_option;
  __auto_type body = CK_PICK(ctx, random, bernoulli, CK_TYPE);
  const int32_t threshold = ck_drop_threshold(1 - p);
  const int64_t groups = (n + CK_PHILOX_HALVES - 1) / CK_PHILOX_HALVES;
  CK_COST(0, (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, (double)n * word_ns / 2);
  CK_PARALLEL(threads, part, {
    body(y, n, threshold, key, stream, ck_split_even(groups, threads, part), ck_split_even(groups, threads, part + 1));
  });
  return ck_status_ok;
}
#undef CK_DRAWS
#undef CK_BEFORE

#endif
