// Elementary functions of vectors; included by simd.h once for each set and type, hence no include guard.
//
// float: polynomials without branches, after Cephes (Moshier) and, for erf, Juffa; no table, no flush to zero.
//   function      ulp    notes
//   exp           1.1    denormal results too; above 88.73 infinity
//   log           1      log(0) = -infinity, below 0 NaN; denormal arguments too
//   log1p_unit    1.5    log(1 + x) for x in [0, 1]
//   tanh          2.5    keeps the sign of zero
//   sigmoid       2.5    a relative error, down to denormal results
//   erf           1.2    keeps the sign of zero
//   sin, cos      1.6    |x| <= 1e5; lanes beyond it go through libm
//   softplus      2      log(1 + exp x)
//   normal_cdf           (1 + erf(x / sqrt 2)) / 2 to 1e-7 of 1 on both sides of zero
// ulp: largest error in units in the last place, with and without FMA.
// The bounds are tested on every set (MathTests), log1p_unit through softplus and normal_cdf through gelu.  NaN gives
// NaN everywhere; infinities give the limits (NaN for sin, cos).
//
// double: libm lane by lane (it serves gradient checks).

#if CK_IS_F32

/// The lanes of n as integers, NaN as 0: converting it would be undefined.
CK_INLINE VI NAME(whole)(V n) { return __builtin_convertvector(n == n ? n : (V)0, VI); }

/// p 2^n for the n of an exponential, with one rounding into denormals.
CK_INLINE V NAME(scale2)(V p, V n) {
#if defined(CK_MASKED_AVX512)
  return (V)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
  const VI whole = NAME(whole)(n), half = whole >> 1;  // two factors: one alone could overflow
  return p * (V)((half + 127) << 23) * (V)((whole - half + 127) << 23);
#endif
}

/// The nearest whole number, for |x| < 2^22.
CK_INLINE V NAME(nearest)(V x) {
  const V magic = 0x1.8p23f;
  return (x + magic) - magic;
}

/// r = x - n ln 2 in [-0.35, 0.35] and (exp(r) - 1 - r) / r^2.
CK_INLINE V NAME(exp_reduce)(V x, V *n, V *r) {
  *n = NAME(nearest)(x * 0x1.715476p+0f);
  *r = NAME(fma)(*n, (V)2.12194440e-4f, NAME(fma)(*n, (V)-0.693359375f, x));
  V p = (V)1.9875691500e-4f;
  p = p * *r + 1.3981999507e-3f;
  p = p * *r + 8.3334519073e-3f;
  p = p * *r + 4.1665795894e-2f;
  p = p * *r + 1.6666665459e-1f;
  return p * *r + 5.0000001201e-1f;
}

CK_INLINE V NAME(exp)(V x) {
  const V high = 89, low = -104.5f;
  V n, r;
  x = x > high ? high : x;  // this order keeps NaN
  x = x < low ? low : x;
  const V p = NAME(exp_reduce)(x, &n, &r);
  return NAME(scale2)((p * r) * r + r + 1, n);
}

/// log(1 + f) + e ln 2 for f in [sqrt(1/2) - 1, sqrt(2) - 1].
CK_INLINE V NAME(log_core)(V f, V e) {
  const V z = f * f;
  V p = (V)7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  V y = p * f * z;
  y = NAME(fma)(e, (V)-2.12194440e-4f, y);
  y = NAME(fma)(z, (V)-0.5f, y);
  return NAME(fma)(e, (V)0.693359375f, f + y);
}

CK_INLINE V NAME(log)(V x) {
  const VI small = x < 0x1p-126f;
  const V scaled = small ? x * 0x1p23f : x;
  // The exponent that leaves a mantissa in [sqrt(1/2), sqrt(2)).
  const VI bits = (VI)scaled - 0x3f3504f3;
  const V e = __builtin_convertvector((bits >> 23) + (small & -23), V);
  const V f = (V)((bits & 0x007fffff) + 0x3f3504f3) - 1;
  V y = NAME(log_core)(f, e);
  y = x < __builtin_inff() ? y : x;  // infinity and NaN
  y = x < 0 ? (V)__builtin_nanf("") : y;
  return x == 0 ? (V)-__builtin_inff() : y;
}

