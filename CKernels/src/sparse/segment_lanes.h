// Helpers of the segment bodies: vectors whose lanes repeat `period` columns.  A segment of entries x columns is one
// contiguous run; where the columns divide a vector, lane l of every vector belongs to column l mod period.
#if VL == 16
#define CK_SWAP(v, h)                                                                                                \
  __builtin_shufflevector(v, v, 0 ^ h, 1 ^ h, 2 ^ h, 3 ^ h, 4 ^ h, 5 ^ h, 6 ^ h, 7 ^ h, 8 ^ h, 9 ^ h, 10 ^ h, 11 ^ h, \
                          12 ^ h, 13 ^ h, 14 ^ h, 15 ^ h)
#elif VL == 8
#define CK_SWAP(v, h) __builtin_shufflevector(v, v, 0 ^ h, 1 ^ h, 2 ^ h, 3 ^ h, 4 ^ h, 5 ^ h, 6 ^ h, 7 ^ h)
#elif VL == 4
#define CK_SWAP(v, h) __builtin_shufflevector(v, v, 0 ^ h, 1 ^ h, 2 ^ h, 3 ^ h)
#else
#define CK_SWAP(v, h) __builtin_shufflevector(v, v, 0 ^ h, 1 ^ h)
#endif

/// Whether vectors can hold whole entries of `columns` elements.
CK_INLINE bool NAME(folds)(int64_t columns) { return columns <= VL && (columns & (columns - 1)) == 0; }

/// Each lane becomes the sum over the lanes of its column.
CK_INLINE V NAME(fold_sum)(V v, int64_t period) {
#if VL >= 16
  if (period <= 8) v += CK_SWAP(v, 8);
#endif
#if VL >= 8
  if (period <= 4) v += CK_SWAP(v, 4);
#endif
#if VL >= 4
  if (period <= 2) v += CK_SWAP(v, 2);
#endif
  if (period <= 1) v += CK_SWAP(v, 1);
  return v;
}
CK_INLINE V NAME(fold_max)(V v, int64_t period) {
#if VL >= 16
  if (period <= 8) v = NAME(max)(v, CK_SWAP(v, 8));
#endif
#if VL >= 8
  if (period <= 4) v = NAME(max)(v, CK_SWAP(v, 4));
#endif
#if VL >= 4
  if (period <= 2) v = NAME(max)(v, CK_SWAP(v, 2));
#endif
  if (period <= 1) v = NAME(max)(v, CK_SWAP(v, 1));
  return v;
}
#undef CK_SWAP
