// Softmax and log-softmax of the rows of a matrix (rows x n), and their gradients.
//
//   softmax          y = exp(x - m) / sum exp(x - m), m the row's maximum      dx = y (dy - <dy, y>)
//   log_softmax      y = x - m - log sum exp(x - m)                            dx = dy - exp(y) sum dy
//
// Method: passes over one row, in cache after the first: maximum, exponentials and their sum, scaling.  A row that fits
// one vector stays in its register, and VL rows share one vector logarithm.  Sums run in the lanes of one vector,
// folded in halves.  A row has one owner.
// Cost: 2 n elements moved and about 20 n flops a row forward, 3 n elements and 4 n (log: 20 n) flops backward.
// A row of -infinity alone gives zeros (log_softmax: -infinity); NaN or +infinity in a row make all of it NaN.
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/costs.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/softmax_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, softmax)
CK_DEFINE_BODIES(dense, softmax_bwd)
CK_DEFINE_BODIES(dense, log_softmax)
CK_DEFINE_BODIES(dense, log_softmax_bwd)

/// Nanoseconds of a row on one core, by what an element costs.
static double row_cost(int64_t rows, int64_t n, double element_ns) {
  return (double)rows * (10 + (double)n * element_ns);
}

#define CK_DRIVER "../dense/softmax.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_dense_softmax)(const ck_ctx *ctx, T *y, int64_t ldy, const T *x, int64_t ldx, int64_t rows,
                               int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || n < 0) return ck_status_bad_shape;
  if (ldy < n || ldx < n) return ck_status_bad_stride;
  __auto_type body = CK_PICK(ctx, dense, softmax, CK_TYPE);
  CK_COST(5 * (double)rows * (double)n, 2 * (double)rows * (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, row_cost(rows, n, ck_exp_ns(CK_IS_F32)));
  CK_PARALLEL(threads, part, {
    body(y, ldy, x, ldx, n, ck_split_even(rows, threads, part), ck_split_even(rows, threads, part + 1));
  });
  return ck_status_ok;
}

ck_status FN(ck_dense_softmax_bwd)(const ck_ctx *ctx, T *dx, int64_t lddx, const T *dy, int64_t lddy, const T *y,
                                   int64_t ldy, int64_t rows, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || n < 0) return ck_status_bad_shape;
  if (lddx < n || lddy < n || ldy < n) return ck_status_bad_stride;
  __auto_type body = CK_PICK(ctx, dense, softmax_bwd, CK_TYPE);
  CK_COST(4 * (double)rows * (double)n, 3 * (double)rows * (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, row_cost(rows, n, ck_product_ns(CK_IS_F32)));
  CK_PARALLEL(threads, part, {
    body(dx, lddx, dy, lddy, y, ldy, n, ck_split_even(rows, threads, part), ck_split_even(rows, threads, part + 1));
  });
  return ck_status_ok;
}

ck_status FN(ck_dense_log_softmax)(const ck_ctx *ctx, T *y, int64_t ldy, const T *x, int64_t ldx, int64_t rows,
                                   int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || n < 0) return ck_status_bad_shape;
  if (ldy < n || ldx < n) return ck_status_bad_stride;
  __auto_type body = CK_PICK(ctx, dense, log_softmax, CK_TYPE);
  CK_COST(5 * (double)rows * (double)n, 2 * (double)rows * (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, row_cost(rows, n, ck_exp_ns(CK_IS_F32)));
  CK_PARALLEL(threads, part, {
    body(y, ldy, x, ldx, n, ck_split_even(rows, threads, part), ck_split_even(rows, threads, part + 1));
  });
  return ck_status_ok;
}

ck_status FN(ck_dense_log_softmax_bwd)(const ck_ctx *ctx, T *dx, int64_t lddx, const T *dy, int64_t lddy, const T *y,
                                       int64_t ldy, int64_t rows, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || n < 0) return ck_status_bad_shape;
  if (lddx < n || lddy < n || ldy < n) return ck_status_bad_stride;
  __auto_type body = CK_PICK(ctx, dense, log_softmax_bwd, CK_TYPE);
  CK_COST(4 * (double)rows * (double)n, 3 * (double)rows * (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, row_cost(rows, n, ck_exp_ns(CK_IS_F32)));
  CK_PARALLEL(threads, part, {
    body(dx, lddx, dy, lddy, y, ldy, n, ck_split_even(rows, threads, part), ck_split_even(rows, threads, part + 1));
  });
  return ck_status_ok;
}

#endif
