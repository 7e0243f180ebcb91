// Cases of filtered patterns.
#ifndef T
#include "cases_sparse_pattern.h"
#include "ck_ref.h"

#include <math.h>
#include <stdlib.h>

// Rows beyond 128 entries (the hub's) take several chunks of draws.
static const int64_t any[][KC_DIMS] = {
    {0, 5, 0, 0, 0, 0},       {5, 0, 0, 0, 0, 0},      {1, 1, 1, 0, 0, 0},        {7, 9, 20, 0, 0, 0},
    {33, 17, 200, 0, 0, 0},   {60, 900, 2000, 0, 1, 0}, {3000, 4000, 30000, 0, 2, 0}, {-1}};
static const int64_t square[][KC_DIMS] = {
    {0, 0, 0, 0, 0, 0},       {4, 4, 0, 0, 0, 0},      {1, 1, 1, 0, 0, 0},        {9, 9, 40, 0, 0, 0},
    {33, 33, 200, 0, 0, 0},   {600, 600, 3000, 0, 1, 0}, {3000, 3000, 15000, 0, 3, 0}, {-1}};
static const int64_t graphs[][KC_DIMS] = {{2708, 2708, 5278, 0, 3, 0}, {100000, 100000, 1000000, 0, 2, 0}, {-1}};

enum { with_drop = 1, with_flags = 2, with_pairs = 4, adding = 8, removing = 16 };

/// Results of the kernel, which are no numbers of a type: the case moves them to its outputs.
typedef struct filtered {
  kc_pattern pattern;  // first, so that kc_pattern_of holds
  int64_t *row_start;
  int32_t *column, *order;
  uint8_t *keep_row, *keep_column;
} filtered;

static ck_csr_filter filter_of(kc_run *run) {
  const int with = kc_case_of(run)->option;
  const filtered *it = run->extra;
  return (ck_csr_filter){
      .keep_row = with & with_flags ? it->keep_row : NULL, .keep_column = with & with_flags ? it->keep_column : NULL,
      .drop = with & with_drop ? 0.3 : 0, .pairs = with & with_pairs, .key = 0x123456789abcdefull, .stream = 5,
      .self_loops = with & adding ? ck_self_loops_add : with & removing ? ck_self_loops_remove : ck_self_loops_keep};
}

static void oracle(kc_run *run) {
  const ck_csr *a = &kc_pattern_of(run)->a;
  const ck_csr_filter filter = filter_of(run);
  const int64_t room = run->slot[1].count;
  int64_t *row_start = malloc((size_t)(a->rows + 1) * sizeof *row_start);
  int32_t *column = malloc((size_t)(room + 1) * sizeof *column), *order = malloc((size_t)(room + 1) * sizeof *order);
  const int64_t entries = ck_ref_csr_filter(row_start, column, order, a, &filter);
  for (int64_t r = 0; r <= a->rows; r++) KC_D(0)[r] = (double)row_start[r];
  for (int64_t e = 0; e < room; e++) {
    KC_D(1)[e] = e < entries ? column[e] : NAN;
    KC_D(2)[e] = e < entries ? order[e] : NAN;
  }
  free(row_start);
  free(column);
  free(order);
}

#define KC_SELF "cases_sparse_filter.c"
#include "type_expand.h"

#define CASE(text, shapes, bench, choice)                                                                       \
  {"csr_filter", text, KC_SPARSE_DIMS, shapes, bench, KC_BOTH(make), KC_BOTH(call), oracle, .option = choice,   \
   .finish = KC_BOTH(finish)}
static const int64_t no_shapes[][KC_DIMS] = {{-1}};
static const kc_case cases[] = {
    CASE("dropped entries", any, graphs, with_drop),
    CASE("flags", any, graphs, with_flags),
    CASE("dropped entries and flags", any, no_shapes, with_drop | with_flags),
    CASE("dropped pairs", square, graphs, with_drop | with_pairs),
    CASE("self-loops added", square, graphs, adding),
    CASE("dropped pairs, self-loops added", square, no_shapes, with_drop | with_pairs | adding),
    CASE("dropped entries, self-loops removed", square, no_shapes, with_drop | removing),
    CASE("flags, self-loops added", square, no_shapes, with_flags | adding),
    CASE("flags, self-loops removed", square, no_shapes, with_flags | removing),
    CASE("dropped pairs and flags", square, no_shapes, with_drop | with_pairs | with_flags),
};
const kc_family_cases kc_sparse_filter_cases = {"sparse", cases, sizeof cases / sizeof cases[0]};

#else

static void FN(make)(kc_run *run) {
  const kc_pattern *made = kc_pattern_make(run);
  filtered *it = kc_memory(run, sizeof *it);
  it->pattern = *made;
  const int64_t rows = made->a.rows, columns = made->a.columns;
  const int64_t room = made->entries + (kc_case_of(run)->option & adding ? rows : 0);
  it->row_start = kc_memory(run, (rows + 1) * 8);
  it->column = kc_memory(run, room * 4);
  it->order = kc_memory(run, room * 4);
  it->keep_row = kc_memory(run, rows);
  it->keep_column = kc_memory(run, columns);
  for (int64_t r = 0; r < rows; r++) it->keep_row[r] = kc_random_below(run, 4) > 0;
  for (int64_t c = 0; c < columns; c++) it->keep_column[c] = kc_random_below(run, 4) > 0;
  run->extra = it;
  kc_output(run, 0, rows + 1);
  kc_output(run, 1, room);
  kc_output(run, 2, room);
  run->tolerance = 0.5;  // whole numbers
  const double entries = (double)made->entries;
  run->cost = (kc_cost){
      .flops = 0, .bytes = 2 * (4 * entries + 8 * (double)rows) + 8 * (double)rows + 8 * entries,
      .limit = kc_limit_stream};
}
static ck_status FN(call)(kc_run *run, const ck_ctx *ctx) {
  const filtered *it = run->extra;
  const ck_csr_filter filter = filter_of(run);
  if (!it->pattern.valid) return ck_status_bad_shape;
  const ck_status status = ck_sparse_csr_filter_rows(ctx, it->row_start, &it->pattern.a, &filter);
  if (status != ck_status_ok) return status;
  return ck_sparse_csr_filter(ctx, it->column, it->order, it->row_start, &it->pattern.a, &filter);
}
static void FN(finish)(kc_run *run) {
  const filtered *it = run->extra;
  const int64_t rows = it->pattern.a.rows, entries = rows > 0 ? it->row_start[rows] : 0;
  for (int64_t r = 0; r <= rows; r++) KC_T(0)[r] = (T)it->row_start[r], it->row_start[r] = 0;
  for (int64_t e = 0; e < entries; e++) KC_T(1)[e] = (T)it->column[e], KC_T(2)[e] = (T)it->order[e];
  for (int64_t e = 0; e < run->slot[1].count; e++) it->column[e] = it->order[e] = -7;
}

#endif
