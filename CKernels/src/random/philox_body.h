// Philox 4x32-10: blocks of four 32-bit words, a group of blocks at a time.
//
// A lane of 64 bits holds one 32-bit word of one block in its low half; the high half is whatever the products left
// there, since the multiplication reads low halves only.  A round is then two multiplications, two shifts and two
// three-way xors.
#ifndef CK_PHILOX_BLOCKS
#define CK_PHILOX_BLOCKS 16                      // of a group: two vectors of v4
#define CK_PHILOX_WORDS (4 * CK_PHILOX_BLOCKS)   // 32-bit draws of a group
#define CK_PHILOX_HALVES (8 * CK_PHILOX_BLOCKS)  // 16-bit draws of a group
#endif

typedef uint64_t NAME(philox_lanes) __attribute__((ext_vector_type(CK_VECTOR_BYTES / 8)));
typedef uint64_t NAME(philox_unaligned) __attribute__((ext_vector_type(CK_VECTOR_BYTES / 8), aligned(8)));

/// The blocks of the counters in `first` (words 0 and 1, the earlier in the low half), which become their words 0 and
/// 1; `second` gets words 2 and 3.
CK_INLINE void NAME(philox)(NAME(philox_lanes) *first, NAME(philox_lanes) *second, uint64_t key, uint64_t stream) {
  typedef NAME(philox_lanes) W;
  const uint64_t low = 0xffffffff;
  W c0 = *first, c1 = c0 >> 32, c2 = stream, c3 = stream >> 32;
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
#pragma clang loop unroll(full)
  for (int round = 0; round < 10; round++) {
    const W p0 = (c0 & low) * (W)(uint64_t)0xD2511F53u, p1 = (c2 & low) * (W)(uint64_t)0xCD9E8D57u;
    c0 = (p1 >> 32) ^ c1 ^ (uint64_t)k0;
    c2 = (p0 >> 32) ^ c3 ^ (uint64_t)k1;
    c1 = p1, c3 = p0;
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
  }
  *first = (c0 & low) | c1 << 32;
  *second = (c2 & low) | c3 << 32;
}

/// pair[2 b], pair[2 b + 1]: words 0, 1 and 2, 3 of block `group` CK_PHILOX_BLOCKS + b, the earlier word in the low
/// half.
CK_INLINE void NAME(philox_group)(uint64_t *pair, uint64_t group, uint64_t key, uint64_t stream) {
  typedef NAME(philox_lanes) W;
  const int lanes = CK_VECTOR_BYTES / 8;
  W lane;
  for (int i = 0; i < lanes; i++) lane[i] = (uint64_t)i;
  for (int block = 0; block < CK_PHILOX_BLOCKS; block += lanes) {
    W first = group * CK_PHILOX_BLOCKS + (uint64_t)block + lane, second;
    NAME(philox)(&first, &second, key, stream);
    NAME(philox_unaligned) *out = (NAME(philox_unaligned) *)(pair + 2 * block);
#if CK_VECTOR_BYTES == 64
    out[0] = __builtin_shufflevector(first, second, 0, 8, 1, 9, 2, 10, 3, 11);
    out[1] = __builtin_shufflevector(first, second, 4, 12, 5, 13, 6, 14, 7, 15);
#elif CK_VECTOR_BYTES == 32
    out[0] = __builtin_shufflevector(first, second, 0, 4, 1, 5);
    out[1] = __builtin_shufflevector(first, second, 2, 6, 3, 7);
#else
    out[0] = __builtin_shufflevector(first, second, 0, 2);
    out[1] = __builtin_shufflevector(first, second, 1, 3);
#endif
  }
}

typedef T_UINT NAME(bits_unaligned) __attribute__((ext_vector_type(VL), aligned(sizeof(T))));
CK_INLINE VU NAME(load_bits)(const T_UINT *p) { return *(const NAME(bits_unaligned) *)p; }
/// VL draws of 16 bits, widened.
CK_INLINE VI NAME(load_halves)(const uint16_t *p) {
  typedef uint16_t halves __attribute__((ext_vector_type(VL), aligned(2)));
  return __builtin_convertvector(*(const halves *)p, VI);
}
