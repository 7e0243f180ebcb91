// Elementwise functions of one argument: y = op(x), and dx = scale dy op'(x).
//
// Method: a serial body loops over vectors, with the op chosen outside of the loop; the vector functions are those of
// simd_math.h.  Cost: 2 n elements moved forward, 3 n backward (dy, one of x and y, dx); time in unary_element_ns.
// Special values are the functions' own, limits at the infinities included; NaN gives NaN, except that step(NaN) and
// relu's slope at NaN are 0.  At 0 the slopes of absolute and relu are 0.
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/unary_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, unary)
CK_DEFINE_BODIES(dense, unary_bwd)

/// Nanoseconds an element costs on one core, for the thread policy: movement, then functions; double goes through libm.
static double unary_element_ns(ck_unary op, bool is_f32) {
  switch (op) {
    case ck_unary_exp: case ck_unary_log: case ck_unary_tanh: case ck_unary_sigmoid: case ck_unary_erf:
    case ck_unary_sin: case ck_unary_cos: case ck_unary_gelu: case ck_unary_silu: case ck_unary_softplus:
      return is_f32 ? 0.5 : 8;
    default: return is_f32 ? 0.15 : 0.3;
  }
}
/// The rules of the other functions reuse y and only multiply.
static double unary_bwd_element_ns(ck_unary op, bool is_f32) {
  switch (op) {
    case ck_unary_erf: case ck_unary_sin: case ck_unary_cos: case ck_unary_gelu: case ck_unary_silu:
    case ck_unary_softplus:
      return is_f32 ? 0.6 : 9;
    default: return is_f32 ? 0.2 : 0.4;
  }
}

#define CK_DRIVER "../dense/unary.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_dense_unary)(const ck_ctx *ctx, ck_unary op, T *y, const T *x, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  if ((uint32_t)op >= CK_UNARY_COUNT) return ck_status_bad_option;
  __auto_type body = CK_PICK(ctx, dense, unary, CK_TYPE);
  CK_COST((double)n, 2 * (double)n * sizeof(T));
  CK_PARALLEL_RANGE(ctx, n, (double)n * unary_element_ns(op, CK_IS_F32), from, to, {
    body(op, y + from, x + from, to - from);
  });
  return ck_status_ok;
}

ck_status FN(ck_dense_unary_bwd)(const ck_ctx *ctx, ck_unary op, T *dx, const T *dy, const T *x, const T *y,
                                 T scale, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  if ((uint32_t)op >= CK_UNARY_COUNT) return ck_status_bad_option;
  __auto_type body = CK_PICK(ctx, dense, unary_bwd, CK_TYPE);
  CK_COST(2 * (double)n, 4 * (double)n * sizeof(T));
  CK_PARALLEL_RANGE(ctx, n, (double)n * unary_bwd_element_ns(op, CK_IS_F32), from, to, {
    body(op, dx + from, dy + from, x + from, y + from, scale, to - from);
  });
  return ck_status_ok;
}

#endif
