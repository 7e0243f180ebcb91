// Batch norm over columns (Ioffe and Szegedy 2015): moments, normalisation, gradient through the batch's own moments.
//
// Method.  Column sums run over fixed blocks of rows, a vector of columns in registers; the blocks' rows lie in the
// workspace and are added in index order.  Moments take two passes (mean, then centred squares): no cancellation.  With
// zero rows the moments are zeros.
// Cost: moments 2, forward 2, backward 5 x rows n elements moved; a block of 64 rows stays in L2 from column to column.
// Workspace: moments n, backward 2 n elements per block, and 2 n for backward's totals.
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/batch_norm_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, column_moments)
CK_DEFINE_BODIES(dense, batch_norm)
CK_DEFINE_BODIES(dense, batch_norm_sums)
CK_DEFINE_BODIES(dense, batch_norm_bwd)

enum { batch_norm_block = 64 };
static const double batch_norm_element_ns = 0.3;

static int64_t batch_norm_blocks(int64_t rows) { return (rows + batch_norm_block - 1) / batch_norm_block; }
static int64_t batch_norm_rows(int64_t rows, int64_t block) {
  const int64_t left = rows - block * batch_norm_block;
  return left < batch_norm_block ? left : batch_norm_block;
}

#define CK_DRIVER "../dense/batch_norm.c"
#include "../base/driver_expand.h"
#else

#include "add_blocks.h"

int64_t FN(ck_dense_column_moments_workspace)(int64_t rows, int64_t n) {
  return rows <= 0 || n <= 0 ? 0 : batch_norm_blocks(rows) * n * (int64_t)sizeof(T);
}

ck_status FN(ck_dense_column_moments)(const ck_ctx *ctx, T *mean, T *variance, const T *x, int64_t rows, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || n < 0) return ck_status_bad_shape;
  if (ctx->workspace_bytes < FN(ck_dense_column_moments_workspace)(rows, n)) return ck_status_workspace;
  T *partial = ctx->workspace;
  __auto_type body = CK_PICK(ctx, dense, column_moments, CK_TYPE);
  const int64_t blocks = batch_norm_blocks(rows);
  CK_COST(4 * (double)rows * (double)n, 2 * (double)rows * (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, (double)rows * (double)n * batch_norm_element_ns);
  for (int pass = 0; pass < 2; pass++) {  // mean, then variance
    const T *center = pass ? mean : NULL;
    CK_PARALLEL(threads, part, {
      for (int64_t b = ck_split_even(blocks, threads, part); b < ck_split_even(blocks, threads, part + 1); b++)
        body(partial + b * n, x + b * batch_norm_block * n, center, batch_norm_rows(rows, b), n);
    });
    FN(add_blocks)(pass ? variance : mean, partial, blocks, n, n, rows > 0 ? (T)rows : 1);
  }
  return ck_status_ok;
}

ck_status FN(ck_dense_batch_norm)(const ck_ctx *ctx, T *y, const T *x, const T *mean, const T *rstd, const T *weight,
                                  const T *bias, int64_t rows, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || n < 0) return ck_status_bad_shape;
  __auto_type body = CK_PICK(ctx, dense, batch_norm, CK_TYPE);
  const int64_t blocks = batch_norm_blocks(rows);
  CK_COST(4 * (double)rows * (double)n, 2 * (double)rows * (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, (double)rows * (double)n * batch_norm_element_ns);
  CK_PARALLEL(threads, part, {
    for (int64_t b = ck_split_even(blocks, threads, part); b < ck_split_even(blocks, threads, part + 1); b++) {
      const int64_t start = b * batch_norm_block * n;
      body(y + start, x + start, mean, rstd, weight, bias, batch_norm_rows(rows, b), n);
    }
  });
  return ck_status_ok;
}

int64_t FN(ck_dense_batch_norm_bwd_workspace)(int64_t rows, int64_t n) {
  return rows <= 0 || n <= 0 ? 0 : (batch_norm_blocks(rows) + 1) * 2 * n * (int64_t)sizeof(T);
}

ck_status FN(ck_dense_batch_norm_bwd)(const ck_ctx *ctx, T *dx, T *dweight, T *dbias, const T *dy, const T *x,
                                      const T *mean, const T *rstd, const T *weight, int64_t rows, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || n < 0) return ck_status_bad_shape;
  if (rows == 0)
    for (int64_t j = 0; j < n; j++) {
      if (dweight) dweight[j] = 0;
      if (dbias) dbias[j] = 0;
    }
  if (rows == 0 || n == 0) return ck_status_ok;
  if (ctx->workspace_bytes < FN(ck_dense_batch_norm_bwd_workspace)(rows, n)) return ck_status_workspace;
  T *sum_dyx = ctx->workspace, *sum_dy = sum_dyx + n, *partial = sum_dy + n;  // partial: blocks x (dy xhat, dy) x n
  __auto_type sums = CK_PICK(ctx, dense, batch_norm_sums, CK_TYPE);
  __auto_type body = CK_PICK(ctx, dense, batch_norm_bwd, CK_TYPE);
  const int64_t blocks = batch_norm_blocks(rows);
  CK_COST(10 * (double)rows * (double)n, 5 * (double)rows * (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, (double)rows * (double)n * batch_norm_element_ns);
  CK_PARALLEL(threads, part, {
    for (int64_t b = ck_split_even(blocks, threads, part); b < ck_split_even(blocks, threads, part + 1); b++) {
      const int64_t start = b * batch_norm_block * n;
      T *pair = partial + b * 2 * n;
      sums(pair, pair + n, dy + start, x + start, mean, rstd, batch_norm_rows(rows, b), n);
    }
  });
  FN(add_blocks)(sum_dyx, partial, blocks, 2 * n, 2 * n, 1);  // both totals at once: sum_dy follows sum_dyx
  if (dweight) memcpy(dweight, sum_dyx, (size_t)n * sizeof(T));
  if (dbias) memcpy(dbias, sum_dy, (size_t)n * sizeof(T));
  CK_PARALLEL(threads, part, {
    for (int64_t b = ck_split_even(blocks, threads, part); b < ck_split_even(blocks, threads, part + 1); b++) {
      const int64_t start = b * batch_norm_block * n;
      body(dx + start, sum_dyx, sum_dy, dy + start, x + start, mean, rstd, weight, batch_norm_rows(rows, b), rows, n);
    }
  });
  return ck_status_ok;
}

#endif
