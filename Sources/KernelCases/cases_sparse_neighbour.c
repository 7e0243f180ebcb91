// Cases of the maximum over neighbours and of the Dirichlet energy.
#ifndef T
#include "cases_sparse_pattern.h"
#include "ck_ref.h"

#include <math.h>
#include <stdlib.h>

// Widths around every vector length and strip; the last ones exceed the level-2 cache (prefetch). Square ones: rows
// around the energy's block of 128, and a last row so heavy that several parts would start in its block.
static const int64_t shapes[][KC_DIMS] = {
    {0, 5, 0, 3, 0, 0},       {5, 0, 0, 3, 0, 0},      {4, 4, 0, 4, 0, 0},       {7, 9, 20, 0, 0, 0},
    {1, 1, 1, 1, 0, 0},       {33, 17, 60, 1, 0, 0},   {33, 17, 60, 7, 0, 0},    {33, 17, 60, 8, 0, 0},
    {33, 17, 60, 15, 0, 0},   {33, 17, 60, 16, 0, 0},  {33, 17, 60, 17, 0, 0},   {70, 41, 300, 64, 0, 0},
    {70, 41, 300, 75, 0, 0},  {200, 150, 2000, 33, 1, 0}, {3000, 3000, 15000, 16, 3, 0}, {4000, 9000, 12000, 65, 2, 0},
    {-1}};
static const int64_t square[][KC_DIMS] = {
    {0, 0, 0, 3, 0, 0},       {4, 4, 0, 4, 0, 0},      {9, 9, 20, 0, 0, 0},      {1, 1, 1, 1, 0, 0},
    {31, 31, 60, 7, 0, 0},    {32, 32, 60, 16, 0, 0},  {33, 33, 60, 17, 0, 0},   {127, 127, 300, 63, 0, 0},
    {128, 128, 700, 64, 0, 0}, {129, 129, 900, 65, 0, 0}, {200, 200, 2000, 300, 1, 0}, {700, 700, 9000, 33, 4, 0},
    {3000, 3000, 15000, 16, 3, 0}, {9000, 9000, 12000, 65, 2, 0}, {-1}};
static const int64_t graphs[][KC_DIMS] = {
    {2708, 2708, 5278, 64, 3, 0}, {100000, 100000, 1000000, 16, 2, 0}, {100000, 100000, 1000000, 64, 2, 0}, {-1}};

static void max_oracle(kc_run *run) {
  ck_ref_spmm_max(KC_D(0), KC_D(1), &kc_pattern_of(run)->a, KC_D(2), run->dim[kc_width]);
}
static void max_bwd_oracle(kc_run *run) {
  ck_ref_spmm_max_bwd(KC_D(0), KC_D(1), kc_pattern_of(run)->which, &kc_pattern_of(run)->a, run->dim[kc_width]);
}
static void dirichlet_oracle(kc_run *run) {
  KC_D(0)[0] = ck_ref_dirichlet(&kc_pattern_of(run)->a, KC_D(2), KC_D(1), run->dim[kc_width]);
}

#define KC_SELF "cases_sparse_neighbour.c"
#include "type_expand.h"

static const kc_case cases[] = {
    {"spmm_max", "", KC_SPARSE_DIMS, shapes, graphs, KC_BOTH(max_make), KC_BOTH(max_call), max_oracle,
     .finish = KC_BOTH(max_finish)},
    {"spmm_max_bwd", "", KC_SPARSE_DIMS, shapes, graphs, KC_BOTH(max_bwd_make), KC_BOTH(max_bwd_call),
     max_bwd_oracle, .option = 0},
    {"dirichlet", "", KC_SPARSE_DIMS, square, graphs, KC_BOTH(dirichlet_make), KC_BOTH(dirichlet_call),
     dirichlet_oracle, .option = 0},
};
const kc_family_cases kc_sparse_neighbour_cases = {"sparse", cases, sizeof cases / sizeof cases[0]};

#else

static void FN(neighbour_cost)(kc_run *run, double flops, double gathered_matrices, double dense_matrices) {
  const double n = (double)run->dim[kc_width], gathered = (double)kc_pattern_of(run)->entries * n * gathered_matrices;
  const double rows = (double)run->dim[kc_rows], columns = (double)run->dim[kc_columns];
  run->cost = (kc_cost){
      .flops = flops * gathered,
      .bytes = gathered * sizeof(T) + 4.0 * (double)kc_pattern_of(run)->entries + rows * n * dense_matrices * sizeof(T),
      .limit = kc_limit_gather,
      .gathered_bytes = gathered * sizeof(T),
      .table_bytes = columns * n * gathered_matrices * sizeof(T),
      .row_bytes = n * sizeof(T),
  };
}

