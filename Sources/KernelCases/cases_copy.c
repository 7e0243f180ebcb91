// Cases of strided copies, conversions, gather and scatter.
#ifndef T
#include "harness.h"
#include "ck_dense.h"
#include "ck_ref.h"

#include <math.h>
#include <string.h>

// ---- views

/// Strides of a view of size (d0, d1, d2) in a buffer of `elements`.
typedef struct view {
  int64_t strides[3], elements;
} view;
enum { reversed_axes, swapped_inner, swapped_outer, padded_rows, every_second, broadcast_middle, broadcast_inner };

static view view_of(const kc_run *run) {
  const int64_t a = run->dim[0], b = run->dim[1], c = run->dim[2];
  switch (kc_case_of(run)->option) {
    case reversed_axes: return (view){{1, a, a * b}, a * b * c};
    case swapped_inner: return (view){{b * c, 1, b}, a * b * c};
    case swapped_outer: return (view){{c, a * c, 1}, a * b * c};
    case padded_rows: return (view){{b * (c + 5), c + 5, 1}, a * b * (c + 5)};  // of which a b c move
    case every_second: return (view){{b * c * 2, c * 2, 2}, a * b * c * 2};
    case broadcast_middle: return (view){{c, 0, 1}, a * c};
    default: return (view){{b, 1, 0}, a * b};
  }
}
static void contiguous(const kc_run *run, int64_t *strides) {
  strides[2] = 1;
  strides[1] = run->dim[2];
  strides[0] = run->dim[1] * run->dim[2];
}
static const int64_t boxes[][KC_DIMS] = {{0, 2, 3},  {1, 1, 1},    {1, 5, 1},    {2, 3, 5},     {3, 33, 17},
                                         {4, 1, 31}, {35, 70, 67}, {1, 1001, 1}, {2, 500, 311}, {-1}};
static const int64_t real_boxes[][KC_DIMS] = {{1, 2708, 1433}, {32, 197, 384}, {1, 2048, 2048}, {-1}};
// Where the outer axis takes part, one of size 1 would leave a plain copy.
static const int64_t outer_boxes[][KC_DIMS] = {{8, 2708, 64}, {32, 197, 384}, {16, 512, 512}, {-1}};

static void copy_from_oracle(kc_run *run) {
  int64_t near[3];
  contiguous(run, near);
  const view far = view_of(run);
  ck_ref_copy(KC_D(0), near, KC_D(1), far.strides, run->dim, 3);
}
static void copy_to_oracle(kc_run *run) {
  int64_t near[3];
  contiguous(run, near);
  const view far = view_of(run);
  ck_ref_copy(KC_D(0), far.strides, KC_D(1), near, run->dim, 3);
}

// ---- conversions: T to each type in turn and back to T

static const int64_t vectors[][KC_DIMS] = {{0}, {1}, {7}, {15}, {16}, {17}, {65}, {300007}, {-1}};
static const int64_t long_vectors[][KC_DIMS] = {{1 << 16}, {1 << 20}, {1 << 24}, {-1}};
enum { no_type = 15 };
static const int64_t type_bytes[] = {4, 8, 4, 1};
/// A chain of one or two type codes, four bits each.
static int32_t chain_type(const kc_run *run, int step) { return kc_case_of(run)->option >> 4 * step & 15; }

static void convert_oracle(kc_run *run) {
  for (int64_t i = 0; i < run->dim[0]; i++) {
    double x = ck_ref_convert(KC_D(1)[i], chain_type(run, 0));
    if (chain_type(run, 1) != no_type) x = ck_ref_convert(x, chain_type(run, 1));
    KC_D(0)[i] = ck_ref_convert(x, run->type == kc_type_f32 ? 0 : 1);
  }
}

// ---- gather and scatter

// The last two take several blocks; in tests ids cluster on row 0 (a hub) and leave rows without any.
static const int64_t tables[][KC_DIMS] = {{1, 0, 4}, {5, 3, 0}, {1, 1, 1}, {3, 40, 7}, {50, 200, 16}, {40, 9, 33},
                                          {700, 2000, 130}, {20000, 9001, 64}, {-1}};
static const int64_t real_tables[][KC_DIMS] = {{2708, 13264, 16}, {2708, 140, 7}, {100000, 100000, 64},
                                               {100000, 1000000, 16}, {-1}};