/// log(1 + x) for x in [0, 1].
CK_INLINE V NAME(log1p_unit)(V x) {
  const VI upper = x > 0.41421356f;
  return NAME(log_core)(upper ? x * 0.5f - 0.5f : x, upper ? (V)1 : (V)0);
}

/// (exp(2x) - 1) / (exp(2x) + 1), the numerator without cancellation.
CK_INLINE V NAME(tanh)(V x) {
  const VI sign = (VI)x & (VI)(V)-0.0f;
  const V high = 20;
  V magnitude = NAME(abs)(x) * 2, n, r;
  magnitude = magnitude > high ? high : magnitude;
  const V p = NAME(exp_reduce)(magnitude, &n, &r);
  const V scale = (V)((NAME(whole)(n) + 127) << 23);
  const V t = NAME(fma)(scale, (p * r) * r + r, scale - 1);
  return (V)((VI)(t / (t + 2)) | sign);
}

CK_INLINE V NAME(sigmoid)(V x) {
  const V e = NAME(exp)(-NAME(abs)(x));  // at most 1
  return (x < 0 ? e : (V)1) / (1 + e);
}

/// erfc(t) for t >= 0.93 with a small absolute error.
CK_INLINE V NAME(erfc_upper)(V t) {
  const V s = t * t;
  V r = NAME(fma)((V)-1.72853470e-5f, t, (V)3.83197126e-4f);
  const V u = NAME(fma)((V)-3.88396438e-3f, t, (V)2.42546219e-2f);
  r = r * s + u;
  r = r * t - 1.06777877e-1f;
  r = r * t - 6.34846687e-1f;
  r = r * t - 1.28717512e-1f;
  return NAME(exp)(r * t - t);
}
/// erf(x) / x - 1 for |x| < 0.93.
CK_INLINE V NAME(erf_lower)(V x) {
  const V s = x * x;
  V r = (V)-5.96761703e-4f;
  r = r * s + 4.99119423e-3f;
  r = r * s - 2.67681349e-2f;
  r = r * s + 1.12819925e-1f;
  r = r * s - 3.76125336e-1f;
  return r * s + 1.28379166e-1f;
}
CK_INLINE V NAME(erf)(V x) {
  const V t = NAME(abs)(x), most = 4;
  const V upper = 1 - NAME(erfc_upper)(t > most ? most : t);
  const V signed_upper = (V)((VI)upper | ((VI)x & (VI)(V)-0.0f));
  const V lower = (V)((VI)(NAME(erf_lower)(x) * x + x) | ((VI)x & (VI)(V)-0.0f));
  return t > 0.927734375f ? signed_upper : lower;
}
/// Standard normal distribution function (1 + erf(x / sqrt 2)) / 2, without cancellation for negative x.
CK_INLINE V NAME(normal_cdf)(V x) {
  const V z = x * 0.70710678118654752f, t = NAME(abs)(z), most = 14;
  const V half = 0.5f * NAME(erfc_upper)(t > most ? most : t);
  const V lower = 0.5f + 0.5f * (NAME(erf_lower)(z) * z + z);
  return t > 0.927734375f ? (z < 0 ? half : 1 - half) : lower;
}

