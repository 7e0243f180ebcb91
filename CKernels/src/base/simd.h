// Vectors of VL elements for one set and type; included by type_expand.h, hence no include guard.
//
// Arithmetic is plain C on the vector types: + - * / compare as usual, comparisons give VI masks of 0 and -1, and
// `mask ? a : b` selects by lane.  a * b + c contracts to one FMA where the set has it.
typedef T NAME(vec) __attribute__((ext_vector_type(VL)));
typedef T NAME(vec_unaligned) __attribute__((ext_vector_type(VL), aligned(sizeof(T))));
typedef T_INT NAME(ivec) __attribute__((ext_vector_type(VL)));
typedef T_UINT NAME(uvec) __attribute__((ext_vector_type(VL)));
#define V NAME(vec)
#define VI NAME(ivec)
#define VU NAME(uvec)
#define CK_INLINE static inline __attribute__((always_inline, unused))

CK_INLINE V NAME(load)(const T *p) { return *(const NAME(vec_unaligned) *)p; }
CK_INLINE void NAME(store)(T *p, V v) { *(NAME(vec_unaligned) *)p = v; }
CK_INLINE V NAME(splat)(T x) { return (V)x; }

/// Lanes below n: what a tail of n elements fills.
CK_INLINE VI NAME(lanes_below)(int64_t n) {
  VI lane;
  for (int i = 0; i < VL; i++) lane[i] = i;
  return lane < (T_INT)n;
}

#if defined(CK_MASKED_AVX512)
#if CK_IS_F32
#define CK_TAIL(n) ((__mmask16)((1u << (n)) - 1))
CK_INLINE V NAME(load_n)(const T *p, int64_t n) { return (V)_mm512_maskz_loadu_ps(CK_TAIL(n), p); }
CK_INLINE void NAME(store_n)(T *p, V v, int64_t n) { _mm512_mask_storeu_ps(p, CK_TAIL(n), (__m512)v); }
#else
CK_INLINE V NAME(load_n)(const T *p, int64_t n) { return (V)_mm512_maskz_loadu_pd((__mmask8)CK_TAIL(n), p); }
CK_INLINE void NAME(store_n)(T *p, V v, int64_t n) { _mm512_mask_storeu_pd(p, (__mmask8)CK_TAIL(n), (__m512d)v); }
#undef CK_TAIL
#endif
#elif defined(CK_MASKED_AVX2)
// Registers of 32 bytes: a wide vector is two of them.
#if CK_IS_F32
#define CK_PART __m256
#define CK_LOAD_PART(p, mask) _mm256_maskload_ps(p, mask)
#define CK_STORE_PART(p, mask, v) _mm256_maskstore_ps(p, mask, v)
#else
#define CK_PART __m256d
#define CK_LOAD_PART(p, mask) _mm256_maskload_pd(p, mask)
#define CK_STORE_PART(p, mask, v) _mm256_maskstore_pd(p, mask, v)
#endif
typedef union NAME(parts) {
  VI mask;
  V v;
  __m256i mask_part[CK_VECTOR_BYTES / 32];
  CK_PART part[CK_VECTOR_BYTES / 32];
} NAME(parts);
CK_INLINE V NAME(load_n)(const T *p, int64_t n) {
  const NAME(parts) tail = {.mask = NAME(lanes_below)(n)};
  NAME(parts) y;
  for (int i = 0; i < CK_VECTOR_BYTES / 32; i++)
    y.part[i] = CK_LOAD_PART(p + i * (32 / (int)sizeof(T)), tail.mask_part[i]);
  return y.v;
}
CK_INLINE void NAME(store_n)(T *p, V v, int64_t n) {
  const NAME(parts) tail = {.mask = NAME(lanes_below)(n)}, y = {.v = v};
  for (int i = 0; i < CK_VECTOR_BYTES / 32; i++)
    CK_STORE_PART(p + i * (32 / (int)sizeof(T)), tail.mask_part[i], y.part[i]);
}
#undef CK_PART
#undef CK_LOAD_PART
#undef CK_STORE_PART
#else
// Through memory, in loops of n: a branch for each lane would let the compiler move arithmetic of single lanes behind
// the branches, where a product and its sum no longer meet and do not contract, and a tail would differ in its bits.
/// The first n (0..VL) elements, the other lanes zero. Reads nothing past them.
CK_INLINE V NAME(load_n)(const T *p, int64_t n) {
  T lane[VL] = {0};
  for (int64_t i = 0; i < n; i++) lane[i] = p[i];
  return NAME(load)(lane);
}
CK_INLINE void NAME(store_n)(T *p, V v, int64_t n) {
  T lane[VL];
  NAME(store)(lane, v);
  for (int64_t i = 0; i < n; i++) p[i] = lane[i];
}
#endif

/// What is left of an array from p on: a whole vector, or the first `left` lanes.
CK_INLINE V NAME(load_left)(const T *p, int64_t left) { return left >= VL ? NAME(load)(p) : NAME(load_n)(p, left); }
CK_INLINE void NAME(store_left)(T *p, V v, int64_t left) {
  if (left >= VL) NAME(store)(p, v);
  else NAME(store_n)(p, v, left);
}

CK_INLINE V NAME(max)(V a, V b) { return a > b ? a : b; }
CK_INLINE V NAME(min)(V a, V b) { return a < b ? a : b; }
CK_INLINE V NAME(abs)(V a) { return __builtin_elementwise_abs(a); }
/// -1, 0 or 1; NaN stays NaN.
CK_INLINE V NAME(sign)(V a) { return a > 0 ? (V)1 : a < 0 ? (V)-1 : a; }
CK_INLINE V NAME(sqrt)(V a) { return __builtin_elementwise_sqrt(a); }

/// a b + c in one rounding where the set has FMA, in two elsewhere.
CK_INLINE V NAME(fma)(V a, V b, V c) {
#if defined(CK_HAS_FMA)
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}

// The lanes of a vector are combined in halves, the upper onto the lower: one order for every caller.
#if VL == 16
#define CK_FOLD(v, op) CK_FOLD_8(op(v.lo, v.hi), op)
#elif VL == 8
#define CK_FOLD(v, op) CK_FOLD_8(v, op)
#elif VL == 4
#define CK_FOLD(v, op) CK_FOLD_4(v, op)
#else
#define CK_FOLD(v, op) CK_FOLD_2(v, op)
#endif
#ifndef CK_FOLD_8
#define CK_FOLD_8(v, op) ({ const __auto_type eight = v; CK_FOLD_4(op(eight.lo, eight.hi), op); })
#define CK_FOLD_4(v, op) ({ const __auto_type four = v; CK_FOLD_2(op(four.lo, four.hi), op); })
#define CK_FOLD_2(v, op) ({ const __auto_type two = v; op(two.x, two.y); })
#define CK_FOLD_ADD(a, b) ((a) + (b))
#define CK_FOLD_MAX(a, b) ((a) > (b) ? (a) : (b))
#endif

CK_INLINE T NAME(sum)(V v) { return CK_FOLD(v, CK_FOLD_ADD); }
/// Largest lane. A NaN lane may or may not be the result, so rows with NaN are the caller's concern.
CK_INLINE T NAME(max_lane)(V v) { return CK_FOLD(v, CK_FOLD_MAX); }
#undef CK_FOLD

/// load_n with `fill` in the lanes from n on.
CK_INLINE V NAME(load_n_or)(const T *p, int64_t n, T fill) {
  return NAME(lanes_below)(n) ? NAME(load_n)(p, n) : (V)fill;
}

#include "simd_math.h"
