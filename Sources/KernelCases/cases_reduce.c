// Cases of reductions and scans.
#ifndef T
#include "harness.h"
#include "ck_dense.h"
#include "ck_ref.h"

#include <math.h>

// ---- reduce

enum { with_nan = 8 };  // bit of a reduction's option
static ck_reduction reduction_of(const kc_run *run) { return (ck_reduction)(kc_case_of(run)->option & 7); }

// (outer, n, inner): empty axes, tails, rows longer than a block of 65536, many short rows.
static const int64_t row_axes[][KC_DIMS] = {{0, 3, 1},      {3, 0, 1},      {1, 1, 1},  {5, 7, 1},
                                            {4, 15, 1},     {3, 64, 1},     {2, 65, 1}, {6000, 131, 1},
                                            {1, 300001, 1}, {3, 140000, 1}, {-1}};
// Columns: narrow and wide strips, more than one block of rows and strip of columns.
static const int64_t column_axes[][KC_DIMS] = {{2, 3, 0},     {2, 0, 3},     {1, 1, 2},     {3, 5, 7},
                                               {1, 63, 16},   {2, 9, 47},    {1, 30, 131},  {1, 5000, 150},
                                               {2, 40000, 5}, {1, 70, 4500}, {40, 65, 300}, {-1}};
static const int64_t real_rows[][KC_DIMS] = {{2708, 7, 1}, {2708, 1433, 1}, {1, 1 << 20, 1}, {1, 1 << 24, 1}, {-1}};
static const int64_t real_columns[][KC_DIMS] = {{1, 2708, 16}, {1, 2708, 7}, {1, 100000, 64}, {1, 16384, 1024}, {-1}};

static void reduce_oracle(kc_run *run) {
  ck_ref_reduce(reduction_of(run), KC_D(0), KC_D(1), run->dim[0], run->dim[1], run->dim[2]);
}

// ---- scans

static const int64_t tables[][KC_DIMS] = {{0, 3},   {1, 1},   {9, 7},    {20, 16},    {20, 31},
                                          {20, 32}, {20, 33}, {11, 200}, {3000, 150}, {-1}};
static const int64_t real_tables[][KC_DIMS] = {{2708, 7}, {19717, 3}, {4096, 1000}, {-1}};
static const int64_t vectors[][KC_DIMS] = {{0}, {1}, {15}, {17}, {63}, {1000}, {32769}, {1000003}, {-1}};
static const int64_t long_vectors[][KC_DIMS] = {{1 << 12}, {1 << 20}, {1 << 24}, {-1}};

// A search that finds something reads a part of its input that is no use to compare.
static const int64_t no_shapes[][KC_DIMS] = {{-1}};

static void argmax_oracle(kc_run *run) {
  const int64_t n = run->dim[1];
  for (int64_t r = 0; r < run->dim[0]; r++) KC_D(0)[r] = (double)ck_ref_argmax(KC_D(1) + r * (n + 2), n);
}
static void dot_oracle(kc_run *run) { KC_D(0)[0] = ck_ref_dot(KC_D(1), KC_D(2), run->dim[0]); }
static void check_finite_oracle(kc_run *run) { KC_D(0)[0] = (double)ck_ref_check_finite(KC_D(1), run->dim[0]); }

#define KC_SELF "cases_reduce.c"
#include "type_expand.h"

#define ROWS(text, op)                                                                                    \
  {"reduce_rows", text, "outer n inner", row_axes, real_rows, KC_BOTH(reduce_make), KC_BOTH(reduce_call), \
   reduce_oracle, .option = op}
#define COLUMNS(text, op)                                                                                          \
  {"reduce_columns", text, "outer n inner", column_axes, real_columns, KC_BOTH(reduce_make), KC_BOTH(reduce_call), \
   reduce_oracle, .option = op}
#define FINITE(text, bench, faults)                                                                   \
  {"check_finite", text, "n", vectors, bench, KC_BOTH(check_finite_make), KC_BOTH(check_finite_call), \
   check_finite_oracle, faults, KC_BOTH(check_finite_finish)}

static const kc_case cases[] = {
    ROWS("sum", ck_reduction_sum),
    ROWS("mean", ck_reduction_mean),
    ROWS("maximum", ck_reduction_maximum),
    ROWS("minimum", ck_reduction_minimum),
    ROWS("maximum over NaN", ck_reduction_maximum | with_nan),
    COLUMNS("sum", ck_reduction_sum),
    COLUMNS("mean", ck_reduction_mean),
    COLUMNS("maximum", ck_reduction_maximum),
    COLUMNS("minimum", ck_reduction_minimum),
    COLUMNS("minimum over NaN", ck_reduction_minimum | with_nan),
    {"argmax", "", "rows n", tables, real_tables, KC_BOTH(argmax_make), KC_BOTH(argmax_call), argmax_oracle, 0,
     KC_BOTH(argmax_finish)},
    {"dot", "", "n", vectors, long_vectors, KC_BOTH(dot_make), KC_BOTH(dot_call), dot_oracle, 0,
     KC_BOTH(dot_finish)},
    FINITE("all finite", long_vectors, 0),
    FINITE("a NaN and an infinity", no_shapes, 2),
};
const kc_family_cases kc_dense_reduce_cases = {"dense", cases, sizeof cases / sizeof cases[0]};

