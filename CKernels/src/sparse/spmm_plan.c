// The plan of SpMM: a function of sizes alone, so that tests and `kernel-bench explain` see what a call will do.
#include "../base/kernel_table.h"
#include "ck_sparse.h"
#include "gathered.h"
#include "spmm_job.h"

/// Nanoseconds of an entry, and of 4 bytes that it gathers, for the thread policy.
static const double entry_ns = 0.8, word_ns = 0.03;
/// Rows that all strips of a wide Y finish before the next rows begin: their column ids stay in the first-level cache.
static const int64_t block_rows = 32;

static ck_spmm_strips strips(int64_t count, int64_t vectors, int64_t lanes, int64_t element, bool is_far) {
  if (count == 0) return (ck_spmm_strips){0};
  const int32_t ahead = is_far ? gathered_ahead(vectors * lanes * element) : 0;
  return (ck_spmm_strips){(int32_t)count, (int32_t)vectors, (int32_t)lanes, ahead};
}

ck_spmm_plan ck_sparse_spmm_plan(const ck_ctx *ctx, const ck_spmm_shape *shape, ck_caches caches) {
  const int64_t element = shape->f64 ? 8 : 4, stored = shape->bf16 ? 2 : element, n = shape->width;
  const bool is_forced = ctx->isa >= 1 && ctx->isa <= CK_ISA_COUNT;
  const ck_isa isa = is_forced ? (ck_isa)(ctx->isa - 1) : ck_isa_default();
  const int64_t whole_lanes = ck_isa_vector_bytes(isa, shape->f64) / element;
  int64_t lanes = whole_lanes;
  // A full-width load of a narrow row crosses a cache line more often than not.
  while (lanes > 4 && n <= lanes / 2) lanes /= 2;

  const double entries = (double)shape->entries, rows = (double)shape->rows, row_bytes = (double)(n * stored);
  ck_spmm_plan plan = {
      .row_cost = row_cost,
      .streamed_bytes = entries * (4 + (shape->has_values ? (double)element : 0)) + rows * 8,
      .gathered_bytes = entries * row_bytes,
      .table_bytes = (double)shape->columns * row_bytes,
      .written_bytes = rows * (double)(n * element),
      .nanoseconds = (entries + rows) * (entry_ns + word_ns * row_bytes / 4),
  };
  // Narrow rows, four of which pass at a time, hide the latency of the next level by themselves.
  plan.near_bytes = lanes < whole_lanes ? 4 * (double)caches.l2 : gathered_near_bytes(caches);
  // Doubles serve checks and have no body that prefetches, unless the table is bf16.
  // What counts is the table as it lies: rows at a power-of-two stride share few sets of the cache.
  const bool is_far = (!shape->f64 || shape->bf16) &&
                      (double)shape->columns * (double)(shape->stride * stored) > plan.near_bytes;
  const int64_t left = n % (8 * lanes);
  const int64_t fours = left > 4 * lanes, rest = left - fours * 4 * lanes;
  plan.eight = strips(n / (8 * lanes), 8, lanes, stored, is_far);
  plan.four = strips(fours, 4, lanes, stored, is_far);
  plan.last = strips(rest > 0, (rest + lanes - 1) / lanes, lanes, stored, is_far);
  plan.block_rows = plan.eight.count + plan.four.count + plan.last.count > 1 ? block_rows : shape->rows;
  plan.threads = ck_threads_for(ctx, plan.nanoseconds);
  // Parts narrower than a line would share it, and might be added in another order than the whole.
  plan.cuts_hubs = plan.threads > 1 && n >= 2 * CK_SPMM_CUT;
  return plan;
}
