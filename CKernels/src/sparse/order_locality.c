// How local the gathers of a pattern are: a count over its entries.
//
// Reads 4 bytes an entry, and a random place for each where an order is given.
#include "../base/kernel_table.h"
#include "../base/parallel.h"
#include "ck_sparse.h"

/// Nanoseconds of an entry, for the thread policy.
static const double entry_ns = 2;

ck_status ck_sparse_order_locality(const ck_ctx *ctx, int64_t *near, int64_t *medium, const ck_csr *a,
                                   const int32_t *place, int64_t near_reach, int64_t medium_reach) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->rows != a->columns || a->rows > INT32_MAX) return ck_status_bad_shape;
  *near = *medium = 0;
  if (a->rows == 0) return ck_status_ok;
  CK_COST(0, (double)a->row_start[a->rows] * 4 + (double)a->rows * 8);
  _Atomic int64_t near_sum = 0, medium_sum = 0;  // of integers: the same in any order
  const int32_t threads = ck_threads_for(ctx, (double)a->row_start[a->rows] * entry_ns);
  CK_PARALLEL(threads, part, {
    int64_t near_count = 0, medium_count = 0;
    const int64_t to = ck_split_rows(a->row_start, a->rows, 1, threads, part + 1);
    for (int64_t r = ck_split_rows(a->row_start, a->rows, 1, threads, part); r < to; r++) {
      const int64_t own = place ? place[r] : r;
      for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++) {
        const int64_t apart = own - (place ? place[a->column[e]] : a->column[e]), size = apart < 0 ? -apart : apart;
        near_count += size <= near_reach;
        medium_count += size <= medium_reach;
      }
    }
    atomic_fetch_add_explicit(&near_sum, near_count, memory_order_relaxed);
    atomic_fetch_add_explicit(&medium_sum, medium_count, memory_order_relaxed);
  });
  *near = near_sum;
  *medium = medium_sum;
  return ck_status_ok;
}
