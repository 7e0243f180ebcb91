// The sparse family's list: X(family, name of the body, what it holds in registers).
#define CK_SPARSE_KERNELS(X) \
  X(sparse, spmm, "a strip of 1, 2, 3, 4 or 8 vectors of a row of Y") \
  X(sparse, spmm_bf16, "a strip of 1, 2, 3, 4 or 8 vectors of a row of Y") \
  X(sparse, spmm_max, "a strip of 4 vectors or 1 of a row of Y") \
  X(sparse, spmm_max_bwd, "a strip of 4 vectors or 1 of a row of dX") \
  X(sparse, dirichlet, "a strip of 4 vectors or 1 of sums") \
  X(sparse, sddmm, "4 sums of 1 vector, and up to 8 vectors of a row of U") \
  X(sparse, degree_scale, "1 vector") \
  X(sparse, segment_softmax, "1 vector of a row") \
  X(sparse, segment_softmax_bwd, "1 vector of a row") \
  X(sparse, segment_reduce, "a strip of 4 vectors of a row of Y") \
  X(sparse, segment_reduce_bwd, "1 vector") \
  X(sparse, graph_attention, "a strip of 4 vectors or 1, twice") \
  X(sparse, graph_attention_bwd, "a strip of 4 vectors or 1, twice") \
  X(sparse, csr_filter, "1 vector of blocks of draws") \
  X(sparse, csr_keep, "64 bits")
