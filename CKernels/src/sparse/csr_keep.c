// The part of a pattern whose bits are set: what dropout leaves of sparse features.
//
// A matrix without values has one weight for all entries, so an entry that dropout clears may leave the pattern: later
// products read and add half as much at a rate of one half.  The bits are those of the entries in stored order; for a
// transposed pattern each entry looks its bit up by its order, so that the matrix and its transpose lose the same
// entries and nothing is sorted.  Sums of bits before each word of 64 entries give the places of entries and the starts
// of rows.  Cost: 4 bytes read an entry (8 with an order, and one bit looked up: 0.4 ns) and written for each that
// stays, 16 moved a row.  Workspace: a sum for each word, and its bits where there is an order.
//
// Dropout: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, JMLR 15, 2014.
#include "../base/parallel.h"
#include "csr_keep_job.h"
#include "sparse_kernels.h"
#define CK_BODY "../sparse/csr_keep_body.h"
#include "../base/isa_expand.h"

CK_SPARSE_KERNELS(CK_DECLARE_BODIES)
// One type of bodies: no element is touched.
const ck_bodies ck_bodies_sparse_csr_keep_f32 = CK_BODIES_OF(csr_keep, f32);
const ck_bodies ck_bodies_sparse_csr_keep_f64 = {{NULL}};

/// Nanoseconds for the thread policy: of an entry that looks its bit up, of one that may move, of a row.
static const double permute_ns = 0.4, move_ns = 0.2, row_ns = 1;

static int64_t words_of(int64_t entries) { return (entries + 63) / 64; }

int64_t ck_sparse_csr_keep_workspace(int64_t entries, bool with_order) {
  const int64_t words = words_of(entries > 0 ? entries : 0);
  return (words + 1) * (int64_t)sizeof(int64_t) + (with_order ? words * (int64_t)sizeof(uint64_t) : 0);
}

ck_status ck_sparse_csr_keep(const ck_ctx *ctx, int64_t *row_start, int32_t *column, const ck_csr *a,
                             const uint64_t *bits, const int32_t *order) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->columns < 0) return ck_status_bad_shape;
  const int64_t entries = a->row_start[a->rows], words = words_of(entries);
  if (order && entries > INT32_MAX) return ck_status_bad_shape;
  if (ctx->workspace_bytes < ck_sparse_csr_keep_workspace(entries, order != NULL)) return ck_status_workspace;
  keep_job job = {.a = a, .entries = entries, .bits = bits, .order = order, .row_start = row_start, .column = column};
  job.rank = ctx->workspace;
  // Without an order these are the caller's, and no stage writes them.
  job.own = order ? (uint64_t *)(job.rank + words + 1) : (uint64_t *)(uintptr_t)bits;

  __auto_type body = CK_PICK(ctx, sparse, csr_keep, f32);
  if (order)
    CK_PARALLEL_RANGE(ctx, words, (double)entries * permute_ns, from, to, { body(&job, keep_permute, from, to); });
  body(&job, keep_rank, 0, words);
  CK_COST(0, (double)entries * (order ? 8 : 4) + (double)job.rank[words] * 4 + (double)a->rows * 16);
  const int32_t threads = ck_threads_for(ctx, (double)entries * move_ns + (double)a->rows * row_ns);
  CK_PARALLEL(threads, part, {
    body(&job, keep_rows, ck_split_even(a->rows + 1, threads, part), ck_split_even(a->rows + 1, threads, part + 1));
    body(&job, keep_move, ck_split_even(words, threads, part), ck_split_even(words, threads, part + 1));
  });
  return ck_status_ok;
}
