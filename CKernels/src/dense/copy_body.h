// A plane (n0 x n1) of y from a plane of x, each with a stride per axis.
#include "../dense/transpose_4.h"

/// Inner axes contiguous on both sides.
CK_INLINE void NAME(copy_rows)(T *y, int64_t ldy, const T *x, int64_t ldx, int64_t n0, int64_t n1) {
  for (int64_t i = 0; i < n0; i++, y += ldy, x += ldx) {
    int64_t j = 0;
    for (; j + VL <= n1; j += VL) NAME(store)(y + j, NAME(load)(x + j));
    if (j < n1) NAME(store_n)(y + j, NAME(load_n)(x + j, n1 - j), n1 - j);
  }
}
/// y (n0 x n1) = transpose of x (n1 rows of ldx), in tiles of 32 x 32 that keep both sides' lines in L1.
CK_INLINE void NAME(copy_transposed)(T *y, int64_t ldy, const T *x, int64_t ldx, int64_t n0, int64_t n1) {
  for (int64_t ti = 0; ti < n0; ti += 32)
    for (int64_t tj = 0; tj < n1; tj += 32) {
      const int64_t end_i = n0 - ti < 32 ? n0 : ti + 32, end_j = n1 - tj < 32 ? n1 : tj + 32;
      int64_t i = ti;
      for (; i + 4 <= end_i; i += 4) {
        int64_t j = tj;
        for (; j + 4 <= end_j; j += 4) NAME(transpose_4)(y + i * ldy + j, ldy, x + j * ldx + i, ldx);
        for (; j < end_j; j++)
          for (int u = 0; u < 4; u++) y[(i + u) * ldy + j] = x[j * ldx + i + u];
      }
      for (; i < end_i; i++)
        for (int64_t j = tj; j < end_j; j++) y[i * ldy + j] = x[j * ldx + i];
    }
}

static void NAME(copy)(T *y, int64_t y0, int64_t y1, const T *x, int64_t x0, int64_t x1, int64_t n0, int64_t n1) {
  if (y1 == 1 && x1 == 1) {
    NAME(copy_rows)(y, y0, x, x0, n0, n1);
  } else if (y1 == 1 && x1 == 0) {  // broadcast
    for (int64_t i = 0; i < n0; i++)
      for (int64_t j = 0; j < n1; j++) y[i * y0 + j] = x[i * x0];
  } else if (y1 == 1 && x0 == 1) {
    NAME(copy_transposed)(y, y0, x, x1, n0, n1);
  } else {
    for (int64_t i = 0; i < n0; i++)
      for (int64_t j = 0; j < n1; j++) y[i * y0 + j * y1] = x[i * x0 + j * x1];
  }
}
