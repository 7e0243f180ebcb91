// Serial probes of one core; see machine.c.  Each returns or stores a value that depends on all of its work.

/// Sum of n elements, n a multiple of 8 vectors.
static T NAME(read)(const T *x, int64_t n) {
  V sum[8] = {0};  // two loads a cycle times the four cycles of an addition
  for (int64_t i = 0; i < n; i += 8 * VL)
    for (int j = 0; j < 8; j++) sum[j] += NAME(load)(x + i + j * VL);
  return NAME(sum)(((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7])));
}

/// y = factor x, n a multiple of 4 vectors; y may be x.
static void NAME(scale)(T *y, const T *x, T factor, int64_t n) {
  for (int64_t i = 0; i < n; i += 4 * VL) {
    V a = NAME(load)(x + i), b = NAME(load)(x + i + VL), c = NAME(load)(x + i + 2 * VL), d = NAME(load)(x + i + 3 * VL);
    NAME(store)(y + i, a * factor);
    NAME(store)(y + i + VL, b * factor);
    NAME(store)(y + i + 2 * VL, c * factor);
    NAME(store)(y + i + 3 * VL, d * factor);
  }
}

/// Rows of a constant size are unrolled, so that the loop holds nothing but loads, additions and prefetches.
CK_INLINE T NAME(gather_rows)(const T *table, const int32_t *id, int64_t count, int64_t ahead, const int row_bytes) {
  enum { ROWS = 4 };
  const int vectors = row_bytes / CK_VECTOR_BYTES, width = row_bytes / (int)sizeof(T);
  V sum[8] = {0};
  for (int64_t i = 0; i < count; i += ROWS) {
    if (ahead)
#pragma clang loop unroll(full)
      for (int r = 0; r < ROWS; r++) {
        const char *next = (const char *)(table + (int64_t)id[i + r + ahead] * width);
        for (int line = 0; line < row_bytes; line += 64) __builtin_prefetch(next + line);
      }
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r++) {
      const T *row = table + (int64_t)id[i + r] * width;
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sum[(r * vectors + v) & 7] += NAME(load)(row + v * VL);
    }
  }
  return NAME(sum)(((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7])));
}

/// Sum over `count` rows (a multiple of 4); `id` has `ahead` more entries, which are prefetched only.
static T NAME(gather)(const T *table, const int32_t *id, int64_t count, int64_t ahead, int64_t row_bytes) {
  switch (row_bytes) {
    case 64: return NAME(gather_rows)(table, id, count, ahead, 64);
    case 256: return NAME(gather_rows)(table, id, count, ahead, 256);
    default: return NAME(gather_rows)(table, id, count, ahead, 1024);
  }
}

/// Independent chains x = a x + b; returns the operations of all rounds. Chains cover latency times units (8 on current
/// cores) and stay in registers: 12, or 6 where a vector takes two of 16 registers.
static double NAME(multiply_add)(int64_t rounds, T a, T b, T *result) {
#if CK_VECTOR_BYTES == 64 && !defined(CK_MASKED_AVX512)
  enum { CHAINS = 6 };
#else
  enum { CHAINS = 12 };
#endif
  V x[CHAINS], total = NAME(splat)(0);
  for (int j = 0; j < CHAINS; j++) x[j] = NAME(splat)((T)j);
  for (int64_t i = 0; i < rounds; i++)
    for (int j = 0; j < CHAINS; j++) x[j] = x[j] * a + b;
  for (int j = 0; j < CHAINS; j++) total += x[j];
  *result = NAME(sum)(total);
  return 2.0 * CHAINS * VL * (double)rounds;
}
