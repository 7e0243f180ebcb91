// CSR from an edge list, in parallel and with one result.
//
// Edges (and their reverses, where asked for) are partitioned by ranges of rows, see csr_buckets.h.  One thread then
// owns a bucket: it counts its rows, moves each entry to its row as a key (column, edge), sorts each row by column (the
// partition left the edges ascending, and both sorts are stable), merges duplicates and treats self-loops in place.  A
// prefix over the rows' final counts gives row starts, and the keys are unpacked.  Everything between the two passes
// over the edges works in a bucket that fits the caches: 10 to 30 ns an edge in all.
// Workspace: 20 bytes for each entry, 8 for each row (16 with added self-loops), and 128 KiB at most for counts.
//
// A self-loop is its own reverse: it gives one entry, with or without `symmetric`.
#include "../base/parallel.h"
#include "csr_buckets.h"
#include "../base/kernel_table.h"
#include <string.h>

/// Rows up to this many entries are sorted by insertion.
enum { INSERTION = 32 };
/// Nanoseconds of an entry in a whole build, for the thread policy.
static const double entry_ns = 20;

/// An entry on its way to its row; one stream of writes for each bucket.
typedef struct item {
  int32_t row, column, edge;
} item;

typedef struct build {
  csr_cut cut;
  int64_t items;       // entries before merging, without added self-loops
  int64_t *place;      // buckets x chunks
  int64_t *start;      // buckets + 1
  int64_t *raw_start;  // rows: first place of a row among the sorted keys
  item *item;          // items: by bucket
  uint64_t *sorted;    // items (and a place in each row for an added self-loop): column and edge, by row
  int64_t bytes;
} build;

static int64_t copies(ck_csr_options options) { return options.symmetric ? 2 : 1; }
static bool adds(ck_csr_options options) { return options.self_loops == ck_self_loops_add; }

static build lay_out(uintptr_t arena, int64_t edges, int64_t rows, ck_csr_options options) {
  build b = {.items = edges * copies(options)};
  b.cut = csr_cut_for(rows, edges);
  uintptr_t next = arena;
  b.place = csr_take(&next, (int64_t)b.cut.buckets * b.cut.chunks, sizeof(int64_t));
  b.start = csr_take(&next, b.cut.buckets + 1, sizeof(int64_t));
  b.raw_start = csr_take(&next, rows, sizeof(int64_t));
  b.item = csr_take(&next, b.items, sizeof(item));
  b.sorted = csr_take(&next, b.items + (adds(options) ? rows : 0), sizeof(uint64_t));
  b.bytes = (int64_t)(next - arena);
  return b;
}

int64_t ck_sparse_csr_bound(int64_t edges, int64_t rows, ck_csr_options options) {
  return edges * copies(options) + (adds(options) ? rows : 0);
}

int64_t ck_sparse_csr_build_workspace(int64_t edges, int64_t rows, int64_t columns, ck_csr_options options) {
  (void)columns;
  if (edges < 0 || rows < 0) return 0;
  return lay_out(0, edges, rows, options).bytes;
}

/// Counts the edges of a chunk by bucket; returns the first edge with an id outside of the table, or -1.
static int64_t count_chunk(const build *b, int32_t chunk, const int32_t *edge_row, const int32_t *edge_column,
                           int64_t edges, int64_t rows, int64_t columns, bool symmetric) {
  int64_t count[CSR_BUCKETS] = {0}, fault = -1;
  const int64_t to = ck_split_even(edges, b->cut.chunks, chunk + 1);
  for (int64_t i = ck_split_even(edges, b->cut.chunks, chunk); i < to; i++) {
    const int32_t r = edge_row[i], c = edge_column[i];
    if (r < 0 || r >= rows || c < 0 || c >= columns) {
      fault = i;
      break;
    }
    count[r >> b->cut.shift]++;
    if (symmetric && r != c) count[c >> b->cut.shift]++;
  }
  for (int32_t bucket = 0; bucket < b->cut.buckets; bucket++) b->place[bucket * b->cut.chunks + chunk] = count[bucket];
  return fault;
}

static uint64_t pack(int32_t column, int32_t edge) { return (uint64_t)(uint32_t)column << 32 | (uint32_t)edge; }

