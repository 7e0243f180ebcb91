// Rows from ..< to of graph attention, forward and backward.
#include "../random/philox_body.h"

/// One head of one row: what the strips need besides their columns.
typedef struct NAME(attention_row) {
  const T *table;         // u or dz, at the head's first column
  int64_t ld;
  const int32_t *column;  // of the row's first entry
  int64_t entries, ahead_limit;  // entries to the end of the pattern
  bool far;
} NAME(attention_row);

/// The weights of a chunk: all, and those whose logits are above 0 (0 for the others).
typedef struct NAME(attention_weights) {
  T all[ATTENTION_CHUNK + VL], above[ATTENTION_CHUNK + VL];
} NAME(attention_weights);

/// Adds the weighted rows of n entries from `first` on to a strip of nv vectors, the last one cut to `last` elements;
/// `dual`: the second strip too.
CK_INLINE void NAME(attend)(V *sum, V *sum_above, const NAME(attention_row) *row, const NAME(attention_weights) *w,
                            int64_t first, int64_t n, int64_t offset, const int nv, int64_t last, const bool dual) {
  const T *table = row->table + offset;
  const int32_t *column = row->column + first;
  const int bytes = nv * VL * (int)sizeof(T), ahead = bytes <= 64 ? 32 : bytes <= 256 ? 16 : 8;
  const int64_t limit = row->ahead_limit - first - 1;
#pragma clang loop unroll(disable)
  for (int64_t k = 0; k < n; k++) {
    const T *from = table + column[k] * row->ld;
    if (row->far) {
      const char *next = (const char *)(table + column[k + ahead < limit ? k + ahead : limit] * row->ld);
#pragma clang loop unroll(full)
      for (int line = 0; line < bytes; line += 64) __builtin_prefetch(next + line, 0, 3);
    }
    const V all = w->all[k], above = w->above[k];
#pragma clang loop unroll(full)
    for (int i = 0; i < nv; i++) {
      const V v = nv == 1 ? NAME(load_left)(from, last) : NAME(load)(from + i * VL);
      sum[i] += all * v;
      if (dual) sum_above[i] += above * v;
    }
  }
}

/// factor[k] = the dropout factor of entry (order[k], or first + k without an order) and head, k < n.
CK_INLINE void NAME(keep_factors)(T *factor, const attention_job *job, const int32_t *order, int64_t first, int64_t head,
                                  int64_t n) {
  typedef NAME(philox_lanes) W;
  const int lanes = CK_VECTOR_BYTES / 8;
  const T scale = (T)job->keep_scale;
  for (int64_t k = 0; k < n; k += lanes) {
    uint64_t index[CK_VECTOR_BYTES / 8];
    for (int i = 0; i < lanes; i++) {
      const int64_t at = k + i < n ? k + i : n - 1;
      index[i] = (uint64_t)((order ? order[at] : first + at) * job->heads + head);
    }
    const W element = *(const NAME(philox_unaligned) *)index;
    W low = element >> 3, high;  // the halves 0...3 and 4...7 of the block
    NAME(philox)(&low, &high, job->key, job->stream);
    const W half = ((element & 4) != 0 ? high : low) >> ((element & 3) << 4);
    const W kept = (W)((half & 0xffff) >= (W)(uint64_t)job->threshold);
    for (int i = 0; i < lanes; i++) factor[k + i] = kept[i] ? scale : 0;
  }
}

/// exp(leaky(x) - largest) and whether x is above 0.
CK_INLINE V NAME(leaky_exp)(V x, V largest, V slope) { return NAME(exp)((x > 0 ? x : x * slope) - largest); }

// ---------------------------------------------------------------------------------------------------- forward

