// What both passes of graph attention share: groups of heads of a row, their weights, and sums over the entries.
#include "../random/philox_body.h"
#include "segment_lanes.h"

/// Weights of a batch or chunk: all, and those whose logits are above 0 (0 for the others). `factor` is
/// that of dropout.
typedef struct NAME(attention_weights) {
  T all[ATTENTION_LANES + VL], above[ATTENTION_LANES + VL], factor[ATTENTION_LANES + VL];
} NAME(attention_weights);

/// One group of heads of one row.
typedef struct NAME(attention_group) {
  const T *table;         // u or dz
  int64_t ld;
  const int32_t *column;  // of the row's first entry
  int64_t entries, left;  // left: entries to the end of the pattern
  int64_t first_head, heads, period;
  int64_t chunk;          // entries whose weights fit
  bool far;
} NAME(attention_group);

/// Up to four vectors of the group's columns, side by side.
typedef struct NAME(attention_strip) {
  int64_t at, lanes;  // first column in the row, and in the last vector
  int vectors;
  bool one_head;      // all columns are of it
  VI head[4];         // of each lane, in the group
} NAME(attention_strip);

CK_INLINE VI NAME(lane_numbers)(void) {
  VI lane;
  for (int i = 0; i < VL; i++) lane[i] = i;
  return lane;
}
/// v[index] lane by lane.
CK_INLINE V NAME(pick)(V v, VI index) {
#if defined(CK_MASKED_AVX512) && CK_IS_F32
  return (V)_mm512_permutexvar_ps((__m512i)index, (__m512)v);
#elif defined(CK_MASKED_AVX512)
  return (V)_mm512_permutexvar_pd((__m512i)index, (__m512d)v);
#elif defined(CK_MASKED_AVX2) && CK_IS_F32 && VL == 8
  return (V)_mm256_permutevar8x32_ps((__m256)v, (__m256i)index);
#else
  T lane[VL];
  NAME(store)(lane, v);
  for (int i = 0; i < VL; i++) v[i] = lane[index[i]];
  return v;
#endif
}

