// Included by ck_dense.h once for each element type T; FN appends _f32 or _f64.
#pragma clang assume_nonnull begin

// ---------------------------------------------------------------------------------------------------- elementwise

/// y[i] = op(x[i]), i < n. y may be x.
CK_API ck_status FN(ck_dense_unary)(const ck_ctx *ctx, ck_unary op, T *y, const T *x, int64_t n);
/// dx[i] = scale dy[i] op'(x[i]), i < n; y holds op(x) from the forward pass (rules use whichever of x and y is
/// cheaper). dx may be dy.
CK_API ck_status FN(ck_dense_unary_bwd)(const ck_ctx *ctx, ck_unary op, T *dx, const T *dy, const T *x, const T *y,
                                        T scale, int64_t n);
/// y = op(a, b) over `rank` axes of the given sizes; y is contiguous, a and b have strides (0 on broadcast axes).
CK_API ck_status FN(ck_dense_binary)(const ck_ctx *ctx, ck_binary op, T *y, const T *a, const int64_t *a_strides,
                                     const T *b, const int64_t *b_strides, const int64_t *sizes, int32_t rank);
/// y[i] = scale x[i] + shift, i < n. y may be x.
CK_API ck_status FN(ck_dense_affine)(const ck_ctx *ctx, T *y, const T *x, T scale, T shift, int64_t n);
/// y[i] = x[i] ^ exponent, i < n.
CK_API ck_status FN(ck_dense_power)(const ck_ctx *ctx, T *y, const T *x, T exponent, int64_t n);
/// y[i] = x[i] brought into low...high, i < n; low <= high. NaN stays NaN. y may be x.
CK_API ck_status FN(ck_dense_clamp)(const ck_ctx *ctx, T *y, const T *x, T low, T high, int64_t n);
/// y[i] = mask[i] ? a[i] : b[i], i < n.
CK_API ck_status FN(ck_dense_select)(const ck_ctx *ctx, T *y, const uint8_t *mask, const T *a, const T *b, int64_t n);
/// y[i] += scale x[i], i < n.
CK_API ck_status FN(ck_dense_add_scaled)(const ck_ctx *ctx, T *y, const T *x, T scale, int64_t n);
/// y[i] = x[i] as bf16, the upper half of a float: rounded to nearest, ties to even, beyond the largest to infinity;
/// NaN stays NaN. A double is rounded to float first.
CK_API ck_status FN(ck_dense_to_bf16)(const ck_ctx *ctx, uint16_t *y, const T *x, int64_t n);
/// y[i] = the value of the bf16 x[i]: exact.
CK_API ck_status FN(ck_dense_from_bf16)(const ck_ctx *ctx, T *y, const uint16_t *x, int64_t n);
/// Contiguous y from a strided view of x (permutation, slice, broadcast with stride 0).
CK_API ck_status FN(ck_dense_copy_from)(const ck_ctx *ctx, T *y, const T *x, const int64_t *x_strides,
                                        const int64_t *sizes, int32_t rank);
/// A strided view of y from contiguous x: only the view's elements are written.
CK_API ck_status FN(ck_dense_copy_to)(const ck_ctx *ctx, T *y, const int64_t *y_strides, const T *x,
                                      const int64_t *sizes, int32_t rank);
/// y[i] = kept ? x[i] / (1 - p) : 0, i < n, 0 <= p < 1. The mask is a function of (key, stream, i) alone (ck_random.h):
/// the backward pass calls this again on dy. p is rounded to 16 bits. y may be x.
CK_API ck_status FN(ck_dense_dropout)(const ck_ctx *ctx, T *y, const T *x, int64_t n, double p, uint64_t key,
                                      uint64_t stream);

// ---------------------------------------------------------------------------------------------------- reductions

/// y[o, i] = reduction over j of x[o, j, i]; x is (outer, n, inner), y is (outer, inner). Fixed blocks in index order.
CK_API ck_status FN(ck_dense_reduce)(const ck_ctx *ctx, ck_reduction op, T *y, const T *x, int64_t outer, int64_t n,
                                     int64_t inner);
