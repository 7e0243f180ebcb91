// y = kept ? scale x : 0 over the groups [from, to) of CK_PHILOX_HALVES elements, of which the last may be cut at n.
#include "../random/philox_body.h"

CK_INLINE void NAME(dropout_group)(T *y, const T *x, const uint16_t *draw, int32_t threshold, T scale) {
  for (int i = 0; i < CK_PHILOX_HALVES; i += VL)
    NAME(store)(y + i, NAME(load_halves)(draw + i) >= threshold ? NAME(load)(x + i) * scale : (V)0);
}

static void NAME(dropout)(T *y, const T *x, int64_t n, int32_t threshold, T scale, uint64_t key, uint64_t stream,
                          int64_t from, int64_t to) {
  for (int64_t group = from; group < to; group++) {
    uint64_t pair[CK_PHILOX_WORDS / 2];
    NAME(philox_group)(pair, (uint64_t)group, key, stream);
    const int64_t first = group * CK_PHILOX_HALVES, rest = n - first;
    if (rest >= CK_PHILOX_HALVES) {
      NAME(dropout_group)(y + first, x + first, (const uint16_t *)pair, threshold, scale);
    } else {
      T cut[CK_PHILOX_HALVES] = {0};
      memcpy(cut, x + first, (size_t)rest * sizeof(T));
      NAME(dropout_group)(cut, cut, (const uint16_t *)pair, threshold, scale);
      memcpy(y + first, cut, (size_t)rest * sizeof(T));
    }
  }
}
