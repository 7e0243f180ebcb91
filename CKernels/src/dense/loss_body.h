// Cross-entropy of chosen rows, and its gradient by rows.
#include "softmax_rows.h"

/// What the loss subtracts from lse: (1 - smoothing) row[label] + smoothing mean(row).
CK_INLINE T NAME(cross_entropy_target)(const T *row, int32_t label, int64_t classes, T smoothing) {
  if (smoothing == 0) return row[label];
  V sums = 0;
  int64_t j = 0;
  for (; j + VL <= classes; j += VL) sums += NAME(load)(row + j);
  if (j < classes) sums += NAME(load_n)(row + j, classes - j);
  return (1 - smoothing) * row[label] + smoothing * (NAME(sum)(sums) / (T)classes);
}

/// Entries [from, to) of loss and lse.
static void NAME(cross_entropy)(T *loss, T *lse, const T *logits, int64_t ldl, int64_t classes, const int32_t *chosen,
                                const int32_t *labels, T smoothing, int64_t from, int64_t to) {
  for (int64_t first = from; first < to; first += VL) {
    const int64_t entries = to - first < VL ? to - first : VL;
    NAME(row_block) block = {{0}, {0}};
    T target[VL];
    for (int64_t e = 0; e < entries; e++) {
      const T *row = logits + (chosen ? chosen[first + e] : first + e) * ldl;
      block.shift[e] = NAME(row_shift)(row, classes);
      block.log_sum[e] = NAME(row_sum_exp)(row, block.shift[e], classes);
      target[e] = NAME(cross_entropy_target)(row, labels[first + e], classes, smoothing);
    }
    NAME(row_block_finish)(&block);
    for (int64_t e = 0; e < entries; e++) {
      lse[first + e] = block.shift[e] + block.log_sum[e];
      loss[first + e] = lse[first + e] - target[e];
    }
  }
}

/// Adds the gradient of one entry: dloss (exp(row - lse) - (1 - smoothing) onehot(label) - smoothing / classes).
CK_INLINE void NAME(cross_entropy_row)(T *out, const T *row, T dloss, T lse, int32_t label, int64_t classes,
                                       T smoothing) {
  const V scale = dloss, even = smoothing / (T)classes;
  int64_t j = 0;
  for (; j + VL <= classes; j += VL) {
    const V p = NAME(exp)(NAME(load)(row + j) - lse) - even;
    NAME(store)(out + j, NAME(fma)(scale, p, NAME(load)(out + j)));
  }
  if (j < classes) {
    const V p = NAME(exp)(NAME(load_n)(row + j, classes - j) - lse) - even;
    NAME(store_n)(out + j, NAME(fma)(scale, p, NAME(load_n)(out + j, classes - j)), classes - j);
  }
  out[label] -= dloss * (1 - smoothing);
}

/// Rows [from, to) of dlogits: every part reads all of `chosen` and takes the entries of its own rows, in their order.
static void NAME(cross_entropy_bwd)(T *dlogits, int64_t lddl, const T *dloss, const T *logits, int64_t ldl,
                                    const T *lse, int64_t classes, const int32_t *chosen, const int32_t *labels,
                                    int64_t count, T smoothing, int64_t from, int64_t to) {
  for (int64_t row = from; row < to; row++) memset(dlogits + row * lddl, 0, (size_t)classes * sizeof(T));
  const int64_t first = chosen ? 0 : from, last = chosen || count < to ? count : to;
  for (int64_t i = first; i < last; i++) {
    const int64_t row = chosen ? chosen[i] : i;
    if (row < from || row >= to) continue;
    NAME(cross_entropy_row)(dlogits + row * lddl, logits + row * ldl, dloss[i], lse[i], labels[i], classes, smoothing);
  }
}
