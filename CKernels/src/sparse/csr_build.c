// CSR from an edge list, in parallel and with one result.
//
// Edges (and their reverses, where asked for) are partitioned by ranges of rows, see csr_buckets.h: their columns into
// the result's own memory, their rows, as 16 bits within a bucket, beside it.  One thread then owns a bucket: it counts
// its rows, moves each column to its row in a scratch, and sorts each row back into the bucket's memory, where
// duplicates are merged and self-loops treated on the way.  A prefix over the rows' final counts gives row starts, and
// the buckets move together.  Everything between the two passes over the edges works in a bucket that fits the caches.
// Workspace: 6 bytes for each entry and row with an added self-loop, of which the 4 of the scratch are touched up to
// the size of each thread's largest bucket only; and the counts, 128 KiB for up to 16 million rows.
//
// A self-loop is its own reverse: it gives one entry, with or without `symmetric`.
#include "../base/parallel.h"
#include "csr_buckets.h"
#include "../base/kernel_table.h"
#include <string.h>

/// Rows up to this many entries are sorted by insertion.
enum { INSERTION = 32 };
/// Nanoseconds of an entry in a whole build, for the thread policy.
static const double entry_ns = 15;

typedef struct build {
  csr_cut cut;
  ck_csr_options options;
  int64_t rows, columns;
  int64_t gap;        // places behind a bucket for added self-loops
  int64_t *place;     // chunks x buckets
  int64_t *start;     // buckets + 1: where a bucket begins in `column` and `local`
  uint16_t *local;    // row of an entry within its bucket
  int32_t *sorted;    // scratch: the columns of a bucket by row
  int64_t bytes;
} build;

static bool adds(ck_csr_options options) { return options.self_loops == ck_self_loops_add; }

int64_t ck_sparse_csr_bound(int64_t edges, int64_t rows, ck_csr_options options) {
  return edges * (options.symmetric ? 2 : 1) + (adds(options) ? rows : 0);
}

static build lay_out(uintptr_t arena, int64_t edges, int64_t rows, int64_t columns, ck_csr_options options) {
  build b = {.cut = csr_cut_for(rows, edges), .options = options, .rows = rows, .columns = columns};
  b.gap = adds(options) ? (int64_t)1 << b.cut.shift : 0;
  const int64_t bound = ck_sparse_csr_bound(edges, rows, options);
  uintptr_t next = arena;
  b.place = csr_take(&next, (int64_t)b.cut.buckets * b.cut.chunks, sizeof(int64_t));
  b.start = csr_take(&next, b.cut.buckets + 1, sizeof(int64_t));
  b.local = csr_take(&next, bound, sizeof(uint16_t));
  b.sorted = csr_take(&next, bound, sizeof(int32_t));
  b.bytes = (int64_t)(next - arena);
  return b;
}

int64_t ck_sparse_csr_build_workspace(int64_t edges, int64_t rows, ck_csr_options options) {
  if (edges < 0 || rows < 0) return 0;
  return lay_out(0, edges, rows, 0, options).bytes;
}

/// Counts the edges of a chunk by bucket; returns the first edge with an id outside of the table, or -1.
static int64_t count_chunk(const build *b, int32_t chunk, const int32_t *edge_row, const int32_t *edge_column,
                           int64_t edges) {
  int64_t *count = b->place + (int64_t)chunk * b->cut.buckets;
  memset(count, 0, (size_t)b->cut.buckets * sizeof *count);
  const int64_t to = ck_split_even(edges, b->cut.chunks, chunk + 1);
  for (int64_t i = ck_split_even(edges, b->cut.chunks, chunk); i < to; i++) {
    const int32_t r = edge_row[i], c = edge_column[i];
    if (r < 0 || r >= b->rows || c < 0 || c >= b->columns) return i;
    count[r >> b->cut.shift]++;
    if (b->options.symmetric && r != c) count[c >> b->cut.shift]++;
  }
  return -1;
}

