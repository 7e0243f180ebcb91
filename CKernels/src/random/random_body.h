// Words, uniform, normal and bernoulli draws of the groups [from, to), of which the last may be cut at n elements.
//
// A group is always computed whole, into a buffer where n cuts it, so that every element comes from the same code.
#include "../random/philox_body.h"

static void NAME(words)(uint32_t *y, int64_t n, uint64_t key, uint64_t stream, int64_t from, int64_t to) {
  for (int64_t group = from; group < to; group++) {
    uint64_t pair[CK_PHILOX_WORDS / 2];
    NAME(philox_group)(pair, (uint64_t)group, key, stream);
    const int64_t first = group * CK_PHILOX_WORDS, rest = n - first;
    memcpy(y + first, pair, (size_t)(rest < CK_PHILOX_WORDS ? rest : CK_PHILOX_WORDS) * 4);
  }
}

/// Words of bits; a threshold of 65536 keeps nothing.
static void NAME(keep_bits)(uint64_t *bits, int64_t n, int32_t threshold, uint64_t key, uint64_t stream, int64_t from,
                            int64_t to) {
  typedef uint16_t draws __attribute__((ext_vector_type(64), aligned(2)));
  typedef bool flags __attribute__((ext_vector_type(64)));
  for (int64_t group = from; group < to; group++) {
    uint64_t pair[CK_PHILOX_WORDS / 2];
    NAME(philox_group)(pair, (uint64_t)group, key, stream);
    const int64_t first = group * CK_PHILOX_HALVES;
    for (int64_t i = 0; i < CK_PHILOX_HALVES && first + i < n; i += 64) {
      const flags kept =
          __builtin_convertvector(*(const draws *)((const uint16_t *)pair + i) >= (uint16_t)threshold, flags);
      uint64_t word;
      memcpy(&word, &kept, sizeof word);
      if (threshold > UINT16_MAX) word = 0;
      const int64_t rest = n - first - i;
      bits[(first + i) / 64] = rest < 64 ? word & ((UINT64_C(1) << rest) - 1) : word;
    }
  }
}

#if CK_IS_F32
#define CK_DRAWS CK_PHILOX_WORDS  // one word an element
#else
#define CK_DRAWS (CK_PHILOX_WORDS / 2)  // two words an element
#endif

/// low + (high - low) u, never above `top`, the number before high.
CK_INLINE void NAME(uniform_group)(T *y, const uint64_t *pair, T low, T width, T top) {
  for (int i = 0; i < CK_DRAWS; i += VL) {
#if CK_IS_F32
    const V u = __builtin_convertvector(NAME(load_bits)((const uint32_t *)pair + i) >> 8, V) * 0x1p-24f;
#else
    const V u = __builtin_convertvector(NAME(load_bits)(pair + i) >> 11, V) * 0x1p-53;
#endif
    NAME(store)(y + i, NAME(min)(NAME(fma)((V)width, u, (V)low), (V)top));
  }
}
static void NAME(uniform)(T *y, int64_t n, T low, T width, T top, uint64_t key, uint64_t stream, int64_t from,
                          int64_t to) {
  for (int64_t group = from; group < to; group++) {
    uint64_t pair[CK_PHILOX_WORDS / 2];
    T cut[CK_DRAWS];
    NAME(philox_group)(pair, (uint64_t)group, key, stream);
    const int64_t first = group * CK_DRAWS, rest = n - first;
    NAME(uniform_group)(rest < CK_DRAWS ? cut : y + first, pair, low, width, top);
    if (rest < CK_DRAWS) memcpy(y + first, cut, (size_t)rest * sizeof(T));
  }
}

/// Box-Muller: elements 2 j and 2 j + 1 are the cosine and the sine of one pair of uniform numbers.
CK_INLINE void NAME(normal_group)(T *y, const uint64_t *pair, T mean, T deviation) {
#if CK_IS_F32
  typedef uint64_t pairs __attribute__((ext_vector_type(VL), aligned(8)));
  for (int i = 0; i < CK_DRAWS / 2; i += VL) {
    const pairs p = *(const pairs *)(pair + i);
    const VU w0 = __builtin_convertvector(p, VU), w1 = __builtin_convertvector(p >> 32, VU);
    const V u = NAME(fma)(__builtin_convertvector(w0, V), (V)0x1p-32f, (V)0x1p-33f);  // (0, 1]
    const V angle = __builtin_convertvector(w1 >> 8, V) * (0x1p-24f * 6.28318530717958648f);
    const V radius = NAME(sqrt)(-2 * NAME(log)(u)) * deviation;
    const VU a = (VU)NAME(fma)(radius, NAME(cos)(angle), (V)mean);
    const VU b = (VU)NAME(fma)(radius, NAME(sin)(angle), (V)mean);
    *(pairs *)(y + 2 * i) = __builtin_convertvector(a, pairs) | __builtin_convertvector(b, pairs) << 32;
  }
#else
  for (int i = 0; i < CK_DRAWS; i += 2) {
    const double u = (double)((pair[i] >> 11) + 1) * 0x1p-53;
    const double angle = (double)(pair[i + 1] >> 11) * (0x1p-53 * 2 * 3.14159265358979323846);
    const double radius = sqrt(-2 * log(u)) * deviation;
    y[i] = mean + radius * cos(angle);
    y[i + 1] = mean + radius * sin(angle);
  }
#endif
}
static void NAME(normal)(T *y, int64_t n, T mean, T deviation, uint64_t key, uint64_t stream, int64_t from,
                         int64_t to) {
  for (int64_t group = from; group < to; group++) {
    uint64_t pair[CK_PHILOX_WORDS / 2];
    T whole[CK_DRAWS] __attribute__((aligned(64)));  // written as pairs of draws
    NAME(philox_group)(pair, (uint64_t)group, key, stream);
    const int64_t first = group * CK_DRAWS, rest = n - first;
    NAME(normal_group)(whole, pair, mean, deviation);
    memcpy(y + first, whole, (size_t)(rest < CK_DRAWS ? rest : CK_DRAWS) * sizeof(T));
  }
}

static void NAME(bernoulli)(T *y, int64_t n, int32_t threshold, uint64_t key, uint64_t stream, int64_t from,
                            int64_t to) {
  for (int64_t group = from; group < to; group++) {
    uint64_t pair[CK_PHILOX_WORDS / 2];
    NAME(philox_group)(pair, (uint64_t)group, key, stream);
    const int64_t first = group * CK_PHILOX_HALVES, rest = n - first;
    T cut[CK_PHILOX_HALVES], *out = rest < CK_PHILOX_HALVES ? cut : y + first;
    for (int i = 0; i < CK_PHILOX_HALVES; i += VL)
      NAME(store)(out + i, NAME(load_halves)((const uint16_t *)pair + i) >= threshold ? (V)1 : (V)0);
    if (rest < CK_PHILOX_HALVES) memcpy(y + first, cut, (size_t)rest * sizeof(T));
  }
}
#undef CK_DRAWS
