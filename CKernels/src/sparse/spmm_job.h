// What the SpMM driver hands to its bodies: one record for both element types.
#ifndef CK_SPMM_JOB_H
#define CK_SPMM_JOB_H
#include "ck_sparse.h"

typedef struct spmm_job {
  const ck_csr *a;
  void *y;
  const void *x;
  int64_t ldy, ldx, n;
  const void *value, *row_scale, *column_scale;
  const int32_t *order;
  const void *bias, *residual;
  int64_t ld_residual;
  double scale, residual_scale;
  bool mean, relu;
  bool epilogue;  // more than a scale follows the sum
  const ck_spmm_plan *plan;
} spmm_job;

/// Where the weight of an entry comes from.
enum { spmm_ones = 0, spmm_column_scale, spmm_value, spmm_ordered_value, spmm_general, SPMM_KINDS };

#endif
