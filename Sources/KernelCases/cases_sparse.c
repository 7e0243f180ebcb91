// Cases of SpMM, SDDMM and degree scales.
#ifndef T
#include "cases_sparse_pattern.h"
#include "ck_dense.h"
#include "ck_ref.h"

#include <math.h>

enum {
  with_value = 1, with_order = 2, with_row_scale = 4, with_column_scale = 8, with_mean = 16, with_epilogue = 32,
  with_special = 64,  // NaN and infinities in X and the bias
  with_bf16 = 128,    // X stored as bf16
};

// Widths around every vector length and strip; the last ones take threads or exceed the level-2
// cache, the very last one as bf16 too (prefetch).
static const int64_t products[][KC_DIMS] = {
    {0, 5, 0, 3, 0, 0},      {5, 0, 0, 3, 0, 0},      {4, 4, 0, 4, 0, 1},       {7, 9, 20, 0, 0, 0},
    {1, 1, 1, 1, 0, 0},      {33, 17, 60, 1, 0, 0},   {33, 17, 60, 2, 0, 1},    {33, 17, 60, 3, 0, 0},
    {33, 17, 60, 4, 0, 0},   {33, 17, 60, 5, 0, 2},   {33, 17, 60, 7, 0, 0},    {33, 17, 60, 8, 0, 0},
    {33, 17, 60, 9, 0, 0},   {33, 17, 60, 15, 0, 1},  {33, 17, 60, 16, 0, 0},   {33, 17, 60, 17, 0, 0},
    {70, 41, 300, 31, 0, 0}, {70, 41, 300, 48, 0, 3}, {70, 41, 300, 65, 0, 0},  {70, 41, 300, 100, 0, 0},
    {70, 1, 50, 7, 0, 0},    {70, 1, 50, 20, 0, 0},   {70, 41, 300, 128, 0, 0}, {70, 41, 300, 261, 0, 0},
    {200, 150, 2000, 7, 1, 0}, {200, 150, 2000, 33, 1, 5}, {200, 150, 2000, 100, 1, 1},
    {40, 3000, 3000, 33, 1, 1}, {40, 3000, 3000, 100, 1, 0}, {3000, 3000, 15000, 16, 3, 0},
    {4000, 24000, 12000, 17, 0, 0}, {3000, 40000, 9000, 7, 2, 0}, {500, 3000, 6000, 130, 2, 2},
    {70, 41, 300, 61, 0, 0}, {500, 7000, 6000, 64, 0, 0}, {300, 8000, 2000, 61, 0, 1}, {500, 4000, 6000, 125, 2, 2},
    {300, 60000, 2000, 40, 0, 1}, {-1}};
static const int64_t graphs[][KC_DIMS] = {
    {2708, 2708, 5278, 7, 3, 0},          {2708, 2708, 5278, 16, 3, 0},         {2708, 2708, 5278, 64, 3, 0},
    {2708, 1433, 49216, 16, 0, 0},        {1433, 2708, 49216, 16, 0, 0},        {100000, 100000, 1000000, 7, 2, 0},
    {100000, 100000, 1000000, 16, 2, 0},  {100000, 100000, 1000000, 64, 2, 0},  {100000, 100000, 1000000, 128, 2, 0},
    {100000, 100000, 1000000, 256, 2, 0}, {-1}};
// Tables beyond the caches, which is what bf16 storage is for.
static const int64_t large_graphs[][KC_DIMS] = {
    {100000, 100000, 1000000, 128, 2, 0}, {100000, 100000, 1000000, 256, 2, 0}, {400000, 400000, 4000000, 16, 2, 0},
    {400000, 400000, 4000000, 64, 2, 0},  {-1}};

static const int64_t degrees[][KC_DIMS] = {{2708, 2708, 5278, 0, 3, 0}, {100000, 100000, 1000000, 0, 2, 0}, {-1}};

static const int64_t no_shapes[][KC_DIMS] = {{-1}};

