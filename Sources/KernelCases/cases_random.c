// Cases of the random family, and of dropout, which shares its draws.
#ifndef T
#include "harness.h"
#include "ck_random.h"
#include "ck_dense.h"
#include "ck_ref.h"

// Around the groups of 64 words and 128 halves, and long enough for threads.
static const int64_t vectors[][KC_DIMS] = {{0}, {1}, {2}, {17}, {31}, {63}, {64}, {65}, {127}, {128}, {129},
                                           {1000}, {160001}, {-1}};
static const int64_t halves[][KC_DIMS] = {{0}, {1}, {2}, {17}, {63}, {64}, {127}, {128}, {129}, {1000}, {410001}, {-1}};
static const int64_t short_halves[][KC_DIMS] = {{1}, {63}, {128}, {1000}, {-1}};
static const int64_t normals[][KC_DIMS] = {{0},  {1},  {2},  {17},   {31},    {32}, {33},
                                           {63}, {64}, {65}, {1000}, {40001}, {-1}};
// A GCN's dropout on Cora: 2708 x 16 hidden units, and with them its 49216 stored features.
static const int64_t long_vectors[][KC_DIMS] = {{43328}, {92544}, {1 << 20}, {1 << 24}, {-1}};
static const uint64_t key = 0x0123456789ABCDEFu, stream = 0xFEDCBA9800000005u;

static void words_oracle(kc_run *run) {
  for (int64_t i = 0; i < run->dim[0]; i++) {
    KC_D(0)[i] = ck_ref_word(i, key, stream) & 0xffff;
    KC_D(1)[i] = ck_ref_word(i, key, stream) >> 16;
  }
}
static void uniform_oracle(kc_run *run) {
  ck_ref_uniform(KC_D(0), run->dim[0], -1.5, 2.5, run->type == kc_type_f32, key, stream);
}
static void normal_oracle(kc_run *run) {
  ck_ref_normal(KC_D(0), run->dim[0], 0.25, 1.5, run->type == kc_type_f32, key, stream);
}
static const double probabilities[] = {0.5, 0.1, 0, 0.9999999, 0.6};
enum { special = 8 };  // bit of an option: every fourth input of dropout is NaN or infinite
static const int64_t no_shapes[][KC_DIMS] = {{-1}};
static double probability(const kc_run *run) { return probabilities[kc_case_of(run)->option & (special - 1)]; }
static void bernoulli_oracle(kc_run *run) {
  ck_ref_bernoulli(KC_D(0), run->dim[0], probability(run), key, stream);
}
static void keep_bits_oracle(kc_run *run) {
  const int64_t n = run->dim[0];
  for (int64_t i = 0; i < n; i++) KC_D(0)[i] = 1;
  ck_ref_dropout(KC_D(0), KC_D(0), n, probability(run), key, stream);
  for (int64_t i = 0; i < n; i++) KC_D(0)[i] = KC_D(0)[i] > 0;
  for (int64_t i = n; i < run->slot[0].count; i++) KC_D(0)[i] = 0;
}
static void dropout_oracle(kc_run *run) {
  ck_ref_dropout(KC_D(0), KC_D(1), run->dim[0], probability(run), key, stream);
}

#define KC_SELF "cases_random.c"
#include "type_expand.h"

#define CASE(name, text, shapes, choice)                                                              \
  {#name, text, "n", shapes, long_vectors, KC_BOTH(name##_make), KC_BOTH(name##_call), name##_oracle, \
   .option = choice}

#define KEEP(text, shapes, bench, choice)                                                         \
  {"keep_bits", text, "n", shapes, bench, KC_BOTH(keep_bits_make), KC_BOTH(keep_bits_call), keep_bits_oracle, \
   .option = choice, .finish = KC_BOTH(keep_bits_finish)}

static const kc_case cases[] = {
    {"words", "", "n", vectors, long_vectors, KC_BOTH(words_make), KC_BOTH(words_call), words_oracle, 0,
     KC_BOTH(words_finish)},
    CASE(uniform, "", vectors, 0),       CASE(normal, "", normals, 0),
    CASE(bernoulli, "1/2", halves, 0), CASE(bernoulli, "0.1", short_halves, 1), CASE(bernoulli, "0", short_halves, 2),
    CASE(bernoulli, "0.9999999", short_halves, 3),
    KEEP("1/2", halves, long_vectors, 0), KEEP("0.1", short_halves, no_shapes, 1),
    KEEP("0", short_halves, no_shapes, 2), KEEP("0.9999999", short_halves, no_shapes, 3),
};
const kc_family_cases kc_random_cases = {"random", cases, sizeof cases / sizeof cases[0]};

