// Transposition of a pattern in CSR, with the order of values.
//
// Transposition partitions the entries by ranges of columns (csr_buckets.h) and finishes each bucket with one counting
// pass; entries keep their order, so the columns of the result ascend where rows were visited in order.
// An entry is counted, written once to the workspace (12 bytes), read from there twice, and ends as 8 bytes.
#include "../base/parallel.h"
#include "csr_buckets.h"
#include "../base/kernel_table.h"
#include <string.h>

/// Nanoseconds of an entry, for the thread policy.
static const double transpose_entry_ns = 8;

/// An entry on its way to its column; one stream of writes for each bucket.
typedef struct item {
  int32_t column, row, entry;
} item;

typedef struct turn {
  csr_cut cut;
  int64_t *place, *start;
  item *item;  // by bucket of columns
  int64_t bytes;
} turn;

static turn lay_out(uintptr_t arena, const ck_csr *a) {
  const int64_t entries = a->rows > 0 ? a->row_start[a->rows] : 0;
  turn t = {.cut = csr_cut_for(a->columns, entries)};
  uintptr_t next = arena;
  t.place = csr_take(&next, (int64_t)t.cut.buckets * t.cut.chunks, sizeof(int64_t));
  t.start = csr_take(&next, t.cut.buckets + 1, sizeof(int64_t));
  t.item = csr_take(&next, entries, sizeof(item));
  t.bytes = (int64_t)(next - arena);
  return t;
}

int64_t ck_sparse_csr_transpose_workspace(const ck_csr *a) {
  return lay_out(0, a).bytes;
}

static int64_t chunk_row(const turn *t, const ck_csr *a, int32_t chunk) {
  return ck_split_rows(a->row_start, a->rows, 1, t->cut.chunks, chunk);
}

static void count_chunk(const turn *t, const ck_csr *a, int32_t chunk) {
  int64_t count[CSR_BUCKETS] = {0};
  const int64_t to = a->row_start[chunk_row(t, a, chunk + 1)];
  for (int64_t e = a->row_start[chunk_row(t, a, chunk)]; e < to; e++) count[a->column[e] >> t->cut.shift]++;
  for (int32_t bucket = 0; bucket < t->cut.buckets; bucket++) t->place[bucket * t->cut.chunks + chunk] = count[bucket];
}

static void partition_chunk(const turn *t, const ck_csr *a, int32_t chunk) {
  int64_t next[CSR_BUCKETS];
  for (int32_t bucket = 0; bucket < t->cut.buckets; bucket++) next[bucket] = t->place[bucket * t->cut.chunks + chunk];
  const int64_t to = chunk_row(t, a, chunk + 1);
  for (int64_t r = chunk_row(t, a, chunk); r < to; r++)
    for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++)
      t->item[next[a->column[e] >> t->cut.shift]++] = (item){a->column[e], (int32_t)r, (int32_t)e};
}

/// row_start[c + 1] serves as the cursor of column c, and ends as the start of the next one.
static void finish_bucket(const turn *t, int32_t bucket, int64_t *row_start, int32_t *column, int32_t *order,
                          int64_t columns) {
  const int64_t first = (int64_t)bucket << t->cut.shift, end = (int64_t)(bucket + 1) << t->cut.shift;
  const int64_t last = end < columns ? end : columns, from = t->start[bucket], to = t->start[bucket + 1];
  memset(row_start + first + 1, 0, (size_t)(last - first) * sizeof *row_start);
  for (int64_t i = from; i < to; i++) row_start[t->item[i].column + 1]++;
  int64_t next = from;
  for (int64_t c = first; c < last; c++) {
    const int64_t count = row_start[c + 1];
    row_start[c + 1] = next;
    next += count;
  }
  for (int64_t i = from; i < to; i++) {
    const int64_t at = row_start[t->item[i].column + 1]++;
    column[at] = t->item[i].row;
    order[at] = t->item[i].entry;
  }
}

ck_status ck_sparse_csr_transpose(const ck_ctx *ctx, int64_t *row_start, int32_t *column, int32_t *order,
                                  const ck_csr *a) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->columns < 0 || a->rows > INT32_MAX) return ck_status_bad_shape;
  const int64_t entries = a->rows > 0 ? a->row_start[a->rows] : 0;
  if (entries > INT32_MAX) return ck_status_bad_shape;
  if (ctx->workspace_bytes < ck_sparse_csr_transpose_workspace(a)) return ck_status_workspace;
  row_start[0] = 0;
  if (a->columns == 0) return ck_status_ok;
  if (entries == 0) {
    memset(row_start, 0, (size_t)(a->columns + 1) * sizeof *row_start);
    return ck_status_ok;
  }
  const turn t = lay_out((uintptr_t)ctx->workspace, a);
  CK_COST(0, (double)entries * 12 + (double)(a->rows + a->columns) * 8);
  const int32_t threads = ck_threads_for(ctx, (double)entries * transpose_entry_ns);
  CK_PARALLEL(threads, part, {
    const int32_t to = (int32_t)ck_split_even(t.cut.chunks, threads, part + 1);
    for (int32_t chunk = (int32_t)ck_split_even(t.cut.chunks, threads, part); chunk < to; chunk++)
      count_chunk(&t, a, chunk);
  });
  csr_places(t.cut, t.place, t.start);
  CK_PARALLEL(threads, part, {
    const int32_t to = (int32_t)ck_split_even(t.cut.chunks, threads, part + 1);
    for (int32_t chunk = (int32_t)ck_split_even(t.cut.chunks, threads, part); chunk < to; chunk++)
      partition_chunk(&t, a, chunk);
  });
  CK_PARALLEL(threads, part, {
    const int32_t to = (int32_t)ck_split_rows(t.start, t.cut.buckets, 1, threads, part + 1);
    for (int32_t bucket = (int32_t)ck_split_rows(t.start, t.cut.buckets, 1, threads, part); bucket < to; bucket++)
      finish_bucket(&t, bucket, row_start, column, order, a->columns);
  });
  return ck_status_ok;
}
