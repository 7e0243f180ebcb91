// The dense family's list: X(family, name of the body, what it holds in registers).
#define CK_DENSE_MATRIX_KERNELS(X) \
  X(dense, gemm_tile, "12 rows x 1 vector, 6 rows x 2 vectors")

#define CK_DENSE_KERNELS(X) \
  X(dense, unary, "1 vector") \
  CK_DENSE_MATRIX_KERNELS(X)
