// Cases of graph attention.
#ifndef T
#include "cases_sparse_pattern.h"
#include "ck_ref.h"

#include <math.h>
#include <stdlib.h>

// The last size is heads - 1; widths are those of a head, around the vector lengths and strips. Rows, or columns
// backward, beyond 512 entries and heads take several chunks, and the last shape exceeds the level-2 cache.
#define ATTENTION_DIMS "rows columns edges width kind=uniform|hub|R-MAT|citation heads-1?"
enum { kc_heads_less_one = 5 };
static const int64_t shapes[][KC_DIMS] = {
    {0, 5, 0, 3, 0, 0},      {5, 0, 0, 3, 0, 0},     {4, 4, 0, 4, 0, 1},      {7, 9, 20, 0, 0, 0},
    {1, 1, 1, 1, 0, 0},      {33, 17, 60, 1, 0, 7},  {33, 17, 60, 7, 0, 2},   {33, 17, 60, 8, 0, 7},
    {33, 17, 60, 15, 0, 0},  {33, 17, 60, 16, 0, 3}, {33, 17, 60, 17, 0, 0},  {70, 41, 300, 32, 0, 0},
    {70, 41, 300, 64, 0, 0}, {70, 41, 300, 75, 0, 1}, {70, 41, 300, 133, 0, 0}, {200, 900, 3000, 7, 1, 1},
    {900, 200, 3000, 64, 1, 0}, {200, 1500, 4000, 68, 1, 0}, {700, 3, 9000, 20, 0, 1},
    {33, 17, 60, 150, 0, 7}, {900, 9000, 5000, 8, 2, 7},
    {3000, 3000, 15000, 16, 3, 1}, {4000, 9000, 12000, 65, 2, 0}, {-1}};
static const int64_t graphs[][KC_DIMS] = {
    {2708, 2708, 5278, 8, 3, 7}, {2708, 2708, 5278, 64, 3, 0}, {100000, 100000, 1000000, 64, 2, 0},
    {100000, 100000, 1000000, 8, 2, 7}, {-1}};

/// What a case has besides numbers: dropout; logits of -infinity, and forward of NaN; no state for the backward pass; a
/// slope of 0 or 1 instead of 0.2.
enum { with_dropout = 1, with_special = 2, inference = 4, slope_zero = 8, slope_one = 16 };

static ck_attention_options options_of(const kc_run *run) {
  const int32_t with = kc_case_of(run)->option;
  return (ck_attention_options){
      .heads = run->dim[kc_heads_less_one] + 1, .width = run->dim[kc_width],
      .slope = with & slope_zero ? 0 : with & slope_one ? 1 : 0.2, .drop = with & with_dropout ? 0.35 : 0,
      .key = 11, .stream = 1ull << 40 | 3};
}

static void forward_oracle(kc_run *run) {
  const ck_attention_options options = options_of(run);
  const int64_t rows = run->dim[kc_rows], count = rows * options.heads;
  const bool spare = kc_case_of(run)->option & inference;
  double *positive = spare ? malloc((size_t)(count * options.width + 1) * sizeof(double)) : KC_D(1);
  double *state = spare ? malloc((size_t)(count * 4 + 1) * sizeof(double)) : KC_D(2);
  ck_ref_graph_attention(KC_D(0), positive, state, &kc_pattern_of(run)->a, KC_D(3), KC_D(4), KC_D(5), &options);
  if (spare) free(positive), free(state);
}
static void backward_oracle(kc_run *run) {
  const ck_attention_options options = options_of(run);
  ck_ref_graph_attention_bwd(KC_D(0), KC_D(1), KC_D(2), KC_D(3), &kc_pattern_of(run)->a, KC_D(4), KC_D(5), KC_D(6),
                             &options);
}

#define KC_SELF "cases_sparse_attention.c"
#include "type_expand.h"

