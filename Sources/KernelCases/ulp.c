// Errors of the vector functions in units in the last place, over sweeps of bit patterns.
#include "ck_dense.h"
#include "kernel_cases.h"

#include <float.h>
#include <math.h>

enum { CHUNK = 4096 };

static double exact(ck_unary op, double x) {
  switch (op) {
    case ck_unary_exp: return exp(x);
    case ck_unary_log: return log(x);
    case ck_unary_tanh: return tanh(x);
    case ck_unary_sigmoid: return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
    case ck_unary_erf: return erf(x);
    case ck_unary_sin: return sin(x);
    case ck_unary_cos: return cos(x);
    case ck_unary_softplus: return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
    default: return NAN;
  }
}

/// Error of `got` in spacings of float at `want`; an infinity counts as the number after the largest.
static double ulp_error(float got, double want) {
  if (isnan(want) || isnan(got)) return isnan(want) && isnan(got) ? 0 : INFINITY;
  if ((float)want == got && isinf(got)) return 0;
  if (isinf(want)) return INFINITY;
  if (want == 0) return got == 0 && !signbit(got) == !signbit(want) ? 0 : INFINITY;
  int exponent;
  frexp(want, &exponent);
  const double spacing = ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
  return fabs((isinf(got) ? copysign(0x1p128, got) : (double)got) - want) / spacing;
}

double kc_ulp_sweep(int32_t op, int32_t isa, uint32_t from, uint32_t to, uint32_t stride, float *worst_argument) {
  const ck_ctx ctx = ck_ctx_forcing((ck_isa)isa, 1);
  double worst = 0;
  union { uint32_t bits; float value; } x;
  float arguments[CHUNK], results[CHUNK];
  for (uint64_t bits = from; bits <= to;) {
    int64_t n = 0;
    for (; n < CHUNK && bits <= to; n++, bits += stride) {
      x.bits = (uint32_t)bits;
      arguments[n] = x.value;
    }
    if (ck_dense_unary_f32(&ctx, (ck_unary)op, results, arguments, n) != ck_status_ok) return NAN;
    for (int64_t i = 0; i < n; i++) {
      const double error = ulp_error(results[i], exact((ck_unary)op, (double)arguments[i]));
      if (error > worst) {
        worst = error;
        *worst_argument = arguments[i];
      }
    }
  }
  return worst;
}
