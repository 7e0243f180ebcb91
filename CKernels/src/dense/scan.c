// Scans: argmax of rows, dot product in double.
//
// Method.  Dot products run over fixed blocks whose sums (double, in the workspace) are added in index order.
// Cost: one pass over the input.  Workspace: 8 bytes per block of a dot product.
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/scan_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, argmax)
CK_DEFINE_BODIES(dense, dot)

enum { dot_block = 1 << 15 };
static const double argmax_element_ns = 0.3, argmax_row_ns = 5, dot_element_ns = 0.15;

#define CK_DRIVER "../dense/scan.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_dense_argmax)(const ck_ctx *ctx, int32_t *index, const T *x, int64_t ldx, int64_t rows, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || n < 1 || n > INT32_MAX) return ck_status_bad_shape;
  if (ldx < n) return ck_status_bad_stride;
  __auto_type body = CK_PICK(ctx, dense, argmax, CK_TYPE);
  CK_COST((double)rows * (double)n, (double)rows * ((double)n * sizeof(T) + 4));
  const int32_t threads = ck_threads_for(ctx, (double)rows * (argmax_row_ns + (double)n * argmax_element_ns));
  CK_PARALLEL(threads, part, {
    const int64_t from = ck_split_even(rows, threads, part);
    body(index + from, x + from * ldx, ldx, ck_split_even(rows, threads, part + 1) - from, n);
  });
  return ck_status_ok;
}

int64_t FN(ck_dense_dot_workspace)(int64_t n) {
  return n > dot_block ? (n + dot_block - 1) / dot_block * (int64_t)sizeof(double) : 0;
}

ck_status FN(ck_dense_dot)(const ck_ctx *ctx, double *result, const T *a, const T *b, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  if (ctx->workspace_bytes < FN(ck_dense_dot_workspace)(n)) return ck_status_workspace;
  CK_COST(2 * (double)n, 2 * (double)n * sizeof(T));
  __auto_type body = CK_PICK(ctx, dense, dot, CK_TYPE);
  if (n <= dot_block) {
    *result = body(a, b, n);
    return ck_status_ok;
  }
  double *sums = ctx->workspace;
  const int64_t blocks = (n + dot_block - 1) / dot_block;
  const int32_t threads = ck_threads_for(ctx, (double)n * dot_element_ns);
  CK_PARALLEL(threads, part, {
    for (int64_t block = ck_split_even(blocks, threads, part); block < ck_split_even(blocks, threads, part + 1);
         block++) {
      const int64_t i = block * dot_block;
      sums[block] = body(a + i, b + i, n - i < dot_block ? n - i : dot_block);
    }
  });
  double sum = 0;
  for (int64_t block = 0; block < blocks; block++) sum += sums[block];
  *result = sum;
  return ck_status_ok;
}

#endif
