// Cases of elementwise functions of one argument.
#ifndef T
#include "harness.h"
#include "ck_dense.h"
#include "ck_ref.h"

// The last size is large enough for two threads: the cheap operations need more elements for that.
static const int64_t vectors[][KC_DIMS] = {{0}, {1}, {3}, {7}, {8}, {9}, {15}, {17}, {1000}, {420001}, {-1}};
static const int64_t function_vectors[][KC_DIMS] = {{0}, {1}, {3}, {7}, {8}, {9}, {15}, {17}, {1000}, {130001}, {-1}};
static const int64_t long_vectors[][KC_DIMS] = {{4096}, {1 << 20}, {1 << 24}, {-1}};

/// Arguments on which the functions differ: ordinary ones, and one in 16 forty times larger.
static double drawn(kc_run *run, ck_unary op) {
  if (op == ck_unary_square_root || op == ck_unary_log || op == ck_unary_reciprocal) return 0.1 + 4 * kc_random(run);
  const double x = 2 * kc_random_normal(run);
  return kc_random_below(run, 16) || op == ck_unary_exp ? x : 40 * x;
}
static bool moves_only(ck_unary op) {
  return op == ck_unary_negate || op == ck_unary_absolute || op == ck_unary_relu || op == ck_unary_sign ||
         op == ck_unary_step;
}

static void unary_oracle(kc_run *run) {
  ck_ref_unary((ck_unary)kc_case_of(run)->option, KC_D(0), KC_D(1), run->dim[0]);
}
static void unary_bwd_oracle(kc_run *run) {
  ck_ref_unary_bwd((ck_unary)kc_case_of(run)->option, KC_D(0), KC_D(1), KC_D(2), run->dim[0]);
}

#define KC_SELF "cases_elementwise.c"
#include "type_expand.h"

#define CASES(text, op, shapes)                                                                          \
  {"unary", text, "n", shapes, long_vectors, KC_BOTH(unary_make), KC_BOTH(unary_call), unary_oracle, op}, \
  {"unary_bwd", text, "n", shapes, long_vectors, KC_BOTH(unary_bwd_make), KC_BOTH(unary_bwd_call),       \
   unary_bwd_oracle, op}
#define UNARY(text, op) CASES(text, op, vectors)
#define FUNCTION(text, op) CASES(text, op, function_vectors)

static const kc_case cases[] = {
    UNARY("negate", ck_unary_negate),
    UNARY("absolute", ck_unary_absolute),
    UNARY("square", ck_unary_square),
    UNARY("square root", ck_unary_square_root),
    UNARY("reciprocal", ck_unary_reciprocal),
    FUNCTION("exp", ck_unary_exp),
    FUNCTION("log", ck_unary_log),
    FUNCTION("tanh", ck_unary_tanh),
    FUNCTION("sigmoid", ck_unary_sigmoid),
    FUNCTION("erf", ck_unary_erf),
    FUNCTION("sin", ck_unary_sin),
    FUNCTION("cos", ck_unary_cos),
    UNARY("relu", ck_unary_relu),
    FUNCTION("gelu", ck_unary_gelu),
    FUNCTION("silu", ck_unary_silu),
    FUNCTION("softplus", ck_unary_softplus),
    UNARY("sign", ck_unary_sign),
    UNARY("step", ck_unary_step),
};
const kc_family_cases kc_elementwise_cases = {"dense", cases, sizeof cases / sizeof cases[0]};

#else

static void FN(unary_make)(kc_run *run) {
  const int64_t n = run->dim[0];
  const ck_unary op = (ck_unary)kc_case_of(run)->option;
  kc_output(run, 0, n);
  kc_input(run, 1, n, kc_zero);
  for (int64_t i = 0; i < n; i++) KC_D(1)[i] = KC_T(1)[i] = (T)drawn(run, op);
  // Two roundings of what moves or takes one operation; 4 units for functions (1 to 2.5 ulp each, see simd_math.h).
  run->tolerance = moves_only(op) ? 0.1 : op < ck_unary_exp ? 1 : 4;
  if (op == ck_unary_gelu) run->slot[0].scale = 0.1;  // far left of zero its error is absolute
  run->cost = (kc_cost){.flops = (double)n, .bytes = 2.0 * sizeof(T) * (double)n, .limit = kc_limit_stream};
}
static ck_status FN(unary_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_unary)(ctx, (ck_unary)kc_case_of(run)->option, KC_T(0), KC_T(1), run->dim[0]);
}

static void FN(unary_bwd_make)(kc_run *run) {
  const int64_t n = run->dim[0];
  const ck_unary op = (ck_unary)kc_case_of(run)->option;
  kc_output(run, 0, n);
  kc_input(run, 1, n, kc_normal);
  kc_input(run, 2, n, kc_zero);
  kc_input(run, 3, n, kc_zero);
  for (int64_t i = 0; i < n; i++) KC_D(2)[i] = KC_T(2)[i] = (T)drawn(run, op);
  ck_ref_unary(op, KC_D(3), KC_D(2), n);
  for (int64_t i = 0; i < n; i++) KC_T(3)[i] = (T)KC_D(3)[i];
  run->tolerance = moves_only(op) ? 0.1 : 8;
  // y carries one rounding, which 1 - y^2 and y (1 - y) turn into an absolute error.
  if (op == ck_unary_tanh || op == ck_unary_sigmoid) {
    run->slot[0].scale = 1;
    run->tolerance = n < 100 ? 256 : 4;
  }
  // Sums of terms that cancel where the slope crosses zero.
  if (op == ck_unary_gelu || op == ck_unary_silu) run->slot[0].scale = 0.1;
  run->cost = (kc_cost){.flops = 2.0 * (double)n, .bytes = 3.0 * sizeof(T) * (double)n, .limit = kc_limit_stream};
}
static ck_status FN(unary_bwd_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_unary_bwd)(ctx, (ck_unary)kc_case_of(run)->option, KC_T(0), KC_T(1), KC_T(2), KC_T(3),
                                run->dim[0]);
}

#endif
