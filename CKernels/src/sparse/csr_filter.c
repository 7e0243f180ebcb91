// Filtered patterns: dropped edges, rows and columns; self-loops added.
//
// Two passes over the entries, which count and then write what stays.  The draw of an entry is word 0 of the Philox
// block at counter (column, row) of the given key and stream, or (larger, smaller) for pairs, so it depends neither on
// threads nor on what else is drawn, and is made again in the second pass instead of being stored.  Each pass reads 4
// bytes an entry and 8 a row and makes a draw for 2 to 3 ns on v4; 4 bytes are written for each entry that stays.  No
// workspace.
//
// DropEdge: Rong, Huang, Xu and Huang, ICLR 2020.
#include "../base/parallel.h"
#include "csr_filter_job.h"
#include "sparse_kernels.h"
#define CK_BODY "../sparse/csr_filter_body.h"
#include "../base/isa_expand.h"

CK_SPARSE_KERNELS(CK_DECLARE_BODIES)
// One type of bodies: no element is touched.
const ck_bodies ck_bodies_sparse_csr_filter_f32 = CK_BODIES_OF(csr_filter, f32);
const ck_bodies ck_bodies_sparse_csr_filter_f64 = {{NULL}};

/// Nanoseconds of an entry that passes, and of one that is drawn, for the thread policy.
static const double pass_ns = 1, draw_ns = 4;
/// Cost of a row, in entries, when rows are cut between threads.
static const int64_t row_cost = 4;

static ck_status run(const ck_ctx *ctx, const filter_job *job) {
  const ck_csr *a = job->a;
  const ck_csr_filter *filter = job->filter;
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->columns < 0 || a->rows > INT32_MAX) return ck_status_bad_shape;
  if ((uint32_t)filter->self_loops > ck_self_loops_add || !(filter->drop >= 0 && filter->drop <= 1))
    return ck_status_bad_option;
  if ((filter->self_loops == ck_self_loops_add || filter->pairs) && a->rows != a->columns) return ck_status_bad_shape;
  if (a->rows == 0) return ck_status_ok;
  if (job->order && a->row_start[a->rows] > INT32_MAX) return ck_status_bad_shape;
  CK_COST(0, (double)a->row_start[a->rows] * 4 + (double)a->rows * 16 +
          (job->row_start ? (double)job->row_start[a->rows] * (job->order ? 8 : 4) : 0));
  __auto_type body = CK_PICK(ctx, sparse, csr_filter, f32);
  const double work = (double)(a->row_start[a->rows] + a->rows) * (filter->drop > 0 ? draw_ns : pass_ns);
  const int32_t threads = ck_threads_for(ctx, work);
  CK_PARALLEL(threads, part, {
    body(job, ck_split_rows(a->row_start, a->rows, row_cost, threads, part),
         ck_split_rows(a->row_start, a->rows, row_cost, threads, part + 1));
  });
  return ck_status_ok;
}

ck_status ck_sparse_csr_filter_rows(const ck_ctx *ctx, int64_t *row_start, const ck_csr *a,
                                    const ck_csr_filter *filter) {
  const filter_job job = {.a = a, .filter = filter, .count = row_start + 1};
  const ck_status status = run(ctx, &job);
  if (status != ck_status_ok) return status;
  row_start[0] = 0;
  for (int64_t r = 0; r < a->rows; r++) row_start[r + 1] += row_start[r];
  return ck_status_ok;
}

ck_status ck_sparse_csr_filter(const ck_ctx *ctx, int32_t *column, int32_t *order, const int64_t *row_start,
                               const ck_csr *a, const ck_csr_filter *filter) {
  const filter_job job = {.a = a, .filter = filter, .row_start = row_start, .column = column, .order = order};
  return run(ctx, &job);
}
