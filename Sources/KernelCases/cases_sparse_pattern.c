#include "cases_sparse_pattern.h"

#include <stdlib.h>

/// One edge of the recursive matrix with Graph500's weights (0.57, 0.19, 0.19, 0.05); ids are scrambled so that hubs do
/// not lie together.
static void rmat_edge(kc_run *run, int64_t rows, int64_t columns, int32_t *row, int32_t *column) {
  for (;;) {
    int64_t r = 0, c = 0, side = 1;
    for (; side < rows || side < columns; side *= 2) {
      const double u = kc_random(run);
      r = 2 * r + (u >= 0.76);
      c = 2 * c + ((u >= 0.57 && u < 0.76) || u >= 0.95);
    }
    r = (int64_t)((uint64_t)r * 0x9E3779B1u & (uint64_t)(side - 1));
    c = (int64_t)((uint64_t)c * 0x9E3779B1u & (uint64_t)(side - 1));
    if (r >= rows || c >= columns) continue;
    *row = (int32_t)r;
    *column = (int32_t)c;
    return;
  }
}

static void draw_edge(kc_run *run, int64_t i, int32_t *row, int32_t *column) {
  const int64_t rows = run->dim[kc_rows], columns = run->dim[kc_columns];
  const kc_pattern_kind kind = (kc_pattern_kind)run->dim[kc_kind];
  if (kind == kc_pattern_rmat) {
    rmat_edge(run, rows, columns, row, column);
    return;
  }
  const bool is_hub = i % 2 == 0 && (kind == kc_pattern_hub || kind == kc_pattern_last_hub);
  const int64_t hub = kind == kc_pattern_hub ? 0 : rows - 1;
  *row = (int32_t)(is_hub ? hub : kc_random_below(run, rows));
  *column = (int32_t)kc_random_below(run, columns);
}

kc_pattern *kc_pattern_make(kc_run *run) {
  const int64_t rows = run->dim[kc_rows], columns = run->dim[kc_columns];
  const int64_t edges = rows > 0 && columns > 0 ? run->dim[kc_edges] : 0;
  const bool citation = run->dim[kc_kind] == kc_pattern_citation;
  const ck_csr_options options = {
      .symmetric = citation,
      .merge_duplicates = true,
      .self_loops = citation ? ck_self_loops_add : ck_self_loops_keep,
  };
  kc_pattern *pattern = run->extra = kc_memory(run, sizeof *pattern);

  int32_t *from = malloc((size_t)(edges + 1) * sizeof *from), *to = malloc((size_t)(edges + 1) * sizeof *to);
  for (int64_t i = 0; i < edges; i++) draw_edge(run, i, &from[i], &to[i]);
  int64_t *row_start = kc_memory(run, (rows + 1) * (int64_t)sizeof *row_start);
  int32_t *column = kc_memory(run, ck_sparse_csr_bound(edges, rows, options) * (int64_t)sizeof *column);
  const int64_t bytes = ck_sparse_csr_build_workspace(edges, rows, options);
  void *workspace = malloc((size_t)bytes);
  const ck_ctx ctx = {.max_threads = 2, .workspace = workspace, .workspace_bytes = bytes};
  int64_t fault = 0, place = 0;
  const ck_status built = ck_sparse_csr_build(&ctx, row_start, column, &pattern->entries, &fault, from, to, edges, rows,
                                              columns, options);
  free(workspace);
  free(from);
  free(to);
  pattern->a = (ck_csr){rows, columns, row_start, column};
  pattern->valid = built == ck_status_ok &&
                   ck_sparse_csr_validate(&pattern->a, pattern->entries, true, &place) == ck_csr_fault_none;
  for (int64_t r = 0; r < rows; r++)
    if (row_start[r + 1] - row_start[r] > pattern->longest) pattern->longest = row_start[r + 1] - row_start[r];

  pattern->order = kc_memory(run, pattern->entries * (int64_t)sizeof *pattern->order);
  for (int64_t i = 0; i < pattern->entries; i++) {  // Fisher-Yates, from the front
    const int64_t j = kc_random_below(run, i + 1);
    pattern->order[i] = pattern->order[j];
    pattern->order[j] = (int32_t)i;
  }
  return pattern;
}

void kc_pattern_transpose(kc_run *run) {
  kc_pattern *p = kc_pattern_of(run);
  int64_t *row_start = kc_memory(run, (p->a.columns + 1) * (int64_t)sizeof *row_start);
  int32_t *column = kc_memory(run, p->entries * (int64_t)sizeof *column);
  p->transposed_order = kc_memory(run, p->entries * (int64_t)sizeof *p->transposed_order);
  const int64_t bytes = ck_sparse_csr_transpose_workspace(&p->a);
  const ck_ctx ctx = {.workspace = malloc((size_t)bytes + 1), .workspace_bytes = bytes};
  p->valid &= ck_sparse_csr_transpose(&ctx, row_start, column, p->transposed_order, &p->a) == ck_status_ok;
  free(ctx.workspace);
  p->transposed = (ck_csr){p->a.columns, p->a.rows, row_start, column};
}
