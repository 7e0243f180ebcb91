// Backward pass of graph attention; included by graph_attention_body.h.
#include "../dense/transpose_4.h"

/// The record's numbers at each weight.
typedef struct NAME(attention_record) {
  T largest[ATTENTION_LANES + VL], share[ATTENTION_LANES + VL], dot[ATTENTION_LANES + VL];
} NAME(attention_record);

/// Sums of alpha D by lane of the heads.
typedef struct NAME(backward_row) {
  V source, shed, shed_above;
} NAME(backward_row);

/// Gathers the target logits and the record of n entries from `first` on to `lane` and beyond.
CK_INLINE void NAME(gather_record)(NAME(attention_weights) *w, NAME(attention_record) *y, int64_t lane,
                                   const attention_job *job, const NAME(attention_group) *g, int64_t first, int64_t n) {
  const T *record = (const T *)job->record + g->first_head;
  const int64_t ld = job->heads * 4;
  if (job->heads == 1) {  // one load for each entry
    const int32_t *column = g->column + first;
    T *to[4] = {w->all + lane, y->largest + lane, y->share + lane, y->dot + lane};
    for (int i = 0; n % VL && i < 4; i++) NAME(store)(to[i] + n / VL * VL, (V)0);
    int64_t k = 0;
    for (; k + 4 <= n; k += 4) {
      NAME(quad) row[4];
      for (int i = 0; i < 4; i++) row[i] = *(const NAME(quad_unaligned) *)(record + column[k + i] * 4);
      NAME(turn_quads)(row);
      for (int i = 0; i < 4; i++) *(NAME(quad_unaligned) *)(to[i] + k) = row[i];
    }
    for (; k < n; k++)
      for (int i = 0; i < 4; i++) to[i][k] = record[column[k] * 4 + i];
    return;
  }
  NAME(gather_heads)(w->all + lane, record, ld, g, first, n, 0);
  NAME(gather_heads)(y->largest + lane, record + job->heads, ld, g, first, n, 0);
  NAME(gather_heads)(y->share + lane, record + 2 * job->heads, ld, g, first, n, 0);
  NAME(gather_heads)(y->dot + lane, record + 3 * job->heads, ld, g, first, n, 0);
}

/// Weights of n entries from `first` on, from what was gathered at `lane`; adds alpha D to the sums by lane.
CK_INLINE void NAME(backward_weights)(NAME(attention_weights) *w, const NAME(attention_record) *y, int64_t lane,
                                      NAME(backward_row) *row, const attention_job *job,
                                      const NAME(attention_group) *g, int64_t r, int64_t first, int64_t n) {
  if (job->threshold) NAME(keep_factors)(w->factor, job, g, job->order + job->a->row_start[r] + first, 0, n);
  const V slope = (T)job->slope;
  T *all = w->all + lane, *above = w->above + lane;
  for (int64_t k = 0; k < n * g->period; k += VL) {
    const V x = NAME(load)(all + k) + row->source, share = NAME(load)(y->share + lane + k);
    V alpha = NAME(leaky_exp)(x, NAME(load)(y->largest + lane + k), slope) * share;
    alpha = share == 0 ? (V)0 : alpha;  // a lane without an entry may have overflowed
    const V part = alpha * NAME(load)(y->dot + lane + k);
    row->shed += part;
    row->shed_above += x > 0 ? part : (V)0;
    if (job->threshold) alpha *= NAME(load_left)(w->factor + k, n * g->period - k);
    NAME(store)(all + k, alpha);
    NAME(store)(above + k, x > 0 ? alpha : (V)0);
  }
}

/// Adds (unless `fresh`) the weighted sums of n entries from `first` on to the row of du, and their part of
/// <slope du_j + (1 - slope) (du_j over logits above 0), u_j> to dot, one vector for each head.
CK_INLINE void NAME(backward_sums)(const attention_job *job, const NAME(attention_group) *g, int64_t r, const T *all,
                                   const T *all_above, int64_t first, int64_t n, bool fresh, V *dot) {
  const T slope = (T)job->slope, *u = (const T *)job->u + r * g->ld;
  T *du = (T *)job->du + r * g->ld;
  NAME(attention_slot) slot[4];
  V part[4], part_above[4];
  int64_t head = 0, offset = 0;
  for (int count; (count = NAME(next_slots)(slot, g, job->width, &head, &offset)) > 0;) {
    NAME(attend_slots)(part, part_above, g, all, all_above, slot, first, n, count);
    for (int i = 0; i < count; i++) {
      const int64_t at = slot[i].at, lanes = slot[i].lanes;
      dot[slot[i].head] += (part[i] * slope + part_above[i] * (1 - slope)) * NAME(load_left)(u + at, lanes);
      if (!fresh) part[i] += NAME(load_left)(du + at, lanes);
      NAME(store_left)(du + at, part[i], lanes);
    }
  }
}

