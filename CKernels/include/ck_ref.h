// The oracles: each kernel written the obvious way in double.  Tests and `make bench` compare with them.
#ifndef CK_REF_H
#define CK_REF_H

#include "ck_base.h"
#include "ck_dense.h"
#include "ck_sparse.h"

#pragma clang assume_nonnull begin

CK_API void ck_ref_unary(ck_unary op, double *y, const double *x, int64_t n);
CK_API void ck_ref_unary_bwd(ck_unary op, double *dx, const double *dy, const double *x, int64_t n);
CK_API void ck_ref_binary(ck_binary op, double *y, const double *a, const int64_t *a_strides, const double *b,
                          const int64_t *b_strides, const int64_t *sizes, int32_t rank);
CK_API void ck_ref_affine(double *y, const double *x, double scale, double shift, int64_t n);
CK_API void ck_ref_clamp(double *y, const double *x, double low, double high, int64_t n);
CK_API void ck_ref_power(double *y, const double *x, double exponent, int64_t n);
CK_API void ck_ref_select(double *y, const uint8_t *mask, const double *a, const double *b, int64_t n);
CK_API void ck_ref_add_scaled(double *y, const double *x, double scale, int64_t n);

/// One block of Philox 4x32-10.
CK_API void ck_ref_philox(uint32_t word[_Nonnull 4], const uint32_t counter[_Nonnull 4],
                          const uint32_t key[_Nonnull 2]);
CK_API uint32_t ck_ref_word(int64_t i, uint64_t key, uint64_t stream);
CK_API void ck_ref_uniform(double *y, int64_t n, double low, double high, bool is_f32, uint64_t key, uint64_t stream);
CK_API void ck_ref_normal(double *y, int64_t n, double mean, double deviation, bool is_f32, uint64_t key,
                          uint64_t stream);
CK_API void ck_ref_bernoulli(double *y, int64_t n, double p, uint64_t key, uint64_t stream);
CK_API void ck_ref_dropout(double *y, const double *x, int64_t n, double p, uint64_t key, uint64_t stream);

CK_API void ck_ref_spmm(double *y, int64_t ldy, const ck_csr *a, ck_weights_f64 weights, bool mean, const double *x,
                        int64_t ldx, int64_t n, const ck_epilogue_f64 *_Nullable epilogue);
CK_API void ck_ref_sddmm(double *e, const ck_csr *a, const double *u, int64_t ldu, const double *w, int64_t ldw,
                         int64_t n, const double *_Nullable row_scale, const double *_Nullable column_scale);
CK_API void ck_ref_degree_scale(double *scale, const ck_csr *a, const double *_Nullable value, double exponent);
CK_API void ck_ref_segment_softmax(double *y, const int64_t *row_start, int64_t rows, const double *x, int64_t heads);
CK_API void ck_ref_segment_softmax_bwd(double *dx, const double *dy, const double *y, const int64_t *row_start,
                                       int64_t rows, int64_t heads);
CK_API void ck_ref_segment_reduce(ck_segment_reduction op, double *y, int32_t *_Nullable which,
                                  const int64_t *row_start, int64_t rows, const double *x, int64_t n);
CK_API void ck_ref_segment_reduce_bwd(ck_segment_reduction op, double *dx, const double *dy,
                                      const int32_t *_Nullable which, const int64_t *row_start, int64_t rows,
                                      int64_t n);

// Matrix products, copies, reductions, norms, gather and scatter, optimizer steps: arguments as in
// ck_dense_functions.h.

CK_API void ck_ref_gemm(double *c, int64_t ldc, int64_t c_stride, const double *a, int64_t lda, int64_t a_stride,
                        bool transpose_a, const double *b, int64_t ldb, int64_t b_stride, bool transpose_b, int64_t m,
                        int64_t n, int64_t k, int64_t batch, double alpha, double beta);
/// y[index . y_strides] = x[index . x_strides] over all indices of the sizes.
CK_API void ck_ref_copy(double *y, const int64_t *y_strides, const double *x, const int64_t *x_strides,
                        const int64_t *sizes, int32_t rank);
/// x as the type of the code holds it: rounded to float (0), kept (1), truncated and saturated (2 int32, 3 uint8).
CK_API double ck_ref_convert(double x, int32_t type);
/// The value that bf16 holds for x (rounded to float before), and the value of a bf16.
CK_API double ck_ref_to_bf16(double x);
CK_API double ck_ref_from_bf16(uint16_t x);

