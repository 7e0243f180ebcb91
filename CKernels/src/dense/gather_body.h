// Rows of a table by id, and their transpose: rows of a result summed from the rows that name them.

/// y[i, :] = x[ids[i], :]. Returns whether every id lies in [0, rows); stops at the first that does not.
static bool NAME(gather_rows)(T *y, int64_t ldy, const T *x, int64_t ldx, int64_t rows, const int32_t *ids,
                              int64_t count, int64_t width) {
  const int64_t ahead = 8, lines = (width * (int64_t)sizeof(T) + 63) / 64;
  for (int64_t i = 0; i < count; i++, y += ldy) {
    const int64_t id = ids[i];
    if (id < 0 || id >= rows) return false;
    if (i + ahead < count) {
      const int64_t next = ids[i + ahead];
      if (next >= 0 && next < rows)
        for (int64_t line = 0; line < lines && line < 8; line++)
          __builtin_prefetch(x + next * ldx + line * 64 / (int64_t)sizeof(T), 0, 3);
    }
    const T *from = x + id * ldx;
    int64_t j = 0;
    for (; j + VL <= width; j += VL) NAME(store)(y + j, NAME(load)(from + j));
    if (j < width) NAME(store_n)(y + j, NAME(load_n)(from + j, width - j), width - j);
  }
  return true;
}

/// A strip of `vectors` vectors of y (n columns of it) from `count` rows of x, added in order.
CK_INLINE void NAME(scatter_strip)(T *y, const T *x, int64_t ldx, const int32_t *order, int64_t count, int64_t n,
                                   const int vectors) {
  V sum[8];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) sum[v] = 0;
  for (int64_t e = 0; e < count; e++) {
    const T *from = x + order[e] * ldx;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[v] += n >= VL ? NAME(load)(from + v * VL) : NAME(load_n)(from, n);
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++)
    if (n >= VL) NAME(store)(y + v * VL, sum[v]);
    else NAME(store_n)(y, sum[v], n);
}

/// Rows [from, to) of y; row r sums the rows order[start[r]] ..< order[start[r + 1]] of x.
static void NAME(scatter_add_rows)(T *y, int64_t ldy, const T *x, int64_t ldx, const int64_t *start,
                                   const int32_t *order, int64_t from, int64_t to, int64_t width) {
  for (int64_t r = from; r < to; r++) {
    const int32_t *mine = order + start[r];
    const int64_t count = start[r + 1] - start[r];
    int64_t j = 0;
    for (; j + 8 * VL <= width; j += 8 * VL)
      NAME(scatter_strip)(y + r * ldy + j, x + j, ldx, mine, count, 8 * VL, 8);
    for (; j < width; j += VL)
      NAME(scatter_strip)(y + r * ldy + j, x + j, ldx, mine, count, width - j < VL ? width - j : VL, 1);
  }
}
