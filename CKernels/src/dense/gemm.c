// Matrix products: C (m x n) = alpha op(A) op(B) + beta C, one or a batch.
//
// Method.  Large products go to single-threaded OpenBLAS in tasks that we cut; products whose time would be the
// overhead of a BLAS call go to a register-tile kernel of ours (gemm_tile_body.h).  Tasks are fixed blocks of rows (128
// for BLAS, 192 for the tile kernel) by 1024 columns, whatever the number of threads, because BLAS gives other bits for
// other cuts.  Where the output gives few tasks and k is large (weight gradients, dW = X'dY), K is cut as well: each
// block of K fills a slab of the workspace, and slabs are added in index order (gemm_plan.h).
// Cost: 2 m n k flops per product.  Workspace: slabs m n elements, 16 slabs at most.
// References: Goto and van de Geijn, ACM TOMS 34 (2008); Van Zee and van de Geijn, ACM TOMS 41 (2015), for the tile.
#ifndef T
#include "gemm_plan.h"
#include "dense_kernels.h"
#include "../base/blas.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/gemm_tile_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, gemm_tile)

/// Nanoseconds of a multiply-add on one core, for the thread policy.
static const double gemm_blas_ns = 0.02, gemm_tile_ns = 0.04;

bool ck_dense_gemm_is_small(int64_t m, int64_t n, int64_t k) {
  if (k == 0) return true;        // only scales C
  if (n == 1) return k <= 32;     // longer dot products want vectors along k
  return n <= 32 || (m <= 32 && k <= 32);
}

#define CK_DRIVER "../dense/gemm.c"
#include "../base/driver_expand.h"
#else

#if CK_IS_F32
#define BLAS_GEMM cblas_sgemm
#else
#define BLAS_GEMM cblas_dgemm
#endif

/// One call's operands, as its tasks see them.
typedef struct FN(gemm_call) {
  T *c;
  const T *a, *b;
  int64_t ldc, c_stride, lda, a_stride, ldb, b_stride;
  bool transpose_a, transpose_b, swapped;
  int64_t m, n, k, batch;
  T alpha, beta;
  gemm_plan plan;
  T *slabs;  // batch x slabs x m x n, NULL where K is whole
  __typeof__(&FN_PASTE(FN(gemm_tile), baseline)) tile;
} FN(gemm_call);

/// Task order: product, block of K, block of columns, block of rows.
static void FN(gemm_task)(const FN(gemm_call) *g, int64_t task) {
  const gemm_plan *plan = &g->plan;
  const int64_t i = task % plan->rows * plan->row_block, columns = task / plan->rows;
  const int64_t j = columns % plan->columns * plan->column_block, slab = columns / plan->columns % plan->slabs;
  const int64_t product = columns / plan->columns / plan->slabs, p = slab * plan->k_block;
  const int64_t m = g->m - i < plan->row_block ? g->m - i : plan->row_block;
  const int64_t n = g->n - j < plan->column_block ? g->n - j : plan->column_block;
  const int64_t k = g->k - p < plan->k_block ? g->k - p : plan->k_block;

  const T *a = g->a + product * g->a_stride + (g->transpose_a ? p * g->lda + i : i * g->lda + p);
  const T *b = g->b + product * g->b_stride + (g->transpose_b ? j * g->ldb + p : p * g->ldb + j);
  T *c = g->c + product * g->c_stride + i * g->ldc + j, alpha = g->alpha, beta = g->beta;
  int64_t ldc = g->ldc;
  if (g->slabs) {
    c = g->slabs + ((product * plan->slabs + slab) * g->m + i) * g->n + j;
    ldc = g->n;
    alpha = 1;
    beta = 0;
  }
  if (plan->small && g->swapped)  // transpose(C) = transpose(op(B)) transpose(op(A)): rows of A are its vectors
    g->tile(c, 1, ldc, b, g->transpose_b ? g->ldb : 1, g->transpose_b ? 1 : g->ldb, a, g->lda, !g->transpose_a, n, m, k,
            alpha, beta);
  else if (plan->small)
    g->tile(c, ldc, 1, a, g->transpose_a ? 1 : g->lda, g->transpose_a ? g->lda : 1, b, g->ldb, g->transpose_b, m, n, k,
            alpha, beta);
  else
    BLAS_GEMM(ck_blas_row_major, g->transpose_a ? ck_blas_transposed : ck_blas_plain,
              g->transpose_b ? ck_blas_transposed : ck_blas_plain, (int)m, (int)n, (int)k, alpha, a, (int)g->lda, b,
              (int)g->ldb, beta, c, (int)ldc);
}

