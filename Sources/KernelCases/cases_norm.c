// Cases of layer norm and batch norm.
#ifndef T
#include "harness.h"
#include "ck_dense.h"
#include "ck_ref.h"

#include <math.h>

enum { plain = 0, affine = 1 };  // whether weight and bias (or their gradients) take part
static const double epsilon = 0x1p-16;

static const int64_t tables[][KC_DIMS] = {{0, 5},   {1, 1},     {3, 7},      {2, 15},    {4, 16}, {5, 17},
                                          {70, 65}, {130, 129}, {1100, 203}, {9000, 37}, {-1}};
// Gradients through the moments of one or two numbers are all rounding, so these start with three.
static const int64_t gradient_tables[][KC_DIMS] = {{0, 5}, {3, 7}, {5, 15}, {4, 16}, {5, 17}, {70, 65}, {130, 129},
                                                   {1100, 203}, {9000, 37}, {-1}};
static const int64_t real_tables[][KC_DIMS] = {{2708, 64}, {6304, 384}, {100000, 64}, {4096, 1024}, {-1}};

static const double *weight_d(const kc_run *run, int slot) {
  return kc_case_of(run)->option & affine ? KC_D(slot) : NULL;
}

static void layer_norm_oracle(kc_run *run) {
  ck_ref_layer_norm(KC_D(0), KC_D(1), KC_D(2), KC_D(3), weight_d(run, 4), weight_d(run, 5), run->dim[0], run->dim[1],
                    epsilon);
}
static void layer_norm_bwd_oracle(kc_run *run) {
  const bool sums = kc_case_of(run)->option & affine;
  ck_ref_layer_norm_bwd(KC_D(0), sums ? KC_D(1) : NULL, sums ? KC_D(2) : NULL, KC_D(3), KC_D(4), KC_D(5), KC_D(6),
                        weight_d(run, 7), run->dim[0], run->dim[1]);
}
static void column_moments_oracle(kc_run *run) {
  ck_ref_column_moments(KC_D(0), KC_D(1), KC_D(2), run->dim[0], run->dim[1]);
}
static void batch_norm_oracle(kc_run *run) {
  ck_ref_batch_norm(KC_D(0), KC_D(1), KC_D(2), KC_D(3), weight_d(run, 4), weight_d(run, 5), run->dim[0], run->dim[1]);
}
static void batch_norm_bwd_oracle(kc_run *run) {
  ck_ref_batch_norm_bwd(KC_D(0), KC_D(1), KC_D(2), KC_D(3), KC_D(4), KC_D(5), KC_D(6), weight_d(run, 7), run->dim[0],
                        run->dim[1]);
}

#define KC_SELF "cases_norm.c"
#include "type_expand.h"

#define NORM(name, text, prefix, shapes, choice)                                                               \
  {name, text, "rows n", shapes, real_tables, KC_BOTH(prefix##_make), KC_BOTH(prefix##_call), prefix##_oracle, \
   .option = choice}

static const kc_case cases[] = {
    NORM("layer_norm", "affine", layer_norm, tables, affine),
    NORM("layer_norm", "plain", layer_norm, tables, plain),
    NORM("layer_norm_bwd", "affine", layer_norm_bwd, gradient_tables, affine),
    NORM("layer_norm_bwd", "plain", layer_norm_bwd, gradient_tables, plain),
    NORM("column_moments", "", column_moments, tables, plain),
    NORM("batch_norm", "affine", batch_norm, tables, affine),
    NORM("batch_norm", "plain", batch_norm, tables, plain),
    NORM("batch_norm_bwd", "affine", batch_norm_bwd, gradient_tables, affine),
    NORM("batch_norm_sums", "as part of a plain backward pass", batch_norm_bwd, gradient_tables, plain),
};
const kc_family_cases kc_dense_norm_cases = {"dense", cases, sizeof cases / sizeof cases[0]};

#else

static T *FN(weight_t)(const kc_run *run, int slot) { return kc_case_of(run)->option & affine ? KC_T(slot) : NULL; }

static void FN(norm_cost)(kc_run *run, double passes, double flops) {
  const double elements = (double)run->dim[0] * (double)run->dim[1];
  run->cost = (kc_cost){.flops = flops * elements, .bytes = passes * sizeof(T) * elements, .limit = kc_limit_stream};
}
/// x away from zero, so that a one-pass variance would fail; the statistics it gives, rounded to T.
static void FN(norm_data)(kc_run *run, int x_slot, int mean_slot, bool by_column) {
  const int64_t rows = run->dim[0], n = run->dim[1], groups = by_column ? n : rows;
  double *values = kc_memory(run, (rows * n + 1) * (int64_t)sizeof(double));
  for (int64_t i = 0; i < rows * n; i++) values[i] = 20 + kc_random_normal(run);
  kc_input_values(run, x_slot, rows * n, values);
  if (mean_slot < 0) return;
  double *mean = kc_memory(run, (groups + 1) * (int64_t)sizeof(double));
  double *spread = kc_memory(run, (groups + 1) * (int64_t)sizeof(double));
  if (by_column) {
    ck_ref_column_moments(mean, spread, values, rows, n);
    for (int64_t j = 0; j < n; j++) spread[j] = 1 / sqrt(spread[j] + epsilon);
  } else {
    double *scratch = kc_memory(run, (rows * n + 1) * (int64_t)sizeof(double));
    ck_ref_layer_norm(scratch, mean, spread, values, NULL, NULL, rows, n, epsilon);
  }
  kc_input_values(run, mean_slot, groups, mean);
  kc_input_values(run, mean_slot + 1, groups, spread);
}

static void FN(layer_norm_make)(kc_run *run) {
  const int64_t rows = run->dim[0], n = run->dim[1];
  kc_output(run, 0, rows * n);
  kc_output(run, 1, rows);
  kc_output(run, 2, rows);
  FN(norm_data)(run, 3, -1, false);
  kc_input(run, 4, n, kc_normal);
  kc_input(run, 5, n, kc_normal);
  // x - mean loses the 4 bits by which 20 exceeds the deviation of 1; a row of one element has rstd 256 as a factor.
  run->slot[0].scale = 1;
  run->tolerance = n == 1 ? 1 : 48;
  FN(norm_cost)(run, 2, 8);
}
static ck_status FN(layer_norm_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_layer_norm)(ctx, KC_T(0), KC_T(1), KC_T(2), KC_T(3), FN(weight_t)(run, 4), FN(weight_t)(run, 5),
                                 run->dim[0], run->dim[1], (T)epsilon);
}

