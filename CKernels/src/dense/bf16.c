// To bf16, the upper half of a float (8 bits of significand, the exponents of float), and back.  Cost: one pass.
//
// Rounding is to nearest, ties to even, on the bits: adding 0x7FFF and the lowest bit kept, the carry runs into the
// exponent where it should, up to infinity.  NaN would carry too, so it is cut instead and made quiet.
//
// Kalamkar et al., A study of BFLOAT16 for deep learning training, arXiv:1905.12322, 2019.
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/bf16_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, to_bf16)
CK_DEFINE_BODIES(dense, from_bf16)

static const double bf16_element_ns = 0.2;

#define CK_DRIVER "../dense/bf16.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_dense_to_bf16)(const ck_ctx *ctx, uint16_t *y, const T *x, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  __auto_type body = CK_PICK(ctx, dense, to_bf16, CK_TYPE);
  CK_COST((double)n, (double)n * (2 + sizeof(T)));
  CK_PARALLEL_RANGE(ctx, n, (double)n * bf16_element_ns, from, to, { body(y + from, x + from, to - from); });
  return ck_status_ok;
}

ck_status FN(ck_dense_from_bf16)(const ck_ctx *ctx, T *y, const uint16_t *x, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  __auto_type body = CK_PICK(ctx, dense, from_bf16, CK_TYPE);
  CK_COST(0, (double)n * (2 + sizeof(T)));
  CK_PARALLEL_RANGE(ctx, n, (double)n * bf16_element_ns, from, to, { body(y + from, x + from, to - from); });
  return ck_status_ok;
}

#endif
