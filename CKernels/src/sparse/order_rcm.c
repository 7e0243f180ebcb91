// Reverse Cuthill-McKee: breadth-first numbers that keep neighbours close.
//
// Each component is walked from an end of it: from its node of smallest degree, then from the node of smallest degree
// in the last level reached, as long as that adds levels (George and Liu).  The final walk appends the new neighbours
// of each node by ascending degree, equal degrees by id; nodes are numbered against the order of their visit.
// A walk is a chain of dependent visits, so it stays on one thread; it marks nodes by bytes, so that a million of them
// lie in a second-level cache.  The entries are walked three times or more.
// Workspace: 13 bytes a node and 128 KiB.
//
// Cuthill and McKee, ACM 1969; George and Liu, ACM TOMS 1979.
#include "../base/kernel_table.h"
#include "../base/parallel.h"
#include "order_sort.h"
#include <string.h>

/// Runs up to this many children are sorted by insertion.
enum { INSERTION = 48 };
/// Walks in search of an end, at most.
enum { SEARCHES = 8 };

typedef struct arena {
  int32_t *by_rank;  // nodes by ascending degree
  uint32_t *key;
  int32_t *spare;
  uint8_t *mark;
  int64_t *place;
  int64_t bytes;
} arena;

static arena lay_out(uintptr_t start, int64_t rows) {
  arena w = {0};
  uintptr_t next = start;
  w.by_rank = csr_take(&next, rows, sizeof *w.by_rank);
  w.key = csr_take(&next, rows, sizeof *w.key);
  w.spare = csr_take(&next, rows, sizeof *w.spare);
  w.mark = csr_take(&next, rows, sizeof *w.mark);
  w.place = csr_take(&next, ORDER_SORT_PLACES, sizeof *w.place);
  w.bytes = (int64_t)(next - start);
  return w;
}

int64_t ck_sparse_order_rcm_workspace(int64_t rows) { return rows > 0 ? lay_out(0, rows).bytes : 0; }

/// Appends the unmarked neighbours of v at queue[end]; returns the new end.
static int64_t visit(const ck_csr *a, int32_t v, uint8_t *mark, int32_t *queue, int64_t end) {
  for (int64_t e = a->row_start[v]; e < a->row_start[v + 1]; e++) {
    const int32_t c = a->column[e];
    if (mark[c]) continue;
    mark[c] = 1;
    queue[end++] = c;
  }
  return end;
}

typedef struct reach {
  int64_t nodes, levels;
  int64_t last;  // where the last level begins
} reach;

/// Walks from `root` level by level.
static reach walk(const ck_csr *a, int32_t root, uint8_t *mark, int32_t *queue) {
  reach found = {1, 0, 0};
  queue[0] = root;
  mark[root] = 1;
  for (int64_t at = 0; at < found.nodes; found.levels++) {
    found.last = at;
    for (const int64_t level_end = found.nodes; at < level_end; at++)
      found.nodes = visit(a, queue[at], mark, queue, found.nodes);
  }
  return found;
}

static void sort_ranks(int32_t *rank, int64_t n, int32_t *spare, int32_t largest) {
  if (n <= INSERTION) {
    for (int64_t i = 1; i < n; i++) {
      const int32_t k = rank[i];
      int64_t j = i;
      for (; j > 0 && rank[j - 1] > k; j--) rank[j] = rank[j - 1];
      rank[j] = k;
    }
    return;
  }
  int32_t *from = rank, *to = spare;
  for (int32_t bit = 0; bit < 32 && largest >> bit > 0; bit += 8) {
    int64_t next[257] = {0};
    for (int64_t i = 0; i < n; i++) next[(from[i] >> bit & 255) + 1]++;
    for (int32_t digit = 0; digit < 256; digit++) next[digit + 1] += next[digit];
    for (int64_t i = 0; i < n; i++) to[next[from[i] >> bit & 255]++] = from[i];
    int32_t *other = from;
    from = to;
    to = other;
  }
  if (from != rank) memcpy(rank, from, (size_t)n * sizeof *rank);
}

/// The walk that numbers: children by ascending rank. Returns the nodes reached.
static int64_t number(const ck_csr *a, const arena *w, const int32_t *rank, int32_t root, int32_t *queue) {
  int64_t end = 1;
  queue[0] = root;
  w->mark[root] = 1;
  for (int64_t at = 0; at < end; at++) {
    const int64_t begin = end;
    end = visit(a, queue[at], w->mark, queue, end);
    if (end - begin < 2) continue;
    for (int64_t i = begin; i < end; i++) queue[i] = rank[queue[i]];
    sort_ranks(queue + begin, end - begin, w->spare, (int32_t)(a->rows - 1));
    for (int64_t i = begin; i < end; i++) queue[i] = w->by_rank[queue[i]];
  }
  return end;
}

/// An end of the component of `start`, its node of smallest degree; leaves the marks as they were.
static int32_t find_end(const ck_csr *a, const arena *w, const int32_t *rank, int32_t start, int32_t *queue) {
  int32_t root = start;
  int64_t levels = 0;
  for (int32_t search = 0; search < SEARCHES; search++) {
    const reach found = walk(a, root, w->mark, queue);
    for (int64_t i = 0; i < found.nodes; i++) w->mark[queue[i]] = 0;
    if (found.levels <= levels) break;
    levels = found.levels;
    root = queue[found.last];
    for (int64_t i = found.last + 1; i < found.nodes; i++)
      if (rank[queue[i]] < rank[root]) root = queue[i];
  }
  return root;
}

ck_status ck_sparse_order_rcm(const ck_ctx *ctx, int32_t *node, int32_t *place, const ck_csr *a) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->rows != a->columns || a->rows > INT32_MAX) return ck_status_bad_shape;
  if (ctx->workspace_bytes < ck_sparse_order_rcm_workspace(a->rows)) return ck_status_workspace;
  if (a->rows == 0) return ck_status_ok;
  const int64_t n = a->rows;
  const arena w = lay_out((uintptr_t)ctx->workspace, n);
  CK_COST(0, (double)a->row_start[n] * 4 + (double)n * 24);
  const uint32_t largest = ck_order_degrees(w.by_rank, w.key, a);
  ck_order_sort(ctx, w.by_rank, w.spare, w.place, w.key, largest, n);
  int32_t *rank = place;  // until the places are known
  ck_order_places(ctx, rank, w.by_rank, n);

  memset(w.mark, 0, (size_t)n);
  int64_t numbered = 0;
  for (int64_t i = 0; i < n; i++) {
    const int32_t start = w.by_rank[i];
    while (!w.mark[start]) {  // more than once only where the pattern is not symmetric and the end does not lead back
      const int32_t root = find_end(a, &w, rank, start, node + numbered);
      numbered += number(a, &w, rank, root, node + numbered);
    }
  }
  for (int64_t i = 0, j = n - 1; i < j; i++, j--) {
    const int32_t v = node[i];
    node[i] = node[j];
    node[j] = v;
  }
  ck_order_places(ctx, place, node, n);
  return ck_status_ok;
}
