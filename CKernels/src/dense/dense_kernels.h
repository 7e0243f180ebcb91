// The dense family's list: X(family, name of the body, what it holds in registers).
#define CK_DENSE_KERNELS(X) \
  X(dense, unary, "1 vector") \
  X(dense, unary_bwd, "2 vectors") \
  X(dense, binary, "2 vectors") \
  X(dense, affine, "1 vector") \
  X(dense, add_scaled, "2 vectors") \
  X(dense, select, "2 vectors") \
  X(dense, clamp, "1 vector") \
  X(dense, power, "1 vector") \
  X(dense, dropout, "16 blocks") \
  X(dense, softmax, "1 vector") \
  X(dense, softmax_bwd, "2 vectors") \
  X(dense, log_softmax, "1 vector") \
  X(dense, log_softmax_bwd, "2 vectors") \
  X(dense, cross_entropy, "1 vector") \
  X(dense, cross_entropy_bwd, "1 vector") \
  X(dense, gemm_tile, "12 rows x 1 vector, 6 rows x 2 vectors") \
  X(dense, copy, "1 vector, or a 4 x 4 block") \
  X(dense, convert, "1 vector") \
  X(dense, to_bf16, "1 vector") \
  X(dense, from_bf16, "1 vector") \
  X(dense, reduce_rows, "4 vectors of a row") \
  X(dense, reduce_columns, "8 vectors of columns") \
  X(dense, argmax, "1 vector and its places") \
  X(dense, dot, "4 vectors of doubles") \
  X(dense, check_finite, "8 vectors") \
  X(dense, gather_rows, "1 vector") \
  X(dense, scatter_add_rows, "8 vectors of a row") \
  X(dense, layer_norm, "4 vectors of a row") \
  X(dense, layer_norm_bwd, "1 vector of a row") \
  X(dense, column_moments, "1 vector of columns x 4 rows") \
  X(dense, batch_norm, "1 vector of columns") \
  X(dense, batch_norm_sums, "1 vector of columns x 2 rows") \
  X(dense, batch_norm_bwd, "1 vector of columns") \
  X(dense, adam, "4 vectors") \
  X(dense, sgd, "3 vectors")
