// affine, clamp, add_scaled, select and power over n elements.

static void NAME(affine)(T *y, const T *x, T scale, T shift, int64_t n) {
  const V s = scale, t = shift;
  int64_t i = 0;
  for (; i + VL <= n; i += VL) NAME(store)(y + i, NAME(fma)(s, NAME(load)(x + i), t));
  if (i < n) NAME(store_n)(y + i, NAME(fma)(s, NAME(load_n)(x + i, n - i), t), n - i);
}

CK_INLINE V NAME(clamped)(V v, V low, V high) {
  v = v < low ? low : v;  // this order keeps NaN
  return v > high ? high : v;
}
static void NAME(clamp)(T *y, const T *x, T low, T high, int64_t n) {
  const V a = low, b = high;
  int64_t i = 0;
  for (; i + VL <= n; i += VL) NAME(store)(y + i, NAME(clamped)(NAME(load)(x + i), a, b));
  if (i < n) NAME(store_n)(y + i, NAME(clamped)(NAME(load_n)(x + i, n - i), a, b), n - i);
}

static void NAME(add_scaled)(T *y, const T *x, T scale, int64_t n) {
  const V s = scale;
  int64_t i = 0;
  for (; i + VL <= n; i += VL) NAME(store)(y + i, NAME(fma)(s, NAME(load)(x + i), NAME(load)(y + i)));
  if (i < n)
    NAME(store_n)(y + i, NAME(fma)(s, NAME(load_n)(x + i, n - i), NAME(load_n)(y + i, n - i)), n - i);
}

typedef uint8_t NAME(bytes) __attribute__((ext_vector_type(VL), aligned(1)));
static void NAME(select)(T *y, const uint8_t *mask, const T *a, const T *b, int64_t n) {
  int64_t i = 0;
  for (; i + VL <= n; i += VL) {
    const VI chosen = __builtin_convertvector(*(const NAME(bytes) *)(mask + i), VI) != 0;
    NAME(store)(y + i, chosen ? NAME(load)(a + i) : NAME(load)(b + i));
  }
  for (; i < n; i++) y[i] = mask[i] ? a[i] : b[i];
}

#define CK_POWER_LOOP(expression)                                                                      \
  {                                                                                                    \
    int64_t i = 0;                                                                                     \
    for (; i + VL <= n; i += VL) {                                                                     \
      const V v = NAME(load)(x + i);                                                                   \
      NAME(store)(y + i, expression);                                                                  \
    }                                                                                                  \
    if (i < n) {                                                                                       \
      const V v = NAME(load_n)(x + i, n - i);                                                          \
      NAME(store_n)(y + i, expression, n - i);                                                         \
    }                                                                                                  \
    return;                                                                                            \
  }
static void NAME(power)(T *y, const T *x, T exponent, int64_t n) {
  const V one = 1;
  if (exponent == 1) CK_POWER_LOOP(v)
  if (exponent == 2) CK_POWER_LOOP(v * v)
  if (exponent == 3) CK_POWER_LOOP((v * v) * v)
  if (exponent == 4) CK_POWER_LOOP((v * v) * (v * v))
  if (exponent == -1) CK_POWER_LOOP(one / v)
  if (exponent == -2) CK_POWER_LOOP(one / (v * v))
  if (exponent == (T)0.5) CK_POWER_LOOP(NAME(sqrt)(v))
  if (exponent == (T)-0.5) CK_POWER_LOOP(one / NAME(sqrt)(v))
#if CK_IS_F32
  for (int64_t i = 0; i < n; i++) y[i] = powf(x[i], exponent);
#else
  for (int64_t i = 0; i < n; i++) y[i] = pow(x[i], exponent);
#endif
}
#undef CK_POWER_LOOP
