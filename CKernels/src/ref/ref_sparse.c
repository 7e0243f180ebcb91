#include "ck_ref.h"

#include <math.h>

void ck_ref_spmm(double *y, int64_t ldy, const ck_csr *a, ck_weights_f64 weights, bool mean, const double *x,
                 int64_t ldx, int64_t n, const ck_epilogue_f64 *epilogue) {
  for (int64_t r = 0; r < a->rows; r++) {
    const int64_t begin = a->row_start[r], end = a->row_start[r + 1];
    for (int64_t j = 0; j < n; j++) {
      double sum = 0;
      for (int64_t e = begin; e < end; e++) {
        const int32_t c = a->column[e];
        double weight = weights.value ? weights.value[weights.order ? weights.order[e] : e] : 1;
        if (weights.column_scale) weight *= weights.column_scale[c];
        sum += weight * x[c * ldx + j];
      }
      if (weights.row_scale) sum *= weights.row_scale[r];
      if (mean) sum = end > begin ? sum / (double)(end - begin) : 0;
      if (epilogue) {
        sum *= epilogue->scale;
        if (epilogue->bias) sum += epilogue->bias[j];
        if (epilogue->residual) sum += epilogue->residual_scale * epilogue->residual[r * epilogue->ld_residual + j];
        if (epilogue->activation == ck_activation_relu && sum < 0) sum = 0;
      }
      y[r * ldy + j] = sum;
    }
  }
}

void ck_ref_sddmm(double *e, const ck_csr *a, const double *u, int64_t ldu, const double *w, int64_t ldw, int64_t n,
                  const double *row_scale, const double *column_scale) {
  for (int64_t r = 0; r < a->rows; r++)
    for (int64_t k = a->row_start[r]; k < a->row_start[r + 1]; k++) {
      const int32_t c = a->column[k];
      double dot = 0;
      for (int64_t j = 0; j < n; j++) dot += u[r * ldu + j] * w[c * ldw + j];
      e[k] = dot * (row_scale ? row_scale[r] : 1) * (column_scale ? column_scale[c] : 1);
    }
}

void ck_ref_degree_scale(double *scale, const ck_csr *a, const double *value, double exponent) {
  for (int64_t r = 0; r < a->rows; r++) {
    double degree = 0;
    for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++) degree += value ? value[e] : 1;
    scale[r] = degree == 0 ? 0 : pow(degree, exponent);
  }
}

void ck_ref_segment_softmax(double *y, const int64_t *row_start, int64_t rows, const double *x, int64_t heads) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t h = 0; h < heads; h++) {
      double largest = -INFINITY, sum = 0;
      for (int64_t e = row_start[r]; e < row_start[r + 1]; e++) {
        const double v = x[e * heads + h];
        largest = v <= largest || isnan(largest) ? largest : v;  // a NaN stays
      }
      for (int64_t e = row_start[r]; e < row_start[r + 1]; e++) sum += exp(x[e * heads + h] - largest);
      for (int64_t e = row_start[r]; e < row_start[r + 1]; e++)
        y[e * heads + h] = largest == -INFINITY ? 0 : exp(x[e * heads + h] - largest) / sum;
    }
}

void ck_ref_segment_softmax_bwd(double *dx, const double *dy, const double *y, const int64_t *row_start, int64_t rows,
                                int64_t heads) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t h = 0; h < heads; h++) {
      double dot = 0;
      for (int64_t e = row_start[r]; e < row_start[r + 1]; e++) dot += dy[e * heads + h] * y[e * heads + h];
      for (int64_t e = row_start[r]; e < row_start[r + 1]; e++)
        dx[e * heads + h] = y[e * heads + h] * (dy[e * heads + h] - dot);
    }
}

void ck_ref_segment_reduce(ck_segment_reduction op, double *y, int32_t *which, const int64_t *row_start, int64_t rows,
                           const double *x, int64_t n) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t j = 0; j < n; j++) {
      const int64_t begin = row_start[r], end = row_start[r + 1];
      double result = 0;
      int32_t winner = -1;
      for (int64_t e = begin; e < end; e++) {
        const double v = x[e * n + j];
        if (op != ck_segment_reduction_maximum) {
          result += v;
        } else if (e == begin || (!isnan(result) && !(v <= result))) {
          result = v;
          winner = (int32_t)e;
        }
      }
      if (op == ck_segment_reduction_mean && end > begin) result /= (double)(end - begin);
      y[r * n + j] = result;
      if (which) which[r * n + j] = winner;
    }
}

void ck_ref_segment_reduce_bwd(ck_segment_reduction op, double *dx, const double *dy, const int32_t *which,
                               const int64_t *row_start, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t e = row_start[r]; e < row_start[r + 1]; e++)
      for (int64_t j = 0; j < n; j++) {
        const double g = dy[r * n + j], entries = (double)(row_start[r + 1] - row_start[r]);
        dx[e * n + j] = op == ck_segment_reduction_sum    ? g
                        : op == ck_segment_reduction_mean ? g / entries
                        : which[r * n + j] == (int32_t)e  ? g : 0;
      }
}
