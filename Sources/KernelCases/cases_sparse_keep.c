// Cases of patterns that lose the entries whose bits are 0.
#ifndef T
#include "cases_sparse_pattern.h"

// Around words of 64 entries, with empty rows, and long enough for threads.
static const int64_t shapes[][KC_DIMS] = {
    {0, 5, 0, 0, 0, 0},       {5, 0, 0, 0, 0, 0},      {1, 1, 1, 0, 0, 0},          {7, 9, 20, 0, 0, 0},
    {33, 17, 64, 0, 0, 0},    {60, 900, 2000, 0, 1, 0}, {3000, 4000, 300000, 0, 2, 0}, {-1}};
// A bag of words for each node of Cora, about.
static const int64_t words[][KC_DIMS] = {{2708, 1433, 49216, 0, 0, 0}, {100000, 1000, 1000000, 0, 0, 0}, {-1}};

enum { ordered = 1 };

/// Results of the kernel, which are no numbers of a type: the case moves them to its outputs.
typedef struct kept {
  kc_pattern pattern;  // first, so that kc_pattern_of holds
  uint64_t *bits;
  int64_t *row_start;
  int32_t *column;
} kept;

static void oracle(kc_run *run) {
  const kept *it = run->extra;
  const ck_csr *a = &it->pattern.a;
  int64_t at = 0;
  KC_D(0)[0] = 0;
  for (int64_t r = 0; r < a->rows; r++) {
    for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++) {
      const int64_t i = kc_case_of(run)->option & ordered ? it->pattern.order[e] : e;
      if (it->bits[i / 64] >> (i % 64) & 1) KC_D(1)[at++] = a->column[e];
    }
    KC_D(0)[r + 1] = (double)at;
  }
  for (; at < run->slot[1].count; at++) KC_D(1)[at] = -7;
}

#define KC_SELF "cases_sparse_keep.c"
#include "type_expand.h"

static const kc_case cases[] = {
    {"csr_keep", "half", KC_SPARSE_DIMS, shapes, words, KC_BOTH(make), KC_BOTH(call), oracle,
     .finish = KC_BOTH(finish)},
    {"csr_keep", "half, by an order", KC_SPARSE_DIMS, shapes, words, KC_BOTH(make), KC_BOTH(call), oracle,
     .option = ordered, .finish = KC_BOTH(finish)},
};
const kc_family_cases kc_sparse_keep_cases = {"sparse", cases, sizeof cases / sizeof cases[0]};

#else

static void FN(make)(kc_run *run) {
  const kc_pattern *made = kc_pattern_make(run);
  kept *it = kc_memory(run, sizeof *it);
  it->pattern = *made;
  const int64_t rows = made->a.rows, entries = made->entries;
  it->bits = kc_memory(run, (entries + 63) / 64 * 8);
  it->row_start = kc_memory(run, (rows + 1) * 8);
  it->column = kc_memory(run, entries * 4);
  kc_workspace(run, ck_sparse_csr_keep_workspace(entries, true));
  for (int64_t w = 0; w < (entries + 63) / 64; w++) it->bits[w] = 0;
  for (int64_t e = 0; e < entries; e++) it->bits[e / 64] |= (uint64_t)kc_random_below(run, 2) << (e % 64);
  for (int64_t e = 0; e < entries; e++) it->column[e] = -7;
  run->extra = it;
  kc_output(run, 0, rows + 1);
  kc_output(run, 1, entries);
  run->tolerance = 0.5;  // whole numbers
  const double each = kc_case_of(run)->option & ordered ? 8 : 4;
  run->cost = (kc_cost){
      .flops = 0, .bytes = (each + 2) * (double)entries + 16 * (double)rows, .limit = kc_limit_stream};
}
static ck_status FN(call)(kc_run *run, const ck_ctx *ctx) {
  const kept *it = run->extra;
  const bool has_order = kc_case_of(run)->option & ordered;
  if (!it->pattern.valid) return ck_status_bad_shape;
  return ck_sparse_csr_keep(ctx, it->row_start, it->column, &it->pattern.a, it->bits,
                            has_order ? it->pattern.order : NULL);
}
/// What lies behind the last entry must be as it was.
static void FN(finish)(kc_run *run) {
  const kept *it = run->extra;
  for (int64_t r = 0; r <= it->pattern.a.rows; r++) KC_T(0)[r] = (T)it->row_start[r], it->row_start[r] = 0;
  for (int64_t e = 0; e < run->slot[1].count; e++) KC_T(1)[e] = (T)it->column[e], it->column[e] = -7;
}

#endif
