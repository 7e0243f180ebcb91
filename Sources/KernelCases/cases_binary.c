// Cases of elementwise functions of two arguments, and of the updates affine, clamp, add_scaled, select and power.
#ifndef T
#include "harness.h"
#include "ck_dense.h"
#include "ck_ref.h"

/// How the operands lie over the three axes of the result.
enum { both_full, b_scalar, a_scalar, b_row, b_column, a_permuted, outer_product, b_sliced, b_middle, PATTERNS };

#define EACH_SHAPE(p) \
  {1, 1, 1, p}, {1, 5, 3, p}, {2, 3, 16, p}, {3, 2, 17, p}, {4, 33, 7, p}, {1, 1, 40, p}, {2, 0, 3, p}
#define EACH_PATTERN                                                                                      \
  EACH_SHAPE(both_full), EACH_SHAPE(b_scalar), EACH_SHAPE(a_scalar), EACH_SHAPE(b_row), EACH_SHAPE(b_column), \
  EACH_SHAPE(a_permuted), EACH_SHAPE(outer_product), EACH_SHAPE(b_sliced), EACH_SHAPE(b_middle)
static const int64_t broadcasts[][KC_DIMS] = {EACH_PATTERN, {-1}};
static const int64_t threaded_broadcasts[][KC_DIMS] = {
    EACH_PATTERN, {3, 1501, 71, both_full}, {3, 1501, 71, b_row}, {3, 1501, 71, b_column}, {3, 501, 71, a_permuted},
    {-1}};
static const int64_t bench_broadcasts[][KC_DIMS] = {{1, 2708, 16, b_row},    {1, 2708, 16, both_full},
                                                    {1, 2708, 1433, b_column}, {1, 1024, 1024, both_full},
                                                    {1, 1024, 1024, a_permuted}, {64, 1024, 256, both_full}, {-1}};
static const int64_t vectors[][KC_DIMS] = {{0}, {1}, {3}, {7}, {8}, {9}, {15}, {16}, {17}, {1000}, {310001}, {-1}};
static const int64_t long_vectors[][KC_DIMS] = {{4096}, {1 << 20}, {1 << 24}, {-1}};

typedef struct layout {
  int64_t a[3], b[3], a_count, b_count;
} layout;
static layout lay_out(const int64_t *n) {
  const int64_t all = n[0] * n[1] * n[2];
  layout l = {{n[1] * n[2], n[2], 1}, {n[1] * n[2], n[2], 1}, all, all};
#define A_STRIDES(s0, s1, s2, count) l.a[0] = s0, l.a[1] = s1, l.a[2] = s2, l.a_count = count
#define B_STRIDES(s0, s1, s2, count) l.b[0] = s0, l.b[1] = s1, l.b[2] = s2, l.b_count = count
  switch (n[3]) {
    case b_scalar: B_STRIDES(0, 0, 0, 1); break;
    case a_scalar: A_STRIDES(0, 0, 0, 1); break;
    case b_row: B_STRIDES(0, 0, 1, n[2]); break;
    case b_column: B_STRIDES(n[1], 1, 0, n[0] * n[1]); break;
    case a_permuted: A_STRIDES(n[1] * n[2], 1, n[1], all); break;
    case outer_product: A_STRIDES(n[1], 1, 0, n[0] * n[1]), B_STRIDES(0, 0, 1, n[2]); break;
    case b_sliced: B_STRIDES(2 * n[1] * n[2], 2 * n[2], 2, 2 * all); break;
    case b_middle: B_STRIDES(n[2], 0, 1, n[0] * n[2]); break;
  }
  return l;
}

static void binary_oracle(kc_run *run) {
  const layout l = lay_out(run->dim);
  ck_ref_binary((ck_binary)kc_case_of(run)->option, KC_D(0), KC_D(1), l.a, KC_D(2), l.b, run->dim, 3);
}
static void affine_oracle(kc_run *run) { ck_ref_affine(KC_D(0), KC_D(1), 0.75, -0.125, run->dim[0]); }
static void clamp_oracle(kc_run *run) { ck_ref_clamp(KC_D(0), KC_D(1), -0.5, 1, run->dim[0]); }
static void add_scaled_oracle(kc_run *run) { ck_ref_add_scaled(KC_D(0), KC_D(1), -0.375, run->dim[0]); }
static void select_oracle(kc_run *run) { ck_ref_select(KC_D(0), run->extra, KC_D(1), KC_D(2), run->dim[0]); }

static const double exponents[] = {1, 2, 3, 4, -1, -2, 0.5, -0.5, 1.75};
static void power_oracle(kc_run *run) {
  ck_ref_power(KC_D(0), KC_D(1), exponents[kc_case_of(run)->option], run->dim[0]);
}

#define KC_SELF "cases_binary.c"
#include "type_expand.h"

#define OPERANDS \
  "outer rows width operands=full|b-scalar|a-scalar|b-row|b-column|a-permuted|outer-product|b-sliced|b-middle"
#define BINARY(text, op, shapes)                                                                                  \
  {"binary", text, OPERANDS, shapes, bench_broadcasts, KC_BOTH(binary_make), KC_BOTH(binary_call), binary_oracle, \
   .option = op}
#define VECTOR(name, text, choice)                                                                     \
  {#name, text, "n", vectors, long_vectors, KC_BOTH(name##_make), KC_BOTH(name##_call), name##_oracle, \
   .option = choice}