static void partition_chunk(const build *b, int32_t chunk, int32_t *column, const int32_t *edge_row,
                            const int32_t *edge_column, int64_t edges) {
  int64_t *next = b->place + (int64_t)chunk * b->cut.buckets;
  const int32_t shift = b->cut.shift, mask = (1 << shift) - 1;
  const int64_t to = ck_split_even(edges, b->cut.chunks, chunk + 1);
  for (int64_t i = ck_split_even(edges, b->cut.chunks, chunk); i < to; i++) {
    const int32_t r = edge_row[i], c = edge_column[i];
    int64_t at = next[r >> shift]++;
    column[at] = c;
    b->local[at] = (uint16_t)(r & mask);
    if (b->options.symmetric && r != c) {
      at = next[c >> shift]++;
      column[at] = r;
      b->local[at] = (uint16_t)(c & mask);
    }
  }
}

/// Sorts n columns of up to `bits` bits. `spare` has room for n.
static void sort_row(int32_t *key, int64_t n, int32_t *spare, int32_t bits) {
  if (n <= INSERTION) {
    for (int64_t i = 1; i < n; i++) {
      const int32_t k = key[i];
      int64_t j = i;
      for (; j > 0 && key[j - 1] > k; j--) key[j] = key[j - 1];
      key[j] = k;
    }
    return;
  }
  int64_t i = 1;
  while (i < n && key[i - 1] <= key[i]) i++;
  if (i == n) return;
  int32_t *from = key, *to = spare;
  for (int32_t bit = 0; bit < bits; bit += 8) {
    int64_t place[257] = {0};
    for (int64_t k = 0; k < n; k++) place[(from[k] >> bit & 255) + 1]++;
    for (int32_t d = 0; d < 256; d++) place[d + 1] += place[d];
    for (int64_t k = 0; k < n; k++) to[place[from[k] >> bit & 255]++] = from[k];
    int32_t *other = from;
    from = to;
    to = other;
  }
  if (from != key) memcpy(key, from, (size_t)n * sizeof *key);
}

/// Writes the n sorted columns of row r with duplicates merged and self-loops treated; returns how many are left.
static int64_t finish_row(int32_t *column, const int32_t *sorted, int64_t n, int32_t r, ck_csr_options options) {
  const bool takes = options.self_loops != ck_self_loops_keep;
  bool due = adds(options);  // the row's self-loop, its own or an added one
  int64_t kept = 0;
  for (int64_t i = 0; i < n; i++) {
    const int32_t c = sorted[i];
    if (due && c >= r) {
      column[kept++] = r;
      due = false;
    }
    if ((takes && c == r) || (options.merge_duplicates && i > 0 && sorted[i - 1] == c)) continue;
    column[kept++] = c;
  }
  if (due) column[kept++] = r;
  return kept;
}

/// Finishes the rows of one bucket at its start in `column`; row_start[r + 1] gets the number of entries of row r.
static void sort_bucket(const build *b, int32_t bucket, int64_t *row_start, int32_t *column, int32_t *sorted,
                        int32_t bits) {
  const int64_t first = (int64_t)bucket << b->cut.shift, end = first + ((int64_t)1 << b->cut.shift);
  const int64_t last = end < b->rows ? end : b->rows, from = b->start[bucket];
  const int64_t n = b->start[bucket + 1] - b->gap - from;
  const uint16_t *local = b->local + from;
  int64_t *cursor = row_start + first + 1;
  column += from;
  memset(cursor, 0, (size_t)(last - first) * sizeof *cursor);
  for (int64_t i = 0; i < n; i++) cursor[local[i]]++;
  int64_t next = 0;
  for (int64_t r = 0; r < last - first; r++) {
    const int64_t count = cursor[r];
    cursor[r] = next;
    next += count;
  }
  for (int64_t i = 0; i < n; i++) sorted[cursor[local[i]]++] = column[i];
  // The bucket's columns are spent.  A row's own place among them, behind all that is written before it, is its spare.
  int64_t begin = 0, kept = 0;
  for (int64_t r = 0; r < last - first; r++) {
    const int64_t stop = cursor[r];
    sort_row(sorted + begin, stop - begin, column + begin + (b->gap ? r : 0), bits);
    cursor[r] = finish_row(column + kept, sorted + begin, stop - begin, (int32_t)(first + r), b->options);
    kept += cursor[r];
    begin = stop;
  }
}

