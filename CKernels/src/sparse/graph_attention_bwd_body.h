// Backward pass of graph attention; included by graph_attention_body.h.
#include "../dense/transpose_4.h"
#include "sum_four.h"

/// The record's numbers at each weight beside the target logit.
typedef struct NAME(attention_record) {
  T log_sum[ATTENTION_LANES + VL], dot[ATTENTION_LANES + VL];
} NAME(attention_record);

/// Sums of alpha D by lane of the heads.
typedef struct NAME(backward_row) {
  V source, shed, shed_above;
} NAME(backward_row);

/// Gathers the target logits and the record of n entries from `first` on to `lane` and beyond. Lanes without an entry
/// get an infinite sum, and so no weight.
static __attribute__((noinline)) void NAME(gather_record)(NAME(attention_weights) *w, NAME(attention_record) *y,
                                                          int64_t lane, const attention_job *job,
                                                          const NAME(attention_group) *g, int64_t first, int64_t n) {
  const T *record = (const T *)job->record + g->first_head, fill[3] = {0, (T)INFINITY, 0};
  T *to[3] = {w->all + lane, y->log_sum + lane, y->dot + lane};
  if (job->heads > 1) {
    NAME(gather_heads)(to, record, job->heads * 4, job->heads, g, first, n, 3, fill);
    return;
  }
  // One load for each entry.
  const int32_t *column = g->column + first;
  int64_t k = 0;
  for (; k + 4 <= n; k += 4) {
    NAME(quad) row[4];
    for (int i = 0; i < 4; i++) row[i] = *(const NAME(quad_unaligned) *)(record + column[k + i] * 4);
    NAME(turn_quads)(row);
    for (int i = 0; i < 3; i++) *(NAME(quad_unaligned) *)(to[i] + k) = row[i];
  }
  for (; k < n; k++)
    for (int i = 0; i < 3; i++) to[i][k] = record[column[k] * 4 + i];
  for (int i = 0; i < 3; i++) NAME(store)(to[i] + n, (V)fill[i]);
}

/// Weights of n entries from `first` on, from what was gathered at `lane`; adds alpha D to the sums by lane.
CK_INLINE void NAME(backward_weights)(NAME(attention_weights) *w, const NAME(attention_record) *y, int64_t lane,
                                      NAME(backward_row) *row, const attention_job *job,
                                      const NAME(attention_group) *g, int64_t r, int64_t first, int64_t n) {
  if (job->threshold) NAME(keep_factors)(w->factor, job, g, job->order + job->a->row_start[r] + first, 0, n);
  const V slope = (T)job->slope;
  T *all = w->all + lane, *above = w->above + lane;
  for (int64_t k = 0; k < n * g->period; k += VL) {
    const V x = NAME(load)(all + k) + row->source;
    V alpha = NAME(leaky_exp)(x, NAME(load)(y->log_sum + lane + k), slope);
    const V part = alpha * NAME(load)(y->dot + lane + k);
    row->shed += part;
    row->shed_above += x > 0 ? part : (V)0;
    if (job->threshold) alpha *= NAME(load_left)(w->factor + k, n * g->period - k);
    NAME(store)(all + k, alpha);
    NAME(store)(above + k, x > 0 ? alpha : (V)0);
  }
}

/// Adds to y[h] the sum of the products in the strip's columns of each head h.
CK_INLINE void NAME(add_head_sums)(T *y, const V *product, const NAME(attention_group) *g,
                                   const NAME(attention_strip) *strip, int64_t width) {
  T lane[4 * VL];
  for (int i = 0; i < strip->vectors; i++) NAME(store)(lane + i * VL, product[i]);
  const int64_t start = strip->at - g->first_head * width, end = start + (strip->vectors - 1) * VL + strip->lanes;
  for (int64_t head = strip->head[0][0]; head * width < end; head += 4) {
    V sum[4] = {0};
    for (int j = 0; j < 4; j++) {
      const int64_t first = (head + j) * width;
      const int64_t from = first < start ? start : first, to = first + width < end ? first + width : end;
      for (int64_t c = from; c < to; c += VL) sum[j] += NAME(load_left)(lane + c - start, to - c);
    }
    const NAME(four) total = NAME(sum_four)(sum[0], sum[1], sum[2], sum[3]);
    for (int64_t j = 0; j < 4 && (head + j) * width < end; j++) y[head + j] += total[j];
  }
}

/// Adds (unless `fresh`) the weighted sums of n entries from `first` on to a strip of the row of du, and their part of
/// <slope du_j + (1 - slope) (du_j over logits above 0), u_j> to dsource.
CK_INLINE void NAME(backward_sums)(const attention_job *job, const NAME(attention_group) *g,
                                   const NAME(attention_strip) *strip, int64_t r, const T *all, const T *all_above,
                                   int64_t first, int64_t n, bool fresh) {
  const T slope = (T)job->slope, *u = (const T *)job->u + r * g->ld + strip->at;
  T *du = (T *)job->du + r * g->ld + strip->at;
  V part[4], part_above[4];
  NAME(attend_strip)(part, part_above, g, all, all_above, strip, first, n);
  for (int i = 0; i < strip->vectors; i++) {
    const int64_t at = i * VL, lanes = i == strip->vectors - 1 ? strip->lanes : VL;
    const V before = fresh ? (V)0 : NAME(load_left)(du + at, lanes);
    NAME(store_left)(du + at, part[i] + before, lanes);
    part[i] = (part[i] * slope + part_above[i] * (1 - slope)) * NAME(load_left)(u + at, lanes);
  }
  T *dsource = (T *)job->dsource + r * job->heads + g->first_head;
  NAME(add_head_sums)(dsource, part, g, strip, job->width);
}

