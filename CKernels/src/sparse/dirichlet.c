// Dirichlet energy: the sum over the edges {r, c} of |s_r z_r - s_c z_c|^2, and of |z_r|^2 over nodes without edges.
//
// With s = d^-1/2 on a symmetric pattern this is the sum over columns of z' (I - D^-1/2 A D^-1/2) z, but as a sum of
// squares it is never negative and resolves smooth z, where z' z and z' P z cancel.  Each edge is met once, at its
// larger node: the edges of a block of DIRICHLET_ROWS rows are listed first, DIRICHLET_EDGES at a time, so that short
// rows make long loops and the gathered rows are prefetched across row ends; then up to 4 vectors of sums stay in
// registers while the edges pass.  Terms are added in T over DIRICHLET_RUN edges, then in double: one number a block.
// The numbers are added in order of the blocks, so bits do not depend on the threads.  For nnz entries 2.5 nnz n flops;
// nnz (4 + n sizeof(T) / 2) gathered bytes.  Workspace: 8 bytes a block.
#ifndef T
#include "../base/parallel.h"
#include "../base/costs.h"
#include "dirichlet_job.h"
#include "gathered.h"
#include "sparse_kernels.h"
#define CK_BODY "../sparse/dirichlet_body.h"
#include "../base/isa_expand.h"

CK_SPARSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(sparse, dirichlet)

/// Nanoseconds of an entry, and of an element that it gathers, for the thread policy.
static const double entry_ns = 1, element_ns = 0.03;

int64_t ck_sparse_dirichlet_workspace(int64_t rows) {
  return (rows + DIRICHLET_ROWS - 1) / DIRICHLET_ROWS * (int64_t)sizeof(double);
}

/// First row of part `part`: whole blocks, each in one part.
static int64_t part_start(const ck_csr *a, int32_t parts, int32_t part) {
  const int64_t row = ck_split_rows(a->row_start, a->rows, row_cost, parts, part);
  return row == a->rows ? row : row / DIRICHLET_ROWS * DIRICHLET_ROWS;
}

#define CK_DRIVER "../sparse/dirichlet.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_sparse_dirichlet)(const ck_ctx *ctx, T *energy, const ck_csr *a, const T *scale, const T *z,
                                  int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || n < 0 || a->rows != a->columns) return ck_status_bad_shape;
  if (ctx->workspace_bytes < ck_sparse_dirichlet_workspace(a->rows)) return ck_status_workspace;
  *energy = 0;
  if (a->rows == 0 || n == 0) return ck_status_ok;
  double *block = ctx->workspace;
  const dirichlet_job job = {.a = a, .scale = scale, .z = z, .n = n, .energy = block,
                             .far = gathers_from_far(ck_machine_caches(), (double)(a->columns * n) * sizeof(T))};
  __auto_type body = CK_PICK(ctx, sparse, dirichlet, CK_TYPE);
  const double entries = (double)a->row_start[a->rows], rows = (double)a->rows;
  CK_COST(2.5 * entries * (double)n, entries * 4 + rows * 8 + rows * (double)(n + 1) * sizeof(T));
  const double work = (entries + rows) * (entry_ns + element_ns * (double)n * (sizeof(T) / 4));
  const int32_t threads = ck_threads_for(ctx, work);
  CK_PARALLEL(threads, part, { body(&job, part_start(a, threads, part), part_start(a, threads, part + 1)); });
  double sum = 0;
  for (int64_t i = 0; i < (a->rows + DIRICHLET_ROWS - 1) / DIRICHLET_ROWS; i++) sum += block[i];
  *energy = (T)sum;
  return ck_status_ok;
}

#endif
