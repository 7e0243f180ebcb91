// Cases of the optimizer steps: three tensors of n, 5 and n / 3 elements, weights and buffers in place.
#ifndef T
#include "harness.h"
#include "ck_dense.h"
#include "ck_ref.h"

static const int64_t vectors[][KC_DIMS] = {{0}, {1}, {15}, {33}, {1000}, {300007}, {-1}};
static const int64_t long_vectors[][KC_DIMS] = {{23040}, {1 << 20}, {1 << 24}, {-1}};
enum { tensors = 3 };
static const double decays[tensors] = {0.25, 0, 0.125};

static int64_t tensor_size(const kc_run *run, int t) { return t == 0 ? run->dim[0] : t == 1 ? 5 : run->dim[0] / 3; }
/// Slots of tensor t: weight, gradient, moment1, moment2.
static int slot_of(int t, int which) { return t * 4 + which; }

enum { coupled, decoupled };
static ck_adam_options adam_options(const kc_run *run) {
  return (ck_adam_options){.learning_rate = 0.125, .beta1 = 0.875, .beta2 = 0.96875, .epsilon = 0x1p-20, .step = 3,
                           .decoupled = kc_case_of(run)->option == decoupled};
}
enum { plain, first_step, momentum, dampened, nesterov };
static ck_sgd_options sgd_options(const kc_run *run) {
  const int32_t option = kc_case_of(run)->option;
  return (ck_sgd_options){.learning_rate = 0.125,
                          .momentum = option == plain ? 0 : 0.875,
                          .step = option == first_step ? 1 : 3,
                          .dampening = option == dampened || option == first_step ? 0.25 : 0,
                          .nesterov = option == nesterov};
}

static void adam_oracle(kc_run *run) {
  const ck_adam_options options = adam_options(run);
  for (int t = 0; t < tensors; t++)
    ck_ref_adam(KC_D(slot_of(t, 0)), KC_D(slot_of(t, 2)), KC_D(slot_of(t, 3)), KC_D(slot_of(t, 1)), tensor_size(run, t),
                decays[t], &options);
}
static void sgd_oracle(kc_run *run) {
  const ck_sgd_options options = sgd_options(run);
  for (int t = 0; t < tensors; t++)
    ck_ref_sgd(KC_D(slot_of(t, 0)), options.momentum != 0 ? KC_D(slot_of(t, 2)) : NULL, KC_D(slot_of(t, 1)),
               tensor_size(run, t), decays[t], &options);
}

#define KC_SELF "cases_optimizer.c"
#include "type_expand.h"

#define ADAM(text, choice) \
  {"adam", text, "n", vectors, long_vectors, KC_BOTH(adam_make), KC_BOTH(adam_call), adam_oracle, .option = choice}
#define SGD(text, choice) \
  {"sgd", text, "n", vectors, long_vectors, KC_BOTH(sgd_make), KC_BOTH(sgd_call), sgd_oracle, .option = choice}

static const kc_case cases[] = {
    ADAM("coupled decay", coupled),
    ADAM("decoupled decay", decoupled),
    SGD("plain", plain),
    SGD("first step of momentum", first_step),
    SGD("momentum", momentum),
    SGD("dampened momentum", dampened),
    SGD("Nesterov momentum", nesterov),
};
const kc_family_cases kc_dense_optimizer_cases = {"dense", cases, sizeof cases / sizeof cases[0]};

#else

static void FN(step_make)(kc_run *run, double moved, double flops) {
  int64_t total = 0;
  for (int t = 0; t < tensors; t++) {
    const int64_t n = tensor_size(run, t);
    kc_update(run, slot_of(t, 0), n, kc_normal);
    run->slot[slot_of(t, 0)].scale = 1;
    kc_input(run, slot_of(t, 1), n, kc_normal);
    total += n;
  }
  run->tolerance = 2;  // of the largest element: a few roundings of terms that are smaller
  run->cost =
      (kc_cost){.flops = flops * (double)total, .bytes = moved * sizeof(T) * (double)total, .limit = kc_limit_stream};
}
static void FN(list_of)(const kc_run *run, FN(ck_parameter) *list) {
  for (int t = 0; t < tensors; t++)
    list[t] = (FN(ck_parameter)){KC_T(slot_of(t, 0)), KC_T(slot_of(t, 1)), KC_T(slot_of(t, 2)), KC_T(slot_of(t, 3)),
                                 tensor_size(run, t), decays[t]};
}

static void FN(adam_make)(kc_run *run) {
  FN(step_make)(run, 7, 14);
  for (int t = 0; t < tensors; t++) {
    kc_update(run, slot_of(t, 2), tensor_size(run, t), kc_normal);
    kc_update(run, slot_of(t, 3), tensor_size(run, t), kc_positive);
    run->slot[slot_of(t, 2)].scale = run->slot[slot_of(t, 3)].scale = 1;
  }
}
static ck_status FN(adam_call)(kc_run *run, const ck_ctx *ctx) {
  FN(ck_parameter) list[tensors];
  FN(list_of)(run, list);
  const ck_adam_options options = adam_options(run);
  return FN(ck_dense_adam)(ctx, list, tensors, &options);
}

static void FN(sgd_make)(kc_run *run) {
  const int32_t option = kc_case_of(run)->option;
  FN(step_make)(run, option == plain ? 3 : option == first_step ? 4 : 5, option == plain ? 4 : 7);
  for (int t = 0; t < tensors && option != plain; t++) {
    if (option == first_step) kc_output(run, slot_of(t, 2), tensor_size(run, t));  // poisoned: it must not be read
    else kc_update(run, slot_of(t, 2), tensor_size(run, t), kc_normal);
    run->slot[slot_of(t, 2)].scale = 1;
  }
}
static ck_status FN(sgd_call)(kc_run *run, const ck_ctx *ctx) {
  FN(ck_parameter) list[tensors];
  FN(list_of)(run, list);
  const ck_sgd_options options = sgd_options(run);
  return FN(ck_dense_sgd)(ctx, list, tensors, &options);
}

#endif
