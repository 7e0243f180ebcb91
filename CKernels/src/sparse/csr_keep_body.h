// Stages of csr_keep over words of 64 entries or over rows; the element type plays no part.
#if CK_IS_F32

/// Bits of the 64 entries from `first` on.
CK_INLINE uint64_t NAME(keep_word)(const uint64_t *bits, const int32_t *order, int64_t n) {
  uint64_t word = 0;
  for (int64_t i = 0; i < n; i++) word |= (bits[order[i] >> 6] >> (order[i] & 63) & 1) << i;
  return word;
}

/// The columns of the set bits of one word, from out[0] on, of which `room` exist.
CK_INLINE void NAME(keep_columns)(int32_t *out, const int32_t *column, uint64_t word, int64_t room) {
#if defined(CK_MASKED_AVX512)
  for (; word; word >>= 16, column += 16) {
    const __mmask16 kept = (__mmask16)word;
    const int count = __builtin_popcount(kept);
    const __m512i packed = _mm512_maskz_compress_epi32(kept, _mm512_maskz_loadu_epi32(kept, column));
    // A full store is faster than one that counts; what it writes beyond these entries is written again.
    if (room >= 16) _mm512_storeu_si512(out, packed);
    else _mm512_mask_storeu_epi32(out, (__mmask16)((1u << count) - 1), packed);
    out += count;
    room -= count;
  }
#else
  (void)room;
  for (; word; word &= word - 1) *out++ = column[__builtin_ctzll(word)];
#endif
}

static void NAME(csr_keep)(const keep_job *job, keep_stage stage, int64_t from, int64_t to) {
  const uint64_t *own = job->own;
  const int64_t *rank = job->rank;
  switch (stage) {
    case keep_permute:
      for (int64_t w = from; w < to; w++) {
        const int64_t n = job->entries - 64 * w;
        job->own[w] = NAME(keep_word)(job->bits, job->order + 64 * w, n < 64 ? n : 64);
      }
      break;
    case keep_rank:
      job->rank[0] = 0;
      for (int64_t w = from; w < to; w++) job->rank[w + 1] = rank[w] + __builtin_popcountll(own[w]);
      break;
    case keep_rows:
      for (int64_t r = from; r < to; r++) {
        const int64_t e = job->a->row_start[r], within = e & 63;
        const uint64_t before = within ? own[e >> 6] & ((UINT64_C(1) << within) - 1) : 0;
        job->row_start[r] = rank[e >> 6] + __builtin_popcountll(before);
      }
      break;
    case keep_move:
      for (int64_t w = from; w < to; w++)
        NAME(keep_columns)(job->column + rank[w], job->a->column + 64 * w, own[w], rank[to] - rank[w]);
      break;
  }
}
#endif
