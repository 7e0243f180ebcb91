// What the SDDMM driver hands to its bodies: one record for both element types.
#ifndef CK_SDDMM_JOB_H
#define CK_SDDMM_JOB_H
#include "ck_sparse.h"

typedef struct sddmm_job {
  const ck_csr *a;
  void *e;
  const void *u, *w;
  int64_t ldu, ldw, n;
  const void *row_scale, *column_scale;
  bool far;  // W lies far (see gathered.h): prefetch its rows
} sddmm_job;

#endif
