// Searches for faults: the first element that is not finite, the first id out of range.
//
// Each thread searches a range and keeps the least place in one integer: the result does not depend on who finds it
// first.  Cost: one pass over the input, or up to the fault.
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/search_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, check_finite)

enum { search_block = 1 << 13 };  // elements between two looks at what the other threads have found
static const double search_element_ns = 0.15;

/// Lowers *first to `place`.
static void keep_least(_Atomic int64_t *first, int64_t place) {
  int64_t seen = atomic_load_explicit(first, memory_order_relaxed);
  while (place < seen &&
         !atomic_compare_exchange_weak_explicit(first, &seen, place, memory_order_relaxed, memory_order_relaxed)) {}
}

/// First id of the block outside [0, limit), limit <= 2^31; -1 for none.
static int64_t check_ids_block(const int32_t *ids, int64_t n, uint32_t limit) {
  uint32_t outside = 0;
  for (int64_t i = 0; i < n; i++) outside |= (uint32_t)((uint32_t)ids[i] >= limit);
  if (outside)
    for (int64_t i = 0; i < n; i++)
      if ((uint32_t)ids[i] >= limit) return i;
  return -1;
}

ck_status ck_dense_check_ids(const ck_ctx *ctx, int64_t *position, const int32_t *ids, int64_t n, int64_t limit) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0 || limit < 0) return ck_status_bad_shape;
  const uint32_t bound = limit <= INT32_MAX ? (uint32_t)limit : (uint32_t)INT32_MAX + 1;
  _Atomic int64_t first = INT64_MAX;
  _Atomic int64_t *const least = &first;
  CK_COST((double)n, (double)n * 4);
  const int32_t threads = ck_threads_for(ctx, (double)n * search_element_ns);
  CK_PARALLEL(threads, part, {
    const int64_t to = ck_split_even(n, threads, part + 1);
    for (int64_t i = ck_split_even(n, threads, part); i < to; i += search_block) {
      if (i > atomic_load_explicit(least, memory_order_relaxed)) break;
      const int64_t place = check_ids_block(ids + i, to - i < search_block ? to - i : search_block, bound);
      if (place >= 0) keep_least(least, i + place);
    }
  });
  *position = first == INT64_MAX ? -1 : first;
  return ck_status_ok;
}

#define CK_DRIVER "../dense/search.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_dense_check_finite)(const ck_ctx *ctx, int64_t *position, const T *x, int64_t n) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  __auto_type body = CK_PICK(ctx, dense, check_finite, CK_TYPE);
  _Atomic int64_t first = INT64_MAX;
  _Atomic int64_t *const least = &first;
  CK_COST((double)n, (double)n * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, (double)n * search_element_ns);
  CK_PARALLEL(threads, part, {
    const int64_t to = ck_split_even(n, threads, part + 1);
    for (int64_t i = ck_split_even(n, threads, part); i < to; i += search_block) {
      if (i > atomic_load_explicit(least, memory_order_relaxed)) break;
      const int64_t place = body(x + i, to - i < search_block ? to - i : search_block);
      if (place >= 0) keep_least(least, i + place);
    }
  });
  *position = first == INT64_MAX ? -1 : first;
  return ck_status_ok;
}

#endif
