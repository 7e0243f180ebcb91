// What the drivers of graph attention hand to their bodies: one record for both element types and both passes.
#ifndef CK_GRAPH_ATTENTION_JOB_H
#define CK_GRAPH_ATTENTION_JOB_H
#include "ck_sparse.h"

typedef struct attention_job {
  const ck_csr *a;      // backward: the transposed pattern
  const int32_t *order; // backward with dropout: places of its entries in the pattern
  int64_t heads, width;
  double slope;
  int32_t threshold;    // of dropout, 0 for none
  double keep_scale;
  uint64_t key, stream;
  bool far;             // the gathered table lies far (see gathered.h): prefetch its rows
  const void *u, *source, *target, *dz;
  void *z, *positive, *state;    // backward: inputs
  void *du, *dsource, *dtarget;
  void *record;         // backward: rows x 4 x heads {target, log of the sum, <dz, z>, unused: whole lines or quads}
  bool is_dots;         // backward: the pass over rows that makes the record
} attention_job;

/// Weights (of an entry and a head) that are in the first-level cache at a time.
enum { ATTENTION_LANES = 512 };
/// Strips whose heads by lane are kept.
enum { ATTENTION_STRIPS = 16 };
/// Most rows of a batch.
enum { ATTENTION_ROWS = 32 };

#endif