CK_API void ck_ref_spmm_max(double *y, double *which, const ck_csr *a, const double *x, int64_t n);
CK_API void ck_ref_spmm_max_bwd(double *dx, const double *dy, const int32_t *which, const ck_csr *a, int64_t n);
CK_API double ck_ref_dirichlet(const ck_csr *a, const double *scale, const double *z, int64_t n);
CK_API void ck_ref_graph_attention(double *z, double *positive, double *state, const ck_csr *a, const double *u,
                                   const double *source, const double *target, const ck_attention_options *options);
CK_API void ck_ref_graph_attention_bwd(double *du, double *dsource, double *dtarget, const double *dz, const ck_csr *a,
                                       const double *u, const double *source, const double *target,
                                       const ck_attention_options *options);
/// Returns the number of entries; `column` and `order` have room for those of `a` and one for each row.
CK_API int64_t ck_ref_csr_filter(int64_t *row_start, int32_t *column, int32_t *order, const ck_csr *a,
                                 const ck_csr_filter *filter);

CK_API void ck_ref_reduce(ck_reduction op, double *y, const double *x, int64_t outer, int64_t n, int64_t inner);
CK_API int64_t ck_ref_argmax(const double *x, int64_t n);
CK_API double ck_ref_dot(const double *a, const double *b, int64_t n);
CK_API int64_t ck_ref_check_finite(const double *x, int64_t n);

CK_API void ck_ref_gather_rows(double *y, int64_t ldy, const double *x, int64_t ldx, const int32_t *ids, int64_t count,
                               int64_t width);
CK_API void ck_ref_scatter_add_rows(double *y, int64_t ldy, int64_t rows, const double *x, int64_t ldx,
                                    const int32_t *ids, int64_t count, int64_t width);

CK_API void ck_ref_layer_norm(double *y, double *mean, double *rstd, const double *x, const double *_Nullable weight,
                              const double *_Nullable bias, int64_t rows, int64_t n, double epsilon);
CK_API void ck_ref_layer_norm_bwd(double *dx, double *_Nullable dweight, double *_Nullable dbias, const double *dy,
                                  const double *x, const double *mean, const double *rstd,
                                  const double *_Nullable weight, int64_t rows, int64_t n);
CK_API void ck_ref_column_moments(double *mean, double *variance, const double *x, int64_t rows, int64_t n);
CK_API void ck_ref_batch_norm(double *y, const double *x, const double *mean, const double *rstd,
                              const double *_Nullable weight, const double *_Nullable bias, int64_t rows, int64_t n);
CK_API void ck_ref_batch_norm_bwd(double *dx, double *_Nullable dweight, double *_Nullable dbias, const double *dy,
                                  const double *x, const double *mean, const double *rstd,
                                  const double *_Nullable weight, int64_t rows, int64_t n);

CK_API void ck_ref_adam(double *w, double *m, double *v, const double *gradient, int64_t n, double weight_decay,
                        const ck_adam_options *options);
/// `buffer` may be NULL without momentum.
CK_API void ck_ref_sgd(double *w, double *_Nullable buffer, const double *gradient, int64_t n, double weight_decay,
                       const ck_sgd_options *options);

CK_API void ck_ref_softmax(double *y, int64_t ldy, const double *x, int64_t ldx, int64_t rows, int64_t n);
CK_API void ck_ref_softmax_bwd(double *dx, int64_t lddx, const double *dy, int64_t lddy, const double *y, int64_t ldy,
                               int64_t rows, int64_t n);
CK_API void ck_ref_log_softmax(double *y, int64_t ldy, const double *x, int64_t ldx, int64_t rows, int64_t n);
CK_API void ck_ref_log_softmax_bwd(double *dx, int64_t lddx, const double *dy, int64_t lddy, const double *y,
                                   int64_t ldy, int64_t rows, int64_t n);
CK_API void ck_ref_cross_entropy(double *loss, double *lse, const double *logits, int64_t ldl, int64_t classes,
                                 const int32_t *_Nullable chosen, const int32_t *labels, int64_t count,
                                 double smoothing);
CK_API void ck_ref_cross_entropy_bwd(double *dlogits, int64_t lddl, const double *dloss, const double *logits,
                                     int64_t ldl, const double *lse, int64_t rows, int64_t classes,
                                     const int32_t *_Nullable chosen, const int32_t *labels, int64_t count,
                                     double smoothing);

#pragma clang assume_nonnull end
#endif
