// The dense family's list: X(family, name of the body, what it holds in registers).
#define CK_DENSE_MATRIX_KERNELS(X) \
  X(dense, gemm_tile, "12 rows x 1 vector, 6 rows x 2 vectors")

#define CK_DENSE_KERNELS(X) \
  X(dense, unary, "1 vector") \
  X(dense, unary_bwd, "2 vectors") \
  X(dense, binary, "2 vectors") \
  X(dense, affine, "1 vector") \
  X(dense, add_scaled, "2 vectors") \
  X(dense, select, "2 vectors") \
  X(dense, power, "1 vector") \
  X(dense, dropout, "16 blocks") \
  CK_DENSE_MATRIX_KERNELS(X)
