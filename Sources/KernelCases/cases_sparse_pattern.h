// Patterns for the cases of the sparse family, made by ck_sparse_csr_build and checked by ck_sparse_csr_validate.
#ifndef KC_SPARSE_PATTERN_H
#define KC_SPARSE_PATTERN_H

#include "harness.h"
#include "ck_sparse.h"

/// The sizes of every sparse case: rows, columns, edges drawn, width, kind of pattern, and elements between rows of
/// matrices beyond their width.
#define KC_SPARSE_DIMS "rows columns edges width kind=uniform|hub|R-MAT|citation|last-hub padding?"
enum { kc_rows = 0, kc_columns, kc_edges, kc_width, kc_kind, kc_padding };

typedef enum kc_pattern_kind {
  kc_pattern_uniform = 0,
  kc_pattern_hub,       // row 0 holds half of the edges
  kc_pattern_rmat,      // Graph500's recursive matrix: a few columns and rows hold most edges
  kc_pattern_citation,  // undirected, self-loops added
  kc_pattern_last_hub,  // the last row holds half of the edges
} kc_pattern_kind;

typedef struct kc_pattern {
  ck_csr a;
  int64_t entries, longest;  // entries in all, and in the fullest row
  int32_t *order;            // a permutation of the entries
  int32_t *which;            // the maximum's cases: the entry that won, for each result
  uint16_t *table;           // SpMM's X in bf16, where a case has it so
  ck_csr transposed;         // where kc_pattern_transpose was called
  int32_t *transposed_order;
  bool valid;
} kc_pattern;

/// The pattern of a run's sizes; it lives in run->extra.
kc_pattern *kc_pattern_make(kc_run *run);
/// Adds the transposed pattern and the places of its entries.
void kc_pattern_transpose(kc_run *run);
static inline kc_pattern *kc_pattern_of(kc_run *run) { return run->extra; }

#endif