static const kc_case dropout_cases[] = {
    CASE(dropout, "1/2", halves, 0), CASE(dropout, "0.1", short_halves, 1), CASE(dropout, "0", short_halves, 2),
    CASE(dropout, "0.6", short_halves, 4),
    {"dropout", "special values", "n", short_halves, no_shapes, KC_BOTH(dropout_make), KC_BOTH(dropout_call),
     dropout_oracle, .option = special},
};
const kc_family_cases kc_dropout_cases = {"dense", dropout_cases, sizeof dropout_cases / sizeof dropout_cases[0]};

#else

static void FN(words_make)(kc_run *run) {
  const int64_t n = run->dim[0];
  kc_output(run, 0, n);
  kc_output(run, 1, n);
  run->extra = kc_memory(run, 4 * n);
  run->tolerance = 0.1;
  run->cost = (kc_cost){.flops = 0, .bytes = 4.0 * (double)n, .limit = kc_limit_compute};
}
static ck_status FN(words_call)(kc_run *run, const ck_ctx *ctx) {
  return ck_random_words(ctx, run->extra, run->dim[0], key, stream);
}
/// Halves, which every type holds exactly.
static void FN(words_finish)(kc_run *run) {
  uint32_t *words = run->extra;
  for (int64_t i = 0; i < run->dim[0]; i++) {
    KC_T(0)[i] = (T)(words[i] & 0xffff), KC_T(1)[i] = (T)(words[i] >> 16);
    words[i] = 0;
  }
}

static void FN(keep_bits_make)(kc_run *run) {
  const int64_t words = (run->dim[0] + 63) / 64;
  kc_output(run, 0, 64 * words);
  run->extra = kc_memory(run, 8 * words);
  run->tolerance = 0.1;
  run->cost = (kc_cost){.flops = 0, .bytes = 8.0 * (double)words, .limit = kc_limit_compute};
}
static ck_status FN(keep_bits_call)(kc_run *run, const ck_ctx *ctx) {
  return ck_random_keep_bits(ctx, run->extra, run->dim[0], probability(run), key, stream);
}
static void FN(keep_bits_finish)(kc_run *run) {
  uint64_t *bits = run->extra;
  for (int64_t i = 0; i < run->slot[0].count; i++) KC_T(0)[i] = (T)(bits[i / 64] >> (i % 64) & 1);
  for (int64_t w = 0; w < run->slot[0].count / 64; w++) bits[w] = 0x5555;
}

static void FN(random_make)(kc_run *run, double tolerance) {
  const int64_t n = run->dim[0];
  kc_output(run, 0, n);
  run->tolerance = tolerance;
  run->cost = (kc_cost){.bytes = (double)sizeof(T) * (double)n, .limit = kc_limit_stream};
}
static void FN(uniform_make)(kc_run *run) {
  FN(random_make)(run, 2);  // the product is rounded, then the sum, which may cancel
  run->slot[0].scale = 1;
  if (run->dim[0] < 32) run->tolerance = 16;
}
static ck_status FN(uniform_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_random_uniform)(ctx, KC_T(0), run->dim[0], (T)-1.5, (T)2.5, key, stream);
}

static void FN(normal_make)(kc_run *run) {
  // The angle carries an error of 2^-24 turns of 2 pi, the logarithm loses half of its digits near 1.
  FN(random_make)(run, 8);
  run->slot[0].scale = 1;
  if (run->dim[0] < 32) run->tolerance = 32;
}
static ck_status FN(normal_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_random_normal)(ctx, KC_T(0), run->dim[0], (T)0.25, (T)1.5, key, stream);
}

static void FN(bernoulli_make)(kc_run *run) { FN(random_make)(run, 0.1); }
static ck_status FN(bernoulli_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_random_bernoulli)(ctx, KC_T(0), run->dim[0], probability(run), key, stream);
}

static void FN(dropout_make)(kc_run *run) {
  FN(random_make)(run, 2);  // the scale and the product
  kc_input(run, 1, run->dim[0], kc_normal);
  for (int64_t i = 0; kc_case_of(run)->option & special && i < run->dim[0]; i += 4)
    KC_D(1)[i] = KC_T(1)[i] = i % 8 ? (T)__builtin_nan("") : (T)__builtin_inf();
  run->cost.bytes *= 2;
  run->cost.flops = (double)run->dim[0];
}
static ck_status FN(dropout_call)(kc_run *run, const ck_ctx *ctx) {
  return FN(ck_dense_dropout)(ctx, KC_T(0), KC_T(1), run->dim[0], probability(run), key, stream);
}

#endif
