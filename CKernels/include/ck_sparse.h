// Sparse graph kernels: CSR building and transposition, SpMM, SDDMM, segment softmax and reductions.
//
// A pattern is CSR with int64 row starts and int32 column ids. Weights are a product of optional factors: one value per
// entry (through an optional permutation, so that a transposed pattern reads the values of the original), a scale per
// row and a scale per column. Normalised adjacencies are scales over an unweighted pattern: no value array is read.
#ifndef CK_SPARSE_H
#define CK_SPARSE_H

#include "ck_base.h"

#pragma clang assume_nonnull begin

/// A CSR pattern: entries of row r are row_start[r] ..< row_start[r + 1], ascending columns within a row where built
/// here.
typedef struct ck_csr {
  int64_t rows, columns;
  const int64_t *row_start;  // rows + 1
  const int32_t *column;     // row_start[rows]
} ck_csr;

typedef enum CK_CLOSED_ENUM ck_self_loops {
  ck_self_loops_keep = 0,
  ck_self_loops_remove,
  ck_self_loops_add,  // each row has exactly one: its first edge's, else an added one (square patterns)
} ck_self_loops;

typedef struct ck_csr_options {
  bool symmetric;         // each edge also gives its reverse (a self-loop is its own)
  bool merge_duplicates;  // equal (row, column) pairs become one entry
  ck_self_loops self_loops;
} ck_csr_options;

/// Entries that ck_sparse_csr_build may write at most. Edges, rows and columns are at most INT32_MAX.
CK_API int64_t ck_sparse_csr_bound(int64_t edges, int64_t rows, ck_csr_options options);
CK_API int64_t ck_sparse_csr_build_workspace(int64_t edges, int64_t rows, ck_csr_options options);
/// CSR of the edges (edge_row[i], edge_column[i]), columns ascending within a row. `column` has room for
/// ck_sparse_csr_bound entries. Ids outside the table give ck_status_out_of_range with the edge in *fault.
CK_API ck_status ck_sparse_csr_build(const ck_ctx *ctx, int64_t *row_start, int32_t *column, int64_t *nonzeros,
                                     int64_t *fault, const int32_t *edge_row, const int32_t *edge_column,
                                     int64_t edges, int64_t rows, int64_t columns, ck_csr_options options);

typedef enum CK_CLOSED_ENUM ck_csr_fault {
  ck_csr_fault_none = 0,
  ck_csr_fault_first_start,   // row_start[0] is not 0
  ck_csr_fault_descending,    // row_start[place + 1] < row_start[place]
  ck_csr_fault_column_range,  // column[place] is outside [0, columns)
  ck_csr_fault_unsorted,      // column[place] does not ascend within its row
  ck_csr_fault_entries,       // row_start[rows] is not the number of entries given
} ck_csr_fault;
/// Kind and place of the first fault: row starts are checked first, then their end, then columns. `strict` also asks
/// for ascending columns without duplicates.
CK_API ck_csr_fault ck_sparse_csr_validate(const ck_csr *a, int64_t entries, bool strict, int64_t *place);

/// Transposed pattern (columns x rows) of a valid one with at most INT32_MAX entries; order[e], where not NULL, is the
/// entry of `a` that entry e of the result came from.
CK_API ck_status ck_sparse_csr_transpose(const ck_ctx *ctx, int64_t *row_start, int32_t *column,
                                         int32_t *_Nullable order, const ck_csr *a);
CK_API int64_t ck_sparse_csr_transpose_workspace(const ck_csr *a);
/// row[e] = the row of entry e.
CK_API ck_status ck_sparse_row_ids(const ck_ctx *ctx, int32_t *row, const ck_csr *a);

/// Which entries of a pattern stay. Zero-initialised: all.
typedef struct ck_csr_filter {
  const uint8_t *_Nullable keep_row;     // rows: 0 empties the row
  const uint8_t *_Nullable keep_column;  // columns: 0 empties the column
  double drop;                // probability that an entry goes, in [0, 1]: a function of (key, stream, row, column)
  bool pairs;                 // (r, c) and (c, r) share their draw
  uint64_t key, stream;
  ck_self_loops self_loops;   // of what is left; added ones are never dropped (square patterns)
} ck_csr_filter;
/// Row starts of the entries of `a` that stay.
CK_API ck_status ck_sparse_csr_filter_rows(const ck_ctx *ctx, int64_t *row_start, const ck_csr *a,
                                           const ck_csr_filter *filter);
