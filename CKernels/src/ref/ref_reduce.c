// Sums in long double, so that the oracle's own rounding does not count against the double kernels.
#include "ck_ref.h"

#include <math.h>

static bool beats(ck_reduction op, double x, double best) {
  if (isnan(best)) return false;
  return isnan(x) || (op == ck_reduction_maximum ? x > best : x < best);
}

void ck_ref_reduce(ck_reduction op, double *y, const double *x, int64_t outer, int64_t n, int64_t inner) {
  for (int64_t o = 0; o < outer; o++)
    for (int64_t i = 0; i < inner; i++) {
      const double *line = x + o * n * inner + i;
      long double sum = 0;
      double best = op == ck_reduction_maximum ? -INFINITY : INFINITY;
      for (int64_t j = 0; j < n; j++) {
        sum += line[j * inner];
        if (beats(op, line[j * inner], best)) best = line[j * inner];
      }
      if (op == ck_reduction_sum) y[o * inner + i] = (double)sum;
      else if (op == ck_reduction_mean) y[o * inner + i] = (double)(sum / n);
      else y[o * inner + i] = best;
    }
}

int64_t ck_ref_argmax(const double *x, int64_t n) {
  int64_t best = 0;
  for (int64_t j = 1; j < n; j++)
    if (beats(ck_reduction_maximum, x[j], x[best])) best = j;
  return best;
}

double ck_ref_dot(const double *a, const double *b, int64_t n) {
  long double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += (long double)a[i] * b[i];
  return (double)sum;
}

int64_t ck_ref_check_finite(const double *x, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    if (!isfinite(x[i])) return i;
  return -1;
}
