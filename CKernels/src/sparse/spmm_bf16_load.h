// Loads of SpMM's strips from a table of bf16, widened: the element is the upper half of a float, so a shift does it.
// Included by spmm_strip.h, hence no include guard.
typedef uint16_t STRIP(halves) __attribute__((ext_vector_type(STRIP_LANES)));
typedef uint16_t STRIP(halves_unaligned) __attribute__((ext_vector_type(STRIP_LANES), aligned(2)));
typedef uint32_t STRIP(words) __attribute__((ext_vector_type(STRIP_LANES)));
typedef float STRIP(floats) __attribute__((ext_vector_type(STRIP_LANES)));

CK_INLINE SV STRIP(widened)(STRIP(halves) v) {
  const STRIP(words) bits = __builtin_convertvector(v, STRIP(words)) << 16;
  return __builtin_convertvector((STRIP(floats))bits, SV);
}
CK_INLINE SV STRIP(xload)(const uint16_t *p) { return STRIP(widened)(*(const STRIP(halves_unaligned) *)p); }

/// As sload_n.
#if defined(CK_MASKED_AVX512)
CK_INLINE SV STRIP(xload_n)(const uint16_t *p, int64_t n, bool whole) {
  (void)whole;
#if STRIP_LANES == 16
  return STRIP(widened)((STRIP(halves))_mm256_maskz_loadu_epi16((__mmask16)((1u << n) - 1), p));
#elif STRIP_LANES == 8
  return STRIP(widened)((STRIP(halves))_mm_maskz_loadu_epi16((__mmask8)((1u << n) - 1), p));
#else
  typedef uint16_t eight __attribute__((ext_vector_type(8)));
  return STRIP(widened)(((eight)_mm_maskz_loadu_epi16((__mmask8)((1u << n) - 1), p)).lo);
#endif
}
#else
__attribute__((noinline)) static SV STRIP(xload_part)(const uint16_t *p, int64_t n) {
  STRIP(halves) v = 0;
  for (int64_t i = 0; i < n; i++) v[i] = p[i];
  return STRIP(widened)(v);
}
CK_INLINE SV STRIP(xload_n)(const uint16_t *p, int64_t n, bool whole) {
  return __builtin_expect(whole, 1) ? STRIP(xload)(p) : STRIP(xload_part)(p, n);
}
#endif