static int32_t *make_ids(kc_run *run) {
  int32_t *ids = run->extra = kc_memory(run, run->dim[1] * (int64_t)sizeof(int32_t));
  for (int64_t i = 0; i < run->dim[1]; i++)
    ids[i] = !run->bench && kc_random(run) < 0.2 ? 0 : (int32_t)kc_random_below(run, run->dim[0]);
  return ids;
}
static void gather_oracle(kc_run *run) {
  ck_ref_gather_rows(KC_D(0), run->dim[2] + 3, KC_D(1), run->dim[2] + 1, run->extra, run->dim[1], run->dim[2]);
}
static void scatter_oracle(kc_run *run) {
  ck_ref_scatter_add_rows(KC_D(0), run->dim[2] + 3, run->dim[0], KC_D(1), run->dim[2] + 1, run->extra, run->dim[1],
                          run->dim[2]);
}

#define KC_SELF "cases_copy.c"
#include "type_expand.h"

#define COPY_FROM(text, real_boxes, choice)                                                               \
  {"copy", "from " text, "d0 d1 d2", boxes, real_boxes, KC_BOTH(copy_from_make), KC_BOTH(copy_from_call), \
   copy_from_oracle, .option = choice}
#define COPY_TO(text, real_boxes, choice)                                                                           \
  {"copy", "to " text, "d0 d1 d2", boxes, real_boxes, KC_BOTH(copy_to_make), KC_BOTH(copy_to_call), copy_to_oracle, \
   .option = choice}
#define CONVERT(text, first, second)                                                                          \
  {"convert", text, "n", vectors, long_vectors, KC_BOTH(convert_make), KC_BOTH(convert_call), convert_oracle, \
   .option = (first) | (second) << 4}
