// Orders of a graph's nodes for locality of gathers, and patterns under other names of rows and columns. Included by
// ck_sparse.h.
//
// An order is a pair of arrays: node[i] is the node at place i, place[v] the place of node v.
#ifndef CK_SPARSE_ORDER_H
#define CK_SPARSE_ORDER_H

#pragma clang assume_nonnull begin

/// Rows by descending number of entries, equal ones in their old order.
CK_API ck_status ck_sparse_order_degree(const ck_ctx *ctx, int32_t *node, int32_t *place, const ck_csr *a);
CK_API int64_t ck_sparse_order_degree_workspace(int64_t rows);

/// Reverse Cuthill-McKee over all components of a valid square pattern, each from a pseudo-peripheral node. The
/// components of the smallest degrees come last, and isolated nodes at the end. The pattern is walked along its rows:
/// give a symmetric one (the cost of a directed one may grow with the square of its nodes). The walk runs on one
/// thread.
CK_API ck_status ck_sparse_order_rcm(const ck_ctx *ctx, int32_t *node, int32_t *place, const ck_csr *a);
CK_API int64_t ck_sparse_order_rcm_workspace(int64_t rows);

/// Clusters of a valid square pattern by `sweeps` sweeps of label propagation along its rows: the nodes of a cluster
/// are contiguous, those of larger degree first, and clusters follow their founders' degrees. A cluster that has
/// `largest` nodes or more when a sweep begins takes no more.
CK_API ck_status ck_sparse_order_clusters(const ck_ctx *ctx, int32_t *node, int32_t *place, const ck_csr *a,
                                          int32_t sweeps, int64_t largest);
CK_API int64_t ck_sparse_order_clusters_workspace(int64_t rows);

/// node[place[v]] = v for n nodes. Where place is no permutation of 0 ..< n: ck_status_out_of_range, with the first
/// node of a place that is outside or taken in *fault.
CK_API ck_status ck_sparse_order_invert(const ck_ctx *ctx, int32_t *node, int64_t *fault, const int32_t *place,
                                        int64_t n);

/// How local the gathers of a square pattern are with its nodes at `place` (NULL: where they are): *near entries join
/// places at most near_reach apart, *medium at most medium_reach.
CK_API ck_status ck_sparse_order_locality(const ck_ctx *ctx, int64_t *near, int64_t *medium, const ck_csr *a,
                                          const int32_t *_Nullable place, int64_t near_reach, int64_t medium_reach);

/// A pattern (at most INT32_MAX entries) with other names: row i of the result is row row_node[i] of `a`, and an entry
/// of column c is one of column column_place[c]; NULL keeps the names. Columns ascend within a row, equal ones keep
/// their order; order[e] is the entry of `a` that entry e came from. The arrays are trusted to be permutations.
CK_API ck_status ck_sparse_csr_relabel(const ck_ctx *ctx, int64_t *row_start, int32_t *column, int32_t *order,
                                       const ck_csr *a, const int32_t *_Nullable row_node,
                                       const int32_t *_Nullable column_place);
CK_API int64_t ck_sparse_csr_relabel_workspace(const ck_csr *a);

#pragma clang assume_nonnull end
#endif
