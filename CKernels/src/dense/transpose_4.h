// A 4 x 4 block transposed in registers; included by bodies that need it, hence no include guard.
typedef T NAME(quad) __attribute__((ext_vector_type(4)));
typedef T NAME(quad_unaligned) __attribute__((ext_vector_type(4), aligned(sizeof(T))));

/// The rows become the columns.
CK_INLINE void NAME(turn_quads)(NAME(quad) *row) {
  const NAME(quad) low01 = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
  const NAME(quad) low23 = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
  const NAME(quad) high01 = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
  const NAME(quad) high23 = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
  row[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
  row[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
  row[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
  row[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

CK_INLINE void NAME(transpose_4)(T *y, int64_t ldy, const T *x, int64_t ldx) {
  NAME(quad) row[4];
  for (int i = 0; i < 4; i++) row[i] = *(const NAME(quad_unaligned) *)(x + i * ldx);
  NAME(turn_quads)(row);
  for (int i = 0; i < 4; i++) *(NAME(quad_unaligned) *)(y + i * ldy) = row[i];
}
