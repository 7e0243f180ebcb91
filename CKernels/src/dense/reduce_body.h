// Reductions of contiguous rows, and of the columns of a matrix.  Sums only: the driver divides for the mean.

CK_INLINE V NAME(fold)(const ck_reduction op, V a, V x) {
  if (op == ck_reduction_maximum) return ((x > a) | (x != x)) ? x : a;  // a NaN replaces any number and stays
  if (op == ck_reduction_minimum) return ((x < a) | (x != x)) ? x : a;
  return a + x;
}
CK_INLINE T NAME(fold_scalar)(const ck_reduction op, T a, T x) {
  if (op == ck_reduction_maximum) return x > a || x != x ? x : a;
  if (op == ck_reduction_minimum) return x < a || x != x ? x : a;
  return a + x;
}
CK_INLINE T NAME(fold_start)(const ck_reduction op) {
  if (op == ck_reduction_maximum) return (T)-__builtin_inf();
  if (op == ck_reduction_minimum) return (T)__builtin_inf();
  return 0;
}

/// One row: four vectors of partial results, then their lanes, always in the same order. Short rows go one by one:
/// folding lanes costs more than they do.
CK_INLINE T NAME(reduce_row)(const ck_reduction op, const T *x, int64_t n) {
  if (n <= 8) {
    T result = NAME(fold_start)(op);
    for (int64_t j = 0; j < n; j++) result = NAME(fold_scalar)(op, result, x[j]);
    return result;
  }
  const V start = (V)NAME(fold_start)(op);
  V part[4] = {start, start, start, start};
  int64_t j = 0;
  for (; j + 4 * VL <= n; j += 4 * VL)
    for (int u = 0; u < 4; u++) part[u] = NAME(fold)(op, part[u], NAME(load)(x + j + u * VL));
  for (; j + VL <= n; j += VL) part[0] = NAME(fold)(op, part[0], NAME(load)(x + j));
  if (j < n) part[1] = NAME(fold)(op, part[1], NAME(load_n_or)(x + j, n - j, NAME(fold_start)(op)));
  T lanes[VL];
  NAME(store)(lanes, NAME(fold)(op, NAME(fold)(op, part[0], part[1]), NAME(fold)(op, part[2], part[3])));
  for (int half = VL / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) lanes[i] = NAME(fold_scalar)(op, lanes[i], lanes[i + half]);
  return lanes[0];
}

/// y[r] = reduction of row r of x (rows x n, contiguous).
static void NAME(reduce_rows)(ck_reduction op, T *y, const T *x, int64_t rows, int64_t n) {
  switch (op) {
    case ck_reduction_maximum:
      for (int64_t r = 0; r < rows; r++) y[r] = NAME(reduce_row)(ck_reduction_maximum, x + r * n, n);
      return;
    case ck_reduction_minimum:
      for (int64_t r = 0; r < rows; r++) y[r] = NAME(reduce_row)(ck_reduction_minimum, x + r * n, n);
      return;
    case ck_reduction_sum:
    case ck_reduction_mean:
      for (int64_t r = 0; r < rows; r++) y[r] = NAME(reduce_row)(ck_reduction_sum, x + r * n, n);
      return;
  }
}

/// Columns [0, vectors VL) over n rows, row after row: the strip stays in registers.
CK_INLINE void NAME(reduce_strip)(const ck_reduction op, T *y, const T *x, int64_t ldx, int64_t n, const int vectors) {
  V sum[8];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) sum[v] = (V)NAME(fold_start)(op);
  for (int64_t r = 0; r < n; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[v] = NAME(fold)(op, sum[v], NAME(load)(x + r * ldx + v * VL));
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) NAME(store)(y + v * VL, sum[v]);
}
/// Wide rows, four at a time into y, which stays in L1: a strip would step from page to page.
CK_INLINE void NAME(reduce_wide)(const ck_reduction op, T *y, const T *x, int64_t ldx, int64_t n, int64_t width) {
  for (int64_t j = 0; j < width; j++) y[j] = NAME(fold_start)(op);
  for (int64_t r = 0; r < n; r += 4) {
    const int64_t rows = n - r < 4 ? n - r : 4;
    const T *row = x + r * ldx;
    int64_t j = 0;
    for (; j + VL <= width; j += VL) {
      V sum = NAME(load)(y + j);
      if (rows == 4)
#pragma clang loop unroll(full)
        for (int u = 0; u < 4; u++) sum = NAME(fold)(op, sum, NAME(load)(row + u * ldx + j));
      else
        for (int u = 0; u < rows; u++) sum = NAME(fold)(op, sum, NAME(load)(row + u * ldx + j));
      NAME(store)(y + j, sum);
    }
    for (; j < width; j++)
      for (int u = 0; u < rows; u++) y[j] = NAME(fold_scalar)(op, y[j], row[u * ldx + j]);
  }
}
/// At most one vector of columns: four interleaved chains of rows hide the latency of the operation.
CK_INLINE void NAME(reduce_narrow)(const ck_reduction op, T *y, const T *x, int64_t ldx, int64_t n, int64_t width) {
  V part[4];
  for (int u = 0; u < 4; u++) part[u] = (V)NAME(fold_start)(op);
  int64_t r = 0;
  if (width == VL) {
    for (; r + 4 <= n; r += 4)
      for (int u = 0; u < 4; u++) part[u] = NAME(fold)(op, part[u], NAME(load)(x + (r + u) * ldx));
  } else {
    for (; r + 4 <= n; r += 4)
      for (int u = 0; u < 4; u++) part[u] = NAME(fold)(op, part[u], NAME(load_n)(x + (r + u) * ldx, width));
  }
  for (; r < n; r++) part[0] = NAME(fold)(op, part[0], NAME(load_n)(x + r * ldx, width));
  NAME(store_n)(y, NAME(fold)(op, NAME(fold)(op, part[0], part[1]), NAME(fold)(op, part[2], part[3])), width);
}
CK_INLINE void NAME(reduce_all_strips)(const ck_reduction op, T *y, const T *x, int64_t ldx, int64_t n, int64_t width) {
  if (width >= 32 * VL) {
    NAME(reduce_wide)(op, y, x, ldx, n, width);
    return;
  }
  int64_t j = 0;
  for (; j + 8 * VL <= width; j += 8 * VL) NAME(reduce_strip)(op, y + j, x + j, ldx, n, 8);
  if (j + 4 * VL <= width) NAME(reduce_strip)(op, y + j, x + j, ldx, n, 4), j += 4 * VL;
  for (; j < width; j += VL) NAME(reduce_narrow)(op, y + j, x + j, ldx, n, width - j < VL ? width - j : VL);
}

/// y[j] = reduction of column j of x (n rows of ldx), j < width.
static void NAME(reduce_columns)(ck_reduction op, T *y, const T *x, int64_t ldx, int64_t n, int64_t width) {
  switch (op) {
    case ck_reduction_maximum: NAME(reduce_all_strips)(ck_reduction_maximum, y, x, ldx, n, width); return;
    case ck_reduction_minimum: NAME(reduce_all_strips)(ck_reduction_minimum, y, x, ldx, n, width); return;
    case ck_reduction_sum:
    case ck_reduction_mean: NAME(reduce_all_strips)(ck_reduction_sum, y, x, ldx, n, width); return;
  }
}
