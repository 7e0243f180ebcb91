// y = op(x) and dx = scale dy op'(x) over n elements; one loop per op, the tail through masked vectors.

/// Beyond the limit a factor of x in gelu and silu has underflowed, for both types; infinity times 0 would be NaN.
static const T NAME(gelu_reach) = 40, NAME(silu_reach) = 800;
/// x cut to [-limit, limit]; NaN stays NaN.
CK_INLINE V NAME(cut)(V x, T limit) {
  x = x > limit ? (V)limit : x;
  return x < -limit ? (V)-limit : x;
}
/// x at least -limit; NaN stays NaN.
CK_INLINE V NAME(cut_below)(V x, T limit) { return x < -limit ? (V)-limit : x; }

#define CK_UNARY_LOOP(op, expression)                                          \
  case ck_unary_##op: {                                                        \
    int64_t i = 0;                                                             \
    for (; i + VL <= n; i += VL) {                                             \
      const V v = NAME(load)(x + i);                                           \
      NAME(store)(y + i, expression);                                          \
    }                                                                          \
    if (i < n) {                                                               \
      const V v = NAME(load_n)(x + i, n - i);                                  \
      NAME(store_n)(y + i, expression, n - i);                                 \
    }                                                                          \
    return;                                                                    \
  }

static void NAME(unary)(ck_unary op, T *y, const T *x, int64_t n) {
  switch (op) {
    CK_UNARY_LOOP(negate, -v)
    CK_UNARY_LOOP(absolute, NAME(abs)(v))
    CK_UNARY_LOOP(square, v * v)
    CK_UNARY_LOOP(square_root, NAME(sqrt)(v))
    CK_UNARY_LOOP(reciprocal, 1 / v)
    CK_UNARY_LOOP(exp, NAME(exp)(v))
    CK_UNARY_LOOP(log, NAME(log)(v))
    CK_UNARY_LOOP(tanh, NAME(tanh)(v))
    CK_UNARY_LOOP(sigmoid, NAME(sigmoid)(v))
    CK_UNARY_LOOP(erf, NAME(erf)(v))
    CK_UNARY_LOOP(sin, NAME(sin)(v))
    CK_UNARY_LOOP(cos, NAME(cos)(v))
    CK_UNARY_LOOP(relu, v < 0 ? (V)0 : v)  // this order keeps NaN
    CK_UNARY_LOOP(gelu, NAME(cut_below)(v, NAME(gelu_reach)) * NAME(normal_cdf)(v))
    CK_UNARY_LOOP(silu, NAME(cut_below)(v, NAME(silu_reach)) * NAME(sigmoid)(v))
    CK_UNARY_LOOP(softplus, NAME(softplus)(v))
    CK_UNARY_LOOP(sign, NAME(sign)(v))
    CK_UNARY_LOOP(step, v > 0 ? (V)1 : (V)0)
  }
}
#undef CK_UNARY_LOOP

// `saved` is the one array that the rule reads beside dy: x or y; d is scale dy.
#define CK_UNARY_LOOP(op, saved, expression)                                   \
  case ck_unary_##op: {                                                        \
    int64_t i = 0;                                                             \
    for (; i + VL <= n; i += VL) {                                             \
      const V d = NAME(load)(dy + i) * scale, v = NAME(load)(saved + i);       \
      (void)v;                                                                 \
      NAME(store)(dx + i, expression);                                         \
    }                                                                          \
    if (i < n) {                                                               \
      const V d = NAME(load_n)(dy + i, n - i) * scale;                         \
      const V v = NAME(load_n)(saved + i, n - i);                              \
      (void)v;                                                                 \
      NAME(store_n)(dx + i, expression, n - i);                                \
    }                                                                          \
    return;                                                                    \
  }

/// x sigmoid(x) differentiated: s (1 + x (1 - s)), with 1 - s = sigmoid(-x) free of cancellation.
CK_INLINE V NAME(silu_slope)(V x) {
  const V e = NAME(exp)(-NAME(abs)(x)), share = 1 / (1 + e), rest = e * share;
  const VI negative = x < 0;
  return (negative ? rest : share) * (1 + NAME(cut)(x, NAME(silu_reach)) * (negative ? share : rest));
}
/// x Phi(x) differentiated: Phi(x) + x phi(x).
CK_INLINE V NAME(gelu_slope)(V x) {
  const V density = (T)0.39894228040143267794 * NAME(exp)((T)-0.5 * x * x);
  return NAME(normal_cdf)(x) + NAME(cut)(x, NAME(gelu_reach)) * density;
}

static void NAME(unary_bwd)(ck_unary op, T *dx, const T *dy, const T *x, const T *y, T scale, int64_t n) {
  switch (op) {
    CK_UNARY_LOOP(negate, dy, -d)
    CK_UNARY_LOOP(absolute, x, d * NAME(sign)(v))
    CK_UNARY_LOOP(square, x, 2 * v * d)
    CK_UNARY_LOOP(square_root, y, (T)0.5 * d / v)
    CK_UNARY_LOOP(reciprocal, y, -(d * v) * v)
    CK_UNARY_LOOP(exp, y, d * v)
    CK_UNARY_LOOP(log, x, d / v)
    CK_UNARY_LOOP(tanh, y, d * ((1 - v) * (1 + v)))  // 1 - v is exact where v v would lose it
    CK_UNARY_LOOP(sigmoid, y, d * (v * (1 - v)))
    CK_UNARY_LOOP(erf, x, d * ((T)1.12837916709551257390 * NAME(exp)(-v * v)))
    CK_UNARY_LOOP(sin, x, d * NAME(cos)(v))
    CK_UNARY_LOOP(cos, x, -d * NAME(sin)(v))
    CK_UNARY_LOOP(relu, x, v > 0 ? d : (V)0)
    CK_UNARY_LOOP(gelu, x, d * NAME(gelu_slope)(v))
    CK_UNARY_LOOP(silu, x, d * NAME(silu_slope)(v))
    CK_UNARY_LOOP(softplus, x, d * NAME(sigmoid)(v))
    case ck_unary_sign:
    case ck_unary_step:
      memset(dx, 0, (size_t)n * sizeof(T));
      return;
  }
}
#undef CK_UNARY_LOOP