static void partition_chunk(const build *b, int32_t chunk, const int32_t *edge_row, const int32_t *edge_column,
                            int64_t edges, bool symmetric) {
  int64_t next[CSR_BUCKETS];
  for (int32_t bucket = 0; bucket < b->cut.buckets; bucket++) next[bucket] = b->place[bucket * b->cut.chunks + chunk];
  const int64_t to = ck_split_even(edges, b->cut.chunks, chunk + 1);
  for (int64_t i = ck_split_even(edges, b->cut.chunks, chunk); i < to; i++) {
    const int32_t r = edge_row[i], c = edge_column[i];
    b->item[next[r >> b->cut.shift]++] = (item){r, c, (int32_t)i};
    if (symmetric && r != c) b->item[next[c >> b->cut.shift]++] = (item){c, r, (int32_t)i};
  }
}

/// Sorts n keys whose edges ascend by column, stably. `spare` has room for n.
static void sort_row(uint64_t *key, int64_t n, uint64_t *spare, int32_t column_bits) {
  if (n <= INSERTION) {
    for (int64_t i = 1; i < n; i++) {
      const uint64_t k = key[i];
      int64_t j = i;
      for (; j > 0 && key[j - 1] > k; j--) key[j] = key[j - 1];
      key[j] = k;
    }
    return;
  }
  int64_t i = 1;
  while (i < n && key[i - 1] <= key[i]) i++;
  if (i == n) return;
  uint64_t *from = key, *to = spare;
  for (int32_t bit = 32; bit < 32 + column_bits; bit += 8) {
    int64_t place[257] = {0};
    for (int64_t k = 0; k < n; k++) place[(from[k] >> bit & 255) + 1]++;
    for (int32_t d = 0; d < 256; d++) place[d + 1] += place[d];
    for (int64_t k = 0; k < n; k++) to[place[from[k] >> bit & 255]++] = from[k];
    uint64_t *other = from;
    from = to;
    to = other;
  }
  if (from != key) memcpy(key, from, (size_t)n * sizeof *key);
}

/// Merges duplicates and treats self-loops of row r in its n sorted keys (with room for one more); returns how many
/// are left.
static int64_t finish_row(uint64_t *key, int64_t n, int64_t r, ck_csr_options options) {
  int64_t kept = 0;
  bool looped = false;
  for (int64_t i = 0; i < n; i++) {
    const int64_t column = (int64_t)(key[i] >> 32);
    if (column == r && options.self_loops != ck_self_loops_keep) {
      if (options.self_loops == ck_self_loops_remove || looped) continue;
      looped = true;
    } else if (options.merge_duplicates && kept > 0 && (int64_t)(key[kept - 1] >> 32) == column) {
      continue;
    }
    key[kept++] = key[i];
  }
  if (options.self_loops != ck_self_loops_add || looped) return kept;
  int64_t at = kept;
  for (; at > 0 && (int64_t)(key[at - 1] >> 32) > r; at--) key[at] = key[at - 1];
  key[at] = pack((int32_t)r, -1);
  return kept + 1;
}

/// Sorts one bucket by row, then each row; row_start[r + 1] gets the number of entries of row r.
static void sort_bucket(const build *b, int32_t bucket, int64_t *row_start, int64_t rows, int32_t column_bits,
                        ck_csr_options options) {
  const int64_t first = (int64_t)bucket << b->cut.shift, end = (int64_t)(bucket + 1) << b->cut.shift;
  const int64_t last = end < rows ? end : rows, extra = adds(options) ? 1 : 0;
  const int64_t from = b->start[bucket], to = b->start[bucket + 1];
  memset(b->raw_start + first, 0, (size_t)(last - first) * sizeof(int64_t));
  for (int64_t i = from; i < to; i++) b->raw_start[b->item[i].row]++;
  const int64_t base = from + extra * first;
  int64_t next = base;
  for (int64_t r = first; r < last; r++) {
    const int64_t count = b->raw_start[r];
    b->raw_start[r] = next;
    next += count + extra;
  }
  for (int64_t i = from; i < to; i++) {
    const item it = b->item[i];
    b->sorted[b->raw_start[it.row]++] = pack(it.column, it.edge);
  }
  // The bucket's items are spent: 12 bytes each, they leave room for the 8 of a key (from an aligned address on).
  uint64_t *spare = (uint64_t *)(((uintptr_t)(b->item + from) + 7) / 8 * 8);
  int64_t begin = base;  // the cursors now stand behind their rows
  for (int64_t r = first; r < last; r++) {
    const int64_t stop = b->raw_start[r];
    sort_row(b->sorted + begin, stop - begin, spare, column_bits);
    row_start[r + 1] = finish_row(b->sorted + begin, stop - begin, r, options);
    b->raw_start[r] = begin;
    begin = stop + extra;
  }
}

