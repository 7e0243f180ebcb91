// Layer norm (Ba, Kiros and Hinton 2016): each row less its mean, over its standard deviation, times weight plus bias.
//
// Method.  Forward reads a row three times, from L1 after the first: mean, centred squares, result.  Backward goes over
// the rows once for dx and adds dweight and dbias into one pair of rows per block of 64 rows; the blocks' pairs lie in
// the workspace and are added in index order.
// Cost: forward 2, backward 3 x rows n elements moved.  Workspace of backward: 2 n elements per block.
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/layer_norm_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, layer_norm)
CK_DEFINE_BODIES(dense, layer_norm_bwd)

enum { layer_norm_block = 64 };
static const double layer_norm_element_ns = 0.3, layer_norm_row_ns = 20;

#define CK_DRIVER "../dense/layer_norm.c"
#include "../base/driver_expand.h"
#else

#include "add_blocks.h"

ck_status FN(ck_dense_layer_norm)(const ck_ctx *ctx, T *y, T *mean, T *rstd, const T *x, const T *weight, const T *bias,
                                  int64_t rows, int64_t n, T epsilon) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || n < 0) return ck_status_bad_shape;
  if (!(epsilon >= 0)) return ck_status_bad_option;
  if (n == 0) return ck_status_ok;
  __auto_type body = CK_PICK(ctx, dense, layer_norm, CK_TYPE);
  const double work = (double)rows * (layer_norm_row_ns + (double)n * layer_norm_element_ns);
  CK_COST(7 * (double)rows * (double)n, 2 * (double)rows * (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, work);
  CK_PARALLEL(threads, part, {
    const int64_t from = ck_split_even(rows, threads, part);
    body(y + from * n, mean + from, rstd + from, x + from * n, weight, bias,
         ck_split_even(rows, threads, part + 1) - from, n, epsilon);
  });
  return ck_status_ok;
}

int64_t FN(ck_dense_layer_norm_bwd_workspace)(int64_t rows, int64_t n) {
  if (rows <= 0 || n <= 0) return 0;
  return (rows + layer_norm_block - 1) / layer_norm_block * 2 * n * (int64_t)sizeof(T);
}

ck_status FN(ck_dense_layer_norm_bwd)(const ck_ctx *ctx, T *dx, T *dweight, T *dbias, const T *dy, const T *x,
                                      const T *mean, const T *rstd, const T *weight, int64_t rows, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || n < 0) return ck_status_bad_shape;
  if (n == 0) return ck_status_ok;
  const bool sums = dweight || dbias;
  if (sums && ctx->workspace_bytes < FN(ck_dense_layer_norm_bwd_workspace)(rows, n)) return ck_status_workspace;
  T *partial = sums ? ctx->workspace : NULL;  // blocks x (dweight, dbias) x n
  __auto_type body = CK_PICK(ctx, dense, layer_norm_bwd, CK_TYPE);
  const int64_t blocks = (rows + layer_norm_block - 1) / layer_norm_block;
  const double work = (double)rows * (layer_norm_row_ns + 2 * (double)n * layer_norm_element_ns);
  CK_COST(12 * (double)rows * (double)n, 3 * (double)rows * (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, work);
  CK_PARALLEL(threads, part, {
    for (int64_t b = ck_split_even(blocks, threads, part); b < ck_split_even(blocks, threads, part + 1); b++) {
      const int64_t r = b * layer_norm_block;
      const int64_t count = rows - r < layer_norm_block ? rows - r : layer_norm_block;
      T *pair = partial ? partial + b * 2 * n : NULL;
      body(dx + r * n, pair, pair ? pair + n : NULL, dy + r * n, x + r * n, mean + r, rstd + r, weight, count, n);
    }
  });
  if (dweight) FN(add_blocks)(dweight, partial, blocks, 2 * n, n, 1);
  if (dbias) FN(add_blocks)(dbias, partial ? partial + n : NULL, blocks, 2 * n, n, 1);
  return ck_status_ok;
}

#endif
