// Clusters by label propagation, and the order that lays their nodes side by side.
//
// Each node starts as a cluster of its own.  In a sweep about half of the nodes take the label that most of their
// neighbours have; the other half follows in the next one, and halves are drawn anew for each such pair, which breaks
// the oscillations of synchronous updates.  A sweep reads the labels that the one before it left, so threads never
// change the result.  Among equals the node stays where it is, or takes the label that a hash of (label, sweep)
// prefers.  A node looks at no more than LOOKED of its entries, evenly spread, which bounds the work at hubs.
// Labels are ranks by descending degree, so that one stable sort by label of the nodes by rank gives the order.
// A sweep costs a random read of a label for half of the entries looked at, and one pass over the nodes counts sizes.
// Workspace: 12 bytes a node and 128 KiB.
//
// Raghavan, Albert and Kumara, Phys. Rev. E 2007; Boldi, Rosa, Santini and Vigna, WWW 2011 (labels as an order).
#include "../base/kernel_table.h"
#include "../base/parallel.h"
#include "order_sort.h"
#include <string.h>

/// Entries that a node looks at, and slots of its table of labels: at most half full.
enum { LOOKED = 64, SLOTS = 128 };
/// Nanoseconds of an entry and of a node in a sweep, for the thread policy.
static const double entry_ns = 3, node_ns = 10;
/// Cost of a row, in entries, when rows are cut between threads.
static const int64_t row_cost = 4;

typedef struct arena {
  uint32_t *label, *next;
  int32_t *size;  // nodes of each label; the sorts' spare before and after
  int64_t *place;
  int64_t bytes;
} arena;

static arena lay_out(uintptr_t start, int64_t rows) {
  arena w = {0};
  uintptr_t next = start;
  w.label = csr_take(&next, rows, sizeof *w.label);
  w.next = csr_take(&next, rows, sizeof *w.next);
  w.size = csr_take(&next, rows, sizeof *w.size);
  w.place = csr_take(&next, ORDER_SORT_PLACES, sizeof *w.place);
  w.bytes = (int64_t)(next - start);
  return w;
}

int64_t ck_sparse_order_clusters_workspace(int64_t rows) { return rows > 0 ? lay_out(0, rows).bytes : 0; }

/// A mix of two words whose bits look independent (the finaliser of splitmix64).
static uint32_t mix(uint32_t a, uint32_t b) {
  uint64_t z = ((uint64_t)a << 32 | b) + 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return (uint32_t)(z >> 32);
}

typedef struct slot {
  uint32_t label;
  int32_t count;
} slot;

/// The label that node v takes in a sweep.
static uint32_t choose(const ck_csr *a, int64_t v, const uint32_t *label, const int32_t *size, uint32_t sweep,
                       int64_t largest, slot *table) {
  const int64_t from = a->row_start[v], degree = a->row_start[v + 1] - from;
  const int64_t looked = degree < LOOKED ? degree : LOOKED;
  int32_t used[LOOKED];
  int32_t labels = 0;
  for (int64_t i = 0; i < looked; i++) {
    const uint32_t l = label[a->column[from + i * degree / looked]];
    int32_t at = (int32_t)(l * 0x9E3779B1u >> 25);
    while (table[at].count > 0 && table[at].label != l) at = (at + 1) & (SLOTS - 1);
    if (table[at].count == 0) {
      table[at].label = l;
      used[labels++] = at;
    }
    table[at].count++;
  }
  const uint32_t own = label[v];
  uint32_t best = own, best_mix = UINT32_MAX;
  int32_t best_count = 0;
  for (int32_t i = 0; i < labels; i++)
    if (table[used[i]].label == own) best_count = table[used[i]].count;
  for (int32_t i = 0; i < labels; i++) {
    const slot s = table[used[i]];
    table[used[i]].count = 0;
    if (s.label == own || s.count < best_count || size[s.label] >= largest) continue;
    const uint32_t preference = mix(s.label, sweep);
    if (s.count == best_count && (best == own || preference >= best_mix)) continue;
    best = s.label;
    best_count = s.count;
    best_mix = preference;
  }
  return best;
}

ck_status ck_sparse_order_clusters(const ck_ctx *ctx, int32_t *node, int32_t *place, const ck_csr *a, int32_t sweeps,
                                   int64_t largest) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->rows != a->columns || a->rows > INT32_MAX) return ck_status_bad_shape;
  if (sweeps < 0 || largest < 1) return ck_status_bad_option;
  if (ctx->workspace_bytes < ck_sparse_order_clusters_workspace(a->rows)) return ck_status_workspace;
  if (a->rows == 0) return ck_status_ok;
  const int64_t n = a->rows;
  const arena w = lay_out((uintptr_t)ctx->workspace, n);
  CK_COST(0, sweeps * ((double)a->row_start[n] * 4 + (double)n * 20));

  const uint32_t most = ck_order_degrees(node, w.label, a);
  for (int64_t v = 0; v < n; v++) w.label[v] = most - w.label[v];
  ck_order_sort(ctx, node, w.size, w.place, w.label, most, n);
  ck_order_places(ctx, place, node, n);
  uint32_t *label = w.label, *next = w.next;
  for (int64_t v = 0; v < n; v++) {
    label[v] = (uint32_t)place[v];
    w.size[v] = 1;
  }
  const int32_t threads = ck_threads_for(ctx, (double)a->row_start[n] * entry_ns + (double)n * node_ns);
  for (int32_t sweep = 0; sweep < sweeps; sweep++) {
    CK_PARALLEL(threads, part, {
      slot table[SLOTS] = {{0, 0}};
      const int64_t to = ck_split_rows(a->row_start, n, row_cost, threads, part + 1);
      for (int64_t v = ck_split_rows(a->row_start, n, row_cost, threads, part); v < to; v++)
        next[v] = (mix((uint32_t)v, (uint32_t)sweep / 2) ^ (uint32_t)sweep) & 1
                      ? choose(a, v, label, w.size, (uint32_t)sweep, largest, table) : label[v];
    });
    uint32_t *other = label;
    label = next;
    next = other;
    memset(w.size, 0, (size_t)n * sizeof *w.size);
    for (int64_t v = 0; v < n; v++) w.size[label[v]]++;
  }
  ck_order_sort(ctx, node, w.size, w.place, label, (uint32_t)(n - 1), n);
  ck_order_places(ctx, place, node, n);
  return ck_status_ok;
}
