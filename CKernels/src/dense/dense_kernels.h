// The dense family's list: X(family, name of the body, what it holds in registers).
#define CK_DENSE_KERNELS(X) \
  X(dense, unary, "1 vector") \
  X(dense, unary_bwd, "2 vectors")
