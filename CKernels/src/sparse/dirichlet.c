// Dirichlet energy: the sum over columns of z' (I - A) z for a weighted pattern A, without a product in memory.
//
// Blocks of DIRICHLET_ROWS rows and up to DIRICHLET_COLUMNS columns of A z are made by SpMM's own bodies in a buffer
// that stays in the first-level cache, and meet z there: the sum of z (z - A z), in double, is one number a block.  The
// numbers are added in order of the blocks, so bits do not depend on the threads.  2 nnz n + 3 rows n flops; the bytes
// of SpMM without its result.  Workspace: 8 bytes a block.
#ifndef T
#include "../base/parallel.h"
#include "../base/costs.h"
#include "gathered.h"
#include "sparse_kernels.h"
#include "spmm_job.h"
enum { DIRICHLET_ROWS = 32, DIRICHLET_COLUMNS = 128 };
#define CK_BODY "../sparse/dirichlet_body.h"
#include "../base/isa_expand.h"

CK_SPARSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(sparse, dirichlet)

typedef void (*spmm_body)(const spmm_job *job, int64_t from, int64_t to);

/// Nanoseconds of an entry, and of an element that it gathers, for the thread policy: those of SpMM.
static const double entry_ns = 0.8, element_ns = 0.03;

int64_t ck_sparse_dirichlet_workspace(int64_t rows) {
  return (rows + DIRICHLET_ROWS - 1) / DIRICHLET_ROWS * (int64_t)sizeof(double);
}

#define CK_DRIVER "../sparse/dirichlet.c"
#include "../base/driver_expand.h"
#else

/// Energies of the blocks of rows from ..< to.
static void FN(energies)(const ck_ctx *ctx, double *energy, const spmm_job *whole, int64_t from, int64_t to) {
  const spmm_body product = (spmm_body)ck_pick(ctx, &FN(ck_bodies_sparse_spmm));
  __auto_type dot = CK_PICK(ctx, sparse, dirichlet, CK_TYPE);
  const ck_csr *a = whole->a;
  const T *z = whole->x, *row_scale = whole->row_scale;
  const int64_t n = whole->n;
  T y[DIRICHLET_ROWS * DIRICHLET_COLUMNS];
  for (int64_t row = from; row < to; row += DIRICHLET_ROWS) {
    const int64_t count = to - row < DIRICHLET_ROWS ? to - row : DIRICHLET_ROWS;
    // The rows from `row` on: the entries behind the block are there for prefetches.
    const ck_csr rest = {a->rows - row, a->columns, a->row_start + row, a->column};
    double sum = 0;
    for (int64_t c = 0; c < n; c += DIRICHLET_COLUMNS) {
      spmm_job job = *whole;
      job.a = &rest, job.y = y, job.x = z + c;
      job.n = job.ldy = n - c < DIRICHLET_COLUMNS ? n - c : DIRICHLET_COLUMNS;
      job.row_scale = row_scale ? row_scale + row : NULL;
      product(&job, 0, count);
      sum += dot(z + row * n + c, n, y, job.n, count, job.n);
    }
    energy[row / DIRICHLET_ROWS] = sum;
  }
}

ck_status FN(ck_sparse_dirichlet)(const ck_ctx *ctx, T *energy, const ck_csr *a, FN(ck_weights) weights, const T *z,
                                  int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || n < 0 || a->rows != a->columns) return ck_status_bad_shape;
  if (ctx->workspace_bytes < ck_sparse_dirichlet_workspace(a->rows)) return ck_status_workspace;
  *energy = 0;
  if (a->rows == 0 || n == 0) return ck_status_ok;
  const spmm_job job = {
      .a = a, .x = z, .ldx = n, .n = n, .scale = 1,
      .value = weights.value, .row_scale = weights.row_scale, .column_scale = weights.column_scale,
      .order = weights.value ? weights.order : NULL,
      .far = a->columns * n * (int64_t)sizeof(T) > near_table_bytes,
  };
  double *block = ctx->workspace;
  const double each = element_ns * (double)n * (sizeof(T) / 4);
  const double work = (double)(a->row_start[a->rows] + a->rows) * (entry_ns + each) +
                      (double)(a->rows * n) * ck_product_ns(CK_IS_F32);
  const int32_t threads = ck_threads_for(ctx, work);
  CK_PARALLEL(threads, part, {  // whole blocks
    const int64_t from = ck_split_rows(a->row_start, a->rows, row_cost, threads, part);
    const int64_t to = ck_split_rows(a->row_start, a->rows, row_cost, threads, part + 1);
    FN(energies)(ctx, block, &job, from / DIRICHLET_ROWS * DIRICHLET_ROWS,
                 to == a->rows ? to : to / DIRICHLET_ROWS * DIRICHLET_ROWS);
  });
  double sum = 0;
  for (int64_t i = 0; i < (a->rows + DIRICHLET_ROWS - 1) / DIRICHLET_ROWS; i++) sum += block[i];
  *energy = (T)sum;
  return ck_status_ok;
}

#endif
