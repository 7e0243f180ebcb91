// Reductions over one axis: y[o, i] = sum, mean, maximum or minimum over j of x[o, j, i].
//
// Method.  inner = 1 reduces contiguous rows in vector lanes; otherwise each `o` is a matrix (n x inner) whose columns
// are reduced with a strip of them in registers, or in L1 when rows are long (the bias gradient has outer = 1).  The
// axis is cut into fixed blocks; their results lie in the workspace and are folded in index order, so neither the order
// nor the bits depend on the threads. A maximum or minimum over a NaN is NaN; the mean over an empty axis is NaN, the
// sum 0.
// Cost: one pass over x.  Workspace: outer x blocks x inner elements where an axis has more than one block.
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/reduce_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, reduce_rows)
CK_DEFINE_BODIES(dense, reduce_columns)

enum {
  reduce_block_elements = 1 << 16,  // of a block: large enough to hide the fold, small enough to share out
  reduce_block_least = 64,          // rows of a block of columns
  reduce_column_strip = 2048,       // columns of a task: their results stay in L1
};
static const double reduce_element_ns = 0.15;

/// Steps along the reduced axis that one block takes.
static int64_t reduce_block(int64_t inner) {
  const int64_t rows = reduce_block_elements / (inner > 0 ? inner : 1);
  return rows > reduce_block_least ? rows : reduce_block_least;
}
static int64_t reduce_blocks(int64_t n, int64_t inner) {
  const int64_t block = reduce_block(inner);
  return n > block ? (n + block - 1) / block : 1;
}

#define CK_DRIVER "../dense/reduce.c"
#include "../base/driver_expand.h"
#else

int64_t FN(ck_dense_reduce_workspace)(int64_t outer, int64_t n, int64_t inner) {
  if (outer <= 0 || n <= 0 || inner <= 0) return 0;
  const int64_t blocks = reduce_blocks(n, inner);
  return blocks > 1 ? outer * blocks * inner * (int64_t)sizeof(T) : 0;
}

/// y /= divisor, which bodies leave undone.
static void FN(divide)(T *y, int64_t n, T divisor) {
  for (int64_t i = 0; i < n; i++) y[i] /= divisor;
}

ck_status FN(ck_dense_reduce)(const ck_ctx *ctx, ck_reduction op, T *y, const T *x, int64_t outer, int64_t n,
                              int64_t inner) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (outer < 0 || n < 0 || inner < 0) return ck_status_bad_shape;
  if ((uint32_t)op > ck_reduction_minimum) return ck_status_bad_option;
  if (outer == 0 || inner == 0) return ck_status_ok;
  const int64_t blocks = reduce_blocks(n, inner), block = reduce_block(inner);
  const int64_t strips = (inner + reduce_column_strip - 1) / reduce_column_strip;
  if (ctx->workspace_bytes < FN(ck_dense_reduce_workspace)(outer, n, inner)) return ck_status_workspace;
  T *partial = blocks > 1 ? ctx->workspace : y;

  __auto_type rows_body = CK_PICK(ctx, dense, reduce_rows, CK_TYPE);
  __auto_type columns_body = CK_PICK(ctx, dense, reduce_columns, CK_TYPE);
  const double work = (double)outer * (double)n * (double)inner * reduce_element_ns;
  CK_COST((double)outer * (double)n * (double)inner, (double)outer * ((double)n + 1) * (double)inner * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, work);
  // A task is a block of one `o`, or a strip of its columns; whole rows go to the body many at a time.
  const int64_t tasks = outer * blocks * strips;
  const bool mean = op == ck_reduction_mean, divides = mean && blocks == 1;
  CK_PARALLEL(threads, part, {
    const int64_t from = ck_split_even(tasks, threads, part);
    const int64_t to = ck_split_even(tasks, threads, part + 1);
    if (inner == 1 && blocks == 1) {
      rows_body(op, partial + from, x + from * n, to - from, n);
      if (divides) FN(divide)(y + from, to - from, (T)n);
    } else {
      for (int64_t task = from; task < to; task++) {
        const int64_t i = task % strips * reduce_column_strip;
        const int64_t o = task / strips / blocks;
        const int64_t j = task / strips % blocks * block;
        const int64_t length = n - j < block ? n - j : block;
        const int64_t width = inner - i < reduce_column_strip ? inner - i : reduce_column_strip;
        const T *start = x + (o * n + j) * inner + i;
        if (inner == 1) rows_body(op, partial + task, start, 1, length);
        else columns_body(op, partial + task / strips * inner + i, start, inner, length, width);
        if (divides) FN(divide)(y + o * inner + i, width, (T)n);
      }
    }
  });
  for (int64_t o = 0; o < outer && blocks > 1; o++) {
    columns_body(op, y + o * inner, partial + o * blocks * inner, inner, blocks, inner);
    if (mean) FN(divide)(y + o * inner, inner, (T)n);
  }
  return ck_status_ok;
}

#endif
