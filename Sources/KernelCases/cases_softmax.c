// Cases of softmax, log-softmax and cross-entropy.  Rows are padded by three elements that nothing may touch.
#ifndef T
#include "harness.h"
#include "ck_dense.h"
#include "ck_ref.h"

static const int64_t matrices[][KC_DIMS] = {{0, 5},  {5, 0},  {1, 1},  {3, 7},     {5, 8},     {4, 15},     {6, 16},
                                            {7, 17}, {3, 31}, {5, 33}, {2, 1000}, {2708, 7}, {5003, 19}, {-1}};
// Cora's classes, a vocabulary, attention scores, larger than the last cache.
static const int64_t bench_matrices[][KC_DIMS] = {{2708, 7}, {140, 7}, {512, 10000}, {4096, 197}, {16384, 1024}, {-1}};
// rows, classes, count, whether rows are chosen (1) and also repeat (2), smoothing in percent
static const int64_t losses[][KC_DIMS] = {{0, 3, 0, 1, 0},        {5, 1, 3, 1, 0},       {6, 7, 4, 0, 0},
                                          {9, 16, 9, 2, 10},      {20, 17, 31, 2, 0},    {33, 33, 20, 1, 20},
                                          {40, 300, 11, 2, 0},    {2708, 7, 140, 1, 0},  {3001, 19, 2900, 0, 10},
                                          {3001, 19, 4001, 2, 0}, {-1}};
static const int64_t bench_losses[][KC_DIMS] = {
    {2708, 7, 140, 1, 0}, {2708, 7, 2708, 0, 0}, {169343, 40, 90941, 1, 0}, {512, 10000, 512, 0, 10}, {-1}};

static const int64_t special_matrices[][KC_DIMS] = {{6, 1}, {9, 7}, {9, 16}, {9, 17}, {9, 40}, {40, 5}, {-1}};
static const int64_t no_shapes[][KC_DIMS] = {{-1}};
enum { special = 1 };  // option: some rows hold a NaN, some an infinity

static int64_t padded(int64_t n) { return n + 3; }
static void nothing_written(kc_run *run, int slot) {
  for (int64_t i = 0; i < run->slot[slot].count; i++) KC_D(slot)[i] = __builtin_nan("");
}

static void softmax_oracle(kc_run *run) {
  const int64_t rows = run->dim[0], n = run->dim[1], ld = padded(n);
  nothing_written(run, 0);
  ck_ref_softmax(KC_D(0), ld, KC_D(1), ld, rows, n);
}
static void log_softmax_oracle(kc_run *run) {
  const int64_t rows = run->dim[0], n = run->dim[1], ld = padded(n);
  nothing_written(run, 0);
  ck_ref_log_softmax(KC_D(0), ld, KC_D(1), ld, rows, n);
}
static void softmax_bwd_oracle(kc_run *run) {
  const int64_t rows = run->dim[0], n = run->dim[1], ld = padded(n);
  nothing_written(run, 0);
  ck_ref_softmax_bwd(KC_D(0), ld, KC_D(1), ld, KC_D(2), ld, rows, n);
}
static void log_softmax_bwd_oracle(kc_run *run) {
  const int64_t rows = run->dim[0], n = run->dim[1], ld = padded(n);
  nothing_written(run, 0);
  ck_ref_log_softmax_bwd(KC_D(0), ld, KC_D(1), ld, KC_D(2), ld, rows, n);
}

typedef struct entries {
  int32_t *chosen, *labels;  // chosen is NULL when the entries are the first rows
} entries;
static entries *entries_of(kc_run *run) { return run->extra; }
static double smoothing(const kc_run *run) { return (double)run->dim[4] / 100; }

static void cross_entropy_oracle(kc_run *run) {
  const int64_t classes = run->dim[1];
  ck_ref_cross_entropy(KC_D(0), KC_D(1), KC_D(2), padded(classes), classes, entries_of(run)->chosen,
                       entries_of(run)->labels, run->dim[2], smoothing(run));
}
static void cross_entropy_bwd_oracle(kc_run *run) {
  const int64_t rows = run->dim[0], classes = run->dim[1], ld = padded(classes);
  nothing_written(run, 0);
  ck_ref_cross_entropy_bwd(KC_D(0), ld, KC_D(1), KC_D(2), ld, KC_D(3), rows, classes, entries_of(run)->chosen,
                           entries_of(run)->labels, run->dim[2], smoothing(run));
}

static void make_entries(kc_run *run) {
  const int64_t rows = run->dim[0], classes = run->dim[1], count = run->dim[2];
  entries *e = run->extra = kc_memory(run, sizeof *e);
  e->labels = kc_memory(run, count * (int64_t)sizeof(int32_t));
  for (int64_t i = 0; i < count; i++) e->labels[i] = (int32_t)kc_random_below(run, classes);
  if (run->dim[3] == 0) return;
  e->chosen = kc_memory(run, count * (int64_t)sizeof(int32_t));
  // A step that is coprime with `rows` visits distinct rows out of order.
  for (int64_t i = 0; i < count; i++)
    e->chosen[i] = (int32_t)(run->dim[3] == 1 ? (i * 7919 + 3) % rows : kc_random_below(run, rows));
}

