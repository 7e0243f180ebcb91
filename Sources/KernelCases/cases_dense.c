// Cases of the dense family.
#ifndef T
#include "harness.h"
#include "ck_dense.h"
#include "ck_ref.h"

static const int64_t vectors[][KC_DIMS] = {{0}, {1}, {3}, {15}, {17}, {1000}, {300007}, {-1}};
static const int64_t long_vectors[][KC_DIMS] = {{4096}, {1 << 20}, {1 << 24}, {-1}};

static void unary_oracle(kc_run *run) {
  ck_ref_unary((ck_unary)kc_case_of(run)->option, KC_D(0), KC_D(1), run->dim[0]);
}

#define KC_SELF "cases_dense.c"
#include "type_expand.h"

#define UNARY(text, op) \
  {"unary", text, "n", vectors, long_vectors, KC_BOTH(unary_make), KC_BOTH(unary_call), unary_oracle, op}

static const kc_case cases[] = {
    UNARY("negate", ck_unary_negate),
    UNARY("absolute", ck_unary_absolute),
    UNARY("square", ck_unary_square),
    UNARY("square root", ck_unary_square_root),
    UNARY("reciprocal", ck_unary_reciprocal),
    UNARY("relu", ck_unary_relu),
};
const kc_family_cases kc_dense_cases = {"dense", cases, sizeof cases / sizeof cases[0]};

#else

static void FN(unary_make)(kc_run *run) {
  const int64_t n = run->dim[0];
  kc_output(run, 0, n);
  kc_input(run, 1, n, kc_case_of(run)->option == ck_unary_square_root ? kc_positive : kc_normal);
  run->cost = (kc_cost){.flops = (double)n, .bytes = 2.0 * sizeof(T) * (double)n, .limit = kc_limit_stream};
}
static ck_status FN(unary_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_unary)(ctx, (ck_unary)kc_case_of(run)->option, KC_T(0), KC_T(1), run->dim[0]);
}

#endif
