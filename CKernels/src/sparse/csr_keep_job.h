// What csr_keep's driver hands to its bodies.
#ifndef CK_CSR_KEEP_JOB_H
#define CK_CSR_KEEP_JOB_H
#include "ck_sparse.h"

/// The stages of a call, in their order.
typedef enum keep_stage {
  keep_permute,  // own = the bits in the order of the entries, over words
  keep_rank,     // rank = bits set before each word, over all words at once
  keep_rows,     // row starts, over rows
  keep_move,     // columns, over words
} keep_stage;

typedef struct keep_job {
  const ck_csr *a;
  int64_t entries;
  const uint64_t *bits;
  const int32_t *order;
  uint64_t *own;   // words of bits by entry
  int64_t *rank;   // one for each word, and the sum
  int64_t *row_start;
  int32_t *column;
} keep_job;

#endif