#define KC_SELF "cases_softmax.c"
#include "type_expand.h"

#define ROWS(name)                                                                                               \
  {#name, "", "rows width", matrices, bench_matrices, KC_BOTH(name##_make), KC_BOTH(name##_call), name##_oracle, \
   .option = 0}
#define SPECIAL(name)                                                                                              \
  {#name, "special values", "rows width", special_matrices, no_shapes, KC_BOTH(name##_make), KC_BOTH(name##_call), \
   name##_oracle, .option = special}
#define LOSS(name)                                                                               \
  {#name, "", "rows classes count rows=first|chosen|repeated smoothing%?", losses, bench_losses, \
   KC_BOTH(name##_make), KC_BOTH(name##_call), name##_oracle, .option = 0}
static const kc_case cases[] = {ROWS(softmax),         ROWS(softmax_bwd),   ROWS(log_softmax),
                                ROWS(log_softmax_bwd), LOSS(cross_entropy), LOSS(cross_entropy_bwd),
                                SPECIAL(softmax),      SPECIAL(log_softmax)};
const kc_family_cases kc_softmax_cases = {"dense", cases, sizeof cases / sizeof cases[0]};

#else

/// Logits of deviation 3. When `masked`, one in 16 and the whole second row are -infinity, and every third row lies so
/// high that its exponentials overflow without the shift by the maximum.
static void FN(logits_make)(kc_run *run, int slot, int64_t rows, int64_t n, bool masked) {
  const int64_t ld = padded(n);
  kc_input(run, slot, rows * ld, kc_normal);
  for (int64_t i = 0; i < rows * ld; i++) {
    const bool hidden = masked && (i / ld == 1 || kc_random_below(run, 16) == 0);
    const T offset = masked && i / ld % 3 == 2 ? 200 : 0;
    KC_D(slot)[i] = KC_T(slot)[i] = hidden ? (T)-__builtin_inf() : 3 * KC_T(slot)[i] + offset;
  }
}
/// A NaN in every third row, +infinity in the next one.
static void FN(logits_spoil)(kc_run *run, int slot, int64_t rows, int64_t n) {
  if (kc_case_of(run)->option != special) return;
  for (int64_t r = 0; r < rows; r++) {
    const int64_t i = r * padded(n) + kc_random_below(run, n);
    if (r % 3 != 2) KC_D(slot)[i] = KC_T(slot)[i] = r % 3 ? (T)__builtin_inf() : (T)__builtin_nan("");
  }
}
static void FN(rows_cost)(kc_run *run, double arrays, double flops) {
  const double elements = (double)run->dim[0] * (double)run->dim[1];
  run->cost = (kc_cost){.flops = flops * elements, .bytes = arrays * sizeof(T) * elements, .limit = kc_limit_stream};
}

static void FN(softmax_make)(kc_run *run) {
  const int64_t rows = run->dim[0], n = run->dim[1];
  kc_output(run, 0, rows * padded(n));
  FN(logits_make)(run, 1, rows, n, true);
  FN(logits_spoil)(run, 1, rows, n);
  run->tolerance = 12;  // rounding x - m costs |x - m| / 2 units, the sum n / VL
  FN(rows_cost)(run, 2, 20);
}
static ck_status FN(softmax_call)(kc_run *run, const ck_ctx *ctx) {
  const int64_t rows = run->dim[0], n = run->dim[1], ld = padded(n);
  return FN(ck_dense_softmax)(ctx, KC_T(0), ld, KC_T(1), ld, rows, n);
}

static void FN(log_softmax_make)(kc_run *run) {
  const int64_t rows = run->dim[0], n = run->dim[1];
  kc_output(run, 0, rows * padded(n));
  FN(logits_make)(run, 1, rows, n, true);
  FN(logits_spoil)(run, 1, rows, n);
  run->slot[0].scale = 0.2;  // errors are absolute, of the size of x - m
  run->tolerance = 4;
  FN(rows_cost)(run, 2, 20);
}
static ck_status FN(log_softmax_call)(kc_run *run, const ck_ctx *ctx) {
  const int64_t rows = run->dim[0], n = run->dim[1], ld = padded(n);
  return FN(ck_dense_log_softmax)(ctx, KC_T(0), ld, KC_T(1), ld, rows, n);
}

static void FN(softmax_bwd_make)(kc_run *run) {
  const int64_t rows = run->dim[0], n = run->dim[1], ld = padded(n);
  kc_output(run, 0, rows * ld);
  kc_input(run, 1, rows * ld, kc_normal);
  FN(logits_make)(run, 2, rows, n, true);
  double *y = kc_memory(run, rows * ld * (int64_t)sizeof(double));
  ck_ref_softmax(y, ld, KC_D(2), ld, rows, n);
  for (int64_t i = 0; i < rows * ld; i++) KC_D(2)[i] = KC_T(2)[i] = (T)y[i];
  run->slot[0].scale = 1;  // dy - <dy, y> cancels where y is near 1, in every row of a small case
  run->tolerance = rows < 100 ? 32 : 8;
  FN(rows_cost)(run, 3, 4);
}
static ck_status FN(softmax_bwd_call)(kc_run *run, const ck_ctx *ctx) {
  const int64_t rows = run->dim[0], n = run->dim[1], ld = padded(n);
  return FN(ck_dense_softmax_bwd)(ctx, KC_T(0), ld, KC_T(1), ld, KC_T(2), ld, rows, n);
}

static void FN(log_softmax_bwd_make)(kc_run *run) {
  const int64_t rows = run->dim[0], n = run->dim[1], ld = padded(n);
  kc_output(run, 0, rows * ld);
  kc_input(run, 1, rows * ld, kc_normal);
  FN(logits_make)(run, 2, rows, n, false);
  double *y = kc_memory(run, rows * ld * (int64_t)sizeof(double));
  ck_ref_log_softmax(y, ld, KC_D(2), ld, rows, n);
  for (int64_t i = 0; i < rows * ld; i++) KC_D(2)[i] = KC_T(2)[i] = (T)y[i];
  run->slot[0].scale = 1;  // the sum over the row carries an absolute error, most in the longest partial sums
  run->tolerance = 8 + (double)n / 64;
  FN(rows_cost)(run, 3, 20);
}
static ck_status FN(log_softmax_bwd_call)(kc_run *run, const ck_ctx *ctx) {
  const int64_t rows = run->dim[0], n = run->dim[1], ld = padded(n);
  return FN(ck_dense_log_softmax_bwd)(ctx, KC_T(0), ld, KC_T(1), ld, KC_T(2), ld, rows, n);
}

static void FN(cross_entropy_make)(kc_run *run) {
  const int64_t rows = run->dim[0], classes = run->dim[1], count = run->dim[2];
  kc_output(run, 0, count);
  kc_output(run, 1, count);
  FN(logits_make)(run, 2, rows, classes, false);
  make_entries(run);
  run->slot[0].scale = 1;  // lse - z: the error is that of lse
  run->tolerance = 4;
  run->cost = (kc_cost){.flops = 20.0 * (double)count * (double)classes,
                        .bytes = (double)sizeof(T) * (double)count * (double)(classes + 2),
                        .limit = kc_limit_stream};
}
static ck_status FN(cross_entropy_call)(kc_run *run, const ck_ctx *ctx) {
  const int64_t rows = run->dim[0], classes = run->dim[1];
  return FN(ck_dense_cross_entropy)(ctx, KC_T(0), KC_T(1), KC_T(2), padded(classes), rows, classes,
                                    entries_of(run)->chosen, entries_of(run)->labels, run->dim[2],
                                    (T)smoothing(run));
}

static void FN(cross_entropy_bwd_make)(kc_run *run) {
  const int64_t rows = run->dim[0], classes = run->dim[1], count = run->dim[2], ld = padded(classes);
  kc_output(run, 0, rows * ld);
  kc_input(run, 1, count, kc_normal);
  FN(logits_make)(run, 2, rows, classes, false);
  make_entries(run);
  kc_input(run, 3, count, kc_zero);
  double *loss = kc_memory(run, count * (int64_t)sizeof(double));
  ck_ref_cross_entropy(loss, KC_D(3), KC_D(2), ld, classes, entries_of(run)->chosen, entries_of(run)->labels, count,
                       0);
  for (int64_t i = 0; i < count; i++) KC_D(3)[i] = KC_T(3)[i] = (T)KC_D(3)[i];
  run->slot[0].scale = 0.1;  // the label's element cancels, and entries of one row may
  run->tolerance = 16;
  run->cost = (kc_cost){.flops = 20.0 * (double)count * (double)classes,
                        .bytes = (double)sizeof(T) * ((double)rows + (double)count) * (double)classes,
                        .limit = kc_limit_stream};
}
static ck_status FN(cross_entropy_bwd_call)(kc_run *run, const ck_ctx *ctx) {
  const int64_t rows = run->dim[0], classes = run->dim[1], ld = padded(classes);
  return FN(ck_dense_cross_entropy_bwd)(ctx, KC_T(0), ld, KC_T(1), KC_T(2), ld, KC_T(3), rows, classes,
                                        entries_of(run)->chosen, entries_of(run)->labels, run->dim[2],
                                        (T)smoothing(run));
}

#endif