/// Row `row` of the batch's rows: C = alpha (sum of its slabs in order) + beta C. Sums into the first slab.
static void FN(gemm_combine)(const FN(gemm_call) *g, int64_t row) {
  const int64_t product = row / g->m, i = row % g->m, n = g->n;
  T *sum = g->slabs + (product * g->plan.slabs * g->m + i) * n, *c = g->c + product * g->c_stride + i * g->ldc;
  for (int64_t s = 1; s < g->plan.slabs; s++) {
    const T *slab = sum + s * g->m * n;
    for (int64_t j = 0; j < n; j++) sum[j] += slab[j];
  }
  for (int64_t j = 0; j < n; j++) c[j] = g->beta == 0 ? g->alpha * sum[j] : g->alpha * sum[j] + g->beta * c[j];
}

int64_t FN(ck_dense_gemm_workspace)(int64_t m, int64_t n, int64_t k, int64_t batch) {
  if (m < 0 || n < 0 || k < 0 || batch < 0) return 0;
  const gemm_plan plan = gemm_plan_for(m, n, k, batch);
  return plan.slabs > 1 ? batch * plan.slabs * m * n * (int64_t)sizeof(T) : 0;
}

ck_status FN(ck_dense_gemm)(const ck_ctx *ctx, T *c, int64_t ldc, int64_t c_stride, const T *a, int64_t lda,
                            int64_t a_stride, bool transpose_a, const T *b, int64_t ldb, int64_t b_stride,
                            bool transpose_b, int64_t m, int64_t n, int64_t k, int64_t batch, T alpha, T beta) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (m < 0 || n < 0 || k < 0 || batch < 0) return ck_status_bad_shape;
  const int64_t a_width = transpose_a ? m : k, b_width = transpose_b ? k : n;
  if (ldc < n || lda < a_width || ldb < b_width || (batch > 1 && c_stride < n)) return ck_status_bad_stride;
  if (m == 0 || n == 0 || batch == 0) return ck_status_ok;
  if (alpha == 0) k = 0;
  // BLAS counts in 32 bits.
  if (k > INT32_MAX || lda > INT32_MAX || ldb > INT32_MAX || ldc > INT32_MAX || n > INT32_MAX)
    return ck_status_bad_shape;

  FN(gemm_call) call = {c, a, b, ldc, c_stride, lda, a_stride, ldb, b_stride, transpose_a, transpose_b, false,
                        m, n, k, batch, alpha, beta, gemm_plan_for(m, n, k, batch), NULL, NULL};
  const gemm_plan *plan = &call.plan;
  // The lines of a transposed A are rows of vectors already: swapping the operands saves empty lanes, or the packing of
  // B.
  const int64_t line = 64 / (int64_t)sizeof(T);
  call.swapped = transpose_a && (transpose_b || n * gemm_blocks(m, line) < m * gemm_blocks(n, line));
  // Outputs that fill half of a 512-bit vector run twice as fast in 256 bits, unless their masked stores (slow in AVX2)
  // rule.
  ck_ctx set = *ctx;
  const int64_t width = call.swapped ? m : n;
  if ((width * 2 == line || (width * 2 < line && k >= 64)) &&
      (ctx->isa ? ctx->isa - 1 : (int32_t)ck_isa_chosen) == ck_isa_v4)
    set.isa = 1 + ck_isa_v3;
  call.tile = CK_PICK(&set, dense, gemm_tile, CK_TYPE);
  if (plan->slabs > 1) {
    if (ctx->workspace_bytes < FN(ck_dense_gemm_workspace)(m, n, k, batch)) return ck_status_workspace;
    call.slabs = ctx->workspace;
  }

  // A small transposed B is turned once: BLAS would pack it anew for every block of rows, at more than the product
  // costs.
  T turned[gemm_small_output];
  if (transpose_b && !transpose_a && !plan->small && batch == 1 && plan->rows > 1 && n * k <= gemm_small_output) {
    for (int64_t p = 0; p < k; p++)
      for (int64_t j = 0; j < n; j++) turned[p * n + j] = b[j * ldb + p];
    call.b = turned;
    call.ldb = n;
    call.transpose_b = false;
  }

  const int64_t tasks = batch * plan->rows * plan->columns * plan->slabs;
  const double work = (double)m * (double)n * (double)k * (double)batch * (plan->small ? gemm_tile_ns : gemm_blas_ns);
  CK_COST(2 * (double)m * (double)n * (double)k * (double)batch,
          (double)batch * ((double)m * (double)k + (double)k * (double)n + (double)m * (double)n) * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, work * (CK_IS_F32 ? 1 : 2));
  CK_PARALLEL(threads, part, {
    for (int64_t task = ck_split_even(tasks, threads, part); task < ck_split_even(tasks, threads, part + 1); task++)
      FN(gemm_task)(&call, task);
  });
  if (!call.slabs) return ck_status_ok;

  const int64_t rows = batch * m;
  const int32_t adders = ck_threads_for(ctx, (double)rows * (double)n * (double)plan->slabs * 0.2);
  CK_PARALLEL(adders, part, {
    for (int64_t row = ck_split_even(rows, adders, part); row < ck_split_even(rows, adders, part + 1); row++)
      FN(gemm_combine)(&call, row);
  });
  return ck_status_ok;
}
#undef BLAS_GEMM

#endif