CK_INLINE NAME(backward_row) NAME(backward_row_of)(const attention_job *job, const NAME(attention_group) *g,
                                                   int64_t r) {
  const T *source = (const T *)job->source + r * job->heads + g->first_head;
  return (NAME(backward_row)){NAME(repeat_heads)(source, g), (V)0, (V)0};
}
/// What the sums of alpha D take from dsource, by head.
CK_INLINE V NAME(shed_sum)(const attention_job *job, const NAME(attention_group) *g, const NAME(backward_row) *row) {
  const T slope = (T)job->slope;
  return NAME(fold_sum)(row->shed * slope + row->shed_above * (1 - slope), g->period);
}

/// A row of more weights than the arrays hold.
static void NAME(backward_long)(const attention_job *job, const NAME(attention_group) *g,
                                NAME(attention_strips) *strips, int64_t r) {
  NAME(attention_weights) w;
  NAME(attention_record) y;
  NAME(backward_row) row = NAME(backward_row_of)(job, g, r);
  T *dsource = (T *)job->dsource + r * job->heads + g->first_head;
  NAME(store_n)(dsource, (V)0, g->heads);
  for (int64_t first = 0; first < g->entries; first += g->chunk) {
    const int64_t n = g->entries - first < g->chunk ? g->entries - first : g->chunk;
    NAME(gather_record)(&w, &y, 0, job, g, first, n);
    NAME(backward_weights)(&w, &y, 0, &row, job, g, r, first, n);
    for (int64_t column = 0; NAME(strips_from)(strips, g, job->width, column); column = strips->to)
      for (int s = 0; s < strips->count; s++)
        NAME(backward_sums)(job, g, &strips->strip[s], r, w.all, w.above, first, n, first == 0);
  }
  NAME(store_n)(dsource, NAME(load_n)(dsource, g->heads) - NAME(shed_sum)(job, g, &row), g->heads);
}

static void NAME(backward_rows)(const attention_job *job, int64_t from, int64_t to) {
  NAME(attention_weights) w;
  NAME(attention_record) y;
  const ck_csr *a = job->a;
  for (int64_t head = 0; head < job->heads; head += VL) {
    NAME(attention_group) g = NAME(attention_group_of)(job, job->dz, head);
    NAME(attention_strips) strips = {.from = -1};
    for (int64_t r = from; r < to;) {
      int64_t lane[ATTENTION_ROWS + 1] = {0};
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
        T *dsource = (T *)job->dsource + (r + i) * job->heads + head;
        NAME(store_n)(dsource, -NAME(shed_sum)(job, &g, &row), g.heads);
      }
      for (int64_t column = 0; rows > 0 && NAME(strips_from)(&strips, &g, job->width, column); column = strips.to)
        for (int i = 0; i < rows; i++) {
          NAME(set_row)(&g, a, r + i);
          for (int s = 0; s < strips.count; s++)
            NAME(backward_sums)(job, &g, &strips.strip[s], r + i, w.all + lane[i], w.above + lane[i], 0, g.entries,
                                true);
        }
      if (rows == 0) NAME(backward_long)(job, &g, &strips, r);
      r += rows > 0 ? rows : 1;
    }
  }
}


/// <dz, z> by row and head, the record of it, and dtarget; four heads at a time.
CK_INLINE void NAME(attention_dots)(const attention_job *job, int64_t from, int64_t to) {
  const int64_t width = job->width, heads = job->heads;
  for (int64_t r = from; r < to; r++) {
    const T *state = (const T *)job->state + r * heads * 4;
    T *record = (T *)job->record + r * heads * 4;
    for (int64_t h = 0; h < heads; h += VL) {
      const int64_t lanes = heads - h < VL ? heads - h : VL;
      NAME(store_n)(record + h, NAME(load_n)(state + h, lanes), lanes);
      const V log_sum = NAME(load_n)(state + heads + h, lanes) - NAME(log)(NAME(load_n)(state + 2 * heads + h, lanes));
      NAME(store_n)(record + heads + h, log_sum, lanes);
    }
    for (int64_t first = 0; first < heads; first += 4) {
      V dot[4] = {0}, dot_above[4] = {0};
      const int64_t count = heads - first < 4 ? heads - first : 4;
      for (int64_t j = 0; j < count; j++) {
        const int64_t at = (r * heads + first + j) * width;
        const T *dz = (const T *)job->dz + at, *z = (const T *)job->z + at, *positive = (const T *)job->positive + at;
        for (int64_t c = 0; c < width; c += VL) {
          const V g = NAME(load_left)(dz + c, width - c);
          dot[j] += g * NAME(load_left)(z + c, width - c);
          dot_above[j] += g * NAME(load_left)(positive + c, width - c);
        }
      }
      const NAME(four) d = NAME(sum_four)(dot[0], dot[1], dot[2], dot[3]);
      const NAME(four) above = NAME(sum_four)(dot_above[0], dot_above[1], dot_above[2], dot_above[3]);
      for (int64_t j = 0; j < count; j++) {
        const int64_t h = first + j;
        record[2 * heads + h] = d[j];
        ((T *)job->dtarget)[r * heads + h] = (1 - (T)job->slope) * (above[j] - d[j] * state[3 * heads + h]);
      }
    }
  }
}

static void NAME(graph_attention_bwd)(const attention_job *job, int64_t from, int64_t to) {
  if (job->is_dots) NAME(attention_dots)(job, from, to);
  else NAME(backward_rows)(job, from, to);
}