ck_status ck_sparse_csr_build(const ck_ctx *ctx, int64_t *row_start, int32_t *column, int64_t *nonzeros,
                              int64_t *fault, const int32_t *edge_row, const int32_t *edge_column, int64_t edges,
                              int64_t rows, int64_t columns, ck_csr_options options) {
  *fault = -1;
  *nonzeros = 0;
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (edges < 0 || rows < 0 || columns < 0 || edges > INT32_MAX || rows > INT32_MAX || columns > INT32_MAX)
    return ck_status_bad_shape;
  if ((uint32_t)options.self_loops > ck_self_loops_add) return ck_status_bad_option;
  if ((options.symmetric || adds(options)) && rows != columns) return ck_status_bad_shape;
  if (ctx->workspace_bytes < ck_sparse_csr_build_workspace(edges, rows, options)) return ck_status_workspace;
  if (rows == 0 || columns == 0) {
    memset(row_start, 0, (size_t)(rows + 1) * sizeof *row_start);
    if (edges == 0) return ck_status_ok;
    *fault = 0;
    return ck_status_out_of_range;
  }
  const build b = lay_out((uintptr_t)ctx->workspace, edges, rows, columns, options);
  const double items = (double)edges * (options.symmetric ? 2 : 1);
  CK_COST(0, (double)edges * 8 + items * 4 + (double)rows * 8);
  const int32_t threads = ck_threads_for(ctx, items * entry_ns);

  int64_t chunk_fault[CSR_CHUNKS];
  CK_PARALLEL(threads, part, {
    const int32_t to = (int32_t)ck_split_even(b.cut.chunks, threads, part + 1);
    for (int32_t chunk = (int32_t)ck_split_even(b.cut.chunks, threads, part); chunk < to; chunk++)
      chunk_fault[chunk] = count_chunk(&b, chunk, edge_row, edge_column, edges);
  });
  for (int32_t chunk = 0; chunk < b.cut.chunks; chunk++)
    if (chunk_fault[chunk] >= 0) {
      *fault = chunk_fault[chunk];
      return ck_status_out_of_range;
    }
  csr_places(b.cut, b.place, b.start, b.gap);

  CK_PARALLEL(threads, part, {
    const int32_t to = (int32_t)ck_split_even(b.cut.chunks, threads, part + 1);
    for (int32_t chunk = (int32_t)ck_split_even(b.cut.chunks, threads, part); chunk < to; chunk++)
      partition_chunk(&b, chunk, column, edge_row, edge_column, edges);
  });

  const int32_t bits = columns > 1 ? 32 - __builtin_clz((uint32_t)(columns - 1)) : 1;
  CK_PARALLEL(threads, part, {
    const int32_t to = (int32_t)ck_split_rows(b.start, b.cut.buckets, 1, threads, part + 1);
    int32_t bucket = (int32_t)ck_split_rows(b.start, b.cut.buckets, 1, threads, part);
    int32_t *sorted = b.sorted + b.start[bucket];  // any bucket of this thread fits here
    for (; bucket < to; bucket++) sort_bucket(&b, bucket, row_start, column, sorted, bits);
  });

  row_start[0] = 0;
  for (int64_t r = 0; r < rows; r++) row_start[r + 1] += row_start[r];
  *nonzeros = row_start[rows];
  for (int32_t bucket = 0; bucket < b.cut.buckets; bucket++) {
    const int64_t first = (int64_t)bucket << b.cut.shift, end = first + ((int64_t)1 << b.cut.shift);
    const int64_t to = row_start[first], n = row_start[end < rows ? end : rows] - to;
    if (to != b.start[bucket]) memmove(column + to, column + b.start[bucket], (size_t)n * sizeof *column);
  }
  return ck_status_ok;
}
