// Rows from ..< to of graph attention, forward and backward.
//
// A row is worked on for a group of up to VL heads at a time.  Their weights lie in one run, entry by entry, `period`
// elements apart (the number of heads, rounded up to a power of two), so that lane l of every vector belongs to head
// l mod period and short rows of many heads fill vectors.  The columns of the group are then cut into slots of a vector
// or less, each of one head, and up to four slots stay in registers while the entries pass.
#include "../random/philox_body.h"
#include "segment_lanes.h"

/// The weights of a chunk: all, and those whose logits are above 0 (0 for the others).
typedef struct NAME(attention_weights) {
  T all[ATTENTION_LANES + VL], above[ATTENTION_LANES + VL];
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

/// The weighted sums over n entries from `first` on, in nv slots; `wide`: they are whole and of one head, side by side.
CK_INLINE void NAME(attend)(V *sum, V *above, const NAME(attention_group) *g, const NAME(attention_weights) *w,
                            const NAME(attention_slot) *slot, int64_t first, int64_t n, const int nv, const bool wide) {
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
    const T *all_of = w->all + k * g->period, *above_of = w->above + k * g->period;
#pragma clang loop unroll(full)
    for (int i = 0; i < nv; i++) {
      const int64_t head = slot[wide ? 0 : i].head;
      const V v = wide ? NAME(load)(row + slot[0].at + i * VL) : NAME(load_left)(row + slot[i].at, slot[i].lanes);
      sums[i] += all_of[head] * v;
      sums_above[i] += above_of[head] * v;
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < nv; i++) sum[i] = sums[i], above[i] = sums_above[i];
}

/// The same for `count` slots.
static __attribute__((noinline)) void NAME(attend_slots)(V *sum, V *above, const NAME(attention_group) *g,
                                                         const NAME(attention_weights) *w,
                                                         const NAME(attention_slot) *slot, int64_t first, int64_t n,
                                                         int count) {
#if CK_IS_F32
  if (count == 4) {
    if (slot[0].head == slot[3].head && slot[3].lanes == VL) NAME(attend)(sum, above, g, w, slot, first, n, 4, true);
    else NAME(attend)(sum, above, g, w, slot, first, n, 4, false);
    return;
  }
#endif
  for (int i = 0; i < count; i++) NAME(attend)(sum + i, above + i, g, w, slot + i, first, n, 1, false);
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
CK_INLINE void NAME(keep_factors)(T *factor, const attention_job *job, const NAME(attention_group) *g,
                                  const int32_t *order, int64_t first, int64_t n) {
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

/// exp(leaky(x) - largest).
CK_INLINE V NAME(leaky_exp)(V x, V largest, V slope) { return NAME(exp)((x > 0 ? x : x * slope) - largest); }

/// y[k * period + h] = table[column[k] * ld + h] for n entries and the group's heads, other lanes up to a whole vector
/// `fill`.
CK_INLINE void NAME(gather_heads)(T *y, const T *table, int64_t ld, const NAME(attention_group) *g, int64_t first,
                                  int64_t n, T fill) {
  const int32_t *column = g->column + first;
  if (g->period == 1) {
    for (int64_t k = 0; k < n; k++) y[k] = table[column[k] * ld];
    for (int64_t k = n; k % VL; k++) y[k] = fill;
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

CK_INLINE NAME(attention_group) NAME(attention_group_of)(const attention_job *job, const T *table, int64_t r,
                                                         int64_t first_head) {
  const int64_t begin = job->a->row_start[r], left = job->heads - first_head;
  NAME(attention_group) g = {
      .table = table, .ld = job->heads * job->width, .column = job->a->column + begin,
      .entries = job->a->row_start[r + 1] - begin, .left = job->a->row_start[job->a->rows] - begin,
      .first_head = first_head, .heads = left < VL ? left : VL, .period = 1, .far = job->far};
  while (g.period < g.heads) g.period *= 2;
  g.chunk = ATTENTION_LANES / g.period;
  return g;
}

// ---------------------------------------------------------------------------------------------------- forward

/// Weights of n entries from `first` on, before the division by their sum, from the gathered logits in w->all; adds to
/// the sums by lane.
CK_INLINE void NAME(forward_weights)(NAME(attention_weights) *w, V *sum, V *sum_above, const attention_job *job,
                                     const NAME(attention_group) *g, int64_t begin, int64_t n, V target, V largest) {
  T factor[ATTENTION_LANES + VL];
  if (job->threshold) NAME(keep_factors)(factor, job, g, NULL, begin, n);
  const V slope = (T)job->slope;
  const int64_t lanes = n * g->period;
  for (int64_t k = 0; k < lanes; k += VL) {
    const V x = NAME(load)(w->all + k) + target;
    V e = NAME(leaky_exp)(x, largest, slope);
    *sum += e;
    *sum_above += x > 0 ? e : (V)0;
    if (job->threshold) e *= NAME(load_left)(factor + k, lanes - k);
    NAME(store)(w->all + k, e);
    NAME(store)(w->above + k, x > 0 ? e : (V)0);
  }
}

static void NAME(forward_group)(const attention_job *job, int64_t r, const NAME(attention_group) *g) {
  NAME(attention_weights) w;
  const T *source = (const T *)job->source + g->first_head;
  const V target = NAME(repeat_heads)((const T *)job->target + r * job->heads + g->first_head, g);
  V largest = (V)-INFINITY, sum = 0, sum_above = 0;
  for (int64_t first = 0; first < g->entries; first += g->chunk) {
    const int64_t n = g->entries - first < g->chunk ? g->entries - first : g->chunk;
    NAME(gather_heads)(w.all, source, job->heads, g, first, n, (T)-INFINITY);
    for (int64_t k = 0; k < n * g->period; k += VL) largest = NAME(max)(largest, NAME(load)(w.all + k));
  }
  largest = NAME(fold_max)(largest, g->period) + target;
  largest = largest == (V)-INFINITY ? (V)0 : largest > 0 ? largest : largest * (T)job->slope;

  const bool single = g->entries <= g->chunk;
  T share[VL], *z = (T *)job->z + r * g->ld, *positive = job->positive ? (T *)job->positive + r * g->ld : NULL;
  int64_t first = 0;
  do {  // once for an empty row too, which gets zeros
    const int64_t n = g->entries - first < g->chunk ? g->entries - first : g->chunk;
    if (!single) NAME(gather_heads)(w.all, source, job->heads, g, first, n, (T)-INFINITY);
    NAME(forward_weights)(&w, &sum, &sum_above, job, g, job->a->row_start[r] + first, n, target, largest);
    first += n;
    if (first >= g->entries) {
      const V total = NAME(fold_sum)(sum, g->period);
      NAME(store)(share, total == 0 ? (V)0 : 1 / total);
    }
    int64_t head = 0, offset = 0;
    NAME(attention_slot) slot[4];
    V part[4], part_above[4];
    for (int count; (count = NAME(next_slots)(slot, g, job->width, &head, &offset)) > 0;) {
      NAME(attend_slots)(part, part_above, g, &w, slot, first - n, n, count);
      for (int i = 0; i < count; i++) {
        const int64_t at = slot[i].at, lanes = slot[i].lanes;
        const V before = single || first == n ? (V)0 : NAME(load_left)(z + at, lanes);
        const V scale = first < g->entries ? 1 : share[slot[i].head];
        NAME(store_left)(z + at, (before + part[i]) * scale, lanes);
        if (!positive) continue;
        const V before_above = single || first == n ? (V)0 : NAME(load_left)(positive + at, lanes);
        NAME(store_left)(positive + at, (before_above + part_above[i]) * scale, lanes);
      }
    }
  } while (first < g->entries);
  if (!positive) return;
  T *state = (T *)job->state + r * job->heads * 4 + g->first_head;
  T most[VL], above[VL];
  NAME(store)(most, largest);
  NAME(store)(above, NAME(fold_sum)(sum_above, g->period));
  for (int64_t h = 0; h < g->heads; h++, state++) {
    state[0] = ((const T *)job->target)[r * job->heads + g->first_head + h];
    state[job->heads] = most[h];
    state[2 * job->heads] = share[h];
    state[3 * job->heads] = above[h] * share[h];
  }
}

static void NAME(graph_attention)(const attention_job *job, int64_t from, int64_t to) {
  for (int64_t r = from; r < to; r++)
    for (int64_t head = 0; head < job->heads; head += VL) {
      const NAME(attention_group) g = NAME(attention_group_of)(job, job->u, r, head);
      NAME(forward_group)(job, r, &g);
    }
}

// ---------------------------------------------------------------------------------------------------- backward

/// Weights of n entries from `first` on; adds alpha D to the sums by lane.
CK_INLINE void NAME(backward_weights)(NAME(attention_weights) *w, V *shed, V *shed_above, const attention_job *job,
                                      const NAME(attention_group) *g, const int32_t *order, int64_t first, int64_t n,
                                      V source) {
  T largest[ATTENTION_LANES + VL], share[ATTENTION_LANES + VL], dot[ATTENTION_LANES + VL];
  T factor[ATTENTION_LANES + VL];
  const T *record = (const T *)job->record + g->first_head;
  const int64_t ld = job->heads * 4;
  NAME(gather_heads)(w->all, record, ld, g, first, n, 0);
  NAME(gather_heads)(largest, record + job->heads, ld, g, first, n, 0);
  NAME(gather_heads)(share, record + 2 * job->heads, ld, g, first, n, 0);
  NAME(gather_heads)(dot, record + 3 * job->heads, ld, g, first, n, 0);
  if (job->threshold) NAME(keep_factors)(factor, job, g, order + first, 0, n);
  const V slope = (T)job->slope;
  const int64_t lanes = n * g->period;
  for (int64_t k = 0; k < lanes; k += VL) {
    const V x = NAME(load)(w->all + k) + source;
    V alpha = NAME(leaky_exp)(x, NAME(load)(largest + k), slope) * NAME(load)(share + k);
    alpha = NAME(load)(share + k) == 0 ? (V)0 : alpha;  // a lane without an entry may have overflowed
    const V part = alpha * NAME(load)(dot + k);
    *shed += part;
    *shed_above += x > 0 ? part : (V)0;
    if (job->threshold) alpha *= NAME(load_left)(factor + k, lanes - k);
    NAME(store)(w->all + k, alpha);
    NAME(store)(w->above + k, x > 0 ? alpha : (V)0);
  }
}

static void NAME(backward_group)(const attention_job *job, int64_t r, const NAME(attention_group) *g) {
  NAME(attention_weights) w;
  const int32_t *order = job->order ? job->order + job->a->row_start[r] : NULL;
  const V source = NAME(repeat_heads)((const T *)job->source + r * job->heads + g->first_head, g);
  const T slope = (T)job->slope, *u = (const T *)job->u + r * g->ld;
  T *du = (T *)job->du + r * g->ld;
  V shed = 0, shed_above = 0, dot[VL];
  for (int64_t h = 0; h < g->heads; h++) dot[h] = 0;
  int64_t first = 0;
  do {
    const int64_t n = g->entries - first < g->chunk ? g->entries - first : g->chunk;
    NAME(backward_weights)(&w, &shed, &shed_above, job, g, order, first, n, source);
    int64_t head = 0, offset = 0;
    NAME(attention_slot) slot[4];
    V part[4], part_above[4];
    for (int count; (count = NAME(next_slots)(slot, g, job->width, &head, &offset)) > 0;) {
      NAME(attend_slots)(part, part_above, g, &w, slot, first, n, count);
      for (int i = 0; i < count; i++) {
        const int64_t at = slot[i].at, lanes = slot[i].lanes;
        const V before = first == 0 ? (V)0 : NAME(load_left)(du + at, lanes);
        NAME(store_left)(du + at, before + part[i], lanes);
        dot[slot[i].head] += (part[i] * slope + part_above[i] * (1 - slope)) * NAME(load_left)(u + at, lanes);
      }
    }
    first += n;
  } while (first < g->entries);
  T lane[VL];
  NAME(store)(lane, NAME(fold_sum)(shed * slope + shed_above * (1 - slope), g->period));
  T *dsource = (T *)job->dsource + r * job->heads + g->first_head;
  for (int64_t h = 0; h < g->heads; h++) dsource[h] = NAME(sum)(dot[h]) - lane[h];
}

CK_INLINE void NAME(attention_dots)(const attention_job *job, int64_t from, int64_t to) {
  const int64_t width = job->width, heads = job->heads;
  for (int64_t r = from; r < to; r++)
    for (int64_t h = 0; h < heads; h++) {
      const int64_t at = (r * heads + h) * width;
      const T *dz = (const T *)job->dz + at, *z = (const T *)job->z + at, *positive = (const T *)job->positive + at;
      V dot = 0, dot_above = 0;
      for (int64_t c = 0; c < width; c += VL) {
        const V g = NAME(load_left)(dz + c, width - c);
        dot += g * NAME(load_left)(z + c, width - c);
        dot_above += g * NAME(load_left)(positive + c, width - c);
      }
      const T d = NAME(sum)(dot), *state = (const T *)job->state + r * heads * 4 + h;
      T *record = (T *)job->record + r * heads * 4 + h;
      for (int i = 0; i < 3; i++) record[i * heads] = state[i * heads];
      record[3 * heads] = d;
      ((T *)job->dtarget)[r * heads + h] = (1 - (T)job->slope) * (NAME(sum)(dot_above) - d * state[3 * heads]);
    }
}

static void NAME(graph_attention_bwd)(const attention_job *job, int64_t from, int64_t to) {
  if (job->is_dots) {
    NAME(attention_dots)(job, from, to);
    return;
  }
  for (int64_t r = from; r < to; r++)
    for (int64_t head = 0; head < job->heads; head += VL) {
      const NAME(attention_group) g = NAME(attention_group_of)(job, job->dz, r, head);
      NAME(backward_group)(job, r, &g);
    }
}
