#include "ck_ref.h"

#include <math.h>

/// Largest element of a row; NaN if there is one.
static double largest_of(const double *x, int64_t n) {
  double largest = -INFINITY;
  for (int64_t j = 0; j < n; j++) largest = x[j] <= largest || isnan(largest) ? largest : x[j];
  return largest;
}
/// Log of the sum of exponentials of a row.
static double log_sum_exp(const double *x, int64_t n) {
  const double largest = largest_of(x, n);
  double sum = 0;
  if (largest == -INFINITY) return largest;
  for (int64_t j = 0; j < n; j++) sum += exp(x[j] - largest);
  return largest + log(sum);
}

void ck_ref_softmax(double *y, int64_t ldy, const double *x, int64_t ldx, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; r++) {
    const double largest = largest_of(x + r * ldx, n);
    double sum = 0;
    for (int64_t j = 0; j < n; j++) sum += exp(x[r * ldx + j] - largest);
    for (int64_t j = 0; j < n; j++)
      y[r * ldy + j] = largest == -INFINITY ? 0 : exp(x[r * ldx + j] - largest) / sum;
  }
}
void ck_ref_softmax_bwd(double *dx, int64_t lddx, const double *dy, int64_t lddy, const double *y, int64_t ldy,
                        int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; r++) {
    double mean = 0;
    for (int64_t j = 0; j < n; j++) mean += dy[r * lddy + j] * y[r * ldy + j];
    for (int64_t j = 0; j < n; j++) dx[r * lddx + j] = y[r * ldy + j] * (dy[r * lddy + j] - mean);
  }
}
void ck_ref_log_softmax(double *y, int64_t ldy, const double *x, int64_t ldx, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; r++) {
    const double largest = largest_of(x + r * ldx, n);
    double sum = 0;
    for (int64_t j = 0; j < n; j++) sum += exp(x[r * ldx + j] - largest);
    for (int64_t j = 0; j < n; j++)
      y[r * ldy + j] = largest == -INFINITY ? -INFINITY : (x[r * ldx + j] - largest) - log(sum);
  }
}
void ck_ref_log_softmax_bwd(double *dx, int64_t lddx, const double *dy, int64_t lddy, const double *y, int64_t ldy,
                            int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; r++) {
    double sum = 0;
    for (int64_t j = 0; j < n; j++) sum += dy[r * lddy + j];
    for (int64_t j = 0; j < n; j++) dx[r * lddx + j] = dy[r * lddy + j] - exp(y[r * ldy + j]) * sum;
  }
}

void ck_ref_cross_entropy(double *loss, double *lse, const double *logits, int64_t ldl, int64_t classes,
                          const int32_t *chosen, const int32_t *labels, int64_t count, double smoothing) {
  for (int64_t i = 0; i < count; i++) {
    const double *z = logits + (chosen ? chosen[i] : i) * ldl;
    double mean = 0;
    for (int64_t j = 0; j < classes; j++) mean += z[j] / (double)classes;
    lse[i] = log_sum_exp(z, classes);
    loss[i] = lse[i] - (1 - smoothing) * z[labels[i]] - (smoothing != 0 ? smoothing * mean : 0);
  }
}
void ck_ref_cross_entropy_bwd(double *dlogits, int64_t lddl, const double *dloss, const double *logits, int64_t ldl,
                              const double *lse, int64_t rows, int64_t classes, const int32_t *chosen,
                              const int32_t *labels, int64_t count, double smoothing) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t j = 0; j < classes; j++) dlogits[r * lddl + j] = 0;
  for (int64_t i = 0; i < count; i++) {
    const int64_t row = chosen ? chosen[i] : i;
    for (int64_t j = 0; j < classes; j++) {
      const double target = (1 - smoothing) * (j == labels[i]) + smoothing / (double)classes;
      dlogits[row * lddl + j] += dloss[i] * (exp(logits[row * ldl + j] - lse[i]) - target);
    }
  }
}
