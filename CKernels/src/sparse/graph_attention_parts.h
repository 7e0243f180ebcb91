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

/// At most a vector of columns of one head.
typedef struct NAME(attention_slot) {
  int64_t at;    // first column in the row
  int64_t head;  // in the group
  int64_t lanes;
} NAME(attention_slot);

/// The weighted sums over n entries from `first` on, in nv slots; `wide`: they are whole and of one head, side by side;
/// `twice`: those over the logits above 0 as well.
CK_INLINE void NAME(attend)(V *sum, V *above, const NAME(attention_group) *g, const T *all, const T *all_above,
                            const NAME(attention_slot) *slot, int64_t first, int64_t n, const int nv, const bool wide,
                            const bool twice) {
  const int32_t *column = g->column + first;
  const int64_t limit = g->left - first - 1, ahead = nv == 1 ? 32 : 16;
  V sums[4] = {0}, sums_above[4] = {0};
#pragma clang loop unroll(disable)
  for (int64_t k = 0; k < n; k++) {
    const T *row = g->table + column[k] * g->ld;
    if (g->far) {
      const T *next = g->table + column[k + ahead < limit ? k + ahead : limit] * g->ld;
#pragma clang loop unroll(full)
      for (int i = 0; i < nv; i++) __builtin_prefetch(next + slot[i].at, 0, 3);
    }
    const T *all_of = all + k * g->period, *above_of = all_above + k * g->period;
#pragma clang loop unroll(full)
    for (int i = 0; i < nv; i++) {
      const int64_t head = slot[wide ? 0 : i].head;
      const V v = wide ? NAME(load)(row + slot[0].at + i * VL) : NAME(load_left)(row + slot[i].at, slot[i].lanes);
      sums[i] += all_of[head] * v;
      if (twice) sums_above[i] += above_of[head] * v;
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < nv; i++) sum[i] = sums[i], above[i] = sums_above[i];
}

CK_INLINE void NAME(attend_count)(V *sum, V *above, const NAME(attention_group) *g, const T *w, const T *wa,
                                  const NAME(attention_slot) *slot, int64_t first, int64_t n, int count,
                                  const bool twice) {
#if CK_IS_F32
  if (count == 4) {
    const bool wide = slot[0].head == slot[3].head && slot[3].lanes == VL;
    if (wide) NAME(attend)(sum, above, g, w, wa, slot, first, n, 4, true, twice);
    else NAME(attend)(sum, above, g, w, wa, slot, first, n, 4, false, twice);
    return;
  }
#endif
  for (int i = 0; i < count; i++) NAME(attend)(sum + i, above + i, g, w, wa, slot + i, first, n, 1, false, twice);
}
/// The same for `count` slots; without `wa` the sums above 0 are not made, and are 0.
static __attribute__((noinline)) void NAME(attend_slots)(V *sum, V *above, const NAME(attention_group) *g,
                                                         const T *w, const T *wa,
                                                         const NAME(attention_slot) *slot, int64_t first, int64_t n,
                                                         int count) {
  if (wa) NAME(attend_count)(sum, above, g, w, wa, slot, first, n, count, true);
  else NAME(attend_count)(sum, above, g, w, w, slot, first, n, count, false);
}

/// The next slots of the group from column `*at` of its columns on, four at most.
CK_INLINE int NAME(next_slots)(NAME(attention_slot) *slot, const NAME(attention_group) *g, int64_t width,
                               int64_t *head, int64_t *offset) {
  int count = 0;
  while (count < 4 && *head < g->heads) {
    const int64_t left = width - *offset;
    slot[count++] = (NAME(attention_slot)){(g->first_head + *head) * width + *offset, *head, left < VL ? left : VL};
    *offset += VL;
    if (*offset >= width) *offset = 0, ++*head;
  }
  return count;
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

/// y[k * period + h] = table[column[k] * ld + h] for n entries and the group's heads, other lanes up to a whole vector
/// `fill`.
static __attribute__((noinline)) void NAME(gather_heads)(T *y, const T *table, int64_t ld,
                                                         const NAME(attention_group) *g, int64_t first, int64_t n,
                                                         T fill) {
  const int32_t *column = g->column + first;
  if (g->period == 1) {
    if (n % VL) NAME(store)(y + n / VL * VL, (V)fill);
    for (int64_t k = 0; k < n; k++) y[k] = table[column[k] * ld];
    return;
  }
  for (int64_t k = 0; k < n; k++)
    NAME(store)(y + k * g->period, NAME(load_n_or)(table + column[k] * ld, g->heads, fill));
}

/// x[h] of the group's heads in lanes that repeat the period.
CK_INLINE V NAME(repeat_heads)(const T *x, const NAME(attention_group) *g) {
  if (g->period == 1) return (V)x[0];
  T lane[VL];
  for (int64_t i = 0; i < VL; i++) {
    const int64_t head = i & (g->period - 1);
    lane[i] = head < g->heads ? x[head] : 0;
  }
  return NAME(load)(lane);
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