/// The weighted sums over n entries from `first` on, of nv vectors of a strip, the last one cut to its lanes or whole;
/// `one`: all are of one head; `twice`: those over the logits above 0 as well.
CK_INLINE void NAME(attend)(V *sum, V *above, const NAME(attention_group) *g, const T *all, const T *all_above,
                            const NAME(attention_strip) *strip, int64_t first, int64_t n, const int nv,
                            const bool cut, const bool one, const bool twice) {
  const int32_t *column = g->column + first;
  const T *table = g->table + strip->at;
  const int bytes = nv * VL * (int)sizeof(T);
  const int64_t limit = g->left - first - 1, ahead = gathered_ahead(bytes);
  const int64_t only = strip->head[0][0];
  V sums[4] = {0}, sums_above[4] = {0};
  VI head[4];
#pragma clang loop unroll(full)
  for (int i = 0; i < nv; i++) head[i] = strip->head[i];
#pragma clang loop unroll(disable)
  for (int64_t k = 0; k < n; k++) {
    const T *row = table + column[k] * g->ld;
    if (g->far) {
      const char *next = (const char *)(table + column[k + ahead < limit ? k + ahead : limit] * g->ld);
#pragma clang loop unroll(full)
      for (int line = 0; line < bytes; line += 64) __builtin_prefetch(next + line, 0, 3);
    }
    const T *w_at = all + k * g->period, *above_at = all_above + k * g->period;
    const V w = one ? (V)w_at[only] : NAME(load)(w_at);
    const V w_above = !twice ? (V)0 : one ? (V)above_at[only] : NAME(load)(above_at);
#pragma clang loop unroll(full)
    for (int i = 0; i < nv; i++) {
      const V v = cut && i == nv - 1 ? NAME(load_n)(row + i * VL, strip->lanes) : NAME(load)(row + i * VL);
      sums[i] += (one ? w : NAME(pick)(w, head[i])) * v;
      if (twice) sums_above[i] += (one ? w_above : NAME(pick)(w_above, head[i])) * v;
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < nv; i++) sum[i] = sums[i], above[i] = sums_above[i];
}

CK_INLINE void NAME(attend_vectors)(V *sum, V *above, const NAME(attention_group) *g, const T *w, const T *wa,
                                    const NAME(attention_strip) *strip, int64_t first, int64_t n, const bool twice) {
#if CK_IS_F32
  if (strip->vectors == 4) {
    const bool cut = strip->lanes < VL;
    if (cut) NAME(attend)(sum, above, g, w, wa, strip, first, n, 4, true, false, twice);
    else if (strip->one_head) NAME(attend)(sum, above, g, w, wa, strip, first, n, 4, false, true, twice);
    else NAME(attend)(sum, above, g, w, wa, strip, first, n, 4, false, false, twice);
    return;
  }
#endif
  if (strip->one_head) NAME(attend)(sum, above, g, w, wa, strip, first, n, 1, true, true, twice);
  else NAME(attend)(sum, above, g, w, wa, strip, first, n, 1, true, false, twice);
}
/// The same for any strip; without `wa` the sums above 0 are not made, and are 0.
static __attribute__((noinline)) void NAME(attend_strip)(V *sum, V *above, const NAME(attention_group) *g,
                                                         const T *w, const T *wa,
                                                         const NAME(attention_strip) *strip, int64_t first,
                                                         int64_t n) {
  if (wa) NAME(attend_vectors)(sum, above, g, w, wa, strip, first, n, true);
  else NAME(attend_vectors)(sum, above, g, w, w, strip, first, n, false);
}

/// Strips that a row's entries pass one after the other, while its columns are at hand.
typedef struct NAME(attention_strips) {
  int64_t from, to;  // columns of the group
  int count;
  NAME(attention_strip) strip[ATTENTION_STRIPS];
} NAME(attention_strips);

/// The strip at `column` of the group's columns: four vectors, or one where fewer are left.
static __attribute__((noinline)) NAME(attention_strip) NAME(strip_at)(const NAME(attention_group) *g, int64_t width,
                                                                     int64_t column) {
  const int64_t left = g->heads * width - column;
  NAME(attention_strip) strip = {.at = g->first_head * width + column};
  strip.vectors = CK_IS_F32 && left > 3 * VL ? 4 : 1;
  const int64_t last = left - (strip.vectors - 1) * VL;
  strip.lanes = last < VL ? last : VL;
  int64_t head = column / width, offset = column % width;
  strip.one_head = offset + (strip.vectors - 1) * VL + strip.lanes <= width;
  for (int i = 0; i < strip.vectors; i++) {
    T_INT lane[VL];
    for (int j = 0; j < VL; j++) {
      lane[j] = (T_INT)(head & (VL - 1));  // lanes behind the last head are not used
      if (++offset == width) offset = 0, head++;
    }
    memcpy(&strip.head[i], lane, sizeof lane);
  }
  return strip;
}

/// Moves to the strips from `column` on, which the strips may be already; false behind the last column.
CK_INLINE bool NAME(strips_from)(NAME(attention_strips) *strips, const NAME(attention_group) *g, int64_t width,
                                 int64_t column) {
  if (column >= g->heads * width) return false;
  if (column == strips->from) return true;
  strips->from = strips->to = column;
  for (strips->count = 0; strips->count < ATTENTION_STRIPS && strips->to < g->heads * width; strips->count++) {
    const NAME(attention_strip) strip = NAME(strip_at)(g, width, strips->to);
    strips->strip[strips->count] = strip;
    strips->to += strip.vectors * VL;
  }
  return true;
}

/// factor[k * period + h] = the dropout factor of entry (order[k], or first + k without an order) and head h, k < n.
static __attribute__((noinline)) void NAME(keep_factors)(T *factor, const attention_job *job,
                                                         const NAME(attention_group) *g, const int32_t *order,
                                                         int64_t first, int64_t n) {
  typedef NAME(philox_lanes) W;
  const int lanes = CK_VECTOR_BYTES / 8, shift = __builtin_ctzll((unsigned long long)g->period);
  const T scale = (T)job->keep_scale;
  for (int64_t k = 0; k < n * g->period; k += lanes) {
    uint64_t index[CK_VECTOR_BYTES / 8];
    for (int i = 0; i < lanes; i++) {
      const int64_t lane = k + i, entry = lane >> shift < n ? lane >> shift : n - 1;
      const int64_t head = g->first_head + (lane & (g->period - 1));
      index[i] = (uint64_t)((order ? order[entry] : first + entry) * job->heads + head);
    }
    const W element = *(const NAME(philox_unaligned) *)index;
    W low = element >> 3, high;  // the halves 0...3 and 4...7 of the block
    NAME(philox)(&low, &high, job->key, job->stream);
    const W half = ((element & 4) != 0 ? high : low) >> ((element & 3) << 4);
    const W kept = (W)((half & 0xffff) >= (W)(uint64_t)job->threshold);
    for (int i = 0; i < lanes; i++) factor[k + i] = kept[i] ? scale : 0;
  }
}

/// exp(leaky(x) - largest), and 0 at -infinity for a slope of 0 too.
CK_INLINE V NAME(leaky_exp)(V x, V largest, V slope) {
  const V e = NAME(exp)((x > 0 ? x : x * slope) - largest);
  return x == (V)-INFINITY ? (V)0 : e;
}

/// y[i][k * period + h] = table[column[k] * ld + i * heads + h] for n entries, the group's heads and each i below
/// `parts`; the lanes behind the last entry, up to a whole vector, get fill[i].
CK_INLINE void NAME(gather_heads)(T *const *y, const T *table, int64_t ld, int64_t heads,
                                  const NAME(attention_group) *g, int64_t first, int64_t n, const int parts,
                                  const T *fill) {
  const int32_t *column = g->column + first;
  const int64_t limit = g->left - first - 1, bytes = parts * heads * (int64_t)sizeof(T);
#pragma clang loop unroll(disable)
  for (int64_t k = 0; k < n; k++) {
    const T *row = table + column[k] * ld;
    if (g->far) {
      const char *next = (const char *)(table + column[k + 32 < limit ? k + 32 : limit] * ld);
      __builtin_prefetch(next, 0, 3);
      if (bytes > 64) __builtin_prefetch(next + 64, 0, 3);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < parts; i++) NAME(store)(y[i] + k * g->period, NAME(load_n)(row + i * heads, g->heads));
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < parts; i++) NAME(store)(y[i] + n * g->period, (V)fill[i]);
}
/// The source logits of n entries.
static __attribute__((noinline)) void NAME(gather_source)(T *y, const attention_job *job,
                                                          const NAME(attention_group) *g, int64_t first, int64_t n) {
  const T *source = (const T *)job->source + g->first_head, fill = (T)-INFINITY;
  if (g->period > 1) {
    NAME(gather_heads)(&y, source, job->heads, job->heads, g, first, n, 1, &fill);
    return;
  }
  for (int64_t k = 0; k < n; k++) y[k] = source[g->column[first + k] * job->heads];
  NAME(store)(y + n, (V)fill);
}

/// x[h] of the group's heads in lanes that repeat the period.
CK_INLINE V NAME(repeat_heads)(const T *x, const NAME(attention_group) *g) {
  if (g->period == 1) return (V)x[0];
  return NAME(pick)(NAME(load_n)(x, g->heads), NAME(lane_numbers)() & (T_INT)(g->period - 1));
}

/// The group of heads from first_head on; the row's fields are empty.
CK_INLINE NAME(attention_group) NAME(attention_group_of)(const attention_job *job, const T *table, int64_t first_head) {
  const int64_t left = job->heads - first_head;
  NAME(attention_group) g = {.table = table, .ld = job->heads * job->width, .first_head = first_head,
                             .heads = left < VL ? left : VL, .period = 1, .far = job->far};
  while (g.period < g.heads) g.period *= 2;
  g.chunk = ATTENTION_LANES / g.period;
  return g;
}
CK_INLINE void NAME(set_row)(NAME(attention_group) *g, const ck_csr *a, int64_t r) {
  const int64_t begin = a->row_start[r];
  g->column = a->column + begin;
  g->entries = a->row_start[r + 1] - begin;
  g->left = a->row_start[a->rows] - begin;
}
/// The row's weights, in whole vectors.
CK_INLINE int64_t NAME(row_lanes)(const NAME(attention_group) *g) {
  return (g->entries * g->period + VL - 1) / VL * VL;
}
