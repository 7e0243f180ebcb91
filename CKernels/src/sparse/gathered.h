// What kernels know of the table whose rows they gather.
#ifndef CK_GATHERED_H
#define CK_GATHERED_H
#include "ck_base.h"

/// Whether the rows of a table of `bytes` are prefetched: one that fits the second-level cache stays there.
static inline bool gathers_from_far(ck_caches caches, double bytes) { return bytes > (double)caches.l2; }
/// How many entries ahead a pass then prefetches its `strip_bytes` of a row: as far as the line-fill buffers and the
/// second level hide the latency of memory, about 4 KB for wide strips; narrow ones stop at 32 entries, beyond which
/// nothing was gained.
static inline int32_t gathered_ahead(int64_t strip_bytes) {
  return strip_bytes <= 64 ? 32 : strip_bytes <= 256 ? 16 : 8;
}
/// Cost of a row, in entries, when rows are cut between threads.
static const int64_t row_cost = 4;

#endif
