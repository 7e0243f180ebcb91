// Rows and vectors that are scanned for one number: argmax and dot product.

/// A bit for each lane that is not 0.
CK_INLINE uint32_t NAME(lane_bits)(VI lanes) {
  typedef bool flags __attribute__((ext_vector_type(VL)));
  const flags set = __builtin_convertvector(lanes, flags);
  uint32_t bits = 0;
  memcpy(&bits, &set, sizeof set);
  return bits & ((1u << VL) - 1);
}

/// Place of the first maximum of a row of one vector: no branch hangs on an element.
CK_INLINE int32_t NAME(argmax_short)(const T *x, int64_t n) {
  const V v = NAME(load_n_or)(x, n, -(T)INFINITY);
  const uint32_t nan = NAME(lane_bits)(v != v), top = NAME(lane_bits)(v == NAME(max_lane)(v));
  return __builtin_ctz(nan ? nan : top);
}

/// Place of the first maximum of each row; NaN beats any number, the first NaN wins.
static void NAME(argmax)(int32_t *index, const T *x, int64_t ldx, int64_t rows, int64_t n) {
  for (int64_t r = 0; n <= VL && r < rows; r++, x += ldx) index[r] = NAME(argmax_short)(x, n);
  for (int64_t r = 0; n > VL && r < rows; r++, x += ldx) {
    T best = x[0];
    int64_t place = 0, j = 0;
    if (n >= 2 * VL) {
      // Each lane keeps its own first maximum; then the best lane, the earliest among equals.
      V top = NAME(load)(x);
      VI at, here;
      for (int i = 0; i < VL; i++) here[i] = i;
      at = here;
      for (j = VL; j + VL <= n; j += VL) {
        here += VL;
        const V v = NAME(load)(x + j);
        const VI wins = (v > top) | ((v != v) & (top == top));
        top = wins ? v : top;
        at = wins ? here : at;
      }
      best = top[0];
      place = at[0];
      for (int i = 1; i < VL; i++) {
        const bool better = top[i] > best || (top[i] != top[i] && best == best);
        const bool same = top[i] == best || (top[i] != top[i] && best != best);
        if (better || (same && at[i] < place)) best = top[i], place = at[i];
      }
    }
    for (; j < n; j++)
      if (x[j] > best || (x[j] != x[j] && best == best)) best = x[j], place = j;
    index[r] = (int32_t)place;
  }
}

/// Sum of a[i] b[i] in double: four vectors of partial sums, then their lanes.
static double NAME(dot)(const T *a, const T *b, int64_t n) {
  typedef double wide __attribute__((ext_vector_type(VL)));
  wide part[4] = {0, 0, 0, 0};
  int64_t i = 0;
  for (; i + 4 * VL <= n; i += 4 * VL)
    for (int u = 0; u < 4; u++)
      part[u] += __builtin_convertvector(NAME(load)(a + i + u * VL), wide) *
                 __builtin_convertvector(NAME(load)(b + i + u * VL), wide);
  for (; i < n; i += VL) {
    const int64_t left = n - i < VL ? n - i : VL;
    part[0] += __builtin_convertvector(NAME(load_n)(a + i, left), wide) *
               __builtin_convertvector(NAME(load_n)(b + i, left), wide);
  }
  const wide all = (part[0] + part[1]) + (part[2] + part[3]);
  double sum = 0;
  for (int lane = 0; lane < VL; lane++) sum += all[lane];
  return sum;
}
