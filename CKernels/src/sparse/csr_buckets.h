// Stable partition of items by ranges of their key: the first step of building and of transposing a pattern.
//
// Items are cut into chunks and keys into ranges ("buckets"), both from the sizes alone, never from the number of
// threads: 256 buckets, or as many as it takes for a key to be known within its bucket by 16 bits.  Each chunk counts
// its items by bucket; a prefix over (bucket, chunk) gives every chunk its own places in every bucket; a second pass
// writes.  Buckets are then independent, small, and in the order of the items.
#ifndef CK_CSR_BUCKETS_H
#define CK_CSR_BUCKETS_H
#include "ck_sparse.h"

enum { CSR_BUCKETS = 256, CSR_LOCAL_BITS = 16, CSR_CHUNKS = 64, CSR_CHUNK_ITEMS = 1 << 14 };

typedef struct csr_cut {
  int32_t shift;  // a key's bucket is key >> shift
  int32_t buckets, chunks;
} csr_cut;

static inline csr_cut csr_cut_for(int64_t keys, int64_t items) {
  csr_cut cut = {0, 0, 1};
  if (keys > 0) {
    while (cut.shift < CSR_LOCAL_BITS && (keys - 1) >> cut.shift >= CSR_BUCKETS) cut.shift++;
    cut.buckets = (int32_t)((keys - 1) >> cut.shift) + 1;
  }
  const int64_t chunks = items / CSR_CHUNK_ITEMS;
  if (chunks > 1) cut.chunks = chunks < CSR_CHUNKS ? (int32_t)chunks : CSR_CHUNKS;
  return cut;
}

/// Counts in place[chunk * buckets + bucket] become first places, and start[bucket] the first place of each bucket,
/// with `gap` places free behind each. A chunk's own counts lie together: it counts and takes places in them.
static inline void csr_places(csr_cut cut, int64_t *place, int64_t *start, int64_t gap) {
  int64_t next = 0;
  for (int32_t bucket = 0; bucket < cut.buckets; bucket++) {
    start[bucket] = next;
    for (int32_t chunk = 0; chunk < cut.chunks; chunk++) {
      int64_t *own = place + (int64_t)chunk * cut.buckets + bucket;
      const int64_t count = *own;
      *own = next;
      next += count;
    }
    next += gap;
  }
  start[cut.buckets] = next;
}

/// Takes `count` elements of `size` bytes from an arena that starts at *next (0 to add up sizes).
static inline void *csr_take(uintptr_t *next, int64_t count, int64_t size) {
  const uintptr_t here = *next;
  *next = here + (uintptr_t)((count * size + 63) / 64 * 64);
  return (void *)here;
}
#endif
