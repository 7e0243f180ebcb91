// Transposition of a pattern in CSR, with the order of values where it is wanted.
//
// Transposition partitions the entries by ranges of columns (csr_buckets.h): their rows and their places into the
// result's own memory, their columns, as 16 bits within a bucket, beside it.  Each bucket is finished by one counting
// pass through a scratch; entries keep their order, so the columns of the result ascend where rows were visited in
// order.
// Workspace: 10 bytes an entry, of which the 8 of the scratch are touched up to the size of each thread's largest
// bucket only; and the counts, 128 KiB for up to 16 million columns.
#include "../base/parallel.h"
#include "csr_buckets.h"
#include "../base/kernel_table.h"
#include <string.h>

/// Nanoseconds of an entry, for the thread policy.
static const double transpose_entry_ns = 8;

typedef struct item {
  int32_t row, entry;
} item;

typedef struct turn {
  csr_cut cut;
  int64_t *place, *start;
  uint16_t *local;  // column of an entry within its bucket
  item *sorted;     // scratch: a bucket by column
  int64_t bytes;
} turn;

static turn lay_out(uintptr_t arena, const ck_csr *a) {
  const int64_t entries = a->rows > 0 ? a->row_start[a->rows] : 0;
  turn t = {.cut = csr_cut_for(a->columns, entries)};
  uintptr_t next = arena;
  t.place = csr_take(&next, (int64_t)t.cut.buckets * t.cut.chunks, sizeof(int64_t));
  t.start = csr_take(&next, t.cut.buckets + 1, sizeof(int64_t));
  t.local = csr_take(&next, entries, sizeof(uint16_t));
  t.sorted = csr_take(&next, entries, sizeof(item));
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
  int64_t *count = t->place + (int64_t)chunk * t->cut.buckets;
  memset(count, 0, (size_t)t->cut.buckets * sizeof *count);
  const int64_t to = a->row_start[chunk_row(t, a, chunk + 1)];
  for (int64_t e = a->row_start[chunk_row(t, a, chunk)]; e < to; e++) count[a->column[e] >> t->cut.shift]++;
}

static void partition_chunk(const turn *t, const ck_csr *a, int32_t chunk, int32_t *column, int32_t *order) {
  int64_t *next = t->place + (int64_t)chunk * t->cut.buckets;
  const int32_t shift = t->cut.shift, mask = (1 << shift) - 1;
  const int64_t to = chunk_row(t, a, chunk + 1);
  for (int64_t r = chunk_row(t, a, chunk); r < to; r++)
    for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++) {
      const int64_t at = next[a->column[e] >> shift]++;
      column[at] = (int32_t)r;
      t->local[at] = (uint16_t)(a->column[e] & mask);
      if (order) order[at] = (int32_t)e;
    }
}

/// row_start[c + 1] serves as the cursor of column c, and ends as the start of the next one.
static void finish_bucket(const turn *t, int32_t bucket, int64_t *row_start, int32_t *column, int32_t *order,
                          item *sorted, int64_t columns) {
  const int64_t first = (int64_t)bucket << t->cut.shift, end = first + ((int64_t)1 << t->cut.shift);
  const int64_t last = end < columns ? end : columns, from = t->start[bucket], n = t->start[bucket + 1] - from;
  const uint16_t *local = t->local + from;
  int64_t *cursor = row_start + first + 1;
  memset(cursor, 0, (size_t)(last - first) * sizeof *cursor);
  for (int64_t i = 0; i < n; i++) cursor[local[i]]++;
  int64_t next = from;
  for (int64_t c = 0; c < last - first; c++) {
    const int64_t count = cursor[c];
    cursor[c] = next;
    next += count;
  }
  for (int64_t i = from; i < from + n; i++)
    sorted[cursor[t->local[i]]++ - from] = (item){column[i], order ? order[i] : 0};
  for (int64_t i = 0; i < n; i++) column[from + i] = sorted[i].row;
  if (!order) return;
  for (int64_t i = 0; i < n; i++) order[from + i] = sorted[i].entry;
}

ck_status ck_sparse_csr_transpose(const ck_ctx *ctx, int64_t *row_start, int32_t *column, int32_t *order,
                                  const ck_csr *a) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->columns < 0 || a->rows > INT32_MAX || a->columns > INT32_MAX) return ck_status_bad_shape;
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
  CK_COST(0, (double)entries * (order ? 12 : 8) + (double)(a->rows + a->columns) * 8);
  const int32_t threads = ck_threads_for(ctx, (double)entries * transpose_entry_ns);
  CK_PARALLEL(threads, part, {
    const int32_t to = (int32_t)ck_split_even(t.cut.chunks, threads, part + 1);
    for (int32_t chunk = (int32_t)ck_split_even(t.cut.chunks, threads, part); chunk < to; chunk++)
      count_chunk(&t, a, chunk);
  });
  csr_places(t.cut, t.place, t.start, 0);
  CK_PARALLEL(threads, part, {
    const int32_t to = (int32_t)ck_split_even(t.cut.chunks, threads, part + 1);
    for (int32_t chunk = (int32_t)ck_split_even(t.cut.chunks, threads, part); chunk < to; chunk++)
      partition_chunk(&t, a, chunk, column, order);
  });
  CK_PARALLEL(threads, part, {
    const int32_t to = (int32_t)ck_split_rows(t.start, t.cut.buckets, 1, threads, part + 1);
    int32_t bucket = (int32_t)ck_split_rows(t.start, t.cut.buckets, 1, threads, part);
    item *sorted = t.sorted + t.start[bucket];  // any bucket of this thread fits here
    for (; bucket < to; bucket++) finish_bucket(&t, bucket, row_start, column, order, sorted, a->columns);
  });
  return ck_status_ok;
}
