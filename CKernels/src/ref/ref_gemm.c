#include "ck_ref.h"

void ck_ref_gemm(double *c, int64_t ldc, int64_t c_stride, const double *a, int64_t lda, int64_t a_stride,
                 bool transpose_a, const double *b, int64_t ldb, int64_t b_stride, bool transpose_b, int64_t m,
                 int64_t n, int64_t k, int64_t batch, double alpha, double beta) {
  for (int64_t s = 0; s < batch; s++, a += a_stride, b += b_stride, c += c_stride)
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = 0; j < n; j++) {
        double sum = 0;
        for (int64_t p = 0; p < k; p++)
          sum += (transpose_a ? a[p * lda + i] : a[i * lda + p]) * (transpose_b ? b[j * ldb + p] : b[p * ldb + j]);
        c[i * ldc + j] = alpha * sum + (beta == 0 ? 0 : beta * c[i * ldc + j]);
      }
}
