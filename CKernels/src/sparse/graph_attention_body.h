// Rows from ..< to of graph attention, forward and backward.
//
// A row is worked on for a group of up to VL heads at a time.  Their weights lie in one run, entry by entry, `period`
// elements apart (the number of heads, rounded up to a power of two), so that lane l of every vector belongs to head
// l mod period and short rows of many heads fill vectors.  The columns of the group are cut into strips of four vectors
// or one, which stay in registers while the entries pass; a permutation of an entry's weights gives each lane that of
// its head, so that heads of any width fill vectors.
//
// Short rows go in batches, step by step: their logits are gathered, then their weights are made, then their sums, so
// that no step waits for the stores or the horizontal sums of the one before.  A row of more than ATTENTION_LANES
// weights goes alone, in chunks.
#include "graph_attention_parts.h"
#include "graph_attention_bwd_body.h"

/// What the weights of a row need besides its logits, by lane of its heads; sums of the exponentials so far.
typedef struct NAME(forward_row) {
  V target, largest, sum, sum_above;
} NAME(forward_row);

CK_INLINE V NAME(largest_logit)(V largest, const T *x, int64_t lanes) {
  for (int64_t k = 0; k < lanes; k += VL) largest = NAME(max)(largest, NAME(load)(x + k));
  return largest;
}
/// From the largest source logit by lane.
CK_INLINE NAME(forward_row) NAME(forward_row_of)(const attention_job *job, const NAME(attention_group) *g, int64_t r,
                                                 V largest) {
  NAME(forward_row) row = {.sum = 0, .sum_above = 0};
  row.target = NAME(repeat_heads)((const T *)job->target + r * job->heads + g->first_head, g);
  largest = NAME(fold_max)(largest, g->period) + row.target;
  row.largest = largest == (V)-INFINITY ? (V)0 : largest > 0 ? largest : largest * (T)job->slope;
  return row;
}

/// Weights of n entries, the row's entry `first` the first, before the division by their sum: from the logits in w->all
/// at `lane` on, in place.
CK_INLINE void NAME(forward_weights)(NAME(attention_weights) *w, int64_t lane, NAME(forward_row) *row,
                                     const attention_job *job, const NAME(attention_group) *g, int64_t r,
                                     int64_t first, int64_t n) {
  T *all = w->all + lane, *above = w->above + lane;
  if (job->threshold) NAME(keep_factors)(w->factor, job, g, NULL, job->a->row_start[r] + first, n);
  const V slope = (T)job->slope;
  for (int64_t k = 0; k < n * g->period; k += VL) {
    const V x = NAME(load)(all + k) + row->target;
    V e = NAME(leaky_exp)(x, row->largest, slope);
    row->sum += e;
    row->sum_above += x > 0 ? e : (V)0;
    if (job->threshold) e *= NAME(load_left)(w->factor + k, n * g->period - k);
    NAME(store)(all + k, e);
    NAME(store)(above + k, x > 0 ? e : (V)0);
  }
}

/// 1 / sum by lane of the heads; saves what the backward pass needs.
CK_INLINE V NAME(forward_share)(const attention_job *job, const NAME(attention_group) *g, int64_t r,
                                const NAME(forward_row) *row) {
  const V sum = NAME(fold_sum)(row->sum, g->period), share = sum == 0 ? (V)0 : 1 / sum;
  if (!job->state) return share;
  T *state = (T *)job->state + r * job->heads * 4 + g->first_head;
  NAME(store_n)(state, row->target, g->heads);
  NAME(store_n)(state + job->heads, row->largest, g->heads);
  NAME(store_n)(state + 2 * job->heads, share, g->heads);
  NAME(store_n)(state + 3 * job->heads, NAME(fold_sum)(row->sum_above, g->period) * share, g->heads);
  return share;
}