/// The entries that stay, in the order of `a`, under the row starts of the above; `order`, where not NULL, gets the
/// entry that each came from (-1 for added self-loops; at most INT32_MAX entries then). The columns of `a` ascend
/// within its rows.
CK_API ck_status ck_sparse_csr_filter(const ck_ctx *ctx, int32_t *column, int32_t *_Nullable order,
                                      const int64_t *row_start, const ck_csr *a, const ck_csr_filter *filter);

CK_API int64_t ck_sparse_csr_keep_workspace(int64_t entries, bool with_order);
/// The entries of `a` whose bit is set, in its order: bit e % 64 of bits[e / 64] for entry e, or with `order` that of
/// order[e], as for a transposed pattern. Bits behind the last entry are 0. `column` has room for those that stay.
CK_API ck_status ck_sparse_csr_keep(const ck_ctx *ctx, int64_t *row_start, int32_t *column, const ck_csr *a,
                                    const uint64_t *bits, const int32_t *_Nullable order);

typedef enum CK_CLOSED_ENUM ck_segment_reduction {
  ck_segment_reduction_sum = 0,
  ck_segment_reduction_mean,     // an empty segment gives 0
  ck_segment_reduction_maximum,  // an empty segment gives 0
} ck_segment_reduction;

typedef enum CK_CLOSED_ENUM ck_activation {
  ck_activation_none = 0,
  ck_activation_relu,
} ck_activation;

/// What the plan of a product Y = A X goes by.
typedef struct ck_spmm_shape {
  int64_t rows, columns, entries;  // of A
  int64_t width, stride;           // columns of X and Y, elements from a row of X to the next
  bool f64;
  bool bf16;                       // X is stored as bf16
  bool has_values;                 // one for each entry
} ck_spmm_shape;

/// Strips of a row of Y, side by side, whose sums stay in registers together.
typedef struct ck_spmm_strips {
  int32_t count;    // 0: none of this kind
  int32_t vectors;  // of each; the last one of a row may be cut by the width
  int32_t lanes;    // of a vector, in elements
  int32_t ahead;    // entries from a row of X to the one prefetched meanwhile; 0: none is
} ck_spmm_strips;

/// How SpMM runs a call, and what the call moves. No plan changes a bit of the result.
typedef struct ck_spmm_plan {
  ck_spmm_strips eight, four, last;  // in the order in which they cover a row
  int64_t block_rows;  // rows that all strips finish before the next rows begin
  int64_t row_cost;    // cost of a row in entries, where rows are cut between threads
  int32_t threads;
  bool cuts_hubs;         // rows that alone are more than a thread's share are cut by columns
  double nanoseconds;     // on one core, roughly: the thread policy goes by it
  double streamed_bytes;  // of A, read once
  double gathered_bytes;  // of X, a row for each entry
  double table_bytes;     // of X
  double near_bytes;      // rows of tables up to this size are not prefetched
  double written_bytes;   // of Y
} ck_spmm_plan;
/// The plan of a call with this context on a machine with these caches.
CK_API ck_spmm_plan ck_sparse_spmm_plan(const ck_ctx *ctx, const ck_spmm_shape *shape, ck_caches caches);

CK_API int64_t ck_sparse_dirichlet_workspace(int64_t rows);

/// Attention over the entries (i, j) of a pattern, with heads of `width` columns side by side.
typedef struct ck_attention_options {
  int64_t heads, width;
  double slope;          // of the leaky ReLU below 0, in [0, 1]
  double drop;           // rate of inverted dropout over the weights, in [0, 1)
  uint64_t key, stream;  // of its mask, which is that of ck_dense_dropout over nnz x heads
} ck_attention_options;

#pragma clang assume_nonnull end

#include "ck_sparse_order.h"

// Declared for float (_f32) and double (_f64) from one text.
#define T float
#define FN(name) name##_f32
#include "ck_sparse_functions.h"
#undef T
#undef FN
#define T double
#define FN(name) name##_f64
#include "ck_sparse_functions.h"
#undef T
#undef FN

#endif