static void FN(layer_norm_bwd_make)(kc_run *run) {
  const int64_t rows = run->dim[0], n = run->dim[1];
  const bool sums = kc_case_of(run)->option & affine;
  kc_output(run, 0, rows * n);
  if (sums) kc_output(run, 1, n);
  if (sums) kc_output(run, 2, n);
  kc_input(run, 3, rows * n, kc_normal);
  FN(norm_data)(run, 4, 5, false);
  kc_input(run, 7, n, kc_normal);
  kc_workspace(run, FN(ck_dense_layer_norm_bwd_workspace)(rows, n));
  run->slot[0].scale = 1;
  run->slot[1].scale = run->slot[2].scale = 1;
  run->tolerance = 8 + 0.25 * sqrt((double)rows);
  FN(norm_cost)(run, 3, 14);
}
static ck_status FN(layer_norm_bwd_call)(kc_run *run, const ck_ctx *ctx) {
  const bool sums = kc_case_of(run)->option & affine;
  return FN(ck_dense_layer_norm_bwd)(ctx, KC_T(0), sums ? KC_T(1) : NULL, sums ? KC_T(2) : NULL, KC_T(3), KC_T(4),
                                     KC_T(5), KC_T(6), FN(weight_t)(run, 7), run->dim[0], run->dim[1]);
}

static void FN(column_moments_make)(kc_run *run) {
  const int64_t rows = run->dim[0], n = run->dim[1];
  kc_output(run, 0, n);
  kc_output(run, 1, n);
  FN(norm_data)(run, 2, -1, true);
  kc_workspace(run, FN(ck_dense_column_moments_workspace)(rows, n));
  run->slot[0].scale = run->slot[1].scale = 1;
  run->tolerance = 8;
  FN(norm_cost)(run, 2, 4);
}
static ck_status FN(column_moments_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_column_moments)(ctx, KC_T(0), KC_T(1), KC_T(2), run->dim[0], run->dim[1]);
}

static void FN(batch_norm_make)(kc_run *run) {
  const int64_t rows = run->dim[0], n = run->dim[1];
  kc_output(run, 0, rows * n);
  FN(norm_data)(run, 1, 2, true);
  kc_input(run, 4, n, kc_normal);
  kc_input(run, 5, n, kc_normal);
  run->slot[0].scale = 1;
  run->tolerance = 4;
  FN(norm_cost)(run, 2, 3);
}
static ck_status FN(batch_norm_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_batch_norm)(ctx, KC_T(0), KC_T(1), KC_T(2), KC_T(3), FN(weight_t)(run, 4), FN(weight_t)(run, 5),
                                 run->dim[0], run->dim[1]);
}

static void FN(batch_norm_bwd_make)(kc_run *run) {
  const int64_t rows = run->dim[0], n = run->dim[1];
  kc_output(run, 0, rows * n);
  kc_output(run, 1, n);
  kc_output(run, 2, n);
  kc_input(run, 3, rows * n, kc_normal);
  FN(norm_data)(run, 4, 5, true);
  kc_input(run, 7, n, kc_normal);
  kc_workspace(run, FN(ck_dense_batch_norm_bwd_workspace)(rows, n));
  run->slot[0].scale = run->slot[1].scale = run->slot[2].scale = 1;
  run->tolerance = 8 + 0.25 * sqrt((double)rows);
  FN(norm_cost)(run, 5, 12);
}
static ck_status FN(batch_norm_bwd_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_batch_norm_bwd)(ctx, KC_T(0), KC_T(1), KC_T(2), KC_T(3), KC_T(4), KC_T(5), KC_T(6),
                                     FN(weight_t)(run, 7), run->dim[0], run->dim[1]);
}

#endif
