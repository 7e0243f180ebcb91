// Reductions over the entries of rows from ..< to, and their gradient.
#include "segment_lanes.h"

/// Sum of one contiguous run of m elements whose lanes repeat n columns.
CK_INLINE V NAME(sum_run)(const T *x, int64_t m, int64_t n) {
  V sum = 0;
  int64_t i = 0;
  for (; i + VL <= m; i += VL) sum += NAME(load)(x + i);
  if (i < m) sum += NAME(load_n)(x + i, m - i);
  return NAME(fold_sum)(sum, n);
}

/// Sum of nv vectors of columns over entries that lie n apart; the last one has `last` columns.
CK_INLINE void NAME(sum_columns)(T *y, const T *x, int64_t entries, int64_t n, T factor, const int nv, int64_t last) {
  V sum[4] = {0};
  for (int64_t e = 0; e < entries; e++, x += n) {
#pragma clang loop unroll(full)
    for (int i = 0; i < nv; i++)
      sum[i] += i == nv - 1 && last < VL ? NAME(load_n)(x + i * VL, last) : NAME(load)(x + i * VL);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < nv; i++) NAME(store_n)(y + i * VL, sum[i] * factor, i == nv - 1 ? last : VL);
}

/// Maximum of `lanes` columns over the entries begin ..< end, and the entries that won.
CK_INLINE void NAME(maximum_columns)(T *y, int32_t *which, const T *x, int64_t begin, int64_t end, int64_t n,
                                     int64_t lanes) {
  V best = 0;
  VI winner = -1;
  if (begin < end) {
    best = NAME(load_n)(x + begin * n, lanes);
    winner = (VI)(T_INT)begin;
  }
  for (int64_t e = begin + 1; e < end; e++) {
    const V v = NAME(load_n)(x + e * n, lanes);
    const VI take = ~(v <= best) & (best == best);  // greater, or the first NaN
    best = take ? v : best;
    winner = take ? (VI)(T_INT)e : winner;
  }
  NAME(store_n)(y, best, lanes);
  if (which)
    for (int64_t i = 0; i < lanes; i++) which[i] = (int32_t)winner[i];
}

static void NAME(segment_reduce)(ck_segment_reduction op, T *y, int32_t *which, const int64_t *row_start, const T *x,
                                 int64_t n, int64_t from, int64_t to) {
  const bool folds = NAME(folds)(n);
  for (int64_t r = from; r < to; r++) {
    const int64_t begin = row_start[r], end = row_start[r + 1];
    if (op == ck_segment_reduction_maximum) {
      for (int64_t c = 0; c < n; c += VL)
        NAME(maximum_columns)(y + r * n + c, which ? which + r * n + c : NULL, x + c, begin, end, n,
                              n - c < VL ? n - c : VL);
      continue;
    }
    const T factor = op == ck_segment_reduction_mean && end > begin ? 1 / (T)(end - begin) : 1;
    if (folds) {
      NAME(store_n)(y + r * n, NAME(sum_run)(x + begin * n, (end - begin) * n, n) * factor, n);
      continue;
    }
    for (int64_t c = 0; c < n; c += 4 * VL) {
      const int64_t left = n - c < 4 * VL ? n - c : 4 * VL, last = left - (left - 1) / VL * VL;
      T *to_y = y + r * n + c;
      const T *from_x = x + begin * n + c;
      switch ((left - 1) / VL) {
        case 0: NAME(sum_columns)(to_y, from_x, end - begin, n, factor, 1, last); break;
        case 1: NAME(sum_columns)(to_y, from_x, end - begin, n, factor, 2, last); break;
        case 2: NAME(sum_columns)(to_y, from_x, end - begin, n, factor, 3, last); break;
        default: NAME(sum_columns)(to_y, from_x, end - begin, n, factor, 4, last);
      }
    }
  }
}

static void NAME(segment_reduce_bwd)(ck_segment_reduction op, T *dx, const T *dy, const int32_t *which,
                                     const int64_t *row_start, int64_t n, int64_t from, int64_t to) {
  for (int64_t r = from; r < to; r++) {
    const int64_t begin = row_start[r], end = row_start[r + 1];
    if (op == ck_segment_reduction_maximum) {
      const int32_t *won = which + r * n;
      const T *row = dy + r * n;
      for (int64_t e = begin; e < end; e++)
        for (int64_t c = 0; c < n; c++) dx[e * n + c] = won[c] == (int32_t)e ? row[c] : 0;
      continue;
    }
    const T factor = op == ck_segment_reduction_mean && end > begin ? 1 / (T)(end - begin) : 1;
    if (n == 1) {
      const T value = dy[r] * factor;
      for (int64_t e = begin; e < end; e++) dx[e] = value;
      continue;
    }
    for (int64_t c = 0; c < n; c += VL) {
      const int64_t lanes = n - c < VL ? n - c : VL;
      const V v = NAME(load_n)(dy + r * n + c, lanes) * factor;
      for (int64_t e = begin; e < end; e++) NAME(store_n)(dx + e * n + c, v, lanes);
    }
  }
}
