// Cases of segment softmax and segment reductions.
#ifndef T
#include "cases_sparse_pattern.h"
#include "ck_ref.h"

#include <math.h>
#include <stdlib.h>

// Widths are heads or columns.
static const int64_t segments[][KC_DIMS] = {
    {0, 5, 0, 3, 0, 0},      {4, 4, 0, 4, 0, 0},     {7, 9, 20, 0, 0, 0},     {1, 1, 1, 1, 0, 0},
    {33, 17, 60, 1, 0, 0},   {33, 17, 60, 2, 0, 0},  {33, 17, 60, 3, 0, 0},   {33, 17, 60, 4, 0, 0},
    {33, 17, 60, 7, 0, 0},   {33, 17, 60, 8, 0, 0},  {33, 17, 60, 15, 0, 0},  {33, 17, 60, 16, 0, 0},
    {33, 17, 60, 17, 0, 0},  {70, 41, 300, 33, 0, 0}, {70, 41, 300, 64, 0, 0}, {70, 41, 300, 75, 0, 0},
    {60, 500, 900, 1, 1, 0}, {60, 500, 900, 8, 1, 0}, {60, 500, 900, 5, 1, 0}, {20000, 3000, 100000, 1, 2, 0},
    {3000, 3000, 20000, 8, 3, 0}, {3000, 3000, 20000, 12, 3, 0}, {-1}};
static const int64_t graphs[][KC_DIMS] = {
    {2708, 2708, 5278, 1, 3, 0}, {2708, 2708, 5278, 8, 3, 0}, {100000, 100000, 1000000, 1, 2, 0},
    {100000, 100000, 1000000, 8, 2, 0}, {-1}};
static const int64_t wide_graphs[][KC_DIMS] = {
    {2708, 2708, 5278, 16, 3, 0}, {100000, 100000, 1000000, 1, 2, 0}, {100000, 100000, 1000000, 64, 2, 0}, {-1}};

static const int64_t no_shapes[][KC_DIMS] = {{-1}};

/// What softmax is given besides numbers: -infinity in most places, so that whole rows are; NaN and +infinity here and
/// there.
enum { masked = 1, special };
static ck_segment_reduction reduction(const kc_run *run) { return (ck_segment_reduction)kc_case_of(run)->option; }
static int64_t elements(kc_run *run) { return kc_pattern_of(run)->entries * run->dim[kc_width]; }
static int64_t results(kc_run *run) { return run->dim[kc_rows] * run->dim[kc_width]; }

static void softmax_oracle(kc_run *run) {
  ck_ref_segment_softmax(KC_D(0), kc_pattern_of(run)->a.row_start, run->dim[kc_rows], KC_D(1), run->dim[kc_width]);
}
static void softmax_bwd_oracle(kc_run *run) {
  ck_ref_segment_softmax_bwd(KC_D(0), KC_D(1), KC_D(2), kc_pattern_of(run)->a.row_start, run->dim[kc_rows],
                             run->dim[kc_width]);
}
static void reduce_oracle(kc_run *run) {
  const bool maximum = reduction(run) == ck_segment_reduction_maximum;
  int32_t *which = maximum ? malloc((size_t)(results(run) + 1) * sizeof *which) : NULL;
  ck_ref_segment_reduce(reduction(run), KC_D(0), which, kc_pattern_of(run)->a.row_start, run->dim[kc_rows], KC_D(1),
                        run->dim[kc_width]);
  for (int64_t i = 0; maximum && i < results(run); i++) KC_D(2)[i] = which[i];
  free(which);
}
static void reduce_bwd_oracle(kc_run *run) {
  ck_ref_segment_reduce_bwd(reduction(run), KC_D(0), KC_D(1), kc_pattern_of(run)->which,
                            kc_pattern_of(run)->a.row_start, run->dim[kc_rows], run->dim[kc_width]);
}

#define KC_SELF "cases_sparse_segment.c"
#include "type_expand.h"

