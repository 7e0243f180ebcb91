// Rows from ..< to of the maximum over neighbours, and of its gradient.

/// Ids in the lanes of a vector of T.
CK_INLINE VI NAME(load_ids)(const int32_t *p, int64_t left) {
#if CK_IS_F32
  return (VI)NAME(load_left)((const T *)p, left);
#else
  VI v = -2;
  for (int64_t i = 0; i < (left < VL ? left : VL); i++) v[i] = p[i];
  return v;
#endif
}
CK_INLINE void NAME(store_ids)(int32_t *p, VI v, int64_t left) {
#if CK_IS_F32
  NAME(store_left)((T *)p, (V)v, left);
#else
  for (int64_t i = 0; i < (left < VL ? left : VL); i++) p[i] = (int32_t)v[i];
#endif
}

/// Prefetches the strips of the row some entries ahead of e.
CK_INLINE void NAME(prefetch_strip)(const max_job *job, int64_t e, int64_t offset, const int nv, bool ids) {
  const int64_t last = job->a->row_start[job->a->rows] - 1, ahead = gathered_ahead(nv * VL * (int64_t)sizeof(T));
  const int64_t at = job->a->column[e + ahead < last ? e + ahead : last] * job->n + offset;
#pragma clang loop unroll(full)
  for (int byte = 0; byte < nv * VL * (int)sizeof(T); byte += 64)
    __builtin_prefetch((const char *)((const T *)job->x + at) + byte, 0, 3);
  if (!ids) return;
#pragma clang loop unroll(full)
  for (int byte = 0; byte < nv * VL * 4; byte += 64) __builtin_prefetch((const char *)(job->which + at) + byte, 0, 3);
}

/// A strip of nv vectors of row r, the last one cut to `left` elements.
CK_INLINE void NAME(max_strip)(const max_job *job, int64_t r, int64_t offset, const int nv, int64_t left) {
  const int64_t begin = job->a->row_start[r], end = job->a->row_start[r + 1], n = job->n;
  const T *x = (const T *)job->x + offset;
  V best[4] = {0};
  VI winner[4] = {-1, -1, -1, -1};
#pragma clang loop unroll(disable)
  for (int64_t e = begin; e < end; e++) {
    const T *row = x + job->a->column[e] * n;
    if (job->far) NAME(prefetch_strip)(job, e, offset, nv, false);
    const VI entry = (VI)(T_INT)e;
#pragma clang loop unroll(full)
    for (int i = 0; i < nv; i++) {
      const V v = nv == 1 ? NAME(load_left)(row, left) : NAME(load)(row + i * VL);
      // Greater, or the first NaN, or the first entry.
      const VI take = (~(v <= best[i]) & (best[i] == best[i])) | (winner[i] < 0);
      best[i] = take ? v : best[i];
      winner[i] = take ? entry : winner[i];
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < nv; i++) {
    NAME(store_left)((T *)job->y + r * n + offset + i * VL, best[i], nv == 1 ? left : VL);
    if (job->which) NAME(store_ids)(job->which + r * n + offset + i * VL, winner[i], nv == 1 ? left : VL);
  }
}

static void NAME(spmm_max)(const max_job *job, int64_t from, int64_t to) {
  for (int64_t r = from; r < to; r++) {
    int64_t c = 0;
#if CK_IS_F32
    for (; c + 4 * VL <= job->n; c += 4 * VL) NAME(max_strip)(job, r, c, 4, VL);
#endif
    for (; c < job->n; c += VL) NAME(max_strip)(job, r, c, 1, job->n - c);
  }
}

CK_INLINE void NAME(max_bwd_strip)(const max_job *job, int64_t r, int64_t offset, const int nv, int64_t left) {
  const int64_t begin = job->a->row_start[r], end = job->a->row_start[r + 1], n = job->n;
  V sum[4] = {0};
#pragma clang loop unroll(disable)
  for (int64_t e = begin; e < end; e++) {
    const int64_t at = job->a->column[e] * n + offset;
    if (job->far) NAME(prefetch_strip)(job, e, offset, nv, true);
    const VI entry = (VI)(T_INT)job->order[e];
#pragma clang loop unroll(full)
    for (int i = 0; i < nv; i++) {
      const int64_t lanes = nv == 1 ? left : VL;
      const V g = NAME(load_left)((const T *)job->x + at + i * VL, lanes);
      sum[i] += NAME(load_ids)(job->which + at + i * VL, lanes) == entry ? g : (V)0;
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < nv; i++)
    NAME(store_left)((T *)job->y + r * n + offset + i * VL, sum[i], nv == 1 ? left : VL);
}

static void NAME(spmm_max_bwd)(const max_job *job, int64_t from, int64_t to) {
  for (int64_t r = from; r < to; r++) {
    int64_t c = 0;
#if CK_IS_F32
    for (; c + 4 * VL <= job->n; c += 4 * VL) NAME(max_bwd_strip)(job, r, c, 4, VL);
#endif
    for (; c < job->n; c += VL) NAME(max_bwd_strip)(job, r, c, 1, job->n - c);
  }
}
