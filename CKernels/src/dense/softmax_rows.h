// What softmax, log-softmax and cross-entropy share: the maximum of a row and its sum of exponentials.
//
// The maximum of a row with NaN is undefined, but its sum of exponentials is NaN, and so is what follows from it.

/// Largest element of the row, or 0 when all are -infinity, so that exp(x - maximum) is then 0 and not NaN.
CK_INLINE T NAME(row_shift)(const T *x, int64_t n) {
  const T lowest = (T)-__builtin_inf();
  V a = lowest, b = lowest;
  int64_t i = 0;
  for (; i + 2 * VL <= n; i += 2 * VL) a = NAME(max)(a, NAME(load)(x + i)), b = NAME(max)(b, NAME(load)(x + i + VL));
  for (; i + VL <= n; i += VL) a = NAME(max)(a, NAME(load)(x + i));
  if (i < n) b = NAME(max)(b, NAME(load_n_or)(x + i, n - i, lowest));
  const T largest = NAME(max_lane)(NAME(max)(a, b));
  return largest == lowest ? 0 : largest;
}

/// Sum of exp(x - shift) in VL partial sums.
CK_INLINE T NAME(row_sum_exp)(const T *x, T shift, int64_t n) {
  V sum = 0;
  int64_t i = 0;
  for (; i + VL <= n; i += VL) sum += NAME(exp)(NAME(load)(x + i) - shift);
  if (i < n) sum += NAME(exp)(NAME(load_n_or)(x + i, n - i, (T)-__builtin_inf()) - shift);
  return NAME(sum)(sum);
}

/// What VL rows need: a logarithm for each row alone would cost as much as a narrow row.
typedef struct NAME(row_block) {
  T shift[VL], log_sum[VL];  // log sum exp(x - shift)
} NAME(row_block);
CK_INLINE void NAME(row_block_finish)(NAME(row_block) *block) {
  NAME(store)(block->log_sum, NAME(log)(NAME(load)(block->log_sum)));
}
