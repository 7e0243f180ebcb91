// Four sums of lanes at a time; included by bodies that need it, hence no include guard.
typedef T NAME(four) __attribute__((ext_vector_type(4)));

/// The sums of the lanes of four vectors, by halves.
#if VL == 2
CK_INLINE NAME(four) NAME(sum_four)(V a, V b, V c, V d) {
  const V ab = __builtin_shufflevector(a, b, 0, 2) + __builtin_shufflevector(a, b, 1, 3);
  const V cd = __builtin_shufflevector(c, d, 0, 2) + __builtin_shufflevector(c, d, 1, 3);
  return __builtin_shufflevector(ab, cd, 0, 1, 2, 3);
}
#else
typedef T NAME(eight) __attribute__((ext_vector_type(8)));
CK_INLINE NAME(four) NAME(pairs)(NAME(eight) v) {
  return __builtin_shufflevector(v, v, 0, 2, 4, 6) + __builtin_shufflevector(v, v, 1, 3, 5, 7);
}
#if VL == 4
CK_INLINE NAME(four) NAME(sum_four)(V a, V b, V c, V d) {
  const V ab = __builtin_shufflevector(a, b, 0, 1, 4, 5) + __builtin_shufflevector(a, b, 2, 3, 6, 7);
  const V cd = __builtin_shufflevector(c, d, 0, 1, 4, 5) + __builtin_shufflevector(c, d, 2, 3, 6, 7);
  return NAME(pairs)(__builtin_shufflevector(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7));
}
#elif VL == 8
CK_INLINE V NAME(halves)(V a, V b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11) +
         __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
}
CK_INLINE NAME(four) NAME(sum_four)(V a, V b, V c, V d) {
  const V ab = NAME(halves)(a, b), cd = NAME(halves)(c, d);
  return NAME(pairs)(__builtin_shufflevector(ab, cd, 0, 1, 4, 5, 8, 9, 12, 13) +
                     __builtin_shufflevector(ab, cd, 2, 3, 6, 7, 10, 11, 14, 15));
}
#else
CK_INLINE V NAME(halves)(V a, V b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
         __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}
CK_INLINE NAME(four) NAME(sum_four)(V a, V b, V c, V d) {
  const V ab = NAME(halves)(a, b), cd = NAME(halves)(c, d);
  const V all = __builtin_shufflevector(ab, cd, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
                __builtin_shufflevector(ab, cd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  return NAME(pairs)(__builtin_shufflevector(all, all, 0, 2, 4, 6, 8, 10, 12, 14) +
                     __builtin_shufflevector(all, all, 1, 3, 5, 7, 9, 11, 13, 15));
}
#endif
#endif