/// Errors are taken relative to the largest element. A sum of d random terms in stored order is off by about sqrt(d)
/// half-epsilons of its largest partial sum.
static void set_tolerance(kc_run *run, int slot, int64_t length) {
  run->slot[slot].scale = 1;
  run->tolerance = 4 + 0.5 * sqrt((double)length);
}

static void spmm_oracle(kc_run *run) {
  const int with = kc_case_of(run)->option;
  const kc_pattern *p = kc_pattern_of(run);
  const int64_t n = run->dim[kc_width], ld = n + run->dim[kc_padding];
  const ck_weights_f64 weights = {
      .value = with & with_value ? KC_D(2) : NULL,
      .order = with & with_order ? p->order : NULL,
      .row_scale = with & with_row_scale ? KC_D(3) : NULL,
      .column_scale = with & with_column_scale ? KC_D(4) : NULL,
  };
  const ck_epilogue_f64 epilogue = {0.5, KC_D(5), KC_D(6), ld, -0.75, ck_activation_relu};
  for (int64_t i = 0; i < run->slot[0].count; i++) KC_D(0)[i] = NAN;  // between rows nothing is written
  ck_ref_spmm(KC_D(0), ld, &p->a, weights, with & with_mean, KC_D(1), ld, n, with & with_epilogue ? &epilogue : NULL);
}
static void sddmm_oracle(kc_run *run) {
  const int with = kc_case_of(run)->option;
  const int64_t n = run->dim[kc_width], ld = n + run->dim[kc_padding];
  ck_ref_sddmm(KC_D(0), &kc_pattern_of(run)->a, KC_D(1), ld, KC_D(2), ld, n, with & with_row_scale ? KC_D(3) : NULL,
               with & with_column_scale ? KC_D(4) : NULL);
}

/// Exponents by option; the last two take values.
static const double exponents[] = {-0.5, -1, 0.3, -0.5};
static void degree_scale_oracle(kc_run *run) {
  const int option = kc_case_of(run)->option;
  ck_ref_degree_scale(KC_D(0), &kc_pattern_of(run)->a, option >= 2 ? KC_D(1) : NULL, exponents[option]);
}

#define KC_SELF "cases_sparse.c"
#include "type_expand.h"

#define SPMM(text, with)                                                                                \
  {"spmm", text, KC_SPARSE_DIMS, products, graphs, KC_BOTH(spmm_make), KC_BOTH(spmm_call), spmm_oracle, \
   .option = with}
#define SPMM_BF16(text, with, graphs)                                                                        \
  {"spmm_bf16", text, KC_SPARSE_DIMS, products, graphs, KC_BOTH(spmm_make), KC_BOTH(spmm_call), spmm_oracle, \
   .option = (with) | with_bf16}
#define SDDMM(text, with)                                                                                   \
  {"sddmm", text, KC_SPARSE_DIMS, products, graphs, KC_BOTH(sddmm_make), KC_BOTH(sddmm_call), sddmm_oracle, \
   .option = with}
#define DEGREE(text, choice)                                                                                        \
  {"degree_scale", text, KC_SPARSE_DIMS, products, degrees, KC_BOTH(degree_scale_make), KC_BOTH(degree_scale_call), \
   degree_scale_oracle, .option = choice}

