// What the driver of the Dirichlet energy hands to its bodies: one record for both element types.
#ifndef CK_DIRICHLET_JOB_H
#define CK_DIRICHLET_JOB_H
#include "ck_sparse.h"

typedef struct dirichlet_job {
  const ck_csr *a;
  const void *scale, *z;
  int64_t n;
  double *energy;  // one number for each block of rows
  bool far;        // z lies far (see gathered.h): prefetch its rows
} dirichlet_job;

/// Rows of a block, edges that are gathered at a time, and edges whose terms are added in T before double.
enum { DIRICHLET_ROWS = 128, DIRICHLET_EDGES = 512, DIRICHLET_RUN = 32 };

#endif
