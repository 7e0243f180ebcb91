// The first element that is not finite.

/// Place of the first NaN or infinity, -1 for none. A difference with itself is 0 for finite numbers only.
static int64_t NAME(check_finite)(const T *x, int64_t n) {
  int64_t i = 0;
  for (; i + 8 * VL <= n; i += 8 * VL) {
    V part[2] = {0, 0};
    for (int u = 0; u < 8; u++) {
      const V v = NAME(load)(x + i + u * VL);
      part[u % 2] += v - v;
    }
    if (NAME(sum)(part[0] + part[1]) != 0) break;
  }
  for (; i < n; i++)
    if (x[i] - x[i] != 0) return i;
  return -1;
}
