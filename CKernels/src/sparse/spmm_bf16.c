// SpMM with X stored as bf16, the upper half of a float: Y = act(scale D_r A D_c X + bias + residual).
//
// The method is spmm.c's: a strip of a row of Y in registers (f32 sums) while the row's entries pass; the strips of X
// are widened by a shift as they are loaded.  Where X exceeds the caches its gathered rows decide the time, and they
// are half as many bytes: nnz (4 + 2 n) + rows n sizeof T.  Rounding X to bf16 changes each of its normal
// elements by at most 2^-8 of it; the sums are those of spmm over the rounded table, bit for bit.
//
// Kalamkar et al., A study of BFLOAT16 for deep learning training, arXiv:1905.12322, 2019.
#ifndef T
#include "../base/parallel.h"
#include "spmm_job.h"
#include "sparse_kernels.h"
#define SPMM_BF16 1
#define CK_BODY "../sparse/spmm_body.h"
#include "../base/isa_expand.h"

CK_SPARSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(sparse, spmm_bf16)

#define CK_DRIVER "../sparse/spmm_bf16.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_sparse_spmm_bf16)(const ck_ctx *ctx, T *y, int64_t ldy, const ck_csr *a, FN(ck_weights) weights,
                                  bool mean, const uint16_t *x, int64_t ldx, int64_t n,
                                  const FN(ck_epilogue) *epilogue) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  return FN(ck_spmm_run)(ctx, y, ldy, a, weights, mean, x, ldx, n, epilogue, CK_PICK(ctx, sparse, spmm_bf16, CK_TYPE),
                         true);
}

#endif
