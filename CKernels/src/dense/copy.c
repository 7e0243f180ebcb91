// Strided copies: contiguous from a view (permutation, slice, broadcast), and a view from contiguous.
//
// Method.  Axes of size 1 are dropped and axes that continue each other are merged.  What is left is a loop over planes
// of two axes: the last one, contiguous on one side, and the one in which the other side steps least, so that a
// permutation becomes plane transposes in tiles.  Threads share fixed blocks of the planes; the result has no
// arithmetic.
// Cost: 2 x elements moved.  No workspace.
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/copy_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, copy)

static const double copy_element_ns = 0.3;
enum {
  copy_block_columns = 4096,
  copy_block_elements = 1 << 15,  // of a task
  copy_block_rows = 128,          // at least: a transpose writes runs of this length
};

/// Axes of a copy: sizes and strides of the view (`far`) and of the contiguous side (`near`).
typedef struct copy_axes {
  int32_t rank;
  int64_t size[CK_MAX_RANK], far[CK_MAX_RANK], near[CK_MAX_RANK];
} copy_axes;

static ck_status copy_check(const ck_ctx *ctx, const int64_t *sizes, int32_t rank) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rank < 0 || rank > CK_MAX_RANK) return ck_status_bad_option;
  for (int32_t axis = 0; axis < rank; axis++)
    if (sizes[axis] < 0) return ck_status_bad_shape;
  return ck_status_ok;
}

static int64_t distance(int64_t stride) { return stride < 0 ? -stride : stride; }

static void copy_swap(copy_axes *axes, int32_t a, int32_t b) {
  const int64_t size = axes->size[a], far = axes->far[a], near = axes->near[a];
  axes->size[a] = axes->size[b], axes->far[a] = axes->far[b], axes->near[a] = axes->near[b];
  axes->size[b] = size, axes->far[b] = far, axes->near[b] = near;
}

/// Simplified axes, innermost first, at least two of them: axes 1 and 0 are the plane.
static copy_axes copy_axes_of(const int64_t *strides, const int64_t *sizes, int32_t rank, bool to_view) {
  copy_axes axes = {0};
  int64_t near = 1;
  for (int32_t axis = rank - 1; axis >= 0; near *= sizes[axis], axis--) {  // innermost first
    if (sizes[axis] == 1) continue;
    const int32_t last = axes.rank - 1;
    if (last >= 0 && strides[axis] == axes.far[last] * axes.size[last]) {
      axes.size[last] *= sizes[axis];
    } else {
      axes.size[axes.rank] = sizes[axis];
      axes.far[axes.rank] = strides[axis];
      axes.near[axes.rank] = near;
      axes.rank++;
    }
  }
  if (axes.rank == 0) axes.size[0] = 1, axes.far[0] = axes.near[0] = 1, axes.rank = 1;
  if (axes.rank == 1) axes.size[1] = 1, axes.far[1] = axes.near[1] = 0, axes.rank = 2;
  // The second axis of the plane: where the view steps least, unless the first one is contiguous already.
  int32_t second = 1;
  if (axes.far[0] != 1)
    for (int32_t axis = 2; axis < axes.rank; axis++)
      if (distance(axes.far[axis]) < distance(axes.far[second])) second = axis;
  copy_swap(&axes, 1, second);
  // A transpose runs along the axis that is contiguous where it writes: long runs of writes, strided reads.
  if (to_view && axes.far[0] != 1 && axes.far[1] == 1) copy_swap(&axes, 0, 1);
  return axes;
}

#define CK_DRIVER "../dense/copy.c"
#include "../base/driver_expand.h"
#else

static void FN(copy_planes)(const ck_ctx *ctx, T *y, const T *x, const copy_axes *axes, bool to_view) {
  __auto_type body = CK_PICK(ctx, dense, copy, CK_TYPE);
  const int64_t n0 = axes->size[1], n1 = axes->size[0];
  const int64_t block1 = n1 < copy_block_columns ? n1 : copy_block_columns, blocks1 = (n1 + block1 - 1) / block1;
  const int64_t fitting = copy_block_elements / block1, block = fitting > copy_block_rows ? fitting : copy_block_rows;
  const int64_t blocks = (n0 + block - 1) / block * blocks1;  // of a plane
  int64_t tasks = blocks;
  for (int32_t axis = 2; axis < axes->rank; axis++) tasks *= axes->size[axis];
  CK_COST(0, (double)tasks / (double)blocks * (double)n0 * (double)n1 * 2 * sizeof(T));
  const int32_t threads =
      ck_threads_for(ctx, (double)tasks / (double)blocks * (double)n0 * (double)n1 * copy_element_ns);
  CK_PARALLEL(threads, part, {
    for (int64_t task = ck_split_even(tasks, threads, part); task < ck_split_even(tasks, threads, part + 1); task++) {
      const int64_t i = task % blocks / blocks1 * block;
      const int64_t j = task % blocks % blocks1 * block1;
      const int64_t rows = n0 - i < block ? n0 - i : block;
      const int64_t columns = n1 - j < block1 ? n1 - j : block1;
      int64_t far = i * axes->far[1] + j * axes->far[0];
      int64_t near = i * axes->near[1] + j * axes->near[0];
      int64_t rest = task / blocks;
      for (int32_t axis = 2; axis < axes->rank; axis++) {
        far += rest % axes->size[axis] * axes->far[axis];
        near += rest % axes->size[axis] * axes->near[axis];
        rest /= axes->size[axis];
      }
      if (to_view) body(y + far, axes->far[1], axes->far[0], x + near, axes->near[1], axes->near[0], rows, columns);
      else body(y + near, axes->near[1], axes->near[0], x + far, axes->far[1], axes->far[0], rows, columns);
    }
  });
}

static ck_status FN(copy_view)(const ck_ctx *ctx, T *y, const T *x, const int64_t *strides, const int64_t *sizes,
                               int32_t rank, bool to_view) {
  const ck_status status = copy_check(ctx, sizes, rank);
  if (status != ck_status_ok) return status;
  for (int32_t axis = 0; axis < rank; axis++)
    if (sizes[axis] == 0) return ck_status_ok;
  // A view that holds an element twice has no single owner of it.
  for (int32_t axis = 0; to_view && axis < rank; axis++)
    if (strides[axis] == 0 && sizes[axis] > 1) return ck_status_bad_stride;
  const copy_axes axes = copy_axes_of(strides, sizes, rank, to_view);
  FN(copy_planes)(ctx, y, x, &axes, to_view);
  return ck_status_ok;
}

ck_status FN(ck_dense_copy_from)(const ck_ctx *ctx, T *y, const T *x, const int64_t *x_strides, const int64_t *sizes,
                                 int32_t rank) {
  return FN(copy_view)(ctx, y, x, x_strides, sizes, rank, false);
}
ck_status FN(ck_dense_copy_to)(const ck_ctx *ctx, T *y, const int64_t *y_strides, const T *x, const int64_t *sizes,
                               int32_t rank) {
  return FN(copy_view)(ctx, y, x, y_strides, sizes, rank, true);
}

#endif
