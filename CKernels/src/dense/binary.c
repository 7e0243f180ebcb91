// Elementwise functions of two arguments with broadcasting: y = op(a, b).
//
// Method: the axes are merged until few remain (broadcast.h).  The innermost one is a row: both operands contiguous, or
// one of them a single element (scalars and column broadcasts), or any strides.  An odometer steps the operands over
// the outer axes, so a row broadcast is stride 0 there.  Threads take equal runs of elements of y, which may begin
// inside a row. Cost: one flop and three elements moved for each element of y; strided rows cost about 1 ns an element.
// maximum and minimum give NaN when either argument is NaN; comparisons with NaN give 0.
#ifndef T
#include "broadcast.h"
#include "dense_kernels.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/binary_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, binary)

static const double binary_element_ns = 0.2, binary_row_ns = 2, binary_strided_ns = 1.2;

#define CK_DRIVER "../dense/binary.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_dense_binary)(const ck_ctx *ctx, ck_binary op, T *y, const T *a, const int64_t *a_strides, const T *b,
                              const int64_t *b_strides, const int64_t *sizes, int32_t rank) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if ((uint32_t)op >= CK_BINARY_COUNT) return ck_status_bad_option;
  ck_broadcast plan;
  if (!ck_broadcast_plan(&plan, a_strides, b_strides, sizes, rank)) return ck_status_bad_shape;
  if (plan.count == 0) return ck_status_ok;
  __auto_type body = CK_PICK(ctx, dense, binary, CK_TYPE);
  const bool strided = (plan.a_inner | plan.b_inner) != 1;
  const int64_t count = plan.count;
  const double row_ns = (double)(count / plan.n) * binary_row_ns;
  const double element_ns = strided ? binary_strided_ns : binary_element_ns;
  CK_COST((double)count, 3 * (double)count * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, (double)count * element_ns + row_ns);
  CK_PARALLEL(threads, part, {
    body(op, y, a, b, &plan, ck_split_even(count, threads, part), ck_split_even(count, threads, part + 1));
  });
  return ck_status_ok;
}

#endif
