// Cases of elementwise functions of one argument.
#ifndef T
#include "harness.h"
#include "ck_dense.h"
#include "ck_ref.h"

#include <math.h>

// The last size is large enough for two threads: the cheap operations need more elements for that.
static const int64_t vectors[][KC_DIMS] = {{0}, {1}, {3}, {7}, {8}, {9}, {15}, {17}, {1000}, {420001}, {-1}};
static const int64_t function_vectors[][KC_DIMS] = {{0}, {1}, {3}, {7}, {8}, {9}, {15}, {17}, {1000}, {130001}, {-1}};
static const int64_t short_vectors[][KC_DIMS] = {{1}, {7}, {40}, {333}, {-1}};
static const int64_t long_vectors[][KC_DIMS] = {{4096}, {1 << 20}, {1 << 24}, {-1}};
static const int64_t no_shapes[][KC_DIMS] = {{-1}};

enum { special = 64 };  // bit of a case's option: arguments are NaN, infinities, zeros of both signs, 1 and -1
static ck_unary op_of(const kc_run *run) { return (ck_unary)(kc_case_of(run)->option & (special - 1)); }
static const double special_arguments[] = {NAN, INFINITY, -INFINITY, 0, -0.0, 1, -1};

/// Arguments on which the functions differ: ordinary ones, and one in 16 forty times larger.
static double drawn(kc_run *run, ck_unary op) {
  if (kc_case_of(run)->option & special) return special_arguments[kc_random_below(run, 7)];
  if (op == ck_unary_square_root || op == ck_unary_log || op == ck_unary_reciprocal) return 0.1 + 4 * kc_random(run);
  const double x = 2 * kc_random_normal(run);
  return kc_random_below(run, 16) || op == ck_unary_exp ? x : 40 * x;
}
static bool moves_only(ck_unary op) {
  return op == ck_unary_negate || op == ck_unary_absolute || op == ck_unary_relu || op == ck_unary_sign ||
         op == ck_unary_step;
}
/// Sums of an exponential and its multiples that cancel, or arguments that are squared before an exponential: their
/// error is absolute.
static bool errs_absolutely(ck_unary op) { return op == ck_unary_gelu || op == ck_unary_silu || op == ck_unary_erf; }

static void unary_oracle(kc_run *run) {
  ck_ref_unary(op_of(run), KC_D(0), KC_D(1), run->dim[0]);
}
enum { bwd_scale = 2 };  // a power of two, which rounds nothing
static void unary_bwd_oracle(kc_run *run) {
  const ck_unary op = op_of(run);
  ck_ref_unary_bwd(op, KC_D(0), KC_D(1), KC_D(2), run->dim[0]);
  // These see the rounded y alone, from which 1 - y has lost what x would tell.
  for (int64_t i = 0; i < run->dim[0]; i++) {
    const double d = KC_D(1)[i], y = KC_D(3)[i];
    if (op == ck_unary_tanh) KC_D(0)[i] = d * ((1 - y) * (1 + y));
    if (op == ck_unary_sigmoid) KC_D(0)[i] = d * (y * (1 - y));
    KC_D(0)[i] *= bwd_scale;
  }
}

#define KC_SELF "cases_elementwise.c"
#include "type_expand.h"

#define CASES_OF(text, op, shapes, long_vectors)                                                          \
  {"unary", text, "n", shapes, long_vectors, KC_BOTH(unary_make), KC_BOTH(unary_call), unary_oracle, .option = op}, \
  {"unary_bwd", text, "n", shapes, long_vectors, KC_BOTH(unary_bwd_make), KC_BOTH(unary_bwd_call),       \
   unary_bwd_oracle, .option = op}
#define CASES(text, op, shapes) \
  CASES_OF(text, op, shapes, long_vectors), CASES_OF(text ", special values", (op) | special, short_vectors, no_shapes)
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
  const ck_unary op = op_of(run);
  kc_output(run, 0, n);
  kc_input(run, 1, n, kc_zero);
  for (int64_t i = 0; i < n; i++) KC_D(1)[i] = KC_T(1)[i] = (T)drawn(run, op);
  // Each element for itself: one operation is correctly rounded; functions are within 1 to 2.5 ulp, see simd_math.h.
  run->slot[0].scale = 0;
  run->tolerance = moves_only(op) ? 0.1 : op < ck_unary_exp ? 0.6 : 4;
  if (op == ck_unary_gelu) run->slot[0].floor = 1;      // far left of zero its error is absolute
  if (op == ck_unary_silu) run->slot[0].floor = 1e-30;  // and here x multiplies a denormal
  run->cost = (kc_cost){.flops = (double)n, .bytes = 2.0 * sizeof(T) * (double)n, .limit = kc_limit_stream};
}
static ck_status FN(unary_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_unary)(ctx, op_of(run), KC_T(0), KC_T(1), run->dim[0]);
}

static void FN(unary_bwd_make)(kc_run *run) {
  const int64_t n = run->dim[0];
  const ck_unary op = op_of(run);
  kc_output(run, 0, n);
  kc_input(run, 1, n, kc_normal);
  kc_input(run, 2, n, kc_zero);
  kc_input(run, 3, n, kc_zero);
  for (int64_t i = 0; i < n; i++) KC_D(2)[i] = KC_T(2)[i] = (T)drawn(run, op);
  ck_ref_unary(op, KC_D(3), KC_D(2), n);
  for (int64_t i = 0; i < n; i++) KC_D(3)[i] = KC_T(3)[i] = (T)KC_D(3)[i];
  run->slot[0].scale = 0;
  run->slot[0].floor = errs_absolutely(op) ? 1 : 0;
  run->tolerance = moves_only(op) ? 0.1 : 4;
  const bool constant = op == ck_unary_sign || op == ck_unary_step;
  const double arrays = constant ? 1 : op == ck_unary_negate ? 2 : 3;
  run->cost = (kc_cost){.flops = (arrays - 1) * (double)n, .bytes = arrays * sizeof(T) * (double)n,
                        .limit = kc_limit_stream};
}
static ck_status FN(unary_bwd_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_unary_bwd)(ctx, op_of(run), KC_T(0), KC_T(1), KC_T(2), KC_T(3), bwd_scale, run->dim[0]);
}

#endif
