// Second half of a reduction in blocks; included by drivers once for each type, hence no include guard.

/// total[j] = the sum over blocks, in index order, of partial[block, j], over the divisor.
static void FN(add_blocks)(T *total, const T *partial, int64_t blocks, int64_t stride, int64_t n, T divisor) {
  for (int64_t j = 0; j < n; j++) total[j] = 0;
  for (int64_t b = 0; b < blocks; b++)
    for (int64_t j = 0; j < n; j++) total[j] += partial[b * stride + j];
  if (divisor != 1)
    for (int64_t j = 0; j < n; j++) total[j] /= divisor;
}