#define CASE(kernel, text, name, bench, choice)                                                              \
  {kernel, text, KC_SPARSE_DIMS, segments, bench, KC_BOTH(name##_make), KC_BOTH(name##_call), name##_oracle, \
   .option = choice}
#define REDUCE(text, op)                                                                                          \
  {"segment_reduce", text, KC_SPARSE_DIMS, segments, wide_graphs, KC_BOTH(reduce_make), KC_BOTH(reduce_call),     \
   reduce_oracle, op, KC_BOTH(reduce_finish)},                                                                    \
  CASE("segment_reduce_bwd", text, reduce_bwd, wide_graphs, op)

static const kc_case cases[] = {
    CASE("segment_softmax", "", softmax, graphs, 0),
    CASE("segment_softmax", "masked entries", softmax, graphs, masked),
    CASE("segment_softmax", "special values", softmax, no_shapes, special),
    CASE("segment_softmax_bwd", "", softmax_bwd, graphs, 0),
    REDUCE("sum", ck_segment_reduction_sum),
    REDUCE("mean", ck_segment_reduction_mean),
    REDUCE("maximum", ck_segment_reduction_maximum),
};
const kc_family_cases kc_sparse_segment_cases = {"sparse", cases, sizeof cases / sizeof cases[0]};

#else

/// `passes` over the entries, `per_result` over the rows; the maximum has its winners besides.
static void FN(stream_cost)(kc_run *run, double passes, double per_result, double flops) {
  const bool which = kc_pattern_of(run)->which != NULL;
  run->cost = (kc_cost){
      .flops = flops * (double)elements(run),
      .bytes = (passes * (double)elements(run) + per_result * (double)results(run)) * sizeof(T) +
               8.0 * (double)(run->dim[kc_rows] + 1) + 4.0 * (which ? (double)results(run) : 0),
      .limit = kc_limit_stream,
  };
}

static void FN(softmax_make)(kc_run *run) {
  kc_pattern_make(run);
  const int64_t count = elements(run);
  kc_output(run, 0, count);
  kc_input(run, 1, count, kc_normal);
  const int32_t option = kc_case_of(run)->option;
  for (int64_t i = 0; i < count; i++) {
    if (option == masked && kc_random_below(run, 4)) KC_D(1)[i] = KC_T(1)[i] = (T)-INFINITY;
    if (option == special && !kc_random_below(run, 8))
      KC_D(1)[i] = KC_T(1)[i] = kc_random_below(run, 2) ? (T)NAN : (T)INFINITY;
  }
  run->tolerance = 8;  // exponential, division, and a sum of positive terms in lanes
  FN(stream_cost)(run, 2, 0, 8);
}
static ck_status FN(softmax_call)(kc_run *run, const ck_ctx *ctx) {
  if (!kc_pattern_of(run)->valid) return ck_status_bad_shape;
  return FN(ck_sparse_segment_softmax)(ctx, KC_T(0), kc_pattern_of(run)->a.row_start, run->dim[kc_rows], KC_T(1),
                                       run->dim[kc_width]);
}

static void FN(softmax_bwd_make)(kc_run *run) {
  kc_pattern_make(run);
  kc_output(run, 0, elements(run));
  kc_input(run, 1, elements(run), kc_normal);
  kc_input(run, 2, elements(run), kc_positive);
  run->slot[0].scale = 1;  // differences: relative to the largest
  run->tolerance = 8;
  FN(stream_cost)(run, 3, 0, 4);
}
static ck_status FN(softmax_bwd_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_sparse_segment_softmax_bwd)(ctx, KC_T(0), KC_T(1), KC_T(2), kc_pattern_of(run)->a.row_start,
                                           run->dim[kc_rows], run->dim[kc_width]);
}

/// Room for the entries that won, one for each result.
static void FN(make_which)(kc_run *run) {
  if (reduction(run) == ck_segment_reduction_maximum)
    kc_pattern_of(run)->which = kc_memory(run, results(run) * (int64_t)sizeof(int32_t));
}
static void FN(reduce_make)(kc_run *run) {
  kc_pattern_make(run);
  FN(make_which)(run);
  kc_output(run, 0, results(run));
  kc_input(run, 1, elements(run), kc_normal);
  if (reduction(run) == ck_segment_reduction_maximum) {
    kc_output(run, 2, results(run));  // the entries that won, as numbers
    for (int64_t i = 0; i < elements(run); i++)  // equal values and NaN, so that the first one must be found
      KC_D(1)[i] = kc_random_below(run, 50) ? (double)kc_random_below(run, 4) : NAN, KC_T(1)[i] = (T)KC_D(1)[i];
  }
  run->slot[0].scale = 1;
  run->tolerance = 4 + 0.5 * sqrt((double)kc_pattern_of(run)->longest);
  FN(stream_cost)(run, 1, 1, 1);
}
static ck_status FN(reduce_call)(kc_run *run, const ck_ctx *ctx) {
  const kc_pattern *p = kc_pattern_of(run);
  return FN(ck_sparse_segment_reduce)(ctx, reduction(run), KC_T(0), p->which, p->a.row_start, run->dim[kc_rows],
                                      KC_T(1), run->dim[kc_width]);
}
static void FN(reduce_finish)(kc_run *run) {
  int32_t *which = kc_pattern_of(run)->which;
  for (int64_t i = 0; which && i < results(run); i++) KC_T(2)[i] = (T)which[i], which[i] = -7;
}

static void FN(reduce_bwd_make)(kc_run *run) {
  kc_pattern *p = kc_pattern_make(run);
  FN(make_which)(run);
  kc_output(run, 0, elements(run));
  kc_input(run, 1, results(run), kc_normal);
  const int64_t n = run->dim[kc_width];
  for (int64_t i = 0; p->which && i < results(run); i++) {
    const int64_t begin = p->a.row_start[i / n], entries = p->a.row_start[i / n + 1] - begin;
    p->which[i] = entries ? (int32_t)(begin + kc_random_below(run, entries)) : -1;
  }
  run->tolerance = 2;  // one rounded product
  FN(stream_cost)(run, 1, 1, 1);
}
static ck_status FN(reduce_bwd_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_sparse_segment_reduce_bwd)(ctx, reduction(run), KC_T(0), KC_T(1), kc_pattern_of(run)->which,
                                          kc_pattern_of(run)->a.row_start, run->dim[kc_rows], run->dim[kc_width]);
}

#endif
