// Elementwise updates over contiguous arrays: affine, clamp, add_scaled, select, power.
//
// Cost: 2 elements moved for affine, clamp and power, 3 for add_scaled, 3 and a byte for select; at most 2 flops.
// power multiplies for the exponents 1 to 4, -1 and -2, takes square roots for 1/2 and -1/2 (there -infinity
// gives NaN and -0 keeps its sign, unlike pow), and goes through libm otherwise, at about 4 ns an element.
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/elementwise_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, affine)
CK_DEFINE_BODIES(dense, clamp)
CK_DEFINE_BODIES(dense, add_scaled)
CK_DEFINE_BODIES(dense, select)
CK_DEFINE_BODIES(dense, power)

static const double movement_ns = 0.2, power_ns = 5;

#define CK_DRIVER "../dense/elementwise.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_dense_affine)(const ck_ctx *ctx, T *y, const T *x, T scale, T shift, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  __auto_type body = CK_PICK(ctx, dense, affine, CK_TYPE);
  CK_COST(2 * (double)n, 2 * (double)n * sizeof(T));
  CK_PARALLEL_RANGE(ctx, n, (double)n * movement_ns, from, to, {
    body(y + from, x + from, scale, shift, to - from);
  });
  return ck_status_ok;
}

ck_status FN(ck_dense_clamp)(const ck_ctx *ctx, T *y, const T *x, T low, T high, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  if (!(low <= high)) return ck_status_bad_option;
  __auto_type body = CK_PICK(ctx, dense, clamp, CK_TYPE);
  CK_COST(2 * (double)n, 2 * (double)n * sizeof(T));
  CK_PARALLEL_RANGE(ctx, n, (double)n * movement_ns, from, to, {
    body(y + from, x + from, low, high, to - from);
  });
  return ck_status_ok;
}

ck_status FN(ck_dense_add_scaled)(const ck_ctx *ctx, T *y, const T *x, T scale, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  __auto_type body = CK_PICK(ctx, dense, add_scaled, CK_TYPE);
  CK_COST(2 * (double)n, 3 * (double)n * sizeof(T));
  CK_PARALLEL_RANGE(ctx, n, (double)n * movement_ns, from, to, {
    body(y + from, x + from, scale, to - from);
  });
  return ck_status_ok;
}

ck_status FN(ck_dense_select)(const ck_ctx *ctx, T *y, const uint8_t *mask, const T *a, const T *b, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  __auto_type body = CK_PICK(ctx, dense, select, CK_TYPE);
  CK_COST(0, (double)n * (3 * sizeof(T) + 1));
  CK_PARALLEL_RANGE(ctx, n, (double)n * movement_ns, from, to, {
    body(y + from, mask + from, a + from, b + from, to - from);
  });
  return ck_status_ok;
}

ck_status FN(ck_dense_power)(const ck_ctx *ctx, T *y, const T *x, T exponent, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  __auto_type body = CK_PICK(ctx, dense, power, CK_TYPE);
  CK_COST((double)n, 2 * (double)n * sizeof(T));
  CK_PARALLEL_RANGE(ctx, n, (double)n * power_ns, from, to, {
    body(y + from, x + from, exponent, to - from);
  });
  return ck_status_ok;
}

#endif
