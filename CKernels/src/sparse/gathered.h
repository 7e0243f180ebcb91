// What kernels know of the table whose rows they gather.
#ifndef CK_GATHERED_H
#define CK_GATHERED_H
#include "ck_base.h"

/// Bytes up to which the rows of a table are not prefetched: most of one somewhat larger than the second-level cache is
/// found there.
static inline double gathered_near_bytes(ck_caches caches) { return 1.5 * (double)caches.l2; }
static inline bool gathers_from_far(ck_caches caches, double bytes) { return bytes > gathered_near_bytes(caches); }
/// How many entries ahead a pass then prefetches its `strip_bytes` of a row: as far as the line-fill buffers and the
/// second level hide the latency of memory, about 4 KB for wide strips; narrow ones stop at 32 entries, beyond which
/// nothing was gained.
static inline int32_t gathered_ahead(int64_t strip_bytes) {
  return strip_bytes <= 64 ? 32 : strip_bytes <= 256 ? 16 : 8;
}
/// Cost of a row, in entries, when rows are cut between threads.
static const int64_t row_cost = 4;

#endif
