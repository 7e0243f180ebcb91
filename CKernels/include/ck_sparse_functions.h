// Included by ck_sparse.h once for each element type T; FN appends _f32 or _f64.
#pragma clang assume_nonnull begin

/// Factors of the weight of entry e in row r and column c: value[order[e]] row_scale[r] column_scale[c]. NULL means
/// ones (order: the identity).
typedef struct FN(ck_weights) {
  const T *_Nullable value;
  const int32_t *_Nullable order;
  const T *_Nullable row_scale;
  const T *_Nullable column_scale;
} FN(ck_weights);

/// What happens to a row of Y before it is stored: act(scale y + bias + residual_scale residual[r, :]).
typedef struct FN(ck_epilogue) {
  T scale;
  const T *_Nullable bias;      // n
  const T *_Nullable residual;  // rows x n
  int64_t ld_residual;
  T residual_scale;
  ck_activation activation;
} FN(ck_epilogue);

/// Y = A X, or with `mean` each row divided by its number of entries (empty rows give 0). A is rows x columns with the
/// given weights, X is columns x n, Y is rows x n. Each element of Y has one owner; the order of addition depends on n
/// and the instruction set alone, and is the stored one for n above 8.
/// Y overlaps no input. Cost: 2 nnz n flops. NULL epilogue: none. The pattern and order are trusted: validate them
/// first.
CK_API ck_status FN(ck_sparse_spmm)(const ck_ctx *ctx, T *y, int64_t ldy, const ck_csr *a, FN(ck_weights) weights,
                                    bool mean, const T *x, int64_t ldx, int64_t n,
                                    const FN(ck_epilogue) *_Nullable epilogue);
/// The same with X stored as bf16 (see ck_dense_to_bf16; ldx counts its elements): the result of ck_sparse_spmm over
/// the widened table, bit for bit.
CK_API ck_status FN(ck_sparse_spmm_bf16)(const ck_ctx *ctx, T *y, int64_t ldy, const ck_csr *a, FN(ck_weights) weights,
                                         bool mean, const uint16_t *x, int64_t ldx, int64_t n,
                                         const FN(ck_epilogue) *_Nullable epilogue);
/// e[k] = <U[r, :], W[c, :]> row_scale[r] column_scale[c] for each entry k at (r, c): gradient of SpMM with respect to
/// its values. U is rows x n, W is columns x n; scales may be NULL.
CK_API ck_status FN(ck_sparse_sddmm)(const ck_ctx *ctx, T *e, const ck_csr *a, const T *u, int64_t ldu, const T *w,
                                     int64_t ldw, int64_t n, const T *_Nullable row_scale,
                                     const T *_Nullable column_scale);
/// scale[r] = (sum of the values of row r, or its number of entries when value is NULL) ^ exponent; 0 where the sum is
/// 0.
CK_API ck_status FN(ck_sparse_degree_scale)(const ck_ctx *ctx, T *scale, const ck_csr *a, const T *_Nullable value,
                                            T exponent);

/// y[e, h] = softmax over the entries e of each row, for each of `heads` columns. x and y are nnz x heads. A row and
/// head of nothing but -infinity gives zeros; NaN or +infinity makes it NaN.
CK_API ck_status FN(ck_sparse_segment_softmax)(const ck_ctx *ctx, T *y, const int64_t *row_start, int64_t rows,
                                               const T *x, int64_t heads);
/// dx = y (dy - sum over the row of dy y).
CK_API ck_status FN(ck_sparse_segment_softmax_bwd)(const ck_ctx *ctx, T *dx, const T *dy, const T *y,
                                                   const int64_t *row_start, int64_t rows, int64_t heads);
/// y[r, :] = reduction of x[e, :] over the entries of row r. x is nnz x n, y is rows x n. `which` (rows x n), where not
/// NULL and for the maximum, gets the entry that won (the first of equals; -1 for an empty row).
CK_API ck_status FN(ck_sparse_segment_reduce)(const ck_ctx *ctx, ck_segment_reduction op, T *y,
                                              int32_t *_Nullable which, const int64_t *row_start, int64_t rows,
                                              const T *x, int64_t n);
/// Gradient of the above: dx[e, :] = dy[r, :] (sum), dy[r, :] / entries (mean), or dy[r, :] where e won (maximum).
CK_API ck_status FN(ck_sparse_segment_reduce_bwd)(const ck_ctx *ctx, ck_segment_reduction op, T *dx, const T *dy,
                                                  const int32_t *_Nullable which, const int64_t *row_start,
                                                  int64_t rows, int64_t n);

/// y[r, c] = max over the entries (r, j) of x[j, c]: a row without entries gives 0. x is columns x n, y rows x n.
/// `which` (rows x n), where not NULL, gets the entry that won: the first of equals, -1 for an empty row. A NaN wins.
/// At most INT32_MAX entries.
CK_API ck_status FN(ck_sparse_spmm_max)(const ck_ctx *ctx, T *y, int32_t *_Nullable which, const ck_csr *a, const T *x,
                                        int64_t n);
/// Gradient of the above: dx[j, c] = sum of dy[r, c] over the entries of row j of the transposed pattern whose places
/// `order` in the pattern won.
CK_API ck_status FN(ck_sparse_spmm_max_bwd)(const ck_ctx *ctx, T *dx, const T *dy, const int32_t *which,
                                            const ck_csr *transposed, const int32_t *order, int64_t n);
/// The sum of |scale[r] z[r, :] - scale[c] z[c, :]|^2 over the entries (r, c) of a square pattern with c < r, and of
/// |z[r, :]|^2 over its rows without entries: never negative. For a symmetric pattern and scale = degree^-1/2 it is the
/// sum over the n columns of z' (I - D^-1/2 A D^-1/2) z. Columns ascend within a row. Workspace:
/// ck_sparse_dirichlet_workspace.
CK_API ck_status FN(ck_sparse_dirichlet)(const ck_ctx *ctx, T *energy, const ck_csr *a, const T *scale, const T *z,
                                         int64_t n);

/// Graph attention: for each row i and head h, with e_ij = leaky(source[j, h] + target[i, h]) over the entries (i, j),
///
///   z[i, h, :] = sum over j of softmax_i(e)_ij mask_ij u[j, h, :]
///
/// z is rows x F, u columns x F with F = heads x width; source is columns x heads, target rows x heads. A logit of
/// -infinity weighs 0 whatever the slope; a row without entries, or with nothing but -infinity, gives 0. For the
/// backward pass, where `positive` is not NULL: positive (rows x F) gets the part of z whose logits are above 0, and
/// state (rows x 4 x heads) {target, row maximum, 1 / sum, the positive part of the softmax}.
CK_API ck_status FN(ck_sparse_graph_attention)(const ck_ctx *ctx, T *z, T *_Nullable positive, T *_Nullable state,
                                               const ck_csr *a, const T *u, const T *source, const T *target,
                                               const ck_attention_options *options);
/// Gradients of the above for dz (rows x F). `transposed` is the transposed pattern; `order` (its entries' places in
/// the pattern) is read for dropout only. Workspace: ck_sparse_graph_attention_bwd_workspace.
CK_API ck_status FN(ck_sparse_graph_attention_bwd)(const ck_ctx *ctx, T *du, T *dsource, T *dtarget, const T *dz,
                                                   const T *z, const T *positive, const T *state,
                                                   const ck_csr *transposed, const int32_t *_Nullable order,
                                                   const T *u, const T *source, const ck_attention_options *options);
CK_API int64_t FN(ck_sparse_graph_attention_bwd_workspace)(int64_t rows, const ck_attention_options *options);

#pragma clang assume_nonnull end
