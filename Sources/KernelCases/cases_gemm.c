// Cases of the matrix products.
#ifndef T
#include "harness.h"
#include "ck_dense.h"
#include "ck_ref.h"

#include <math.h>

// Bits of a case's option; `only_scale` has alpha = 0, which must not read A, and `one_a` shares A between the
// products.
enum { plain = 0, transpose_a = 1, transpose_b = 2, update = 4, only_scale = 8, one_a = 16 };

// Empty and single sizes; tails around tile heights 6 and 12 and vectors of 4, 8, 16; several row blocks, column blocks
// and blocks of K of both paths; split K in both paths (16 x 7 stays whole, 64 x 48 and 24 x 20 do not); batches.
static const int64_t products[][KC_DIMS] = {
    {0, 3, 4, 1},     {3, 0, 4, 1},      {3, 4, 0, 1},     {1, 1, 1, 1},    {7, 5, 3, 3},     {12, 16, 32, 1},
    {13, 17, 33, 2},  {6, 32, 8, 1},     {5, 33, 31, 1},   {31, 40, 29, 1}, {18, 4, 70, 1},   {11, 8, 300, 1},
    {130, 33, 65, 1}, {257, 300, 129, 1}, {300, 8, 1200, 1}, {16, 7, 2708, 1}, {64, 48, 4100, 1}, {24, 20, 8200, 1},
    {2000, 24, 100, 1}, {40, 1100, 60, 1}, {200, 1, 150, 1}, {20, 30, 10, 9}, {70, 60, 50, 5}, {9, 2100, 20, 1}, {-1}};
static const int64_t real_products[][KC_DIMS] = {
    {8, 8, 8, 1},       {32, 32, 32, 1},     {2708, 16, 1433, 1}, {2708, 7, 16, 1},    {2708, 64, 64, 1},
    {19717, 16, 500, 1}, {512, 512, 512, 1}, {1024, 1024, 1024, 1}, {197, 64, 197, 192}, {-1}};
static const int64_t real_gradients[][KC_DIMS] = {
    {16, 7, 2708, 1}, {1433, 16, 2708, 1}, {64, 64, 19717, 1}, {256, 256, 8192, 1}, {-1}};

static const int64_t no_shapes[][KC_DIMS] = {{-1}};

typedef struct gemm_shape {
  int64_t m, n, k, batch, ldc, c_stride, lda, a_stride, ldb, b_stride;
  bool ta, tb;
  double alpha, beta;
} gemm_shape;

/// Updates also pad the rows of every operand and share B between the products.
static gemm_shape gemm_shape_of(const kc_run *run) {
  const int32_t option = kc_case_of(run)->option;
  gemm_shape s = {.m = run->dim[0], .n = run->dim[1], .k = run->dim[2], .batch = run->dim[3]};
  s.ta = option & transpose_a;
  s.tb = option & transpose_b;
  const int64_t pad = option & update ? 3 : 0;
  s.alpha = option & only_scale ? 0 : option & update ? 0.5 : 1;
  s.beta = option & update ? -2 : 0;
  s.ldc = s.n + pad;
  s.lda = (s.ta ? s.m : s.k) + pad;
  s.ldb = (s.tb ? s.k : s.n) + pad;
  s.c_stride = s.m * s.ldc;
  s.a_stride = option & one_a ? 0 : (s.ta ? s.k : s.m) * s.lda;
  s.b_stride = pad ? 0 : (s.tb ? s.n : s.k) * s.ldb;
  return s;
}

static void gemm_oracle(kc_run *run) {
  const gemm_shape s = gemm_shape_of(run);
  ck_ref_gemm(KC_D(0), s.ldc, s.c_stride, KC_D(1), s.lda, s.a_stride, s.ta, KC_D(2), s.ldb, s.b_stride, s.tb, s.m, s.n,
              s.k, s.batch, s.alpha, s.beta);
}

#define KC_SELF "cases_gemm.c"
#include "type_expand.h"

#define GEMM(text, real, choice)                                                                          \
  {"gemm_tile", text, "m n k batch", products, real, KC_BOTH(gemm_make), KC_BOTH(gemm_call), gemm_oracle, \
   .option = choice}

static const kc_case cases[] = {
    GEMM("A B", real_products, plain),
    GEMM("A' B", real_gradients, transpose_a),
    GEMM("A B'", real_products, transpose_b),
    GEMM("A' B'", real_gradients, transpose_a | transpose_b),
    GEMM("C += A B, padded rows", real_products, update),
    GEMM("C += A' B, padded rows", real_gradients, update | transpose_a),
    GEMM("C += A B', padded rows", real_products, update | transpose_b),
    GEMM("C += A' B', padded rows", no_shapes, update | transpose_a | transpose_b),
    GEMM("A B, one A", no_shapes, one_a),
    GEMM("C *= beta", no_shapes, update | only_scale),
};
const kc_family_cases kc_dense_gemm_cases = {"dense", cases, sizeof cases / sizeof cases[0]};

#else

static void FN(gemm_make)(kc_run *run) {
  const gemm_shape s = gemm_shape_of(run);
  if (s.beta != 0) kc_update(run, 0, s.batch * s.c_stride, kc_normal);
  else kc_output(run, 0, s.batch * s.c_stride);
  kc_input(run, 1, (s.a_stride ? s.batch : 1) * (s.ta ? s.k : s.m) * s.lda, kc_normal);
  for (int64_t i = 0; s.alpha == 0 && i < run->slot[1].count; i++) KC_T(1)[i] = (T)NAN;
  kc_input(run, 2, s.b_stride ? s.batch * s.b_stride : (s.tb ? s.n : s.k) * s.ldb, kc_normal);
  kc_workspace(run, FN(ck_dense_gemm_workspace)(s.m, s.n, s.k, s.batch));
  // A sum of k products of normals is about sqrt k, the largest of a matrix some 4 sqrt k; k roundings of partial sums
  // of that size add up at random to about k / 4 epsilon, the oracle's own the same.
  run->slot[0].scale = 1;
  run->tolerance = 2 + 0.5 * sqrt((double)s.k);
  const double products_done = (double)s.batch * (double)s.m * (double)s.n * (double)s.k;
  const double moved = (double)s.batch * (double)(s.m * s.k + s.k * s.n + s.m * s.n);
  run->cost = (kc_cost){.flops = 2 * products_done, .bytes = sizeof(T) * moved, .limit = kc_limit_compute};
}
static ck_status FN(gemm_call)(kc_run *run, const ck_ctx *ctx) {
  const gemm_shape s = gemm_shape_of(run);
  return FN(ck_dense_gemm)(ctx, KC_T(0), s.ldc, s.c_stride, KC_T(1), s.lda, s.a_stride, s.ta, KC_T(2), s.ldb,
                           s.b_stride, s.tb, s.m, s.n, s.k, s.batch, (T)s.alpha, (T)s.beta);
}

#endif
