// n elements to bf16 and back.  A double is rounded to float on the way.
typedef uint16_t NAME(halves) __attribute__((ext_vector_type(VL)));
typedef uint16_t NAME(halves_unaligned) __attribute__((ext_vector_type(VL), aligned(2)));
typedef uint32_t NAME(words) __attribute__((ext_vector_type(VL)));
typedef float NAME(narrow) __attribute__((ext_vector_type(VL)));

CK_INLINE NAME(halves) NAME(rounded)(V x) {
  const NAME(narrow) f = __builtin_convertvector(x, NAME(narrow));
  const NAME(words) bits = (NAME(words))f, top = bits >> 16;
  const NAME(words) nearest = (bits + 0x7FFF + (top & 1)) >> 16;
  return __builtin_convertvector((bits & 0x7FFFFFFF) > 0x7F800000 ? top | 0x40 : nearest, NAME(halves));
}
CK_INLINE V NAME(widened)(NAME(halves) x) {
  return __builtin_convertvector((NAME(narrow))(__builtin_convertvector(x, NAME(words)) << 16), V);
}

static void NAME(to_bf16)(uint16_t *y, const T *x, int64_t n) {
  int64_t i = 0;
  for (; i + VL <= n; i += VL) *(NAME(halves_unaligned) *)(y + i) = NAME(rounded)(NAME(load)(x + i));
  if (i == n) return;
  const NAME(halves) last = NAME(rounded)(NAME(load_n)(x + i, n - i));
  memcpy(y + i, &last, (size_t)(n - i) * sizeof *y);
}
static void NAME(from_bf16)(T *y, const uint16_t *x, int64_t n) {
  int64_t i = 0;
  for (; i + VL <= n; i += VL) NAME(store)(y + i, NAME(widened)(*(const NAME(halves_unaligned) *)(x + i)));
  if (i == n) return;
  NAME(halves) last = 0;
  memcpy(&last, x + i, (size_t)(n - i) * sizeof *x);
  NAME(store_n)(y + i, NAME(widened)(last), n - i);
}
