// Maximum over neighbours: y[r, c] = max over the entries (r, j) of x[j, c], and its gradient.
//
// Forward, row by row: a strip of up to 4 vectors of y and of the entries that won stays in registers while the rows of
// x pass.  Backward, column j by column j over the transposed pattern: dx[j, c] sums dy[r, c] over those of its entries
// that won at (r, c), so each element has one owner and one order, and nothing is scattered.  nnz n comparisons each;
// nnz (4 + n sizeof T) bytes gathered forward, and nnz n 4 more backward.  No workspace.  The first of equals wins; a
// NaN wins over numbers, the first of several.
//
// GraphSAGE's pooling (Hamilton, Ying and Leskovec, NeurIPS 2017) is this after a dense layer.
#ifndef T
#include "../base/parallel.h"
#include "gathered.h"
#include "sparse_kernels.h"
#include "spmm_max_job.h"
#define CK_BODY "../sparse/spmm_max_body.h"
#include "../base/isa_expand.h"

CK_SPARSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(sparse, spmm_max)
CK_DEFINE_BODIES(sparse, spmm_max_bwd)

/// Nanoseconds of an entry, and of an element that it gathers, for the thread policy.
static const double entry_ns = 1, element_ns = 0.05;

#define CK_DRIVER "../sparse/spmm_max.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_sparse_spmm_max)(const ck_ctx *ctx, T *y, int32_t *which, const ck_csr *a, const T *x, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->columns < 0 || n < 0) return ck_status_bad_shape;
  if (a->rows == 0 || n == 0) return ck_status_ok;
  const int64_t entries = a->row_start[a->rows];
  if (entries > INT32_MAX) return ck_status_bad_shape;
  const max_job job = {.a = a, .n = n, .y = y, .which = which, .x = x,
                       .far = gathers_from_far(ck_machine_caches(), (double)(a->columns * n) * sizeof(T))};
  __auto_type body = CK_PICK(ctx, sparse, spmm_max, CK_TYPE);
  CK_COST((double)entries * (double)n, (double)entries * 4 + (double)a->rows * 8 +
          (double)n * ((double)(a->columns + a->rows) * sizeof(T) + (which ? (double)a->rows * 4 : 0)));
  const double work = (double)(entries + a->rows) * (entry_ns + element_ns * (double)n * (sizeof(T) / 4));
  const int32_t threads = ck_threads_for(ctx, work);
  CK_PARALLEL(threads, part, {
    body(&job, ck_split_rows(a->row_start, a->rows, row_cost, threads, part),
         ck_split_rows(a->row_start, a->rows, row_cost, threads, part + 1));
  });
  return ck_status_ok;
}

ck_status FN(ck_sparse_spmm_max_bwd)(const ck_ctx *ctx, T *dx, const T *dy, const int32_t *which,
                                     const ck_csr *transposed, const int32_t *order, int64_t n) {
  const ck_csr *a = transposed;
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->columns < 0 || n < 0) return ck_status_bad_shape;
  if (a->rows == 0 || n == 0) return ck_status_ok;
  if (a->row_start[a->rows] > INT32_MAX) return ck_status_bad_shape;
  CK_COST((double)a->row_start[a->rows] * (double)n, (double)a->row_start[a->rows] * 8 + (double)a->rows * 8 +
          (double)n * ((double)(a->columns + a->rows) * sizeof(T) + (double)a->columns * 4));
  const max_job job = {.a = a, .order = order, .n = n, .y = dx, .which = (int32_t *)which, .x = dy,
                       .far = gathers_from_far(ck_machine_caches(), (double)(a->columns * n) * sizeof(T))};
  __auto_type body = CK_PICK(ctx, sparse, spmm_max_bwd, CK_TYPE);
  const double work =
      (double)(a->row_start[a->rows] + a->rows) * (entry_ns + 2 * element_ns * (double)n * (sizeof(T) / 4));
  const int32_t threads = ck_threads_for(ctx, work);
  CK_PARALLEL(threads, part, {
    body(&job, ck_split_rows(a->row_start, a->rows, row_cost, threads, part),
         ck_split_rows(a->row_start, a->rows, row_cost, threads, part + 1));
  });
  return ck_status_ok;
}

#endif
