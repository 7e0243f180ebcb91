// Gather of rows and its gradient, the scatter-add.
//
// Method.  Gather copies row by row with the coming rows prefetched.  Scatter-add sorts the ids by counting (stable),
// so that each row of the result has one owner that adds its contributions in the order of i, a strip of columns in
// registers: no atomics, and the same bits for any number of threads.  Threads get runs of rows of equal work.
// Cost: gather 2 count width elements moved; scatter-add (count + rows) width elements and three passes over the ids.
// Workspace of scatter-add: rows + 1 starts and count places.
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/gather_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, gather_rows)
CK_DEFINE_BODIES(dense, scatter_add_rows)

static const double gather_row_ns = 4, gather_element_ns = 0.3;

/// start (rows + 1) and order (count): order lists the places of each id, ascending. False when an id is out of range.
static bool sort_places(int64_t *start, int32_t *order, const int32_t *ids, int64_t count, int64_t rows) {
  memset(start, 0, (size_t)(rows + 1) * sizeof *start);
  for (int64_t i = 0; i < count; i++) {
    if (ids[i] < 0 || ids[i] >= rows) return false;
    start[ids[i] + 1]++;
  }
  for (int64_t r = 0; r < rows; r++) start[r + 1] += start[r];
  // Filling from the back leaves each start, used as a cursor that falls from the end of its run, where it belongs.
  for (int64_t i = count - 1; i >= 0; i--) order[--start[ids[i] + 1]] = (int32_t)i;
  memmove(start, start + 1, (size_t)rows * sizeof *start);
  start[rows] = count;
  return true;
}

#define CK_DRIVER "../dense/gather.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_dense_gather_rows)(const ck_ctx *ctx, T *y, int64_t ldy, const T *x, int64_t ldx, int64_t rows,
                                   const int32_t *ids, int64_t count, int64_t width) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || count < 0 || width < 0) return ck_status_bad_shape;
  if (ldy < width || ldx < width) return ck_status_bad_stride;
  __auto_type body = CK_PICK(ctx, dense, gather_rows, CK_TYPE);
  CK_COST(0, (double)count * (2 * (double)width * sizeof(T) + 4));
  const int32_t threads = ck_threads_for(ctx, (double)count * (gather_row_ns + (double)width * gather_element_ns));
  atomic_bool outside = false;
  atomic_bool *const fault = &outside;
  CK_PARALLEL(threads, part, {
    const int64_t from = ck_split_even(count, threads, part);
    if (!body(y + from * ldy, ldy, x, ldx, rows, ids + from, ck_split_even(count, threads, part + 1) - from, width))
      atomic_store_explicit(fault, true, memory_order_relaxed);
  });
  return outside ? ck_status_out_of_range : ck_status_ok;
}

int64_t FN(ck_dense_scatter_add_rows_workspace)(int64_t rows, int64_t count) {
  if (rows < 0 || count < 0) return 0;
  return (rows + 1) * (int64_t)sizeof(int64_t) + count * (int64_t)sizeof(int32_t);
}

ck_status FN(ck_dense_scatter_add_rows)(const ck_ctx *ctx, T *y, int64_t ldy, int64_t rows, const T *x, int64_t ldx,
                                        const int32_t *ids, int64_t count, int64_t width) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || count < 0 || count > INT32_MAX || width < 0) return ck_status_bad_shape;
  if (ldy < width || ldx < width) return ck_status_bad_stride;
  if (ctx->workspace_bytes < FN(ck_dense_scatter_add_rows_workspace)(rows, count)) return ck_status_workspace;
  int64_t *start = ctx->workspace;
  int32_t *order = (int32_t *)(start + rows + 1);
  if (!sort_places(start, order, ids, count, rows)) return ck_status_out_of_range;

  __auto_type body = CK_PICK(ctx, dense, scatter_add_rows, CK_TYPE);
  const double work = (double)(count + rows) * (gather_row_ns + (double)width * gather_element_ns);
  CK_COST((double)count * (double)width, (double)(count + rows) * (double)width * sizeof(T) + (double)count * 4);
  const int32_t threads = ck_threads_for(ctx, work);
  CK_PARALLEL(threads, part, {
    body(y, ldy, x, ldx, start, order, ck_split_rows(start, rows, 1, threads, part),
         ck_split_rows(start, rows, 1, threads, part + 1), width);
  });
  return ck_status_ok;
}

#endif