static const kc_case cases[] = {
    BINARY("add", ck_binary_add, threaded_broadcasts),
    BINARY("subtract", ck_binary_subtract, broadcasts),
    BINARY("multiply", ck_binary_multiply, broadcasts),
    BINARY("divide", ck_binary_divide, threaded_broadcasts),
    BINARY("maximum", ck_binary_maximum, broadcasts),
    BINARY("minimum", ck_binary_minimum, broadcasts),
    BINARY("less", ck_binary_less, broadcasts),
    BINARY("less_equal", ck_binary_less_equal, broadcasts),
    BINARY("equal", ck_binary_equal, broadcasts),
    VECTOR(affine, "", 0),    VECTOR(clamp, "", 0),
      VECTOR(add_scaled, "", 0), VECTOR(select, "", 0),
    VECTOR(power, "1", 0),    VECTOR(power, "2", 1),     VECTOR(power, "3", 2),
    VECTOR(power, "4", 3),    VECTOR(power, "-1", 4),    VECTOR(power, "-2", 5),
    VECTOR(power, "1/2", 6),  VECTOR(power, "-1/2", 7),  VECTOR(power, "7/4", 8),
};
const kc_family_cases kc_binary_cases = {"dense", cases, sizeof cases / sizeof cases[0]};

#else

static void FN(binary_make)(kc_run *run) {
  const layout l = lay_out(run->dim);
  const int64_t n = run->dim[0] * run->dim[1] * run->dim[2];
  kc_output(run, 0, n);
  kc_input(run, 1, l.a_count, kc_normal);
  kc_input(run, 2, l.b_count, kc_normal);
  if (kc_case_of(run)->option >= ck_binary_maximum)  // ties, and a few NaN
    for (int slot = 1; slot <= 2; slot++)
      for (int64_t i = 0; i < run->slot[slot].count; i++)
        KC_D(slot)[i] = KC_T(slot)[i] = kc_random_below(run, 32) ? (T)kc_random_below(run, 4) : (T)__builtin_nan("");
  run->tolerance = 0.5;  // one operation, correctly rounded
  run->cost = (kc_cost){.flops = (double)n,
                        .bytes = (double)sizeof(T) * (double)(n + l.a_count + l.b_count),
                        .limit = kc_limit_stream};
}
static ck_status FN(binary_call)(kc_run *run, const ck_ctx *ctx) {
  const layout l = lay_out(run->dim);
  return FN(ck_dense_binary)(ctx, (ck_binary)kc_case_of(run)->option, KC_T(0), KC_T(1), l.a, KC_T(2), l.b, run->dim, 3);
}

static void FN(affine_make)(kc_run *run) {
  const int64_t n = run->dim[0];
  kc_output(run, 0, n);
  kc_input(run, 1, n, kc_normal);
  run->slot[0].scale = 1;  // the product of a set without FMA is rounded before it may cancel
  run->tolerance = n < 100 ? 16 : 1;
  run->cost = (kc_cost){.flops = 2.0 * (double)n, .bytes = 2.0 * sizeof(T) * (double)n, .limit = kc_limit_stream};
}
static ck_status FN(affine_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_affine)(ctx, KC_T(0), KC_T(1), (T)0.75, (T)-0.125, run->dim[0]);
}

static void FN(clamp_make)(kc_run *run) {
  const int64_t n = run->dim[0];
  kc_output(run, 0, n);
  kc_input(run, 1, n, kc_normal);
  for (int64_t i = 5; i < n; i += 31) KC_D(1)[i] = KC_T(1)[i] = (T)__builtin_nan("");
  run->tolerance = 0.1;  // chooses, does not compute
  run->cost = (kc_cost){.flops = 2.0 * (double)n, .bytes = 2.0 * sizeof(T) * (double)n, .limit = kc_limit_stream};
}
static ck_status FN(clamp_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_clamp)(ctx, KC_T(0), KC_T(1), (T)-0.5, 1, run->dim[0]);
}

static void FN(add_scaled_make)(kc_run *run) {
  const int64_t n = run->dim[0];
  kc_update(run, 0, n, kc_normal);
  kc_input(run, 1, n, kc_normal);
  run->slot[0].scale = 1;
  run->tolerance = n < 100 ? 16 : 1;
  run->cost = (kc_cost){.flops = 2.0 * (double)n, .bytes = 3.0 * sizeof(T) * (double)n, .limit = kc_limit_stream};
}
static ck_status FN(add_scaled_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_add_scaled)(ctx, KC_T(0), KC_T(1), (T)-0.375, run->dim[0]);
}

static void FN(select_make)(kc_run *run) {
  const int64_t n = run->dim[0];
  kc_output(run, 0, n);
  kc_input(run, 1, n, kc_normal);
  kc_input(run, 2, n, kc_normal);
  uint8_t *mask = run->extra = kc_memory(run, n);
  for (int64_t i = 0; i < n; i++) mask[i] = kc_random_below(run, 2) ? (uint8_t)(1 + kc_random_below(run, 255)) : 0;
  run->tolerance = 0.1;
  run->cost = (kc_cost){.bytes = (3.0 * sizeof(T) + 1) * (double)n, .limit = kc_limit_stream};
}
static ck_status FN(select_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_select)(ctx, KC_T(0), run->extra, KC_T(1), KC_T(2), run->dim[0]);
}

static void FN(power_make)(kc_run *run) {
  const int64_t n = run->dim[0];
  kc_output(run, 0, n);
  kc_input(run, 1, n, kc_positive);
  run->tolerance = 2;  // two roundings at most, or libm's one
  run->cost = (kc_cost){.flops = (double)n, .bytes = 2.0 * sizeof(T) * (double)n, .limit = kc_limit_stream};
}
static ck_status FN(power_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_power)(ctx, KC_T(0), KC_T(1), (T)exponents[kc_case_of(run)->option], run->dim[0]);
}

#endif
