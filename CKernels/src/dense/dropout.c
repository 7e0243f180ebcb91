// Dropout: y[i] = kept(i) ? x[i] / (1 - p) : 0, with a mask that is computed and never stored.
//
// Element i takes 16 bits of Philox (random/random.c): one block serves eight elements, and the probability is a
// multiple of 2^-16, by which the scale is computed too, so that the mean is exact.  A dropped NaN gives 0. Cost: 2
// elements moved and one eighth of a block for each element.
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/parallel.h"
#include "../random/threshold.h"
#define CK_BODY "../dense/dropout_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, dropout)

static const double dropout_element_ns = 0.3;

double ck_dense_dropout_scale(double p) {
  const int32_t threshold = ck_drop_threshold(p);
  return threshold < 65536 ? 65536.0 / (65536 - threshold) : 0;
}

#define CK_DRIVER "../dense/dropout.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_dense_dropout)(const ck_ctx *ctx, T *y, const T *x, int64_t n, double p, uint64_t key,
                               uint64_t stream) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  if (!(p >= 0 && p < 1)) return ck_status_bad_option;
  __auto_type body = CK_PICK(ctx, dense, dropout, CK_TYPE);
  const int32_t threshold = ck_drop_threshold(p);
  const T scale = (T)ck_dense_dropout_scale(p);
  const int64_t groups = (n + CK_PHILOX_HALVES - 1) / CK_PHILOX_HALVES;
  CK_COST((double)n, 2 * (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, (double)n * dropout_element_ns);
  CK_PARALLEL(threads, part, {
    body(y, x, n, threshold, scale, key, stream, ck_split_even(groups, threads, part),
         ck_split_even(groups, threads, part + 1));
  });
  return ck_status_ok;
}

#endif
