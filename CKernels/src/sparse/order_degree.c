// Order by degree, and the sort by counting that other orders share.
//
// A pass of the sort looks at 8 bits of the key: chunks of nodes are counted by digit, a prefix over (digit, chunk)
// gives each chunk its places, and a second walk writes (csr_buckets.h), so a pass is stable and has one result for any
// number of threads.  A pass reads 8 bytes a node twice and writes 4; degrees below 65536 take two.
// Workspace: 8 bytes a node and 128 KiB.
#include "../base/kernel_table.h"
#include "../base/parallel.h"
#include "order_sort.h"
#include <string.h>

/// Nanoseconds of a node in a pass, and of a scattered write, for the thread policy.
static const double pass_ns = 4, scatter_ns = 2;

static void count_digits(const int32_t *node, const uint32_t *key, int32_t shift, int64_t from, int64_t to,
                         int64_t *count) {
  memset(count, 0, CSR_BUCKETS * sizeof *count);
  for (int64_t i = from; i < to; i++) count[key[node[i]] >> shift & 255]++;
}

static void move_digits(int32_t *target, const int32_t *node, const uint32_t *key, int32_t shift, int64_t from,
                        int64_t to, int64_t *next) {
  for (int64_t i = from; i < to; i++) target[next[key[node[i]] >> shift & 255]++] = node[i];
}

void ck_order_sort(const ck_ctx *ctx, int32_t *node, int32_t *spare, int64_t *place, const uint32_t *key,
                   uint32_t largest, int64_t n) {
  const csr_cut cut = csr_cut_for(CSR_BUCKETS, n);
  const int32_t threads = ck_threads_for(ctx, (double)n * pass_ns);
  int64_t start[CSR_BUCKETS + 1];
  int32_t *source = node, *target = spare;
  for (int32_t shift = 0; shift < 32 && largest >> shift > 0; shift += 8) {
    CK_PARALLEL(threads, part, {
      const int32_t to = (int32_t)ck_split_even(cut.chunks, threads, part + 1);
      for (int32_t chunk = (int32_t)ck_split_even(cut.chunks, threads, part); chunk < to; chunk++)
        count_digits(source, key, shift, ck_split_even(n, cut.chunks, chunk), ck_split_even(n, cut.chunks, chunk + 1),
                     place + chunk * CSR_BUCKETS);
    });
    csr_places(cut, place, start, 0);
    CK_PARALLEL(threads, part, {
      const int32_t to = (int32_t)ck_split_even(cut.chunks, threads, part + 1);
      for (int32_t chunk = (int32_t)ck_split_even(cut.chunks, threads, part); chunk < to; chunk++)
        move_digits(target, source, key, shift, ck_split_even(n, cut.chunks, chunk),
                    ck_split_even(n, cut.chunks, chunk + 1), place + chunk * CSR_BUCKETS);
    });
    int32_t *other = source;
    source = target;
    target = other;
  }
  if (source != node) memcpy(node, source, (size_t)n * sizeof *node);
}

uint32_t ck_order_degrees(int32_t *node, uint32_t *key, const ck_csr *a) {
  uint32_t largest = 0;
  for (int64_t r = 0; r < a->rows; r++) {
    node[r] = (int32_t)r;
    const int64_t degree = a->row_start[r + 1] - a->row_start[r];
    key[r] = degree < UINT32_MAX ? (uint32_t)degree : UINT32_MAX;
    if (key[r] > largest) largest = key[r];
  }
  return largest;
}

void ck_order_places(const ck_ctx *ctx, int32_t *place, const int32_t *node, int64_t n) {
  CK_PARALLEL_RANGE(ctx, n, (double)n * scatter_ns, from, to, {
    for (int64_t i = from; i < to; i++) place[node[i]] = (int32_t)i;
  });
}

typedef struct arena {
  uint32_t *key;
  int32_t *spare;
  int64_t *place;
  int64_t bytes;
} arena;

static arena lay_out(uintptr_t start, int64_t rows) {
  arena w = {0};
  uintptr_t next = start;
  w.key = csr_take(&next, rows, sizeof *w.key);
  w.spare = csr_take(&next, rows, sizeof *w.spare);
  w.place = csr_take(&next, ORDER_SORT_PLACES, sizeof *w.place);
  w.bytes = (int64_t)(next - start);
  return w;
}

int64_t ck_sparse_order_degree_workspace(int64_t rows) { return rows > 0 ? lay_out(0, rows).bytes : 0; }

ck_status ck_sparse_order_degree(const ck_ctx *ctx, int32_t *node, int32_t *place, const ck_csr *a) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->rows > INT32_MAX) return ck_status_bad_shape;
  if (ctx->workspace_bytes < ck_sparse_order_degree_workspace(a->rows)) return ck_status_workspace;
  if (a->rows == 0) return ck_status_ok;
  const arena w = lay_out((uintptr_t)ctx->workspace, a->rows);
  CK_COST(0, (double)a->rows * 16);
  const uint32_t largest = ck_order_degrees(node, w.key, a);
  for (int64_t r = 0; r < a->rows; r++) w.key[r] = largest - w.key[r];
  ck_order_sort(ctx, node, w.spare, w.place, w.key, largest, a->rows);
  ck_order_places(ctx, place, node, a->rows);
  return ck_status_ok;
}

ck_status ck_sparse_order_invert(const ck_ctx *ctx, int32_t *node, int64_t *fault, const int32_t *place, int64_t n) {
  *fault = -1;
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0 || n > INT32_MAX) return ck_status_bad_shape;
  CK_COST(0, (double)n * 8);
  for (int64_t i = 0; i < n; i++) node[i] = -1;
  for (int64_t v = 0; v < n; v++) {
    const int32_t at = place[v];
    if (at < 0 || at >= n || node[at] >= 0) {
      *fault = v;
      return ck_status_out_of_range;
    }
    node[at] = (int32_t)v;
  }
  return ck_status_ok;
}