CK_API int64_t FN(ck_dense_reduce_workspace)(int64_t outer, int64_t n, int64_t inner);
/// index[r] = place of the first maximum of row r; a NaN counts as larger than any number. n >= 1.
CK_API ck_status FN(ck_dense_argmax)(const ck_ctx *ctx, int32_t *index, const T *x, int64_t ldx, int64_t rows,
                                     int64_t n);
/// *result = sum of a[i] b[i], accumulated in double over fixed blocks.
CK_API ck_status FN(ck_dense_dot)(const ck_ctx *ctx, double *result, const T *a, const T *b, int64_t n);
CK_API int64_t FN(ck_dense_dot_workspace)(int64_t n);
/// Reports the first element that is NaN or infinite in *position (-1 when all are finite).
CK_API ck_status FN(ck_dense_check_finite)(const ck_ctx *ctx, int64_t *position, const T *x, int64_t n);

// ---------------------------------------------------------------------------------------------------- rows

/// y[r, :] = softmax(x[r, :]). A row of -infinity gives zeros.
CK_API ck_status FN(ck_dense_softmax)(const ck_ctx *ctx, T *y, int64_t ldy, const T *x, int64_t ldx, int64_t rows,
                                      int64_t n);
/// dx = y (dy - <dy, y>) row by row, from the forward result y.
CK_API ck_status FN(ck_dense_softmax_bwd)(const ck_ctx *ctx, T *dx, int64_t lddx, const T *dy, int64_t lddy, const T *y,
                                          int64_t ldy, int64_t rows, int64_t n);
/// y[r, :] = x[r, :] - log sum exp x[r, :].
CK_API ck_status FN(ck_dense_log_softmax)(const ck_ctx *ctx, T *y, int64_t ldy, const T *x, int64_t ldx, int64_t rows,
                                          int64_t n);
/// dx = dy - exp(y) sum(dy) row by row, from the forward result y.
CK_API ck_status FN(ck_dense_log_softmax_bwd)(const ck_ctx *ctx, T *dx, int64_t lddx, const T *dy, int64_t lddy,
                                              const T *y, int64_t ldy, int64_t rows, int64_t n);
/// Cross-entropy over chosen rows: loss[i] = lse - (1 - smoothing) logits[c_i, label_i] - smoothing
/// mean(logits[c_i, :]), lse[i] = log sum exp of row c_i, for i < count; c_i = chosen[i], or i when chosen is NULL;
/// label_i = labels[i]. Ids and labels must be in range (ck_dense_check_ids).
CK_API ck_status FN(ck_dense_cross_entropy)(const ck_ctx *ctx, T *loss, T *lse, const T *logits, int64_t ldl,
                                            int64_t rows, int64_t classes, const int32_t *_Nullable chosen,
                                            const int32_t *labels, int64_t count, T smoothing);
/// dlogits (rows x classes, all of it written: rows that were not chosen get zeros). A row chosen twice sums in order
/// of i.
CK_API ck_status FN(ck_dense_cross_entropy_bwd)(const ck_ctx *ctx, T *dlogits, int64_t lddl, const T *dloss,
                                                const T *logits, int64_t ldl, const T *lse, int64_t rows,
                                                int64_t classes, const int32_t *_Nullable chosen,
                                                const int32_t *labels, int64_t count, T smoothing);
/// y[r, :] = (x[r, :] - mean[r]) rstd[r] weight + bias; saves mean and rstd = 1 / sqrt(var + epsilon). NULL weight is
/// ones, NULL bias zeros.
CK_API ck_status FN(ck_dense_layer_norm)(const ck_ctx *ctx, T *y, T *mean, T *rstd, const T *x,
                                         const T *_Nullable weight, const T *_Nullable bias, int64_t rows, int64_t n,
                                         T epsilon);
/// dx, and dweight and dbias where they are not NULL. Column sums over fixed blocks of rows.
CK_API ck_status FN(ck_dense_layer_norm_bwd)(const ck_ctx *ctx, T *dx, T *_Nullable dweight, T *_Nullable dbias,
                                             const T *dy, const T *x, const T *mean, const T *rstd,
                                             const T *_Nullable weight, int64_t rows, int64_t n);