static const kc_case cases[] = {
    SPMM("pattern", 0),
    SPMM("row and column scales", with_row_scale | with_column_scale),
    SPMM("values", with_value),
    SPMM("values through order", with_value | with_order),
    SPMM("values and scales, mean", with_value | with_row_scale | with_column_scale | with_mean),
    SPMM("values through order and scales", with_value | with_order | with_row_scale | with_column_scale),
    SPMM("mean with epilogue", with_mean | with_epilogue),
    SPMM("scales with epilogue", with_row_scale | with_column_scale | with_epilogue),
    {"spmm", "mean with epilogue, special values", KC_SPARSE_DIMS, products, no_shapes, KC_BOTH(spmm_make),
     KC_BOTH(spmm_call), spmm_oracle, .option = with_mean | with_epilogue | with_special},
    SPMM_BF16("pattern", 0, large_graphs),
    SPMM_BF16("row and column scales", with_row_scale | with_column_scale, large_graphs),
    SPMM_BF16("values through order and scales", with_value | with_order | with_row_scale | with_column_scale,
              no_shapes),
    SPMM_BF16("values, mean with epilogue, special values", with_value | with_mean | with_epilogue | with_special,
              no_shapes),
    SDDMM("", 0),
    SDDMM("scaled", with_row_scale | with_column_scale),
    DEGREE("entries, exponent -1/2", 0),
    DEGREE("entries, exponent -1", 1),
    DEGREE("values, exponent 0.3", 2),
    DEGREE("values, exponent -1/2", 3),
};
const kc_family_cases kc_sparse_cases = {"sparse", cases, sizeof cases / sizeof cases[0]};

#else

/// A matrix of rows x width whose padding is NaN: a kernel that lets it in gives NaN.
static void FN(input_matrix)(kc_run *run, int slot, int64_t rows) {
  const int64_t n = run->dim[kc_width], ld = n + run->dim[kc_padding];
  kc_input(run, slot, rows * ld, kc_normal);
  for (int64_t r = 0; r < rows; r++)
    for (int64_t j = n; j < ld; j++) KC_T(slot)[r * ld + j] = (T)NAN, KC_D(slot)[r * ld + j] = NAN;
}

/// Row starts and the scales that take part.
static double FN(frame_bytes)(const kc_run *run) {
  const int with = kc_case_of(run)->option;
  return 8.0 * (double)(run->dim[kc_rows] + 1) +
         sizeof(T) * ((with & with_row_scale ? (double)run->dim[kc_rows] : 0) +
                      (with & with_column_scale ? (double)run->dim[kc_columns] : 0));
}

static void FN(spmm_make)(kc_run *run) {
  const int with = kc_case_of(run)->option;
  const kc_pattern *p = kc_pattern_make(run);
  const int64_t rows = run->dim[kc_rows], columns = run->dim[kc_columns], n = run->dim[kc_width];
  kc_output(run, 0, rows * (n + run->dim[kc_padding]));
  FN(input_matrix)(run, 1, columns);
  for (int64_t i = 0; with & with_special && i < run->slot[1].count; i++)
    if (!kc_random_below(run, 40)) KC_D(1)[i] = KC_T(1)[i] = i % 2 ? (T)NAN : (T)INFINITY;
  if (with & with_bf16) {
    uint16_t *table = kc_pattern_of(run)->table = kc_memory(run, run->slot[1].count * (int64_t)sizeof *table);
    const ck_ctx ctx = {0};
    FN(ck_dense_to_bf16)(&ctx, table, KC_T(1), run->slot[1].count);
    for (int64_t i = 0; i < run->slot[1].count; i++) KC_D(1)[i] = ck_ref_from_bf16(table[i]);
  }
  if (with & with_value) kc_input(run, 2, p->entries, kc_normal);
  if (with & with_row_scale) kc_input(run, 3, rows, kc_positive);
  if (with & with_column_scale) kc_input(run, 4, columns, kc_positive);
  if (with & with_epilogue) {
    kc_input(run, 5, n, kc_normal);
    FN(input_matrix)(run, 6, rows);
  }
  set_tolerance(run, 0, p->longest);
  const double gathered = (double)p->entries * (double)n;
  const double each_entry = 4 + (with & with_value ? sizeof(T) : 0) + (with & with_order ? 4 : 0);
  const double matrices = with & with_epilogue ? 2 : 1;  // Y and the residual
  const double element = with & with_bf16 ? 2 : sizeof(T);
  run->cost = (kc_cost){
      .flops = 2 * gathered,
      .bytes = gathered * element + (double)p->entries * each_entry + (double)(rows * n) * matrices * sizeof(T) +
               FN(frame_bytes)(run),
      .limit = kc_limit_gather,
      .gathered_bytes = gathered * element,
      .table_bytes = (double)(columns * n) * element,
      .row_bytes = (double)n * element,
  };
}
static ck_status FN(spmm_call)(kc_run *run, const ck_ctx *ctx) {
  const int with = kc_case_of(run)->option;
  const kc_pattern *p = kc_pattern_of(run);
  const int64_t n = run->dim[kc_width], ld = n + run->dim[kc_padding];
  if (!p->valid) return ck_status_bad_shape;
  const FN(ck_weights) weights = {
      .value = with & with_value ? KC_T(2) : NULL,
      .order = with & with_order ? p->order : NULL,
      .row_scale = with & with_row_scale ? KC_T(3) : NULL,
      .column_scale = with & with_column_scale ? KC_T(4) : NULL,
  };
  const FN(ck_epilogue) epilogue = {(T)0.5, KC_T(5), KC_T(6), ld, (T)-0.75, ck_activation_relu};
  if (with & with_bf16)
    return FN(ck_sparse_spmm_bf16)(ctx, KC_T(0), ld, &p->a, weights, with & with_mean, p->table, ld, n,
                                   with & with_epilogue ? &epilogue : NULL);
  return FN(ck_sparse_spmm)(ctx, KC_T(0), ld, &p->a, weights, with & with_mean, KC_T(1), ld, n,
                            with & with_epilogue ? &epilogue : NULL);
}

