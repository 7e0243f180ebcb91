// y[i] = x[i] between element types, through T: the double body serves pairs with a double, the float body the others.
// Codes as in ck_dense_convert.
typedef int32_t NAME(int32s) __attribute__((ext_vector_type(VL)));
typedef uint8_t NAME(uint8s) __attribute__((ext_vector_type(VL)));
typedef float NAME(floats) __attribute__((ext_vector_type(VL)));
typedef double NAME(doubles) __attribute__((ext_vector_type(VL)));

CK_INLINE V NAME(convert_load)(const int type, const void *x, int64_t i) {
  NAME(floats) f;
  NAME(doubles) d;
  NAME(int32s) n;
  NAME(uint8s) b;
  switch (type) {
    case 0: memcpy(&f, (const float *)x + i, sizeof f); return __builtin_convertvector(f, V);
    case 1: memcpy(&d, (const double *)x + i, sizeof d); return __builtin_convertvector(d, V);
    case 2: memcpy(&n, (const int32_t *)x + i, sizeof n); return __builtin_convertvector(n, V);
    default: memcpy(&b, (const uint8_t *)x + i, sizeof b); return __builtin_convertvector(b, V);
  }
}
/// Lanes that do not fit are replaced before the conversion, which is undefined for them.
CK_INLINE void NAME(convert_store)(const int type, void *y, int64_t i, V v) {
  if (type == 0) {
    const NAME(floats) f = __builtin_convertvector(v, NAME(floats));
    memcpy((float *)y + i, &f, sizeof f);
  } else if (type == 1) {
    const NAME(doubles) d = __builtin_convertvector(v, NAME(doubles));
    memcpy((double *)y + i, &d, sizeof d);
  } else if (type == 2) {
    const VI high = v >= (T)2147483648.0, low = v <= (T)-2147483648.0, fits = (v == v) & ~high & ~low;
    const V safe = fits ? v : (V)0;
    NAME(int32s) n = __builtin_convertvector(safe, NAME(int32s));
    n = __builtin_convertvector(high, NAME(int32s)) ? (NAME(int32s))INT32_MAX : n;
    n = __builtin_convertvector(low, NAME(int32s)) ? (NAME(int32s))INT32_MIN : n;
    memcpy((int32_t *)y + i, &n, sizeof n);
  } else {
    const V raised = v > 0 ? v : (V)0;  // NaN too
    const V safe = raised < 255 ? raised : (V)255;
    const NAME(int32s) n = __builtin_convertvector(safe, NAME(int32s));
    const NAME(uint8s) b = __builtin_convertvector(n, NAME(uint8s));
    memcpy((uint8_t *)y + i, &b, sizeof b);
  }
}
CK_INLINE void NAME(convert_pair)(const int y_type, void *y, const int x_type, const void *x, int64_t n) {
  static const int8_t bytes[4] = {4, 8, 4, 1};
  int64_t i = 0;
  for (; i + VL <= n; i += VL) NAME(convert_store)(y_type, y, i, NAME(convert_load)(x_type, x, i));
  if (i < n) {
    char in[8 * VL] = {0}, out[8 * VL];
    memcpy(in, (const char *)x + i * bytes[x_type], (size_t)((n - i) * bytes[x_type]));
    NAME(convert_store)(y_type, out, 0, NAME(convert_load)(x_type, in, 0));
    memcpy((char *)y + i * bytes[y_type], out, (size_t)((n - i) * bytes[y_type]));
  }
}

#define FROM(y_type, x_type) case x_type: NAME(convert_pair)(y_type, y, x_type, x, n); return;
#define TO(y_type)                                                                      \
  case y_type:                                                                          \
    switch (x_type) { FROM(y_type, 0) FROM(y_type, 1) FROM(y_type, 2) FROM(y_type, 3) } \
    return;
static void NAME(convert)(void *y, int32_t y_type, const void *x, int32_t x_type, int64_t n) {
  switch (y_type) { TO(0) TO(1) TO(2) TO(3) }
}
#undef TO
#undef FROM
