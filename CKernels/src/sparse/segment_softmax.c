// Softmax over the entries of each row of a CSR pattern, for `heads` columns, and its gradient.
//
//   y[e, h] = exp(x[e, h] - m[r, h]) / s[r, h],   m = maximum, s = sum over the entries e of row r
//   dx[e, h] = y[e, h] (dy[e, h] - sum over the row of dy[., h] y[., h])
//
// x, y, dx and dy are nnz x heads.  Where the heads divide a vector, a row is one contiguous run whose lanes repeat the
// heads: a short row is one masked vector from load to store; a long one takes three passes (maximum, exponentials and
// their sum, scale).  Other head counts take vectors of heads, entry by entry.  About nnz heads (exp + 4) flops and
// 2 nnz heads (3 backward) sizeof T bytes.  No workspace.
//
// A column that is -infinity throughout a row gives zeros; NaN and +infinity make their row and head NaN.
#ifndef T
#include "../base/costs.h"
#include "../base/parallel.h"
#include "ck_sparse.h"
#include "sparse_kernels.h"
#define CK_BODY "../sparse/segment_softmax_body.h"
#include "../base/isa_expand.h"

CK_SPARSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(sparse, segment_softmax)
CK_DEFINE_BODIES(sparse, segment_softmax_bwd)

/// Cost of a row, in entries, when rows are cut between threads.
static const int64_t row_cost = 8;
/// Nanoseconds of a row, for the thread policy.
static const double row_ns = 5;

#define CK_DRIVER "../sparse/segment_softmax.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_sparse_segment_softmax)(const ck_ctx *ctx, T *y, const int64_t *row_start, int64_t rows, const T *x,
                                        int64_t heads) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || heads < 0) return ck_status_bad_shape;
  if (rows == 0 || heads == 0) return ck_status_ok;
  __auto_type body = CK_PICK(ctx, sparse, segment_softmax, CK_TYPE);
  const double elements = (double)row_start[rows] * (double)heads;
  CK_COST(5 * elements, 2 * elements * sizeof(T) + (double)rows * 8);
  const int32_t threads = ck_threads_for(ctx, (double)rows * row_ns + elements * ck_exp_ns(CK_IS_F32));
  CK_PARALLEL(threads, part, {
    body(y, row_start, x, heads, ck_split_rows(row_start, rows, row_cost, threads, part),
         ck_split_rows(row_start, rows, row_cost, threads, part + 1));
  });
  return ck_status_ok;
}

ck_status FN(ck_sparse_segment_softmax_bwd)(const ck_ctx *ctx, T *dx, const T *dy, const T *y, const int64_t *row_start,
                                            int64_t rows, int64_t heads) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || heads < 0) return ck_status_bad_shape;
  if (rows == 0 || heads == 0) return ck_status_ok;
  __auto_type body = CK_PICK(ctx, sparse, segment_softmax_bwd, CK_TYPE);
  const double elements = (double)row_start[rows] * (double)heads;
  CK_COST(4 * elements, 3 * elements * sizeof(T) + (double)rows * 8);
  const int32_t threads = ck_threads_for(ctx, (double)rows * row_ns + elements * ck_product_ns(CK_IS_F32));
  CK_PARALLEL(threads, part, {
    body(dx, dy, y, row_start, heads, ck_split_rows(row_start, rows, row_cost, threads, part),
         ck_split_rows(row_start, rows, row_cost, threads, part + 1));
  });
  return ck_status_ok;
}

#endif
