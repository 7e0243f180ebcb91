// What the filter's driver hands to its bodies.
#ifndef CK_CSR_FILTER_JOB_H
#define CK_CSR_FILTER_JOB_H
#include "ck_sparse.h"

typedef struct filter_job {
  const ck_csr *a;
  const ck_csr_filter *filter;
  int64_t *count;            // first pass: how many entries of each row stay
  const int64_t *row_start;  // second pass: where they go
  int32_t *column, *order;
} filter_job;

/// Entries whose draws are made at a time.
enum { FILTER_CHUNK = 128 };

#endif