/// source[column[k] * heads] for k < n, padded by -infinity to whole vectors.
CK_INLINE void NAME(gather_logits)(T *x, const T *source, int64_t heads, const int32_t *column, int64_t n) {
  for (int64_t k = 0; k < n; k++) x[k] = source[column[k] * heads];
  for (int64_t k = n; k % VL; k++) x[k] = (T)-INFINITY;
}
CK_INLINE T NAME(largest_of)(const T *x, int64_t n) {
  V largest = (V)-INFINITY;
  for (int64_t k = 0; k < n; k += VL) largest = NAME(max)(largest, NAME(load)(x + k));
  return NAME(max_lane)(largest);
}

typedef struct NAME(forward_row) {
  NAME(attention_row) row;
  const T *source;  // of the head
  int64_t begin, head;
  T target, largest;
  T sum, sum_above;  // of the exponentials, over the chunks so far
} NAME(forward_row);

/// Weights of n entries from `first` on, before the division by their sum.
CK_INLINE void NAME(forward_weights)(NAME(attention_weights) *w, NAME(forward_row) *f, const attention_job *job,
                                     int64_t first, int64_t n) {
  NAME(gather_logits)(w->all, f->source, job->heads, f->row.column + first, n);
  T factor[ATTENTION_CHUNK + VL];
  if (job->threshold) NAME(keep_factors)(factor, job, NULL, f->begin + first, f->head, n);
  const V slope = (T)job->slope, target = f->target, largest = f->largest;
  V sum = 0, sum_above = 0;
  for (int64_t k = 0; k < n; k += VL) {
    const V x = NAME(load)(w->all + k) + target;
    V e = NAME(leaky_exp)(x, largest, slope);
    sum += e;
    sum_above += x > 0 ? e : (V)0;
    if (job->threshold) e *= NAME(load_left)(factor + k, n - k);
    NAME(store)(w->all + k, e);
    NAME(store)(w->above + k, x > 0 ? e : (V)0);
  }
  f->sum += NAME(sum)(sum);
  f->sum_above += NAME(sum)(sum_above);
}

/// One strip of a row and head: all its chunks, of which the weights of a single one are there already.
CK_INLINE void NAME(forward_strip)(const attention_job *job, NAME(forward_row) *f, NAME(attention_weights) *w, T *z,
                                   T *positive, int64_t offset, const int nv, int64_t last, const bool dual) {
  V sum[4] = {0}, above[4] = {0};
  const int64_t entries = f->row.entries;
  if (entries > ATTENTION_CHUNK) f->sum = f->sum_above = 0;
  for (int64_t first = 0; first < entries; first += ATTENTION_CHUNK) {
    const int64_t n = entries - first < ATTENTION_CHUNK ? entries - first : ATTENTION_CHUNK;
    if (entries > ATTENTION_CHUNK) NAME(forward_weights)(w, f, job, first, n);
    NAME(attend)(sum, above, &f->row, w, first, n, offset, nv, last, dual);
  }
  const V share = f->sum == 0 ? 0 : 1 / f->sum;
#pragma clang loop unroll(full)
  for (int i = 0; i < nv; i++) {
    NAME(store_left)(z + offset + i * VL, sum[i] * share, nv == 1 ? last : VL);
    if (dual) NAME(store_left)(positive + offset + i * VL, above[i] * share, nv == 1 ? last : VL);
  }
}

CK_INLINE void NAME(forward_head)(const attention_job *job, NAME(forward_row) *f, T *z, T *positive,
                                  const bool dual) {
  NAME(attention_weights) w;
  const int64_t entries = f->row.entries;
  T largest = (T)-INFINITY;
  for (int64_t first = 0; first < entries; first += ATTENTION_CHUNK) {
    const int64_t n = entries - first < ATTENTION_CHUNK ? entries - first : ATTENTION_CHUNK;
    NAME(gather_logits)(w.all, f->source, job->heads, f->row.column + first, n);
    const T here = NAME(largest_of)(w.all, n);
    largest = largest > here ? largest : here;
  }
  largest += f->target;
  f->largest = largest == (T)-INFINITY ? 0 : largest > 0 ? largest : largest * (T)job->slope;
  f->sum = f->sum_above = 0;
  if (entries <= ATTENTION_CHUNK) NAME(forward_weights)(&w, f, job, 0, entries);
  int64_t offset = 0;
#if CK_IS_F32
  for (; offset + 4 * VL <= job->width; offset += 4 * VL)
    NAME(forward_strip)(job, f, &w, z, positive, offset, 4, VL, dual);
#endif
  for (; offset < job->width; offset += VL)
    NAME(forward_strip)(job, f, &w, z, positive, offset, 1, job->width - offset, dual);
}