#else

static void FN(reduce_make)(kc_run *run) {
  const int64_t outer = run->dim[0], n = run->dim[1], inner = run->dim[2];
  kc_output(run, 0, outer * inner);
  if (kc_case_of(run)->option & with_nan) {
    double *values = kc_memory(run, outer * n * inner * (int64_t)sizeof(double));
    for (int64_t i = 0; i < outer * n * inner; i++) values[i] = kc_random(run) < 0.01 ? NAN : kc_random_normal(run);
    kc_input_values(run, 1, outer * n * inner, values);
  } else {
    kc_input(run, 1, outer * n * inner, kc_normal);
  }
  kc_workspace(run, FN(ck_dense_reduce_workspace)(outer, n, inner));
  // Sums of n normals are about sqrt n with an error of some sqrt n epsilon; extremes are exact.
  run->slot[0].scale = 1;
  run->tolerance = reduction_of(run) <= ck_reduction_mean ? 1 + 0.25 * sqrt((double)n) : 0.01;
  run->cost = (kc_cost){.flops = (double)(outer * n * inner), .bytes = sizeof(T) * (double)(outer * (n + 1) * inner),
                        .limit = kc_limit_stream};
}
static ck_status FN(reduce_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_reduce)(ctx, reduction_of(run), KC_T(0), KC_T(1), run->dim[0], run->dim[1], run->dim[2]);
}

/// Small whole numbers, so that rows have ties, and some NaN.
static void FN(argmax_make)(kc_run *run) {
  const int64_t rows = run->dim[0], n = run->dim[1], count = rows * (n + 2);
  double *values = kc_memory(run, count * (int64_t)sizeof(double));
  for (int64_t i = 0; i < count; i++)
    values[i] = kc_random(run) < 0.002 ? NAN : floor(3 * kc_random_normal(run));
  kc_output(run, 0, rows);
  kc_input_values(run, 1, count, values);
  run->extra = kc_memory(run, rows * (int64_t)sizeof(int32_t));
  run->tolerance = 0.01;
  run->cost = (kc_cost){.flops = (double)(rows * n), .bytes = sizeof(T) * (double)(rows * n), .limit = kc_limit_stream};
}
static ck_status FN(argmax_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_argmax)(ctx, run->extra, KC_T(1), run->dim[1] + 2, run->dim[0], run->dim[1]);
}
static void FN(argmax_finish)(kc_run *run) {
  int32_t *index = run->extra;
  for (int64_t r = 0; r < run->dim[0]; r++) KC_T(0)[r] = (T)index[r], index[r] = -7;
}

static void FN(dot_make)(kc_run *run) {
  const int64_t n = run->dim[0];
  kc_output(run, 0, 1);
  kc_input(run, 1, n, kc_positive);
  kc_input(run, 2, n, kc_positive);
  kc_workspace(run, FN(ck_dense_dot_workspace)(n));
  run->extra = kc_memory(run, sizeof(double));
  // Double accumulation: a float result is rounded once, a double one adds up lanes of thousands of positive terms.
  run->tolerance = sizeof(T) == 4 ? 0.6 : 8;
  run->cost = (kc_cost){.flops = 2.0 * (double)n, .bytes = 2.0 * sizeof(T) * (double)n, .limit = kc_limit_stream};
}
static ck_status FN(dot_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_dot)(ctx, run->extra, KC_T(1), KC_T(2), run->dim[0]);
}
static void FN(dot_finish)(kc_run *run) {
  double *result = run->extra;
  KC_T(0)[0] = (T)*result;
  *result = NAN;
}

static void FN(check_finite_make)(kc_run *run) {
  const int64_t n = run->dim[0];
  kc_output(run, 0, 1);
  double *values = kc_memory(run, n * (int64_t)sizeof(double));
  for (int64_t i = 0; i < n; i++) values[i] = kc_random_normal(run);
  if (kc_case_of(run)->option && n > 0) values[n * 2 / 3] = NAN, values[n - 1] = -INFINITY;
  kc_input_values(run, 1, n, values);
  run->extra = kc_memory(run, sizeof(int64_t));
  run->tolerance = 0.01;
  run->cost = (kc_cost){.flops = (double)n, .bytes = sizeof(T) * (double)n, .limit = kc_limit_stream};
}
static ck_status FN(check_finite_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_check_finite)(ctx, run->extra, KC_T(1), run->dim[0]);
}
static void FN(check_finite_finish)(kc_run *run) {
  int64_t *position = run->extra;
  KC_T(0)[0] = (T)*position;
  *position = -7;
}

#endif
