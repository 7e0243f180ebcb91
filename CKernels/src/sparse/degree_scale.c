// Scales from degrees: scale[r] = (sum of row r's values) ^ p, 0 where the sum is 0; p = -1/2 gives D^(-1/2).
#ifndef T
#include "../base/parallel.h"
#include "ck_sparse.h"
#include "sparse_kernels.h"
#define CK_BODY "../sparse/degree_scale_body.h"
#include "../base/isa_expand.h"

CK_SPARSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(sparse, degree_scale)

/// Nanoseconds of an entry and of a row's power, for the thread policy.
static const double entry_ns = 0.1, power_ns = 5;
/// Cost of a row, in entries, when rows are cut between threads.
static const int64_t row_cost = 16;

#define CK_DRIVER "../sparse/degree_scale.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_sparse_degree_scale)(const ck_ctx *ctx, T *scale, const ck_csr *a, const T *value, T exponent) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0) return ck_status_bad_shape;
  if (a->rows == 0) return ck_status_ok;
  __auto_type body = CK_PICK(ctx, sparse, degree_scale, CK_TYPE);
  const double entries = value ? (double)a->row_start[a->rows] : 0;
  CK_COST(entries + (double)a->rows, (entries + (double)a->rows) * sizeof(T) + (double)a->rows * 8);
  const int32_t threads = ck_threads_for(ctx, (double)a->rows * power_ns + entries * entry_ns);
  CK_PARALLEL(threads, part, {
    body(scale, a->row_start, value, exponent, ck_split_rows(a->row_start, a->rows, row_cost, threads, part),
         ck_split_rows(a->row_start, a->rows, row_cost, threads, part + 1));
  });
  return ck_status_ok;
}

#endif