static void FN(sddmm_make)(kc_run *run) {
  const int with = kc_case_of(run)->option;
  const kc_pattern *p = kc_pattern_make(run);
  const int64_t rows = run->dim[kc_rows], columns = run->dim[kc_columns], n = run->dim[kc_width];
  kc_output(run, 0, p->entries);
  FN(input_matrix)(run, 1, rows);
  FN(input_matrix)(run, 2, columns);
  if (with & with_row_scale) kc_input(run, 3, rows, kc_positive);
  if (with & with_column_scale) kc_input(run, 4, columns, kc_positive);
  set_tolerance(run, 0, n);
  const double gathered = (double)p->entries * (double)n;
  run->cost = (kc_cost){
      .flops = 2 * gathered,
      .bytes = gathered * sizeof(T) + (double)p->entries * (4 + sizeof(T)) + (double)(rows * n) * sizeof(T) +
               FN(frame_bytes)(run),
      .limit = kc_limit_gather,
      .gathered_bytes = gathered * sizeof(T),
      .table_bytes = (double)(columns * n) * sizeof(T),
      .row_bytes = (double)n * sizeof(T),
  };
}
static ck_status FN(sddmm_call)(kc_run *run, const ck_ctx *ctx) {
  const int with = kc_case_of(run)->option;
  const int64_t n = run->dim[kc_width], ld = n + run->dim[kc_padding];
  return FN(ck_sparse_sddmm)(ctx, KC_T(0), &kc_pattern_of(run)->a, KC_T(1), ld, KC_T(2), ld, n,
                             with & with_row_scale ? KC_T(3) : NULL, with & with_column_scale ? KC_T(4) : NULL);
}

static void FN(degree_scale_make)(kc_run *run) {
  const kc_pattern *p = kc_pattern_make(run);
  kc_output(run, 0, run->dim[kc_rows]);
  kc_input(run, 1, p->entries, kc_positive);
  run->tolerance = 4;  // positive terms: a few roundings in lanes, one power
  const double entries = kc_case_of(run)->option >= 2 ? (double)p->entries : 0, rows = (double)run->dim[kc_rows];
  run->cost = (kc_cost){.flops = entries + rows, .bytes = entries * sizeof(T) + rows * (8 + sizeof(T))};
}
static ck_status FN(degree_scale_call)(kc_run *run, const ck_ctx *ctx) {
  const int option = kc_case_of(run)->option;
  return FN(ck_sparse_degree_scale)(ctx, KC_T(0), &kc_pattern_of(run)->a, option >= 2 ? KC_T(1) : NULL,
                                    (T)exponents[option]);
}

#endif
