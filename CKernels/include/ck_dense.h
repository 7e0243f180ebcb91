// Dense kernels: GEMM, elementwise, reductions, rows (softmax, norms, losses), dropout, gather and scatter, optimizer
// steps.
//
// Matrices are row-major with a stride between rows ("ld", in elements) and a contiguous last axis. Outputs come first.
// Backward functions overwrite their gradients. Where a `_workspace` query exists, the context must carry that many
// bytes.
#ifndef CK_DENSE_H
#define CK_DENSE_H

#include "ck_base.h"

#pragma clang assume_nonnull begin

#define CK_MAX_RANK 6

/// Functions of one element.
typedef enum CK_CLOSED_ENUM ck_unary {
  ck_unary_negate = 0,
  ck_unary_absolute,
  ck_unary_square,
  ck_unary_square_root,
  ck_unary_reciprocal,
  ck_unary_exp,
  ck_unary_log,
  ck_unary_tanh,
  ck_unary_sigmoid,
  ck_unary_erf,
  ck_unary_sin,
  ck_unary_cos,
  ck_unary_relu,      // NaN stays NaN
  ck_unary_gelu,      // x (1 + erf(x / sqrt 2)) / 2
  ck_unary_silu,      // x sigmoid(x)
  ck_unary_softplus,  // log(1 + exp x), without overflow
  ck_unary_sign,      // -1, 0, 1
  ck_unary_step,      // 1 where x > 0, else 0
} ck_unary;
#define CK_UNARY_COUNT 18

/// Functions of two elements. Comparisons give 1 or 0 in the element type.
typedef enum CK_CLOSED_ENUM ck_binary {
  ck_binary_add = 0,
  ck_binary_subtract,
  ck_binary_multiply,
  ck_binary_divide,
  ck_binary_maximum,
  ck_binary_minimum,
  ck_binary_less,
  ck_binary_less_equal,
  ck_binary_equal,
} ck_binary;
#define CK_BINARY_COUNT 9

typedef enum CK_CLOSED_ENUM ck_reduction {
  ck_reduction_sum = 0,
  ck_reduction_mean,
  ck_reduction_maximum,  // of an empty axis: -infinity
  ck_reduction_minimum,  // of an empty axis: +infinity
} ck_reduction;

/// Hyper-parameters of one Adam step. `step` counts from 1.
typedef struct ck_adam_options {
  double learning_rate, beta1, beta2, epsilon;
  int64_t step;
  bool decoupled;  // AdamW: weights shrink by learning_rate * weight_decay; else the decay joins the gradient (L2)
} ck_adam_options;

typedef struct ck_sgd_options {
  double learning_rate, momentum, dampening;
  int64_t step;  // from 1: the first step starts the momentum buffer with the gradient
  bool nesterov;
} ck_sgd_options;

/// Converts n elements between types: codes 0 float32, 1 float64, 2 int32, 3 uint8. To integers: truncates, saturates,
/// NaN to 0. y must not overlap x.
CK_API ck_status ck_dense_convert(const ck_ctx *ctx, void *y, int32_t y_type, const void *x, int32_t x_type, int64_t n);

/// Reports the first id outside [0, limit) in *position (-1 when all are inside).
CK_API ck_status ck_dense_check_ids(const ck_ctx *ctx, int64_t *position, const int32_t *ids, int64_t n, int64_t limit);

/// The factor of what ck_dense_dropout keeps: 1 / (1 - p) for the p that it rounds to, 0 when it drops everything.
CK_API double ck_dense_dropout_scale(double p);

/// Whether a product of this shape runs in the tile kernel, because the overhead of BLAS would rule its time. A pure
/// function of the shape: it never depends on the threads.
CK_API bool ck_dense_gemm_is_small(int64_t m, int64_t n, int64_t k);

#pragma clang assume_nonnull end

// Declared for float (_f32) and double (_f64) from one text.
#define T float
#define FN(name) name##_f32
#include "ck_dense_functions.h"
#undef T
#undef FN
#define T double
#define FN(name) name##_f64
#include "ck_dense_functions.h"
#undef T
#undef FN

#endif
