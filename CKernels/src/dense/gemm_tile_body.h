// C (m x n) = alpha A B + beta C by register tiles, without packing A.  a_row and a_step are the strides of A along m
// and k, so that both transposes of A are one code; B is k x n with rows of ldb, or n x k when b_transposed.
//
// Loops: blocks of K, panels of one or two vectors of columns, tiles of rows.  A tile holds its sums in registers while
// k passes: one broadcast of A and one multiply-add per row, step and vector.  Each element of C is one chain of
// multiply-adds in order of k within a block, whatever tile it falls in: cuts of rows and columns do not change its
// bits.

#include "../dense/transpose_4.h"

#define TILE_K 256  // a packed panel of two 64-byte vectors is 32 KB: it lives on the stack and in L1

/// n elements of C that lie c_step apart. A function of its own: once per row of a tile, it need not be copied into
/// each.
__attribute__((noinline)) static void NAME(gemm_scatter)(T *c, int64_t c_step, const T *result, int64_t n, T beta) {
  for (int64_t j = 0; j < n; j++) c[j * c_step] = beta != 0 ? beta * c[j * c_step] + result[j] : result[j];
}

/// Rows x vectors of C. Packed or full panels only: every load of B is a full vector; `n` masks the last store.
CK_INLINE void NAME(gemm_one_tile)(T *c, int64_t ldc, int64_t c_step, const T *a, int64_t a_row, int64_t a_step,
                                   const T *b, int64_t ldb, int64_t n, int64_t k, T alpha, T beta, const int rows,
                                   const int vectors) {
  V sum[12][2];
  const T *group[4];  // one pointer per three rows: x86 addresses base, base + stride and base + 2 stride without more
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[r][v] = 0;
#pragma clang loop unroll(full)
  for (int g = 0; g < (rows + 2) / 3; g++) group[g] = a + 3 * g * a_row;
#pragma clang loop unroll(disable)
  for (int64_t p = 0; p < k; p++) {
    V line[2];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) line[v] = NAME(load)(b + v * VL);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      const V value = NAME(splat)(group[r / 3][(r % 3) * a_row]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sum[r][v] = value * line[v] + sum[r][v];
    }
#pragma clang loop unroll(full)
    for (int g = 0; g < (rows + 2) / 3; g++) group[g] += a_step;
    b += ldb;
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      T *to = c + r * ldc + v * VL * c_step;
      const int64_t left = n - v * VL;
      V result = alpha * sum[r][v];
      if (c_step != 1) {
        T lanes[VL];
        NAME(store)(lanes, result);
        NAME(gemm_scatter)(to, c_step, lanes, left < VL ? left : VL, beta);
      } else if (left >= VL) {
        if (beta != 0) result = beta * NAME(load)(to) + result;
        NAME(store)(to, result);
      } else {
        if (beta != 0) result = beta * NAME(load_n)(to, left) + result;
        NAME(store_n)(to, result, left);
      }
    }
}

#define ROWS(r, vectors) \
  case r: NAME(gemm_one_tile)(c, ldc, c_step, a, a_row, a_step, b, ldb, n, k, alpha, beta, r, vectors); break;

/// One row of tiles of height at most 12 (one vector of columns).
static void NAME(gemm_tile_1)(T *c, int64_t ldc, int64_t c_step, const T *a, int64_t a_row, int64_t a_step, const T *b,
                              int64_t ldb, int64_t rows, int64_t n, int64_t k, T alpha, T beta) {
  switch (rows) {
    ROWS(1, 1) ROWS(2, 1) ROWS(3, 1) ROWS(4, 1) ROWS(5, 1) ROWS(6, 1)
    ROWS(7, 1) ROWS(8, 1) ROWS(9, 1) ROWS(10, 1) ROWS(11, 1) ROWS(12, 1)
  }
}
/// The same for height at most 6 and two vectors.
static void NAME(gemm_tile_2)(T *c, int64_t ldc, int64_t c_step, const T *a, int64_t a_row, int64_t a_step, const T *b,
                              int64_t ldb, int64_t rows, int64_t n, int64_t k, T alpha, T beta) {
  switch (rows) {
    ROWS(1, 2) ROWS(2, 2) ROWS(3, 2) ROWS(4, 2) ROWS(5, 2) ROWS(6, 2)
  }
}
#undef ROWS

/// Rows of B (k x n) into rows of `width`, zeros behind column n.
static void NAME(gemm_pack)(T *panel, int64_t width, const T *b, int64_t ldb, bool transposed, int64_t n, int64_t k) {
  if (!transposed) {
    for (int64_t p = 0; p < k; p++)
      for (int64_t j = 0; j < width; j += VL) {
        const int64_t left = n - j < 0 ? 0 : n - j;
        NAME(store)(panel + p * width + j,
                    left >= VL ? NAME(load)(b + p * ldb + j) : NAME(load_n)(b + p * ldb + j, left));
      }
    return;
  }
  int64_t j = 0;
  for (; j + 4 <= n; j += 4) {
    int64_t p = 0;
    for (; p + 4 <= k; p += 4) NAME(transpose_4)(panel + p * width + j, width, b + j * ldb + p, ldb);
    for (; p < k; p++)
      for (int i = 0; i < 4; i++) panel[p * width + j + i] = b[(j + i) * ldb + p];
  }
  for (; j < width; j++)
    for (int64_t p = 0; p < k; p++) panel[p * width + j] = j < n ? b[j * ldb + p] : 0;
}

static void NAME(gemm_tile)(T *c, int64_t ldc, int64_t c_step, const T *a, int64_t a_row, int64_t a_step, const T *b,
                            int64_t ldb, bool b_transposed, int64_t m, int64_t n, int64_t k, T alpha, T beta) {
  T panel[TILE_K * 2 * VL] __attribute__((aligned(64)));
  int64_t p = 0;
  do {  // a product of depth 0 still scales C
    const int64_t depth = k - p < TILE_K ? k - p : TILE_K;
    for (int64_t j = 0; j < n; j += 2 * VL) {
      const int64_t columns = n - j < 2 * VL ? n - j : 2 * VL, width = columns > VL ? 2 * VL : VL;
      const T *lines = b_transposed ? b + j * ldb + p : b + p * ldb + j;
      int64_t step = ldb;
      if (b_transposed || columns < width) {
        NAME(gemm_pack)(panel, width, lines, ldb, b_transposed, columns, depth);
        lines = panel;
        step = width;
      }
      const int64_t height = width == VL ? 12 : 6;
      for (int64_t i = 0; i < m; i += height) {
        const int64_t rows = m - i < height ? m - i : height;
        (width == VL ? NAME(gemm_tile_1) : NAME(gemm_tile_2))(c + i * ldc + j * c_step, ldc, c_step,
                                                              a + i * a_row + p * a_step, a_row, a_step, lines, step,
                                                              rows, columns, depth, alpha, beta);
      }
    }
    beta = 1;
    p += depth;
  } while (p < k);
}
#undef TILE_K
