// Sum, mean or maximum over the entries of each row of a CSR pattern, and the gradient.
//
//   y[r, :] = reduction of x[e, :] over the entries e of row r          x is nnz x n, y is rows x n
//
// Sums of columns that divide a vector run over the contiguous row and fold the lanes at its end; other widths and the
// maximum keep a strip of 4 vectors of y in registers while the entries pass.  nnz n flops and (nnz + rows) n sizeof T
// bytes.  No workspace.  The maximum keeps the first of equals; a NaN wins over numbers, the first of several.
#ifndef T
#include "../base/parallel.h"
#include "ck_sparse.h"
#include "sparse_kernels.h"
#define CK_BODY "../sparse/segment_reduce_body.h"
#include "../base/isa_expand.h"

CK_SPARSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(sparse, segment_reduce)
CK_DEFINE_BODIES(sparse, segment_reduce_bwd)

/// Cost of a row, in entries, when rows are cut between threads.
static const int64_t row_cost = 4;
/// Nanoseconds of a row and of an element, for the thread policy.
static const double row_ns = 3, element_ns = 0.1;

#define CK_DRIVER "../sparse/segment_reduce.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_sparse_segment_reduce)(const ck_ctx *ctx, ck_segment_reduction op, T *y, int32_t *which,
                                       const int64_t *row_start, int64_t rows, const T *x, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || n < 0) return ck_status_bad_shape;
  if ((uint32_t)op > ck_segment_reduction_maximum) return ck_status_bad_option;
  if (rows == 0 || n == 0) return ck_status_ok;
  if (which && op == ck_segment_reduction_maximum && row_start[rows] > INT32_MAX) return ck_status_bad_shape;
  __auto_type body = CK_PICK(ctx, sparse, segment_reduce, CK_TYPE);
  const double elements = (double)row_start[rows] * (double)n;
  CK_COST(elements, (elements + (double)rows * (double)n) * sizeof(T) + (double)rows * 8);
  const int32_t threads = ck_threads_for(ctx, (double)rows * row_ns + elements * element_ns);
  CK_PARALLEL(threads, part, {
    body(op, y, which, row_start, x, n, ck_split_rows(row_start, rows, row_cost, threads, part),
         ck_split_rows(row_start, rows, row_cost, threads, part + 1));
  });
  return ck_status_ok;
}

ck_status FN(ck_sparse_segment_reduce_bwd)(const ck_ctx *ctx, ck_segment_reduction op, T *dx, const T *dy,
                                           const int32_t *which, const int64_t *row_start, int64_t rows, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || n < 0) return ck_status_bad_shape;
  if ((uint32_t)op > ck_segment_reduction_maximum) return ck_status_bad_option;
  if (op == ck_segment_reduction_maximum && !which) return ck_status_bad_option;
  if (rows == 0 || n == 0) return ck_status_ok;
  __auto_type body = CK_PICK(ctx, sparse, segment_reduce_bwd, CK_TYPE);
  const double elements = (double)row_start[rows] * (double)n;
  CK_COST(elements, (elements + (double)rows * (double)n) * sizeof(T) + (double)rows * 8);
  const int32_t threads = ck_threads_for(ctx, (double)rows * row_ns + elements * element_ns);
  CK_PARALLEL(threads, part, {
    body(op, dx, dy, which, row_start, n, ck_split_rows(row_start, rows, row_cost, threads, part),
         ck_split_rows(row_start, rows, row_cost, threads, part + 1));
  });
  return ck_status_ok;
}

#endif
