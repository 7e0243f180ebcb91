#include "ck_ref.h"

#include <math.h>

void ck_ref_copy(double *y, const int64_t *y_strides, const double *x, const int64_t *x_strides, const int64_t *sizes,
                 int32_t rank) {
  if (rank == 0) {
    *y = *x;
    return;
  }
  for (int64_t i = 0; i < sizes[0]; i++)
    ck_ref_copy(y + i * y_strides[0], y_strides + 1, x + i * x_strides[0], x_strides + 1, sizes + 1, rank - 1);
}

double ck_ref_convert(double x, int32_t type) {
  if (type == 0) return (float)x;
  if (type == 1) return x;
  if (isnan(x)) return 0;
  const double low = type == 2 ? INT32_MIN : 0, high = type == 2 ? INT32_MAX : UINT8_MAX;
  return fmin(fmax(trunc(x), low), high);
}

double ck_ref_to_bf16(double x) {
  const double f = (float)x;
  if (!isfinite(f) || f == 0) return f;
  int exponent;
  frexp(f, &exponent);
  const double step = ldexp(1, (exponent < -125 ? -125 : exponent) - 8);  // denormals share the smallest step
  const double rounded = nearbyint(f / step) * step;
  return fabs(rounded) < 0x1p128 ? rounded : copysign(INFINITY, f);
}

double ck_ref_from_bf16(uint16_t x) {
  const int exponent = x >> 7 & 255, fraction = x & 127;
  const double magnitude = exponent == 255 ? (fraction ? NAN : INFINITY)
                           : exponent == 0 ? ldexp(fraction, -133)
                                           : ldexp(128 + fraction, exponent - 134);
  return x >> 15 ? -magnitude : magnitude;
}

void ck_ref_gather_rows(double *y, int64_t ldy, const double *x, int64_t ldx, const int32_t *ids, int64_t count,
                        int64_t width) {
  for (int64_t i = 0; i < count; i++)
    for (int64_t j = 0; j < width; j++) y[i * ldy + j] = x[ids[i] * ldx + j];
}

void ck_ref_scatter_add_rows(double *y, int64_t ldy, int64_t rows, const double *x, int64_t ldx, const int32_t *ids,
                             int64_t count, int64_t width) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t j = 0; j < width; j++) y[r * ldy + j] = 0;
  for (int64_t i = 0; i < count; i++)
    for (int64_t j = 0; j < width; j++) y[ids[i] * ldy + j] += x[i * ldx + j];
}