static void FN(max_make)(kc_run *run) {
  kc_pattern *p = kc_pattern_make(run);
  const int64_t n = run->dim[kc_width], results = run->dim[kc_rows] * n, count = run->dim[kc_columns] * n;
  p->which = kc_memory(run, results * (int64_t)sizeof *p->which);
  kc_output(run, 0, results);
  kc_output(run, 1, results);  // the entries that won, as numbers
  kc_input(run, 2, count, kc_normal);
  for (int64_t i = 0; i < count; i++) {  // equal values, NaN and infinities, so that the first one must be found
    const double v = kc_random_below(run, 50) ? (double)kc_random_below(run, 4) - 2
                                              : (double[]){NAN, -INFINITY, INFINITY}[kc_random_below(run, 3)];
    KC_D(2)[i] = v, KC_T(2)[i] = (T)v;
  }
  run->tolerance = 0.5;  // copies
  FN(neighbour_cost)(run, 1, 1, 2);
}
static ck_status FN(max_call)(kc_run *run, const ck_ctx *ctx) {
  const kc_pattern *p = kc_pattern_of(run);
  if (!p->valid) return ck_status_bad_shape;
  return FN(ck_sparse_spmm_max)(ctx, KC_T(0), p->which, &p->a, KC_T(2), run->dim[kc_width]);
}
static void FN(max_finish)(kc_run *run) {
  int32_t *which = kc_pattern_of(run)->which;
  for (int64_t i = 0; i < run->slot[1].count; i++) KC_T(1)[i] = (T)which[i], which[i] = -7;
}

static void FN(max_bwd_make)(kc_run *run) {
  kc_pattern *p = kc_pattern_make(run);
  kc_pattern_transpose(run);
  const int64_t n = run->dim[kc_width], results = run->dim[kc_rows] * n;
  p->which = kc_memory(run, results * (int64_t)sizeof *p->which);
  for (int64_t i = 0; i < results; i++) {
    const int64_t begin = p->a.row_start[i / n], entries = p->a.row_start[i / n + 1] - begin;
    p->which[i] = entries ? (int32_t)(begin + kc_random_below(run, entries)) : -1;
  }
  kc_output(run, 0, run->dim[kc_columns] * n);
  kc_input(run, 1, results, kc_normal);
  run->slot[0].scale = 1;
  // A sum over the entries that won at a column, at most its own.
  int64_t most = 0;
  for (int64_t c = 0; c < p->transposed.rows; c++) {
    const int64_t entries = p->transposed.row_start[c + 1] - p->transposed.row_start[c];
    most = entries > most ? entries : most;
  }
  run->tolerance = 4 + 0.5 * sqrt((double)most);
  FN(neighbour_cost)(run, 1, 1 + 4.0 / sizeof(T), 1);
}
static ck_status FN(max_bwd_call)(kc_run *run, const ck_ctx *ctx) {
  const kc_pattern *p = kc_pattern_of(run);
  if (!p->valid) return ck_status_bad_shape;
  return FN(ck_sparse_spmm_max_bwd)(ctx, KC_T(0), KC_T(1), p->which, &p->transposed, p->transposed_order,
                                    run->dim[kc_width]);
}

static void FN(dirichlet_make)(kc_run *run) {
  kc_pattern_make(run);
  const int64_t rows = run->dim[kc_rows], n = run->dim[kc_width];
  kc_output(run, 0, 1);
  kc_input(run, 1, rows * n, kc_normal);
  kc_input(run, 2, rows, kc_positive);
  kc_workspace(run, ck_sparse_dirichlet_workspace(rows));
  run->tolerance = 4;  // positive terms, 32 of them in a lane
  FN(neighbour_cost)(run, 5, 0.5, 1);
}
static ck_status FN(dirichlet_call)(kc_run *run, const ck_ctx *ctx) {
  if (!kc_pattern_of(run)->valid) return ck_status_bad_shape;
  return FN(ck_sparse_dirichlet)(ctx, KC_T(0), &kc_pattern_of(run)->a, KC_T(2), KC_T(1), run->dim[kc_width]);
}

#endif
