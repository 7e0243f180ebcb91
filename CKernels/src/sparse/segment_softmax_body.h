// Softmax over the entries of rows from ..< to, and its gradient.
#include "segment_lanes.h"

/// exp(v - largest), where a largest of -infinity (nothing but -infinity) gives zeros.
CK_INLINE V NAME(shifted_exp)(V v, V largest) { return NAME(exp)(v - (largest == (V)-INFINITY ? (V)0 : largest)); }
CK_INLINE V NAME(reciprocal_or_zero)(V sum) { return sum == 0 ? (V)0 : 1 / sum; }

/// One contiguous run of m elements whose lanes repeat `heads` columns.
CK_INLINE void NAME(softmax_run)(T *y, const T *x, int64_t m, int64_t heads) {
  const int64_t whole = (m - 1) / VL * VL, last = m - whole;  // the last vector has 1...VL elements
  const VI in_last = NAME(lanes_below)(last);
  const V tail = in_last ? NAME(load_n)(x + whole, last) : (V)-INFINITY;
  V largest = tail;
  for (int64_t i = 0; i < whole; i += VL) largest = NAME(max)(largest, NAME(load)(x + i));
  largest = NAME(fold_max)(largest, heads);
  const V tail_exp = in_last ? NAME(shifted_exp)(tail, largest) : (V)0;
  V sum = 0;
  for (int64_t i = 0; i < whole; i += VL) {
    const V part = NAME(shifted_exp)(NAME(load)(x + i), largest);
    NAME(store)(y + i, part);
    sum += part;
  }
  const V scale = NAME(reciprocal_or_zero)(NAME(fold_sum)(sum + tail_exp, heads));
  for (int64_t i = 0; i < whole; i += VL) NAME(store)(y + i, NAME(load)(y + i) * scale);
  NAME(store_n)(y + whole, tail_exp * scale, last);
}

/// `lanes` columns of a row of `entries` entries that lie `heads` apart.
CK_INLINE void NAME(softmax_columns)(T *y, const T *x, int64_t entries, int64_t heads, int64_t lanes) {
  V largest = (V)-INFINITY, sum = 0;
  for (int64_t e = 0; e < entries; e++) largest = NAME(max)(largest, NAME(load_n)(x + e * heads, lanes));
  for (int64_t e = 0; e < entries; e++) {
    const V part = NAME(shifted_exp)(NAME(load_n)(x + e * heads, lanes), largest);
    NAME(store_n)(y + e * heads, part, lanes);
    sum += part;
  }
  const V scale = NAME(reciprocal_or_zero)(sum);
  for (int64_t e = 0; e < entries; e++)
    NAME(store_n)(y + e * heads, NAME(load_n)(y + e * heads, lanes) * scale, lanes);
}

static void NAME(segment_softmax)(T *y, const int64_t *row_start, const T *x, int64_t heads, int64_t from, int64_t to) {
  const bool folds = NAME(folds)(heads);
  for (int64_t r = from; r < to; r++) {
    const int64_t begin = row_start[r], entries = row_start[r + 1] - begin;
    if (entries == 0) continue;
    if (folds) NAME(softmax_run)(y + begin * heads, x + begin * heads, entries * heads, heads);
    else
      for (int64_t h = 0; h < heads; h += VL)
        NAME(softmax_columns)(y + begin * heads + h, x + begin * heads + h, entries, heads,
                              heads - h < VL ? heads - h : VL);
  }
}

CK_INLINE void NAME(softmax_bwd_run)(T *dx, const T *dy, const T *y, int64_t m, int64_t heads) {
  const int64_t whole = (m - 1) / VL * VL, last = m - whole;
  const V tail_y = NAME(load_n)(y + whole, last), tail_dy = NAME(load_n)(dy + whole, last);
  V dot = tail_y * tail_dy;
  for (int64_t i = 0; i < whole; i += VL) dot += NAME(load)(y + i) * NAME(load)(dy + i);
  dot = NAME(fold_sum)(dot, heads);
  for (int64_t i = 0; i < whole; i += VL) NAME(store)(dx + i, NAME(load)(y + i) * (NAME(load)(dy + i) - dot));
  NAME(store_n)(dx + whole, tail_y * (tail_dy - dot), last);
}

CK_INLINE void NAME(softmax_bwd_columns)(T *dx, const T *dy, const T *y, int64_t entries, int64_t heads,
                                         int64_t lanes) {
  V dot = 0;
  for (int64_t e = 0; e < entries; e++)
    dot += NAME(load_n)(y + e * heads, lanes) * NAME(load_n)(dy + e * heads, lanes);
  for (int64_t e = 0; e < entries; e++) {
    const V centred = NAME(load_n)(dy + e * heads, lanes) - dot;
    NAME(store_n)(dx + e * heads, NAME(load_n)(y + e * heads, lanes) * centred, lanes);
  }
}

static void NAME(segment_softmax_bwd)(T *dx, const T *dy, const T *y, const int64_t *row_start, int64_t heads,
                                      int64_t from, int64_t to) {
  const bool folds = NAME(folds)(heads);
  for (int64_t r = from; r < to; r++) {
    const int64_t begin = row_start[r], entries = row_start[r + 1] - begin, at = begin * heads;
    if (entries == 0) continue;
    if (folds) NAME(softmax_bwd_run)(dx + at, dy + at, y + at, entries * heads, heads);
    else
      for (int64_t h = 0; h < heads; h += VL)
        NAME(softmax_bwd_columns)(dx + at + h, dy + at + h, y + at + h, entries, heads,
                                  heads - h < VL ? heads - h : VL);
  }
}
