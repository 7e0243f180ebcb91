// Stable counting sort of nodes by a key, for orders.
#ifndef CK_ORDER_SORT_H
#define CK_ORDER_SORT_H
#include "csr_buckets.h"

/// Counters of a pass; one block serves all.
enum { ORDER_SORT_PLACES = CSR_BUCKETS * CSR_CHUNKS };

/// Sorts n nodes by ascending key[node], equal keys as they stand. `spare` has room for n, `place` for
/// ORDER_SORT_PLACES.
void ck_order_sort(const ck_ctx *ctx, int32_t *node, int32_t *spare, int64_t *place, const uint32_t *key,
                   uint32_t largest, int64_t n);

/// node = 0, 1, ... and key = the degrees of the rows; returns the largest.
uint32_t ck_order_degrees(int32_t *node, uint32_t *key, const ck_csr *a);
/// place[node[i]] = i.
void ck_order_places(const ck_ctx *ctx, int32_t *place, const int32_t *node, int64_t n);
#endif
