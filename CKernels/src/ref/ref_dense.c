#include "ck_ref.h"

#include <math.h>

void ck_ref_unary(ck_unary op, double *y, const double *x, int64_t n) {
  for (int64_t i = 0; i < n; i++) switch (op) {
      case ck_unary_negate: y[i] = -x[i]; break;
      case ck_unary_absolute: y[i] = fabs(x[i]); break;
      case ck_unary_square: y[i] = x[i] * x[i]; break;
      case ck_unary_square_root: y[i] = sqrt(x[i]); break;
      case ck_unary_reciprocal: y[i] = 1 / x[i]; break;
      case ck_unary_relu: y[i] = x[i] < 0 ? 0 : x[i]; break;
    }
}