static void unpack_rows(const build *b, const int64_t *row_start, int32_t *column, int32_t *order, int64_t from,
                        int64_t to) {
  for (int64_t r = from; r < to; r++) {
    const uint64_t *key = b->sorted + b->raw_start[r] - row_start[r];
    for (int64_t e = row_start[r]; e < row_start[r + 1]; e++) {
      column[e] = (int32_t)(key[e] >> 32);
      if (order) order[e] = (int32_t)(uint32_t)key[e];
    }
  }
}

ck_status ck_sparse_csr_build(const ck_ctx *ctx, int64_t *row_start, int32_t *column, int32_t *order,
                              int64_t *nonzeros, int64_t *fault, const int32_t *edge_row, const int32_t *edge_column,
                              int64_t edges, int64_t rows, int64_t columns, ck_csr_options options) {
  *fault = -1;
  *nonzeros = 0;
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (edges < 0 || rows < 0 || columns < 0 || edges > INT32_MAX || rows > INT32_MAX || columns > INT32_MAX)
    return ck_status_bad_shape;
  if ((uint32_t)options.self_loops > ck_self_loops_add) return ck_status_bad_option;
  if ((options.symmetric || adds(options)) && rows != columns) return ck_status_bad_shape;
  if (ctx->workspace_bytes < ck_sparse_csr_build_workspace(edges, rows, columns, options)) return ck_status_workspace;
  if (rows == 0 || columns == 0) {
    memset(row_start, 0, (size_t)(rows + 1) * sizeof *row_start);
    if (edges == 0) return ck_status_ok;
    *fault = 0;
    return ck_status_out_of_range;
  }
  const build b = lay_out((uintptr_t)ctx->workspace, edges, rows, options);
  CK_COST(0, (double)edges * 8 + (double)b.items * 8 + (double)rows * 8);
  const int32_t threads = ck_threads_for(ctx, (double)b.items * entry_ns);

  int64_t chunk_fault[CSR_CHUNKS];
  CK_PARALLEL(threads, part, {
    const int32_t to = (int32_t)ck_split_even(b.cut.chunks, threads, part + 1);
    for (int32_t chunk = (int32_t)ck_split_even(b.cut.chunks, threads, part); chunk < to; chunk++)
      chunk_fault[chunk] = count_chunk(&b, chunk, edge_row, edge_column, edges, rows, columns, options.symmetric);
  });
  for (int32_t chunk = 0; chunk < b.cut.chunks; chunk++)
    if (chunk_fault[chunk] >= 0) {
      *fault = chunk_fault[chunk];
      return ck_status_out_of_range;
    }
  csr_places(b.cut, b.place, b.start);

  CK_PARALLEL(threads, part, {
    const int32_t to = (int32_t)ck_split_even(b.cut.chunks, threads, part + 1);
    for (int32_t chunk = (int32_t)ck_split_even(b.cut.chunks, threads, part); chunk < to; chunk++)
      partition_chunk(&b, chunk, edge_row, edge_column, edges, options.symmetric);
  });

  const int32_t column_bits = columns > 1 ? 32 - __builtin_clz((uint32_t)(columns - 1)) : 1;
  CK_PARALLEL(threads, part, {
    const int32_t to = (int32_t)ck_split_rows(b.start, b.cut.buckets, 1, threads, part + 1);
    for (int32_t bucket = (int32_t)ck_split_rows(b.start, b.cut.buckets, 1, threads, part); bucket < to; bucket++)
      sort_bucket(&b, bucket, row_start, rows, column_bits, options);
  });

  row_start[0] = 0;
  for (int64_t r = 0; r < rows; r++) row_start[r + 1] += row_start[r];
  *nonzeros = row_start[rows];
  CK_PARALLEL(threads, part, {
    unpack_rows(&b, row_start, column, order, ck_split_rows(row_start, rows, 1, threads, part),
                ck_split_rows(row_start, rows, 1, threads, part + 1));
  });
  return ck_status_ok;
}
