// SDDMM: e[k] = <U[r, :], W[c, :]> row_scale[r] column_scale[c] for each entry k = (r, c) of a pattern.
//
// The gradient of SpMM with respect to its values, and the logits of dot-product attention on a graph.  A row of U
// stays in registers (1, 2, 4 or 8 vectors of floats) or in the first-level cache; four entries of the row pass at a
// time and share one four-way horizontal sum.  Rows of W to come are prefetched, and the next rows of U, which are a
// good part of what short rows read.  2 nnz n flops; nnz (4 + sizeof T + n sizeof T) bytes, the gathered part from
// the cache level that W fits in.  No workspace.  Each dot product is summed in one order whatever its place in a group
// of four.
//
// FusedMM (Rahman, Sujon and Azad, IPDPS 2021) treats SDDMM and SpMM as one family in the same way.
#ifndef T
#include "../base/parallel.h"
#include "sddmm_job.h"
#include "gathered.h"
#include "sparse_kernels.h"
#define CK_BODY "../sparse/sddmm_body.h"
#include "../base/isa_expand.h"

CK_SPARSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(sparse, sddmm)

/// Nanoseconds of an entry, and of an element that it gathers, for the thread policy.
static const double entry_ns = 1.5, element_ns = 0.03;

#define CK_DRIVER "../sparse/sddmm.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_sparse_sddmm)(const ck_ctx *ctx, T *e, const ck_csr *a, const T *u, int64_t ldu, const T *w,
                              int64_t ldw, int64_t n, const T *row_scale, const T *column_scale) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->columns < 0 || n < 0) return ck_status_bad_shape;
  if (ldu < n || ldw < n) return ck_status_bad_stride;
  if (a->rows == 0) return ck_status_ok;
  const sddmm_job job = {
      .a = a, .e = e, .u = u, .w = w, .ldu = ldu, .ldw = ldw, .n = n,
      .row_scale = row_scale, .column_scale = column_scale,
      .far = gathers_from_far(ck_machine_caches(), (double)(a->columns * ldw) * sizeof(T)),
  };
  __auto_type body = CK_PICK(ctx, sparse, sddmm, CK_TYPE);
  const double work =
      (double)(a->row_start[a->rows] + a->rows) * (entry_ns + element_ns * (double)n * (sizeof(T) / 4));
  const double entries = (double)a->row_start[a->rows];
  CK_COST(2 * entries * (double)n, entries * (4 + sizeof(T)) + (double)a->rows * 8 +
                                       (double)(a->rows + a->columns) * (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, work);
  CK_PARALLEL(threads, part, {
    body(&job, ck_split_rows(a->row_start, a->rows, row_cost, threads, part),
         ck_split_rows(a->row_start, a->rows, row_cost, threads, part + 1));
  });
  return ck_status_ok;
}

#endif