static void NAME(graph_attention)(const attention_job *job, int64_t from, int64_t to) {
  const ck_csr *a = job->a;
  const int64_t heads = job->heads, width = job->width, ld = heads * width;
  for (int64_t r = from; r < to; r++)
    for (int64_t h = 0; h < heads; h++) {
      const int64_t begin = a->row_start[r];
      NAME(forward_row) f = {
          .row = {(const T *)job->u + h * width, ld, a->column + begin, a->row_start[r + 1] - begin,
                  a->row_start[a->rows] - begin, job->far},
          .source = (const T *)job->source + h, .begin = begin, .head = h,
          .target = ((const T *)job->target)[r * heads + h],
      };
      T *z = (T *)job->z + r * ld + h * width;
      if (!job->positive) {
        NAME(forward_head)(job, &f, z, NULL, false);
        continue;
      }
      NAME(forward_head)(job, &f, z, (T *)job->positive + r * ld + h * width, true);
      const T share = f.sum == 0 ? 0 : 1 / f.sum;
      T *state = (T *)job->state + (r * heads + h) * 4;
      state[0] = f.target, state[1] = f.largest, state[2] = share, state[3] = f.sum_above * share;
    }
}

// ---------------------------------------------------------------------------------------------------- backward

typedef struct NAME(backward_row) {
  NAME(attention_row) row;
  const T *record;       // of the head
  const int32_t *order;  // of the row's first entry
  int64_t head;
  T source;
  V shed, shed_above;  // sums of alpha D over the chunks
} NAME(backward_row);

/// Weights of n entries from `first` on.
CK_INLINE void NAME(backward_weights)(NAME(attention_weights) *w, NAME(backward_row) *b, const attention_job *job,
                                      int64_t first, int64_t n) {
  T largest[ATTENTION_CHUNK + VL], share[ATTENTION_CHUNK + VL], dot[ATTENTION_CHUNK + VL];
  T factor[ATTENTION_CHUNK + VL];
  const int64_t step = job->heads * 4;
  for (int64_t k = 0; k < n; k++) {
    const T *record = b->record + b->row.column[first + k] * step;
    w->all[k] = record[0] + b->source, largest[k] = record[1], share[k] = record[2], dot[k] = record[3];
  }
  for (int64_t k = n; k % VL; k++) w->all[k] = largest[k] = share[k] = dot[k] = 0;
  if (job->threshold) NAME(keep_factors)(factor, job, b->order + first, 0, b->head, n);
  const V slope = (T)job->slope;
  for (int64_t k = 0; k < n; k += VL) {
    const V x = NAME(load)(w->all + k);
    V alpha = NAME(leaky_exp)(x, NAME(load)(largest + k), slope) * NAME(load)(share + k);
    const V shed = alpha * NAME(load)(dot + k);
    b->shed += shed;
    b->shed_above += x > 0 ? shed : (V)0;
    if (job->threshold) alpha *= NAME(load_left)(factor + k, n - k);
    NAME(store)(w->all + k, alpha);
    NAME(store)(w->above + k, x > 0 ? alpha : (V)0);
  }
}

