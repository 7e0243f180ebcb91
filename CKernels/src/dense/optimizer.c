// Optimizer steps, in place, over a list of tensors in one pass.
//
// Method.  Threads cut the concatenation of all tensors evenly, so that one large tensor and many small ones balance
// alike; elements are independent.  The arithmetic is torch.optim's: Adam adds weight_decay * weight to the gradient,
// AdamW multiplies the weight by 1 - learning_rate * weight_decay first, both divide by the bias corrections 1 -
// beta^step; SGD follows torch.optim.SGD, whose momentum buffer starts as the first gradient without dampening.
// Cost: Adam 7, SGD 3 (5 with momentum, 4 in its first step) elements moved per weight.
// References: Kingma and Ba 2015; Loshchilov and Hutter 2019; Sutskever et al. 2013 (Nesterov momentum).
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/parallel.h"
#include <math.h>
#define CK_BODY "../dense/optimizer_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, adam)
CK_DEFINE_BODIES(dense, sgd)

static const double adam_element_ns = 0.8, sgd_element_ns = 0.4;

#define CK_DRIVER "../dense/optimizer.c"
#include "../base/driver_expand.h"
#else

/// Elements of all tensors; -1 when a size is negative.
static int64_t FN(parameters_total)(const FN(ck_parameter) *parameters, int64_t count) {
  int64_t total = 0;
  for (int64_t p = 0; p < count; p++) {
    if (parameters[p].n < 0) return -1;
    total += parameters[p].n;
  }
  return total;
}

/// The piece of tensor `p`, whose first element is number `before` of all, that lies in [from, to).
static int64_t FN(parameter_piece)(const FN(ck_parameter) * p, int64_t before, int64_t from, int64_t to,
                                   int64_t *first) {
  *first = from > before ? from - before : 0;
  const int64_t end = to - before < p->n ? to - before : p->n;
  return end - *first;
}

ck_status FN(ck_dense_adam)(const ck_ctx *ctx, const FN(ck_parameter) *parameters, int64_t count,
                            const ck_adam_options *options) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  const int64_t total = count < 0 ? -1 : FN(parameters_total)(parameters, count);
  if (total < 0) return ck_status_bad_shape;
  if (options->step < 1 || !(options->beta1 >= 0 && options->beta1 < 1) || !(options->beta2 >= 0 && options->beta2 < 1))
    return ck_status_bad_option;
  for (int64_t p = 0; p < count; p++)
    if (!parameters[p].moment1 || !parameters[p].moment2) return ck_status_bad_option;
  const double rate = options->learning_rate / (1 - pow(options->beta1, (double)options->step));
  const double root = sqrt(1 - pow(options->beta2, (double)options->step));

  __auto_type body = CK_PICK(ctx, dense, adam, CK_TYPE);
  CK_COST(12 * (double)total, 7 * (double)total * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, (double)total * adam_element_ns);
  CK_PARALLEL(threads, part, {
    const int64_t from = ck_split_even(total, threads, part);
    const int64_t to = ck_split_even(total, threads, part + 1);
    int64_t before = 0;
    for (int64_t i = 0; i < count && before < to; before += parameters[i].n, i++) {
      const FN(ck_parameter) *p = &parameters[i];
      int64_t first;
      const int64_t n = FN(parameter_piece)(p, before, from, to, &first);
      if (n <= 0) continue;
      const double decay = options->decoupled ? 0 : p->weight_decay;
      const double shrink = options->decoupled ? 1 - options->learning_rate * p->weight_decay : 1;
      body(p->weight + first, p->moment1 + first, p->moment2 + first, p->gradient + first, n, (T)decay, (T)shrink,
           (T)(1 - options->beta1), (T)options->beta2, (T)(1 - options->beta2), (T)rate, (T)root, (T)options->epsilon);
    }
  });
  return ck_status_ok;
}

ck_status FN(ck_dense_sgd)(const ck_ctx *ctx, const FN(ck_parameter) *parameters, int64_t count,
                           const ck_sgd_options *options) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  const int64_t total = count < 0 ? -1 : FN(parameters_total)(parameters, count);
  if (total < 0) return ck_status_bad_shape;
  const bool momentum = options->momentum != 0;
  if (options->step < 1 || !(options->momentum >= 0)) return ck_status_bad_option;
  // As in torch: Nesterov's step is defined for undamped momentum only.
  if (options->nesterov && (!momentum || options->dampening != 0)) return ck_status_bad_option;
  for (int64_t p = 0; p < count; p++)
    if (momentum && !parameters[p].moment1) return ck_status_bad_option;

  __auto_type body = CK_PICK(ctx, dense, sgd, CK_TYPE);
  CK_COST((momentum ? 4 : 2) * (double)total, (momentum ? 5 : 3) * (double)total * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, (double)total * sgd_element_ns);
  CK_PARALLEL(threads, part, {
    const int64_t from = ck_split_even(total, threads, part);
    const int64_t to = ck_split_even(total, threads, part + 1);
    int64_t before = 0;
    for (int64_t i = 0; i < count && before < to; before += parameters[i].n, i++) {
      const FN(ck_parameter) *p = &parameters[i];
      int64_t first;
      const int64_t n = FN(parameter_piece)(p, before, from, to, &first);
      if (n <= 0) continue;
      body(p->weight + first, momentum ? p->moment1 + first : NULL, p->gradient + first, n, (T)p->weight_decay,
           (T)options->momentum, (T)(1 - options->dampening), options->step == 1,
           (T)(options->nesterov ? options->momentum : 1), (T)(options->nesterov ? 1 : 0), (T)options->learning_rate);
    }
  });
  return ck_status_ok;
}

#endif
