// SpMM: Y = act(scale D_r A D_c X + bias + residual), A in CSR.
//
// Y is rows x n, X is columns x n, A has nnz entries.  Row by row (Gustavson): a strip of up to 8 vectors of a row of Y
// stays in registers while the entries of that row pass one at a time, each adding its weight times the same strip of a
// row of X.  Per entry that costs n multiply-adds and one gathered row of X (n elements) plus its column id (4 bytes)
// and its value, if any; a row of Y is written once.  2 nnz n flops; nnz (4 + n sizeof T) + rows n sizeof T bytes, of
// which the gathered part comes from the cache level that X fits in.  No workspace.
//
// What decides the time, and what is done about it:
// - latency of gathered rows when X exceeds L2: the strip some entries ahead is prefetched, across row ends, and with
//   it the column's scale, or the value whose place the order gives (spmm_plan.c says when and how far);
// - branches on the kind of weight and on widths: one compiled function for each kind and strip, chosen once per call
//   (in float; double, which serves checks, has one kind for all);
// - lines crossed by narrow rows: half and quarter vectors for widths up to 8 and 4 (f32, 16 lanes).
// Rows are cut between threads by equal work; a row that alone is more than a thread's share (a node that is joined to
// all others) is cut by columns.  The order in which the entries of a row are added depends on the width alone, in
// stored order for more than half a vector, so bits do not depend on the threads.
//
// Gustavson, Two fast algorithms for sparse matrices, ACM TOMS 4(3), 1978; Yang, Buluc and Owens, Design principles for
// sparse matrix multiplication on the GPU, Euro-Par 2018 (row split and its limits).
#ifndef T
#include "../base/parallel.h"
#include "spmm_job.h"
#include "sparse_kernels.h"

/// Rows that are cut by columns at most.
enum { most_hubs = 64 };

#define CK_BODY "../sparse/spmm_body.h"
#include "../base/isa_expand.h"

CK_SPARSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(sparse, spmm)

#define CK_DRIVER "../sparse/spmm.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_sparse_spmm)(const ck_ctx *ctx, T *y, int64_t ldy, const ck_csr *a, FN(ck_weights) weights, bool mean,
                             const T *x, int64_t ldx, int64_t n, const FN(ck_epilogue) *epilogue) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  return FN(ck_spmm_run)(ctx, y, ldy, a, weights, mean, x, ldx, n, epilogue, CK_PICK(ctx, sparse, spmm, CK_TYPE),
                         false);
}

/// The columns of a part, whole lines but for the last part's; their number goes into the shape too.
static spmm_job FN(columns_of_part)(const spmm_job *job, ck_spmm_shape *shape, int32_t parts, int32_t part) {
  const int64_t lines = job->n / CK_SPMM_CUT;
  const int64_t first = ck_split_even(lines, parts, part) * CK_SPMM_CUT;
  const int64_t end = ck_split_even(lines, parts, part + 1) * CK_SPMM_CUT;
  spmm_job columns = *job;
  columns.n = shape->width = (end == lines * CK_SPMM_CUT && end > first ? job->n : end) - first;
  columns.x = (const char *)job->x + first * (shape->bf16 ? 2 : (int64_t)sizeof(T));
  columns.y = (T *)job->y + first;
  if (job->bias) columns.bias = (const T *)job->bias + first;
  if (job->residual) columns.residual = (const T *)job->residual + first;
  return columns;
}

ck_status FN(ck_spmm_run)(const ck_ctx *ctx, T *y, int64_t ldy, const ck_csr *a, FN(ck_weights) weights, bool mean,
                          const void *x, int64_t ldx, int64_t n, const FN(ck_epilogue) *epilogue, spmm_rows body,
                          bool bf16) {
  if (a->rows < 0 || a->columns < 0 || n < 0) return ck_status_bad_shape;
  if (ldy < n || ldx < n) return ck_status_bad_stride;
  if (epilogue && epilogue->residual && epilogue->ld_residual < n) return ck_status_bad_stride;
  if (epilogue && (uint32_t)epilogue->activation > ck_activation_relu) return ck_status_bad_option;
  if (a->rows == 0 || n == 0) return ck_status_ok;

  const ck_spmm_shape shape = {
      .rows = a->rows, .columns = a->columns, .entries = a->row_start[a->rows], .width = n, .stride = ldx,
      .f64 = !CK_IS_F32, .bf16 = bf16, .has_values = weights.value != NULL,
  };
  const ck_caches caches = ck_machine_caches();
  const ck_spmm_plan plan = ck_sparse_spmm_plan(ctx, &shape, caches);
  spmm_job job = {
      .a = a, .y = y, .x = x, .ldy = ldy, .ldx = ldx, .n = n,
      .value = weights.value, .row_scale = weights.row_scale, .column_scale = weights.column_scale,
      .order = weights.value ? weights.order : NULL, .scale = 1, .mean = mean,
      .plan = &plan,
  };
  if (epilogue) {
    job.bias = epilogue->bias;
    job.residual = epilogue->residual;
    job.ld_residual = epilogue->ld_residual;
    job.scale = (double)epilogue->scale;
    job.residual_scale = (double)epilogue->residual_scale;
    job.relu = epilogue->activation == ck_activation_relu;
    job.epilogue = job.bias || job.residual || job.relu;
  }
  CK_COST(2 * (double)shape.entries * (double)n, plan.streamed_bytes + plan.table_bytes + plan.written_bytes);
  int64_t hub[most_hubs];
  const int32_t hubs =
      plan.cuts_hubs ? ck_heavy_rows(a->row_start, a->rows, plan.row_cost, plan.threads, hub, most_hubs) : 0;
  CK_PARALLEL(plan.threads, part, {
    int64_t from = ck_split_rows_without(a->row_start, a->rows, plan.row_cost, hub, hubs, plan.threads, part);
    const int64_t to = ck_split_rows_without(a->row_start, a->rows, plan.row_cost, hub, hubs, plan.threads, part + 1);
    for (int32_t i = 0; i < hubs; i++)
      if (from <= hub[i] && hub[i] < to) {
        body(&job, from, hub[i]);
        from = hub[i] + 1;
      }
    body(&job, from, to);
    if (hubs > 0) {
      ck_spmm_shape cut = shape;
      const spmm_job columns = FN(columns_of_part)(&job, &cut, plan.threads, part);
      const ck_spmm_plan narrow = ck_sparse_spmm_plan(ctx, &cut, caches);
      for (int32_t i = 0; i < hubs && columns.n > 0; i++) {
        spmm_job one = columns;
        one.plan = &narrow;
        body(&one, hub[i], hub[i] + 1);
      }
    }
  });
  return ck_status_ok;
}

#endif