#define TABLE(name, prefix)                                                                           \
  {name, "", "rows count width", tables, real_tables, KC_BOTH(prefix##_make), KC_BOTH(prefix##_call), \
   prefix##_oracle, .option = 0}

static const kc_case cases[] = {
    COPY_FROM("reversed axes", outer_boxes, reversed_axes),
    COPY_FROM("swapped inner axes", real_boxes, swapped_inner),
    COPY_FROM("swapped outer axes", outer_boxes, swapped_outer),
    COPY_FROM("padded rows", real_boxes, padded_rows),
    COPY_FROM("every second element", real_boxes, every_second),
    COPY_FROM("broadcast middle axis", real_boxes, broadcast_middle),
    COPY_FROM("broadcast inner axis", real_boxes, broadcast_inner),
    COPY_TO("reversed axes", outer_boxes, reversed_axes),
    COPY_TO("swapped inner axes", real_boxes, swapped_inner),
    COPY_TO("swapped outer axes", outer_boxes, swapped_outer),
    COPY_TO("padded rows", real_boxes, padded_rows),
    COPY_TO("every second element", real_boxes, every_second),
    CONVERT("float and back", 0, no_type),
    CONVERT("double and back", 1, no_type),
    CONVERT("int32 and back", 2, no_type),
    CONVERT("uint8 and back", 3, no_type),
    CONVERT("int32, uint8 and back", 2, 3),
    CONVERT("uint8, int32 and back", 3, 2),
    TABLE("gather_rows", gather),
    TABLE("scatter_add_rows", scatter),
};
const kc_family_cases kc_dense_copy_cases = {"dense", cases, sizeof cases / sizeof cases[0]};

#else

/// Every element is written once; a broadcast reads less, and every second element moves whole lines.
static void FN(copy_cost)(kc_run *run, bool from) {
  const double count = (double)run->dim[0] * (double)run->dim[1] * (double)run->dim[2];
  const double far = kc_case_of(run)->option == padded_rows ? count : (double)view_of(run).elements;
  run->cost = (kc_cost){.bytes = sizeof(T) * (from ? count + far : count + fmax(count, far)), .limit = kc_limit_stream};
  run->tolerance = 0.01;  // copies are exact
}
static void FN(copy_from_make)(kc_run *run) {
  const view far = view_of(run);
  kc_output(run, 0, run->dim[0] * run->dim[1] * run->dim[2]);
  kc_input(run, 1, far.elements, kc_normal);
  FN(copy_cost)(run, true);
}
static ck_status FN(copy_from_call)(kc_run *run, const ck_ctx *ctx) {
  const view far = view_of(run);
  return FN(ck_dense_copy_from)(ctx, KC_T(0), KC_T(1), far.strides, run->dim, 3);
}
static void FN(copy_to_make)(kc_run *run) {
  kc_update(run, 0, view_of(run).elements, kc_normal);  // elements outside of the view must stay
  kc_input(run, 1, run->dim[0] * run->dim[1] * run->dim[2], kc_normal);
  FN(copy_cost)(run, false);
}
static ck_status FN(copy_to_call)(kc_run *run, const ck_ctx *ctx) {
  const view far = view_of(run);
  return FN(ck_dense_copy_to)(ctx, KC_T(0), far.strides, KC_T(1), run->dim, 3);
}

static void FN(convert_make)(kc_run *run) {
  const int64_t n = run->dim[0];
  static const double hard[] = {NAN,           INFINITY, -INFINITY, 3e9, -3e9, 2147483648.0,
                                -2147483648.0, 255,      256,       -1,  -0.5, 254.9};
  double *values = kc_memory(run, n * (int64_t)sizeof(double));
  for (int64_t i = 0; i < n; i++) values[i] = i % 5 == 4 ? hard[i / 5 % 12] : 200 * kc_random_normal(run);
  kc_output(run, 0, n);
  kc_input_values(run, 1, n, values);
  run->extra = kc_memory(run, 2 * n * 8 + 8);  // the chain's two stages
  double bytes = 2 * sizeof(T);  // each stage is written and read
  for (int step = 0; step < 2 && chain_type(run, step) != no_type; step++)
    bytes += 2 * type_bytes[chain_type(run, step)];
  run->cost = (kc_cost){.bytes = bytes * (double)n, .limit = kc_limit_stream};
  run->tolerance = 0.01;
}
static ck_status FN(convert_call)(kc_run *run, const ck_ctx *ctx) {
  const int64_t n = run->dim[0];
  const int32_t self = sizeof(T) == 4 ? 0 : 1;
  const void *from = KC_T(1);
  int32_t type = self;
  for (int step = 0; step < 2 && chain_type(run, step) != no_type; step++) {
    const int32_t next = chain_type(run, step);
    char *to = (char *)run->extra + step * n * 8, *end = to + n * type_bytes[next];
    *end = 77;
    const ck_status status = ck_dense_convert(ctx, to, next, from, type, n);
    if (status != ck_status_ok) return status;
    if (*end != 77) return ck_status_bad_stride;
    from = to;
    type = next;
  }
  return ck_dense_convert(ctx, KC_T(0), self, from, type, n);
}

static void FN(gather_make)(kc_run *run) {
  const int64_t rows = run->dim[0], count = run->dim[1], width = run->dim[2];
  make_ids(run);
  kc_update(run, 0, count * (width + 3), kc_normal);  // the padding must stay
  kc_input(run, 1, rows * (width + 1), kc_normal);
  run->tolerance = 0.01;
  const double gathered = sizeof(T) * (double)(count * width);
  run->cost = (kc_cost){.bytes = 2 * gathered + 4 * (double)count,
                        .limit = kc_limit_gather,
                        .gathered_bytes = gathered,
                        .table_bytes = (double)sizeof(T) * (double)(rows * width),
                        .row_bytes = sizeof(T) * (double)width};
}
static ck_status FN(gather_call)(kc_run *run, const ck_ctx *ctx) {
  const int64_t width = run->dim[2];
  return FN(ck_dense_gather_rows)(ctx, KC_T(0), width + 3, KC_T(1), width + 1, run->dim[0], run->extra, run->dim[1],
                                  width);
}
static void FN(scatter_make)(kc_run *run) {
  const int64_t rows = run->dim[0], count = run->dim[1], width = run->dim[2];
  make_ids(run);
  kc_update(run, 0, rows * (width + 3), kc_normal);
  kc_input(run, 1, count * (width + 1), kc_normal);
  kc_workspace(run, FN(ck_dense_scatter_add_rows_workspace)(rows, count));
  // The hub adds count / 5 rows one after the other; errors are judged by the largest sum.
  run->slot[0].scale = 1;
  run->tolerance = 1 + 0.25 * sqrt((double)count);
  const double gathered = sizeof(T) * (double)(count * width);
  const double updated = sizeof(T) * fmin((double)rows, (double)count) * (double)width;
  run->cost = (kc_cost){.flops = (double)(count * width),
                        .bytes = gathered + 2 * updated + 4 * (double)count,
                        .limit = kc_limit_gather,
                        .gathered_bytes = gathered,
                        .table_bytes = (double)sizeof(T) * (double)(count * width),
                        .row_bytes = sizeof(T) * (double)width};
}
static ck_status FN(scatter_call)(kc_run *run, const ck_ctx *ctx) {
  const int64_t width = run->dim[2];
  return FN(ck_dense_scatter_add_rows)(ctx, KC_T(0), width + 3, run->dim[0], KC_T(1), width + 1, run->extra,
                                       run->dim[1], width);
}

#endif