CK_INLINE NAME(backward_row) NAME(backward_row_of)(const attention_job *job, const NAME(attention_group) *g,
                                                   int64_t r) {
  const T *source = (const T *)job->source + r * job->heads + g->first_head;
  return (NAME(backward_row)){NAME(repeat_heads)(source, g), (V)0, (V)0};
}
CK_INLINE void NAME(backward_source)(const attention_job *job, const NAME(attention_group) *g, int64_t r, V shed,
                                     const V *dot) {
  T lane[VL], *dsource = (T *)job->dsource + r * job->heads + g->first_head;
  NAME(store)(lane, NAME(fold_sum)(shed, g->period));
  for (int64_t h = 0; h < g->heads; h++) dsource[h] = NAME(sum)(dot[h]) - lane[h];
}

/// A row of more weights than the arrays hold.
static void NAME(backward_long)(const attention_job *job, const NAME(attention_group) *g, int64_t r) {
  NAME(attention_weights) w;
  NAME(attention_record) y;
  NAME(backward_row) row = NAME(backward_row_of)(job, g, r);
  V dot[VL] = {0};
  for (int64_t first = 0; first < g->entries; first += g->chunk) {
    const int64_t n = g->entries - first < g->chunk ? g->entries - first : g->chunk;
    NAME(gather_record)(&w, &y, 0, job, g, first, n);
    NAME(backward_weights)(&w, &y, 0, &row, job, g, r, first, n);
    NAME(backward_sums)(job, g, r, w.all, w.above, first, n, first == 0, dot);
  }
  const T slope = (T)job->slope;
  NAME(backward_source)(job, g, r, row.shed * slope + row.shed_above * (1 - slope), dot);
}

static void NAME(backward_rows)(const attention_job *job, int64_t from, int64_t to) {
  NAME(attention_weights) w;
  NAME(attention_record) y;
  const ck_csr *a = job->a;
  const T slope = (T)job->slope;
  for (int64_t head = 0; head < job->heads; head += VL) {
    NAME(attention_group) g = NAME(attention_group_of)(job, job->dz, head);
    for (int64_t r = from; r < to;) {
      int64_t lane[ATTENTION_ROWS + 1] = {0};
      V shed[ATTENTION_ROWS];
      int rows = 0;
      for (; rows < ATTENTION_ROWS && r + rows < to; rows++) {
        NAME(set_row)(&g, a, r + rows);
        lane[rows + 1] = lane[rows] + NAME(row_lanes)(&g);
        if (lane[rows + 1] > ATTENTION_LANES) break;
        NAME(gather_record)(&w, &y, lane[rows], job, &g, 0, g.entries);
      }
      for (int i = 0; i < rows; i++) {
        NAME(set_row)(&g, a, r + i);
        NAME(backward_row) row = NAME(backward_row_of)(job, &g, r + i);
        NAME(backward_weights)(&w, &y, lane[i], &row, job, &g, r + i, 0, g.entries);
        shed[i] = row.shed * slope + row.shed_above * (1 - slope);
      }
      for (int i = 0; i < rows; i++) {
        V dot[VL];
        for (int64_t h = 0; h < g.heads; h++) dot[h] = 0;
        NAME(set_row)(&g, a, r + i);
        NAME(backward_sums)(job, &g, r + i, w.all + lane[i], w.above + lane[i], 0, g.entries, true, dot);
        NAME(backward_source)(job, &g, r + i, shed[i], dot);
      }
      if (rows == 0) NAME(backward_long)(job, &g, r);
      r += rows > 0 ? rows : 1;
    }
  }
}

/// <dz, z> by row and head, the record of it, and dtarget.
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
  if (job->is_dots) NAME(attention_dots)(job, from, to);
  else NAME(backward_rows)(job, from, to);
}
