// Patterns in CSR: validation, row ids.
#include "../base/kernel_table.h"
#include "../base/parallel.h"
#include "ck_sparse.h"

/// Nanoseconds of an entry, for the thread policy.
static const double row_id_ns = 0.3;

ck_csr_fault ck_sparse_csr_validate(const ck_csr *a, int64_t entries, bool strict, int64_t *place) {
  *place = 0;
  if (a->row_start[0] != 0) return ck_csr_fault_first_start;
  for (int64_t r = 0; r < a->rows; r++)
    if (a->row_start[r + 1] < a->row_start[r]) {
      *place = r;
      return ck_csr_fault_descending;
    }
  if (a->row_start[a->rows] != entries) {
    *place = a->rows;
    return ck_csr_fault_entries;
  }
  for (int64_t r = 0; r < a->rows; r++) {
    int64_t before = -1;
    for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++) {
      const int64_t c = a->column[e];
      *place = e;
      if (c < 0 || c >= a->columns) return ck_csr_fault_column_range;
      if (strict && c <= before) return ck_csr_fault_unsorted;
      before = c;
    }
  }
  *place = 0;
  return ck_csr_fault_none;
}

ck_status ck_sparse_row_ids(const ck_ctx *ctx, int32_t *row, const ck_csr *a) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->rows > INT32_MAX) return ck_status_bad_shape;
  if (a->rows == 0) return ck_status_ok;
  CK_COST(0, (double)a->row_start[a->rows] * 4 + (double)a->rows * 8);
  const int32_t threads = ck_threads_for(ctx, (double)(a->row_start[a->rows] + a->rows) * row_id_ns);
  CK_PARALLEL(threads, part, {
    const int64_t to = ck_split_rows(a->row_start, a->rows, 1, threads, part + 1);
    for (int64_t r = ck_split_rows(a->row_start, a->rows, 1, threads, part); r < to; r++)
      for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++) row[e] = (int32_t)r;
  });
  return ck_status_ok;
}
