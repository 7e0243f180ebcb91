// What the drivers of the neighbour maximum hand to their bodies: one record for both element types and both passes.
#ifndef CK_SPMM_MAX_JOB_H
#define CK_SPMM_MAX_JOB_H
#include "ck_sparse.h"

typedef struct max_job {
  const ck_csr *a;       // backward: the transposed pattern
  const int32_t *order;  // backward: places of its entries in the pattern
  int64_t n;
  void *y;               // backward: dx
  int32_t *which;        // backward: an input
  const void *x;         // backward: dy
  bool far;              // x lies far (see gathered.h): prefetch its rows
} max_job;

#endif
