// Patterns under other names of their rows and columns.
//
// Each new row copies an old one, maps its columns and sorts (column, old place) by column: by insertion where it is
// short, else by counting passes over 8 bits of the column that swap between the result and a spare.  Rows are
// independent, so they are cut by work and the result does not depend on threads.
// An entry is read once (its row begins at a random place), its column mapped by a random read of 4 bytes, and ends as
// 8 bytes.
// Workspace: 8 bytes an entry, a spare that only rows beyond INSERTION touch.
#include "../base/kernel_table.h"
#include "../base/parallel.h"
#include "csr_buckets.h"
#include <string.h>

/// Rows up to this many entries are sorted by insertion.
enum { INSERTION = 48 };
/// Nanoseconds of an entry and of a row, for the thread policy.
static const double entry_ns = 12, row_ns = 5;
/// Cost of a row, in entries, when rows are cut between threads.
static const int64_t row_cost = 4;

typedef struct pairs {
  int32_t *column, *order;
} pairs;

int64_t ck_sparse_csr_relabel_workspace(const ck_csr *a) {
  return a->rows > 0 ? a->row_start[a->rows] * (int64_t)(2 * sizeof(int32_t)) : 0;
}

static void insert(pairs row, int64_t n) {
  for (int64_t i = 1; i < n; i++) {
    const int32_t column = row.column[i], order = row.order[i];
    int64_t j = i;
    for (; j > 0 && row.column[j - 1] > column; j--) {
      row.column[j] = row.column[j - 1];
      row.order[j] = row.order[j - 1];
    }
    row.column[j] = column;
    row.order[j] = order;
  }
}

/// Sorts n pairs by a column up to `largest`, stably.
static void sort_row(pairs row, int64_t n, pairs spare, int64_t largest) {
  if (n <= INSERTION) {
    insert(row, n);
    return;
  }
  int64_t sorted = 1;
  while (sorted < n && row.column[sorted - 1] <= row.column[sorted]) sorted++;
  if (sorted == n) return;
  pairs from = row, to = spare;
  for (int32_t bit = 0; largest >> bit > 0; bit += 8) {
    int64_t next[257] = {0};
    for (int64_t i = 0; i < n; i++) next[(from.column[i] >> bit & 255) + 1]++;
    for (int32_t digit = 0; digit < 256; digit++) next[digit + 1] += next[digit];
    for (int64_t i = 0; i < n; i++) {
      const int64_t at = next[from.column[i] >> bit & 255]++;
      to.column[at] = from.column[i];
      to.order[at] = from.order[i];
    }
    const pairs other = from;
    from = to;
    to = other;
  }
  if (from.column == row.column) return;
  memcpy(row.column, from.column, (size_t)n * sizeof *row.column);
  memcpy(row.order, from.order, (size_t)n * sizeof *row.order);
}

ck_status ck_sparse_csr_relabel(const ck_ctx *ctx, int64_t *row_start, int32_t *column, int32_t *order,
                                const ck_csr *a, const int32_t *row_node, const int32_t *column_place) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->columns < 0 || a->rows > INT32_MAX || a->columns > INT32_MAX) return ck_status_bad_shape;
  const int64_t entries = a->rows > 0 ? a->row_start[a->rows] : 0;
  if (entries > INT32_MAX) return ck_status_bad_shape;
  if (ctx->workspace_bytes < ck_sparse_csr_relabel_workspace(a)) return ck_status_workspace;
  row_start[0] = 0;
  if (a->rows == 0) return ck_status_ok;
  CK_COST(0, (double)entries * 12 + (double)a->rows * 16);
  CK_PARALLEL_RANGE(ctx, a->rows, (double)a->rows * row_ns, from, to, {
    for (int64_t r = from; r < to; r++) {
      const int64_t old = row_node ? row_node[r] : r;
      row_start[r + 1] = a->row_start[old + 1] - a->row_start[old];
    }
  });
  for (int64_t r = 0; r < a->rows; r++) row_start[r + 1] += row_start[r];

  int32_t *spare = ctx->workspace;
  const int32_t threads = ck_threads_for(ctx, (double)entries * entry_ns + (double)a->rows * row_ns);
  CK_PARALLEL(threads, part, {
    const int64_t to = ck_split_rows(row_start, a->rows, row_cost, threads, part + 1);
    for (int64_t r = ck_split_rows(row_start, a->rows, row_cost, threads, part); r < to; r++) {
      const int64_t begin = row_start[r], n = row_start[r + 1] - begin;
      const int64_t old = a->row_start[row_node ? row_node[r] : r];
      for (int64_t i = 0; i < n; i++) {
        const int32_t c = a->column[old + i];
        column[begin + i] = column_place ? column_place[c] : c;
        order[begin + i] = (int32_t)(old + i);
      }
      sort_row((pairs){column + begin, order + begin}, n, (pairs){spare + begin, spare + entries + begin},
               a->columns - 1);
    }
  });
  return ck_status_ok;
}