CK_API int64_t FN(ck_dense_layer_norm_bwd_workspace)(int64_t rows, int64_t n);
/// mean[j] and biased variance[j] of column j over the rows, two passes.
CK_API ck_status FN(ck_dense_column_moments)(const ck_ctx *ctx, T *mean, T *variance, const T *x, int64_t rows,
                                             int64_t n);
CK_API int64_t FN(ck_dense_column_moments_workspace)(int64_t rows, int64_t n);
/// y[r, j] = (x[r, j] - mean[j]) rstd[j] weight[j] + bias[j].
CK_API ck_status FN(ck_dense_batch_norm)(const ck_ctx *ctx, T *y, const T *x, const T *mean, const T *rstd,
                                         const T *_Nullable weight, const T *_Nullable bias, int64_t rows, int64_t n);
/// Gradients of batch_norm through the batch's own moments.
CK_API ck_status FN(ck_dense_batch_norm_bwd)(const ck_ctx *ctx, T *dx, T *_Nullable dweight, T *_Nullable dbias,
                                             const T *dy, const T *x, const T *mean, const T *rstd,
                                             const T *_Nullable weight, int64_t rows, int64_t n);
CK_API int64_t FN(ck_dense_batch_norm_bwd_workspace)(int64_t rows, int64_t n);

// ---------------------------------------------------------------------------------------------------- gather, scatter

/// y[i, :] = x[ids[i], :], i < count. An id outside [0, rows) gives ck_status_out_of_range and leaves y undefined.
CK_API ck_status FN(ck_dense_gather_rows)(const ck_ctx *ctx, T *y, int64_t ldy, const T *x, int64_t ldx, int64_t rows,
                                          const int32_t *ids, int64_t count, int64_t width);
/// y[r, :] = sum of x[i, :] over i with ids[i] = r, in order of i; y (rows x width) is overwritten. One owner per row.
CK_API ck_status FN(ck_dense_scatter_add_rows)(const ck_ctx *ctx, T *y, int64_t ldy, int64_t rows, const T *x,
                                               int64_t ldx, const int32_t *ids, int64_t count, int64_t width);
CK_API int64_t FN(ck_dense_scatter_add_rows_workspace)(int64_t rows, int64_t count);

// ---------------------------------------------------------------------------------------------------- matrix products

/// C = alpha op(A) op(B) + beta C for each of `batch` products; op transposes when its flag is set. op(A) is m x k,
/// op(B) is k x n. Strides between the products may be 0 (shared operand). C is not read when beta is 0.
CK_API ck_status FN(ck_dense_gemm)(const ck_ctx *ctx, T *c, int64_t ldc, int64_t c_stride, const T *a, int64_t lda,
                                   int64_t a_stride, bool transpose_a, const T *b, int64_t ldb, int64_t b_stride,
                                   bool transpose_b, int64_t m, int64_t n, int64_t k, int64_t batch, T alpha, T beta);
CK_API int64_t FN(ck_dense_gemm_workspace)(int64_t m, int64_t n, int64_t k, int64_t batch);

// ---------------------------------------------------------------------------------------------------- optimizer steps

/// One tensor that an optimizer step updates in place: weights, gradient, and the optimizer's buffers (n elements
/// each).
typedef struct FN(ck_parameter) {
  T *weight;
  const T *gradient;
  T *_Nullable moment1;  // Adam's first moment, or SGD's momentum
  T *_Nullable moment2;  // Adam's second moment
  int64_t n;
  double weight_decay;
} FN(ck_parameter);

/// One Adam or AdamW step (Kingma and Ba 2015; Loshchilov and Hutter 2019) over all tensors in one pass.
CK_API ck_status FN(ck_dense_adam)(const ck_ctx *ctx, const FN(ck_parameter) *parameters, int64_t count,
                                   const ck_adam_options *options);
/// One SGD step with momentum as torch.optim.SGD defines it (coupled weight decay).
CK_API ck_status FN(ck_dense_sgd)(const ck_ctx *ctx, const FN(ck_parameter) *parameters, int64_t count,
                                  const ck_sgd_options *options);

#pragma clang assume_nonnull end
