// A broadcast in its simplest form: axes of one element dropped, axes that are contiguous in every operand merged.
#ifndef CK_BROADCAST_H
#define CK_BROADCAST_H

#include "ck_dense.h"

typedef struct ck_broadcast {
  int32_t outer;                            // axes outside of the innermost one
  int64_t size[CK_MAX_RANK];                // of the outer axes
  int64_t a[CK_MAX_RANK], b[CK_MAX_RANK];   // strides along the outer axes
  int64_t n, a_inner, b_inner;              // innermost axis: its size and strides
  int64_t count;                            // elements of the result
} ck_broadcast;

/// Fills *plan; false when the rank or a size is out of range.
static inline bool ck_broadcast_plan(ck_broadcast *plan, const int64_t *a_strides, const int64_t *b_strides,
                                     const int64_t *sizes, int32_t rank) {
  if (rank < 0 || rank > CK_MAX_RANK) return false;
  int64_t size[CK_MAX_RANK], a[CK_MAX_RANK], b[CK_MAX_RANK], count = 1;
  int32_t axes = 0;
  for (int32_t i = 0; i < rank; i++) {
    if (sizes[i] < 0) return false;
    count *= sizes[i];
    if (sizes[i] == 1) continue;
    if (axes && a[axes - 1] == a_strides[i] * sizes[i] && b[axes - 1] == b_strides[i] * sizes[i]) {
      size[axes - 1] *= sizes[i];
      a[axes - 1] = a_strides[i], b[axes - 1] = b_strides[i];
    } else {
      size[axes] = sizes[i];
      a[axes] = a_strides[i], b[axes] = b_strides[i];
      axes++;
    }
  }
  *plan = (ck_broadcast){.n = 1, .a_inner = 1, .b_inner = 1, .count = count};
  if (!axes) return true;
  plan->outer = axes - 1;
  for (int32_t i = 0; i < plan->outer; i++) plan->size[i] = size[i], plan->a[i] = a[i], plan->b[i] = b[i];
  plan->n = size[axes - 1], plan->a_inner = a[axes - 1], plan->b_inner = b[axes - 1];
  return true;
}

#endif