/// Lanes beyond the range of the reduction; infinity gives NaN.
static __attribute__((noinline, cold, unused)) void NAME(sin_cos_far)(T *y, const T *x, int cosine) {
  for (int i = 0; i < VL; i++)
    if (__builtin_fabsf(x[i]) > 1e5f) y[i] = cosine ? cosf(x[i]) : sinf(x[i]);
}
/// sin(x + quarters pi / 2): r = x - n pi / 2, then the polynomial and sign of quadrant n + quarters.
CK_INLINE V NAME(sin_quadrant)(V x, int quarters) {
  const V a = NAME(abs)(x), n = NAME(nearest)(a * 0x1.45f306p-1f);
#if defined(CK_HAS_FMA)
  // Three parts: the first product is subtracted exactly, since its bits end at 2^-23.
  V r = NAME(fma)(n, (V)-0x1.921fb6p+0f, a);
  r = NAME(fma)(n, (V)0x1.777a5cp-25f, r);
  r = NAME(fma)(n, (V)0x1.ee59dap-50f, r);
#else
  typedef double wide __attribute__((ext_vector_type(VL)));
  const wide n_wide = __builtin_convertvector(n, wide);
  const V r = __builtin_convertvector(
      __builtin_convertvector(a, wide) - n_wide * 0x1.921fb544p+0 - n_wide * 0x1.0b4611a626331p-34, V);
#endif
  const VI far = a > 1e5f;
  const VI q = NAME(whole)(far ? (V)0 : n) + quarters;
  const V z = r * r;
  V sine = (V)-1.9515295891e-4f;
  sine = sine * z + 8.3321608736e-3f;
  sine = sine * z - 1.6666654611e-1f;
  sine = (sine * z) * r + r;
  V cosine = (V)2.443315711809948e-5f;
  cosine = cosine * z - 1.388731625493765e-3f;
  cosine = cosine * z + 4.166664568298827e-2f;
  cosine = (cosine * z) * z + (1 - 0.5f * z);
  const VI odd = (q & 1) != 0;
  VI sign = q << 30 & (VI)(V)-0.0f;
  if (!quarters) sign ^= (VI)x & (VI)(V)-0.0f;
  V y = (V)((VI)(odd ? cosine : sine) ^ sign);
  if (__builtin_expect(__builtin_reduce_or(far) != 0, 0)) {
    T lanes[VL], arguments[VL];
    NAME(store)(lanes, y);
    NAME(store)(arguments, x);
    NAME(sin_cos_far)(lanes, arguments, quarters);
    y = NAME(load)(lanes);
  }
  return y;
}
CK_INLINE V NAME(sin)(V x) { return NAME(sin_quadrant)(x, 0); }
CK_INLINE V NAME(cos)(V x) { return NAME(sin_quadrant)(x, 1); }

#else

#define CK_BY_LANE(name, function)                                                     \
  static __attribute__((noinline, unused)) void NAME(name##_lanes)(T *y) {             \
    for (int i = 0; i < VL; i++) y[i] = function(y[i]);                                \
  }                                                                                    \
  CK_INLINE V NAME(name)(V x) {                                                        \
    T lanes[VL];                                                                       \
    NAME(store)(lanes, x);                                                             \
    NAME(name##_lanes)(lanes);                                                         \
    return NAME(load)(lanes);                                                          \
  }
CK_BY_LANE(exp, exp)
CK_BY_LANE(log, log)
CK_BY_LANE(log1p_unit, log1p)
CK_BY_LANE(tanh, tanh)
CK_BY_LANE(erf, erf)
CK_BY_LANE(erfc, erfc)
CK_BY_LANE(sin, sin)
CK_BY_LANE(cos, cos)
#undef CK_BY_LANE

CK_INLINE V NAME(sigmoid)(V x) {
  const V e = NAME(exp)(-NAME(abs)(x));
  return (x < 0 ? e : (V)1) / (1 + e);
}
CK_INLINE V NAME(normal_cdf)(V x) { return 0.5 * NAME(erfc)(x * -0.70710678118654752440); }

#endif

/// log(1 + exp x) without overflow.
CK_INLINE V NAME(softplus)(V x) {
  return (x > 0 ? x : (V)0) + NAME(log1p_unit)(NAME(exp)(-NAME(abs)(x)));
}