/// Adds (unless `fresh`) the weighted sums of n entries from `first` on to a strip of the row of z, then multiplies it
/// by `scale` of its heads.
CK_INLINE void NAME(forward_sums)(const attention_job *job, const NAME(attention_group) *g,
                                  const NAME(attention_strip) *strip, int64_t r, const T *all, const T *all_above,
                                  int64_t first, int64_t n, bool fresh, V scale) {
  const int64_t start = r * g->ld + strip->at;
  T *z = (T *)job->z + start, *positive = job->positive ? (T *)job->positive + start : NULL;
  V part[4], part_above[4];
  NAME(attend_strip)(part, part_above, g, all, positive ? all_above : NULL, strip, first, n);
  for (int i = 0; i < strip->vectors; i++) {
    const int64_t at = i * VL, lanes = i == strip->vectors - 1 ? strip->lanes : VL;
    const V factor = NAME(pick)(scale, strip->head[i]);
    if (!fresh) part[i] += NAME(load_left)(z + at, lanes);
    NAME(store_left)(z + at, part[i] * factor, lanes);
    if (!positive) continue;
    if (!fresh) part_above[i] += NAME(load_left)(positive + at, lanes);
    NAME(store_left)(positive + at, part_above[i] * factor, lanes);
  }
}

/// A row of more weights than the arrays hold.
static void NAME(forward_long)(const attention_job *job, const NAME(attention_group) *g,
                               NAME(attention_strips) *strips, int64_t r) {
  NAME(attention_weights) w;
  V largest = (V)-INFINITY;
  for (int64_t first = 0; first < g->entries; first += g->chunk) {
    const int64_t n = g->entries - first < g->chunk ? g->entries - first : g->chunk;
    NAME(gather_source)(w.all, job, g, first, n);
    largest = NAME(largest_logit)(largest, w.all, n * g->period);
  }
  NAME(forward_row) row = NAME(forward_row_of)(job, g, r, largest);
  for (int64_t first = 0; first < g->entries; first += g->chunk) {
    const int64_t n = g->entries - first < g->chunk ? g->entries - first : g->chunk;
    NAME(gather_source)(w.all, job, g, first, n);
    NAME(forward_weights)(&w, 0, &row, job, g, r, first, n);
    const V scale = first + n < g->entries ? (V)1 : NAME(forward_share)(job, g, r, &row);
    for (int64_t column = 0; NAME(strips_from)(strips, g, job->width, column); column = strips->to)
      for (int s = 0; s < strips->count; s++)
        NAME(forward_sums)(job, g, &strips->strip[s], r, w.all, w.above, first, n, first == 0, scale);
  }
}

static void NAME(graph_attention)(const attention_job *job, int64_t from, int64_t to) {
  NAME(attention_weights) w;
  const ck_csr *a = job->a;
  for (int64_t head = 0; head < job->heads; head += VL) {
    NAME(attention_group) g = NAME(attention_group_of)(job, job->u, head);
    NAME(attention_strips) strips = {.from = -1};
    for (int64_t r = from; r < to;) {
      int64_t lane[ATTENTION_ROWS + 1] = {0};
      V share[ATTENTION_ROWS];
      int rows = 0;
      for (; rows < ATTENTION_ROWS && r + rows < to; rows++) {
        NAME(set_row)(&g, a, r + rows);
        lane[rows + 1] = lane[rows] + NAME(row_lanes)(&g);
        if (lane[rows + 1] > ATTENTION_LANES) break;
        NAME(gather_source)(w.all + lane[rows], job, &g, 0, g.entries);
      }
      for (int i = 0; i < rows; i++) {
        NAME(set_row)(&g, a, r + i);
        const V largest = NAME(largest_logit)((V)-INFINITY, w.all + lane[i], g.entries * g.period);
        NAME(forward_row) row = NAME(forward_row_of)(job, &g, r + i, largest);
        NAME(forward_weights)(&w, lane[i], &row, job, &g, r + i, 0, g.entries);
        share[i] = NAME(forward_share)(job, &g, r + i, &row);
      }
      for (int64_t column = 0; rows > 0 && NAME(strips_from)(&strips, &g, job->width, column); column = strips.to)
        for (int i = 0; i < rows; i++) {
          NAME(set_row)(&g, a, r + i);
          for (int s = 0; s < strips.count; s++)
            NAME(forward_sums)(job, &g, &strips.strip[s], r + i, w.all + lane[i], w.above + lane[i], 0, g.entries, true,
                               share[i]);
        }
      if (rows == 0) NAME(forward_long)(job, &g, &strips, r);
      r += rows > 0 ? rows : 1;
    }
  }
}
