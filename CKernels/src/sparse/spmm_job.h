// What the SpMM driver hands to its bodies: one record for both element types.
#ifndef CK_SPMM_JOB_H
#define CK_SPMM_JOB_H
#include "ck_sparse.h"

/// Columns that a cut of a hub row is a multiple of: a cache line of float.
#define CK_SPMM_CUT 16

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

/// A body: rows from ..< to of Y.
typedef void (*spmm_rows)(const spmm_job *job, int64_t from, int64_t to);

// The driver that tables of T and of bf16 share: checks, the plan, the job and the threads.
ck_status ck_spmm_run_f32(const ck_ctx *ctx, float *y, int64_t ldy, const ck_csr *a, ck_weights_f32 weights, bool mean,
                          const void *x, int64_t ldx, int64_t n, const ck_epilogue_f32 *epilogue, spmm_rows body,
                          bool bf16);
ck_status ck_spmm_run_f64(const ck_ctx *ctx, double *y, int64_t ldy, const ck_csr *a, ck_weights_f64 weights, bool mean,
                          const void *x, int64_t ldx, int64_t n, const ck_epilogue_f64 *epilogue, spmm_rows body,
                          bool bf16);

/// Where the weight of an entry comes from.
enum { spmm_ones = 0, spmm_column_scale, spmm_value, spmm_ordered_value, spmm_general, SPMM_KINDS };

#endif
