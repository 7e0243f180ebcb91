// Cases of the conversions to bf16 and back.
#ifndef T
#include "harness.h"
#include "ck_dense.h"
#include "ck_ref.h"

#include <math.h>

static const int64_t vectors[][KC_DIMS] = {{0}, {1}, {7}, {8}, {15}, {16}, {17}, {31}, {65}, {300007}, {-1}};
static const int64_t long_vectors[][KC_DIMS] = {{1 << 16}, {1 << 20}, {1 << 24}, {-1}};

static void to_oracle(kc_run *run) {
  for (int64_t i = 0; i < run->dim[0]; i++) KC_D(0)[i] = ck_ref_to_bf16(KC_D(1)[i]);
}
static void from_oracle(kc_run *run) {
  for (int64_t i = 0; i < run->dim[0]; i++) KC_D(0)[i] = ck_ref_from_bf16(((const uint16_t *)run->extra)[i]);
}

#define KC_SELF "cases_bf16.c"
#include "type_expand.h"

static const kc_case cases[] = {
    {"to_bf16", "", "n", vectors, long_vectors, KC_BOTH(to_make), KC_BOTH(to_call), to_oracle,
     .finish = KC_BOTH(to_finish)},
    {"from_bf16", "", "n", vectors, long_vectors, KC_BOTH(from_make), KC_BOTH(from_call), from_oracle, .option = 0},
};
const kc_family_cases kc_dense_bf16_cases = {"dense", cases, sizeof cases / sizeof cases[0]};

#else

/// Normal values among those on and beside ties, infinities, the largest and the smallest, where carries go wrong.
static void FN(to_make)(kc_run *run) {
  static const double hard[] = {
      NAN,          INFINITY,       -INFINITY,    0x1.01p0,       0x1.03p0, -0x1.01p0, 0x1.010002p0, 0x1.00fffep0,
      0x1.fffffep1, 0x1.fffffep127, -0x1.ffp127,  0x1.fefffep127, 0x1p-133, 0x1p-134,  0x1.8p-134,   0x1p-149,
      0x1.ffp-127,  -0x1.fffffep-127};
  const int64_t n = run->dim[0];
  kc_output(run, 0, n);
  run->slot[0].scale = 0;  // values of all sizes: errors count by their own
  kc_input(run, 1, n, kc_normal);
  for (int64_t i = 2; i < n; i += 3) KC_T(1)[i] = (T)(KC_D(1)[i] = hard[i / 3 % 18]);
  run->extra = kc_memory(run, n * 2);
  run->cost = (kc_cost){.bytes = (double)n * (sizeof(T) + 2), .limit = kc_limit_stream};
  run->tolerance = 0.01;  // the one right value
}
static ck_status FN(to_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_to_bf16)(ctx, run->extra, KC_T(1), run->dim[0]);
}
static void FN(to_finish)(kc_run *run) {
  uint16_t *y = run->extra;
  for (int64_t i = 0; i < run->dim[0]; i++) KC_T(0)[i] = (T)ck_ref_from_bf16(y[i]), y[i] = 0x7FFF;
}

static void FN(from_make)(kc_run *run) {
  const int64_t n = run->dim[0];
  kc_output(run, 0, n);
  run->slot[0].scale = 0;  // values of all sizes: errors count by their own
  uint16_t *x = run->extra = kc_memory(run, n * 2);
  for (int64_t i = 0; i < n; i++) x[i] = (uint16_t)kc_random_below(run, 1 << 16);
  run->cost = (kc_cost){.bytes = (double)n * (sizeof(T) + 2), .limit = kc_limit_stream};
  run->tolerance = 0.01;
}
static ck_status FN(from_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_from_bf16)(ctx, KC_T(0), run->extra, run->dim[0]);
}

#endif
