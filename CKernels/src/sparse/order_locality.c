// How local the gathers of a pattern are: a count over its entries.
//
// Reads 4 bytes an entry, and a random place for each where an order is given.
#include "../base/kernel_table.h"
#include "../base/parallel.h"
#include "ck_sparse.h"

/// Nanoseconds of an entry, for the thread policy.
static const double entry_ns = 2;

ck_status ck_sparse_order_locality(const ck_ctx *ctx, int64_t *near, int64_t *hot, const ck_csr *a,
                                   const int32_t *place, int64_t window) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->rows != a->columns || a->rows > INT32_MAX) return ck_status_bad_shape;
  if (window < 0) return ck_status_bad_option;
  *near = *hot = 0;
  if (a->rows == 0) return ck_status_ok;
  CK_COST(0, (double)a->row_start[a->rows] * 4 + (double)a->rows * 8);
  const int64_t reach = window / 2;
  _Atomic int64_t near_sum = 0, hot_sum = 0;
  const int32_t threads = ck_threads_for(ctx, (double)a->row_start[a->rows] * entry_ns);
  CK_PARALLEL(threads, part, {
    int64_t close = 0, first = 0;
    const int64_t to = ck_split_rows(a->row_start, a->rows, 1, threads, part + 1);
    for (int64_t r = ck_split_rows(a->row_start, a->rows, 1, threads, part); r < to; r++) {
      const int64_t own = place ? place[r] : r;
      for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++) {
        const int64_t c = place ? place[a->column[e]] : a->column[e];
        close += c - own <= reach && own - c <= reach;
        first += c < window;
      }
    }
    atomic_fetch_add_explicit(&near_sum, close, memory_order_relaxed);
    atomic_fetch_add_explicit(&hot_sum, first, memory_order_relaxed);
  });
  *near = near_sum;
  *hot = hot_sum;
  return ck_status_ok;
}
