#define _DEFAULT_SOURCE  // M_PI and its relatives
#include "ck_ref.h"

#include <math.h>

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double normal_cdf(double x) { return 0.5 * erfc(-x * M_SQRT1_2); }

/// x times a factor that vanishes faster than x grows: at infinity the limit.
static double damped(double x, double factor) { return factor == 0 && !isnan(x) ? 0 : x * factor; }

void ck_ref_unary(ck_unary op, double *y, const double *x, int64_t n) {
  for (int64_t i = 0; i < n; i++) switch (op) {
      case ck_unary_negate: y[i] = -x[i]; break;
      case ck_unary_absolute: y[i] = fabs(x[i]); break;
      case ck_unary_square: y[i] = x[i] * x[i]; break;
      case ck_unary_square_root: y[i] = sqrt(x[i]); break;
      case ck_unary_reciprocal: y[i] = 1 / x[i]; break;
      case ck_unary_exp: y[i] = exp(x[i]); break;
      case ck_unary_log: y[i] = log(x[i]); break;
      case ck_unary_tanh: y[i] = tanh(x[i]); break;
      case ck_unary_sigmoid: y[i] = sigmoid(x[i]); break;
      case ck_unary_erf: y[i] = erf(x[i]); break;
      case ck_unary_sin: y[i] = sin(x[i]); break;
      case ck_unary_cos: y[i] = cos(x[i]); break;
      case ck_unary_relu: y[i] = x[i] < 0 ? 0 : x[i]; break;
      case ck_unary_gelu: y[i] = damped(x[i], normal_cdf(x[i])); break;
      case ck_unary_silu: y[i] = damped(x[i], sigmoid(x[i])); break;
      case ck_unary_softplus: y[i] = fmax(x[i], 0) + log1p(exp(-fabs(x[i]))); break;
      case ck_unary_sign: y[i] = x[i] > 0 ? 1 : x[i] < 0 ? -1 : x[i]; break;
      case ck_unary_step: y[i] = x[i] > 0; break;
    }
}

/// The derivative of op at x, from x alone.
static double slope(ck_unary op, double x) {
  switch (op) {
    case ck_unary_negate: return -1;
    case ck_unary_absolute: return x > 0 ? 1 : x < 0 ? -1 : x;
    case ck_unary_square: return 2 * x;
    case ck_unary_square_root: return 0.5 / sqrt(x);
    case ck_unary_reciprocal: return -1 / (x * x);
    case ck_unary_exp: return exp(x);
    case ck_unary_log: return 1 / x;
    case ck_unary_tanh: return 1 / (cosh(x) * cosh(x));
    case ck_unary_sigmoid: return sigmoid(x) * sigmoid(-x);
    case ck_unary_erf: return M_2_SQRTPI * exp(-x * x);
    case ck_unary_sin: return cos(x);
    case ck_unary_cos: return -sin(x);
    case ck_unary_relu: return x > 0;
    case ck_unary_gelu: return normal_cdf(x) + damped(x, exp(-x * x / 2) / sqrt(2 * M_PI));
    case ck_unary_silu: return sigmoid(x) + damped(x, sigmoid(x) * sigmoid(-x));
    case ck_unary_softplus: return sigmoid(x);
    case ck_unary_sign:
    case ck_unary_step: return 0;
  }
}
void ck_ref_unary_bwd(ck_unary op, double *dx, const double *dy, const double *x, int64_t n) {
  for (int64_t i = 0; i < n; i++) dx[i] = dy[i] * slope(op, x[i]);
}

static double binary(ck_binary op, double a, double b) {
  const bool none = isnan(a) || isnan(b);
  switch (op) {
    case ck_binary_add: return a + b;
    case ck_binary_subtract: return a - b;
    case ck_binary_multiply: return a * b;
    case ck_binary_divide: return a / b;
    case ck_binary_maximum: return none ? NAN : fmax(a, b);
    case ck_binary_minimum: return none ? NAN : fmin(a, b);
    case ck_binary_less: return a < b;
    case ck_binary_less_equal: return a <= b;
    case ck_binary_equal: return a == b;
  }
}
void ck_ref_binary(ck_binary op, double *y, const double *a, const int64_t *a_strides, const double *b,
                   const int64_t *b_strides, const int64_t *sizes, int32_t rank) {
  int64_t count = 1;
  for (int32_t axis = 0; axis < rank; axis++) count *= sizes[axis];
  for (int64_t i = 0; i < count; i++) {
    int64_t rest = i, at_a = 0, at_b = 0;
    for (int32_t axis = rank - 1; axis >= 0; axis--) {
      const int64_t place = rest % sizes[axis];
      rest /= sizes[axis];
      at_a += place * a_strides[axis], at_b += place * b_strides[axis];
    }
    y[i] = binary(op, a[at_a], b[at_b]);
  }
}

void ck_ref_affine(double *y, const double *x, double scale, double shift, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = scale * x[i] + shift;
}
void ck_ref_clamp(double *y, const double *x, double low, double high, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = x[i] < low ? low : x[i] > high ? high : x[i];
}
void ck_ref_power(double *y, const double *x, double exponent, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = pow(x[i], exponent);
}
void ck_ref_select(double *y, const uint8_t *mask, const double *a, const double *b, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = mask[i] ? a[i] : b[i];
}
void ck_ref_add_scaled(double *y, const double *x, double scale, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] += scale * x[i];
}
