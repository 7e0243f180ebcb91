// Elementwise functions of one argument: y = op(x).  Cost: 2 n elements moved; the op is chosen outside of the loop.
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#define CK_BODY "../dense/unary_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, unary)

/// Nanoseconds an element costs on one core, for the thread policy.
static const double unary_element_ns = 0.25;

#define CK_DRIVER "../dense/unary.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_dense_unary)(const ck_ctx *ctx, ck_unary op, T *y, const T *x, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  if ((uint32_t)op >= CK_UNARY_COUNT) return ck_status_bad_option;
  __auto_type body = CK_PICK(ctx, dense, unary, CK_TYPE);
  const int32_t threads = ck_threads_for(ctx, (double)n * unary_element_ns);
#pragma omp parallel for schedule(static, 1) num_threads(threads) if (threads > 1)
  for (int32_t part = 0; part < threads; part++) {
    const int64_t from = ck_split_even(n, threads, part), to = ck_split_even(n, threads, part + 1);
    body(op, y + from, x + from, to - from);
  }
  return ck_status_ok;
}

#endif
