// y = op(x) over n elements; one loop per op, the tail through a masked vector.
#define CK_UNARY_LOOP(expression)                                              \
  {                                                                            \
    int64_t i = 0;                                                             \
    for (; i + VL <= n; i += VL) {                                             \
      V v = NAME(load)(x + i);                                                 \
      NAME(store)(y + i, expression);                                          \
    }                                                                          \
    if (i < n) {                                                               \
      V v = NAME(load_n)(x + i, n - i);                                        \
      NAME(store_n)(y + i, expression, n - i);                                 \
    }                                                                          \
    return;                                                                    \
  }

static void NAME(unary)(ck_unary op, T *y, const T *x, int64_t n) {
  switch (op) {
    case ck_unary_negate: CK_UNARY_LOOP(-v)
    case ck_unary_absolute: CK_UNARY_LOOP(NAME(abs)(v))
    case ck_unary_square: CK_UNARY_LOOP(v * v)
    case ck_unary_square_root: CK_UNARY_LOOP(NAME(sqrt)(v))
    case ck_unary_reciprocal: CK_UNARY_LOOP(1 / v)
    case ck_unary_relu: CK_UNARY_LOOP(v < 0 ? (V)0 : v)  // this order keeps NaN
  }
}
#undef CK_UNARY_LOOP