#define CASE(kernel, text, name, bench, choice)                                                            \
  {kernel, text, ATTENTION_DIMS, shapes, bench, KC_BOTH(name##_make), KC_BOTH(name##_call), name##_oracle, \
   .option = choice}

static const int64_t no_shapes[][KC_DIMS] = {{-1}};
static const kc_case cases[] = {
    CASE("graph_attention", "", forward, graphs, 0),
    CASE("graph_attention", "inference", forward, graphs, inference),
    CASE("graph_attention", "dropout", forward, graphs, with_dropout),
    CASE("graph_attention", "special logits", forward, no_shapes, with_special | inference),
    CASE("graph_attention", "special logits, slope 0", forward, no_shapes,
         with_special | inference | slope_zero),
    CASE("graph_attention", "slope 1", forward, no_shapes, slope_one),
    CASE("graph_attention_bwd", "", backward, graphs, 0),
    CASE("graph_attention_bwd", "dropout", backward, graphs, with_dropout),
    CASE("graph_attention_bwd", "special logits", backward, no_shapes, with_special),
    CASE("graph_attention_bwd", "special logits, slope 0", backward, no_shapes, with_special | slope_zero),
    CASE("graph_attention_bwd", "slope 1", backward, no_shapes, slope_one),
};
const kc_family_cases kc_sparse_attention_cases = {"sparse", cases, sizeof cases / sizeof cases[0]};

#else

static void FN(attention_cost)(kc_run *run, double row_flops, double dense_matrices) {
  const ck_attention_options options = options_of(run);
  const double entries = (double)kc_pattern_of(run)->entries, heads = (double)options.heads;
  const double row = heads * (double)options.width, rows = (double)run->dim[kc_rows];
  run->cost = (kc_cost){
      .flops = entries * (row_flops * row + 20 * heads),
      .bytes = entries * (4 + row * sizeof(T)) + rows * row * dense_matrices * sizeof(T),
      .limit = kc_limit_gather,
      .gathered_bytes = entries * row * sizeof(T),
      .table_bytes = (double)run->dim[kc_columns] * row * sizeof(T),
      .row_bytes = row * sizeof(T),
  };
}

static void FN(forward_make)(kc_run *run) {
  const kc_pattern *p = kc_pattern_make(run);
  const ck_attention_options options = options_of(run);
  const int64_t rows = run->dim[kc_rows], columns = run->dim[kc_columns], heads = options.heads;
  const int64_t row = heads * options.width, with = kc_case_of(run)->option;
  kc_output(run, 0, rows * row);
  if (!(with & inference)) {
    kc_output(run, 1, rows * row);
    kc_output(run, 2, rows * heads * 4);
  }
  kc_input(run, 3, columns * row, kc_normal);
  kc_input(run, 4, columns * heads, kc_normal);
  kc_input(run, 5, rows * heads, kc_normal);
  for (int64_t i = 0; with & with_special && i < columns * heads; i++)
    if (!kc_random_below(run, 3)) KC_D(4)[i] = KC_T(4)[i] = kc_random_below(run, 8) ? (T)-INFINITY : (T)NAN;
  for (int slot = 0; slot < 3; slot++) run->slot[slot].scale = 1;
  // Exponentials, a sum of positive terms in lanes, and a weighted sum of random terms in stored order.
  run->tolerance = 12 + 0.5 * sqrt((double)p->longest);
  FN(attention_cost)(run, with & inference ? 2 : 4, with & inference ? 1 : 2);
}
static ck_status FN(forward_call)(kc_run *run, const ck_ctx *ctx) {
  const ck_attention_options options = options_of(run);
  if (!kc_pattern_of(run)->valid) return ck_status_bad_shape;
  const bool spare = kc_case_of(run)->option & inference;
  return FN(ck_sparse_graph_attention)(ctx, KC_T(0), spare ? NULL : KC_T(1), spare ? NULL : KC_T(2),
                                       &kc_pattern_of(run)->a, KC_T(3), KC_T(4), KC_T(5), &options);
}

static void FN(backward_make)(kc_run *run) {
  const kc_pattern *p = kc_pattern_make(run);
  kc_pattern_transpose(run);
  const ck_attention_options options = options_of(run);
  const int64_t rows = run->dim[kc_rows], columns = run->dim[kc_columns], heads = options.heads;
  const int64_t row = heads * options.width;
  kc_output(run, 0, columns * row);
  kc_output(run, 1, columns * heads);
  kc_output(run, 2, rows * heads);
  kc_input(run, 3, rows * row, kc_normal);
  kc_input(run, 4, columns * row, kc_normal);
  kc_input(run, 5, columns * heads, kc_normal);
  kc_input(run, 6, rows * heads, kc_normal);
  if (kc_case_of(run)->option & with_special) {
    for (int64_t i = 0; i < columns * heads; i++)
      if (!kc_random_below(run, 3)) KC_D(5)[i] = KC_T(5)[i] = (T)-INFINITY;
    for (int64_t i = 0; i < rows * heads; i++)
      if (!kc_random_below(run, 9)) KC_D(6)[i] = KC_T(6)[i] = (T)-INFINITY;
  }
  kc_input(run, 7, rows * row, kc_zero);        // z, positive, state: as the forward pass makes them
  kc_input(run, 8, rows * row, kc_zero);
  kc_input(run, 9, rows * heads * 4, kc_zero);
  const ck_ctx ctx = {0};
  FN(ck_sparse_graph_attention)(&ctx, KC_T(7), KC_T(8), KC_T(9), &p->a, KC_T(4), KC_T(5), KC_T(6), &options);
  kc_workspace(run, FN(ck_sparse_graph_attention_bwd_workspace)(rows, &options));
  for (int slot = 0; slot < 3; slot++) run->slot[slot].scale = 1;
  // Differences of sums over entries and columns, relative to the largest; the gradient of a lone entry is exactly 0.
  // With a slope of 1 that of the targets is 0 throughout, and what the oracle's terms leave stands against it.
  run->slot[1].floor = 0.1;
  run->slot[2].floor = kc_case_of(run)->option & slope_one ? 1 : 0.1;
  int64_t longest = p->longest;  // entries of a row or column
  for (int64_t c = 0; c < columns; c++) {
    const int64_t entries = p->transposed.row_start[c + 1] - p->transposed.row_start[c];
    longest = entries > longest ? entries : longest;
  }
  run->tolerance = 16 + sqrt((double)options.width) + sqrt((double)longest);
  FN(attention_cost)(run, 4, 5);
}
static ck_status FN(backward_call)(kc_run *run, const ck_ctx *ctx) {
  const ck_attention_options options = options_of(run);
  const kc_pattern *p = kc_pattern_of(run);
  if (!p->valid) return ck_status_bad_shape;
  return FN(ck_sparse_graph_attention_bwd)(ctx, KC_T(0), KC_T(1), KC_T(2), KC_T(3), KC_T(7), KC_T(8), KC_T(9),
                                           &p->transposed, p->transposed_order, KC_T(4), KC_T(5), &options);
}

#endif