/// One strip of du; returns its part of <slope du_j + (1 - slope) (du_j over logits above 0), u_j> by lanes.
CK_INLINE V NAME(backward_strip)(const attention_job *job, NAME(backward_row) *b, NAME(attention_weights) *w, T *du,
                                 const T *u, int64_t offset, const int nv, int64_t last) {
  V sum[4] = {0}, above[4] = {0}, dot = 0;
  const int64_t entries = b->row.entries;
  if (entries > ATTENTION_CHUNK) b->shed = b->shed_above = 0;
  for (int64_t first = 0; first < entries; first += ATTENTION_CHUNK) {
    const int64_t n = entries - first < ATTENTION_CHUNK ? entries - first : ATTENTION_CHUNK;
    if (entries > ATTENTION_CHUNK) NAME(backward_weights)(w, b, job, first, n);
    NAME(attend)(sum, above, &b->row, w, first, n, offset, nv, last, true);
  }
  const T slope = (T)job->slope;
#pragma clang loop unroll(full)
  for (int i = 0; i < nv; i++) {
    const int64_t at = offset + i * VL, left = nv == 1 ? last : VL;
    NAME(store_left)(du + at, sum[i], left);
    dot += (sum[i] * slope + above[i] * (1 - slope)) * NAME(load_left)(u + at, left);
  }
  return dot;
}

CK_INLINE void NAME(attention_dots)(const attention_job *job, int64_t from, int64_t to) {
  const int64_t width = job->width;
  for (int64_t r = from * job->heads; r < to * job->heads; r++) {
    const T *dz = (const T *)job->dz + r * width, *z = (const T *)job->z + r * width;
    const T *positive = (const T *)job->positive + r * width, *state = (const T *)job->state + 4 * r;
    V dot = 0, dot_above = 0;
    for (int64_t c = 0; c < width; c += VL) {
      const V g = NAME(load_left)(dz + c, width - c);
      dot += g * NAME(load_left)(z + c, width - c);
      dot_above += g * NAME(load_left)(positive + c, width - c);
    }
    const T d = NAME(sum)(dot);
    T *record = (T *)job->record + 4 * r;
    record[0] = state[0], record[1] = state[1], record[2] = state[2], record[3] = d;
    ((T *)job->dtarget)[r] = (1 - (T)job->slope) * (NAME(sum)(dot_above) - d * state[3]);
  }
}

static void NAME(graph_attention_bwd)(const attention_job *job, int64_t from, int64_t to) {
  if (job->is_dots) {
    NAME(attention_dots)(job, from, to);
    return;
  }
  const ck_csr *a = job->a;
  const int64_t heads = job->heads, width = job->width, ld = heads * width;
  const T slope = (T)job->slope;
  for (int64_t r = from; r < to; r++)
    for (int64_t h = 0; h < heads; h++) {
      const int64_t begin = a->row_start[r];
      NAME(backward_row) b = {
          .row = {(const T *)job->dz + h * width, ld, a->column + begin, a->row_start[r + 1] - begin,
                  a->row_start[a->rows] - begin, job->far},
          .record = (const T *)job->record + 4 * h, .order = job->order ? job->order + begin : NULL, .head = h,
          .source = ((const T *)job->source)[r * heads + h], .shed = 0, .shed_above = 0,
      };
      T *du = (T *)job->du + r * ld + h * width;
      const T *u = (const T *)job->u + r * ld + h * width;
      NAME(attention_weights) w;
      if (b.row.entries <= ATTENTION_CHUNK) NAME(backward_weights)(&w, &b, job, 0, b.row.entries);
      V dot = 0;
      int64_t offset = 0;
#if CK_IS_F32
      for (; offset + 4 * VL <= width; offset += 4 * VL)
        dot += NAME(backward_strip)(job, &b, &w, du, u, offset, 4, VL);
#endif
      for (; offset < width; offset += VL)
        dot += NAME(backward_strip)(job, &b, &w, du, u, offset, 1, width - offset);
      const V shed = b.shed * slope + b.shed_above * (1 - slope);
      ((T *)job->dsource)[r * heads + h] = NAME(sum)(dot) - NAME(sum)(shed);
    }
}
