// The two BLAS routines in use, and the switch that pins OpenBLAS to one thread (blas.c). Integers are 32-bit (LP64).
#ifndef CK_BLAS_H
#define CK_BLAS_H

enum { ck_blas_row_major = 101, ck_blas_plain = 111, ck_blas_transposed = 112 };

void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                 const float *b, int ldb, float beta, float *c, int ldc);
void cblas_dgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha, const double *a,
                 int lda, const double *b, int ldb, double beta, double *c, int ldc);
void openblas_set_num_threads(int threads);

#endif
