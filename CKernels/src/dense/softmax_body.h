// Softmax and log-softmax of the rows [from, to), and their gradients.
#include "softmax_rows.h"

static void NAME(softmax)(T *y, int64_t ldy, const T *x, int64_t ldx, int64_t n, int64_t from, int64_t to) {
  const T lowest = (T)-__builtin_inf();
  for (int64_t row = from; row < to; row++) {
    const T *in = x + row * ldx;
    T *out = y + row * ldy;
    const T shift = NAME(row_shift)(in, n);
    if (n <= VL) {  // a narrow row stays in its register
      const V e = NAME(exp)(NAME(load_n_or)(in, n, lowest) - shift);
      const T sum = NAME(sum)(e);
      NAME(store_n)(out, e * (sum == 0 ? 0 : 1 / sum), n);
      continue;
    }
    V sums = 0;
    int64_t i = 0;
    for (; i + VL <= n; i += VL) {
      const V e = NAME(exp)(NAME(load)(in + i) - shift);
      NAME(store)(out + i, e);
      sums += e;
    }
    if (i < n) {
      const V e = NAME(exp)(NAME(load_n_or)(in + i, n - i, lowest) - shift);
      NAME(store_n)(out + i, e, n - i);
      sums += e;
    }
    const T sum = NAME(sum)(sums), scale = sum == 0 ? 0 : 1 / sum;
    for (i = 0; i + VL <= n; i += VL) NAME(store)(out + i, NAME(load)(out + i) * scale);
    if (i < n) NAME(store_n)(out + i, NAME(load_n)(out + i, n - i) * scale, n - i);
  }
}

static void NAME(softmax_bwd)(T *dx, int64_t lddx, const T *dy, int64_t lddy, const T *y, int64_t ldy, int64_t n,
                              int64_t from, int64_t to) {
  for (int64_t row = from; row < to; row++) {
    const T *d = dy + row * lddy, *p = y + row * ldy;
    T *out = dx + row * lddx;
    V sums = 0;
    int64_t i = 0;
    for (; i + VL <= n; i += VL) sums = NAME(fma)(NAME(load)(d + i), NAME(load)(p + i), sums);
    if (i < n) sums = NAME(fma)(NAME(load_n)(d + i, n - i), NAME(load_n)(p + i, n - i), sums);
    const V mean = NAME(sum)(sums);
    for (i = 0; i + VL <= n; i += VL) NAME(store)(out + i, NAME(load)(p + i) * (NAME(load)(d + i) - mean));
    if (i < n) NAME(store_n)(out + i, NAME(load_n)(p + i, n - i) * (NAME(load_n)(d + i, n - i) - mean), n - i);
  }
}

static void NAME(log_softmax)(T *y, int64_t ldy, const T *x, int64_t ldx, int64_t n, int64_t from, int64_t to) {
  const T infinity = (T)__builtin_inf();
  for (int64_t first = from; first < to; first += VL) {
    const int64_t rows = to - first < VL ? to - first : VL;
    NAME(row_block) block = {{0}, {0}};
    for (int64_t r = 0; r < rows; r++) {
      block.shift[r] = NAME(row_shift)(x + (first + r) * ldx, n);
      block.log_sum[r] = NAME(row_sum_exp)(x + (first + r) * ldx, block.shift[r], n);
    }
    NAME(row_block_finish)(&block);
    for (int64_t r = 0; r < rows; r++) {
      const T *in = x + (first + r) * ldx;
      T *out = y + (first + r) * ldy;
      const V shift = block.shift[r], log_sum = block.log_sum[r] == -infinity ? 0 : block.log_sum[r];
      int64_t i = 0;
      for (; i + VL <= n; i += VL) NAME(store)(out + i, (NAME(load)(in + i) - shift) - log_sum);
      if (i < n) NAME(store_n)(out + i, (NAME(load_n)(in + i, n - i) - shift) - log_sum, n - i);
    }
  }
}

static void NAME(log_softmax_bwd)(T *dx, int64_t lddx, const T *dy, int64_t lddy, const T *y, int64_t ldy, int64_t n,
                                  int64_t from, int64_t to) {
  for (int64_t row = from; row < to; row++) {
    const T *d = dy + row * lddy, *p = y + row * ldy;
    T *out = dx + row * lddx;
    V sums = 0;
    int64_t i = 0;
    for (; i + VL <= n; i += VL) sums += NAME(load)(d + i);
    if (i < n) sums += NAME(load_n)(d + i, n - i);
    const V minus_sum = -NAME(sum)(sums);
    for (i = 0; i + VL <= n; i += VL)
      NAME(store)(out + i, NAME(fma)(NAME(exp)(NAME(load)(p + i)), minus_sum, NAME(load)(d + i)));
    if (i < n)
      NAME(store_n)(out + i, NAME(fma)(NAME(exp)(NAME(load_n)(p + i, n - i)), minus_sum, NAME(load_n)(d + i, n - i)),
                    n - i);
  }
}
