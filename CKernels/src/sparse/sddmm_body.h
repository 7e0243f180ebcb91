// One range of rows of a pattern: four dot products at a time.
#include "sum_four.h"

/// The first `count` (1...4) of four results.
CK_INLINE void NAME(store_four)(T *p, NAME(four) y, int64_t count) {
#if defined(CK_MASKED_AVX512) && CK_IS_F32
  _mm_mask_storeu_ps(p, (__mmask8)(15 >> (4 - count)), (__m128)y);
#elif defined(CK_MASKED_AVX512)
  _mm256_mask_storeu_pd(p, (__mmask8)(15 >> (4 - count)), (__m256d)y);
#else
  if (count == 4) memcpy(p, &y, 4 * sizeof(T));
  else
    for (int64_t j = 0; j < count; j++) p[j] = y[j];
#endif
}

/// Rows from ..< to. nv vectors of U in registers, or any number from memory when nv is 0; `cut`: the width ends inside
/// of the last one.
CK_INLINE void NAME(sddmm_rows)(const sddmm_job *job, int64_t from, int64_t to, const int nv, const bool cut,
                                const bool far) {
  const int64_t *start = job->a->row_start;
  const int32_t *column = job->a->column;
  const T *w = job->w, *column_scale = job->column_scale;
  const int64_t n = job->n, ldw = job->ldw;
  const int64_t vectors = nv ? nv : (n + VL - 1) / VL, last = n - (vectors - 1) * VL;
  const int64_t final = start[job->a->rows] - 1;
  const int bytes = nv * VL * (int)sizeof(T);  // 0: lines are prefetched as the row passes
  const int64_t ahead = gathered_ahead(nv ? bytes : n * (int64_t)sizeof(T));
  for (int64_t r = from; r < to; r++) {
    const int64_t begin = start[r], end = start[r + 1];
    if (begin == end) continue;
    const T *u = (const T *)job->u + r * job->ldu;
    const T factor = job->row_scale ? ((const T *)job->row_scale)[r] : 1;
    V kept[8] = {0};
    if (far) {
#pragma clang loop unroll(full)
      for (int line = 0; line < bytes; line += 64) __builtin_prefetch((const char *)(u + 2 * job->ldu) + line, 0, 3);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < nv; i++) kept[i] = cut && i == nv - 1 ? NAME(load_n)(u + i * VL, last) : NAME(load)(u + i * VL);
#pragma clang loop unroll(disable)
    for (int64_t k = begin; k < end; k += 4) {
      int64_t c[4];
      const T *row[4], *next[4];
      V sum[4] = {0};
#pragma clang loop unroll(full)
      for (int j = 0; j < 4; j++) {
        c[j] = column[k + j < end ? k + j : end - 1];
        row[j] = w + c[j] * ldw;
        if (far) {
          const int64_t later = k + j + ahead;
          next[j] = w + column[later < final ? later : final] * ldw;
#pragma clang loop unroll(full)
          for (int line = 0; line < bytes; line += 64) __builtin_prefetch((const char *)next[j] + line, 0, 3);
        }
      }
      if (nv) {
#pragma clang loop unroll(full)
        for (int i = 0; i < nv; i++)
#pragma clang loop unroll(full)
          for (int j = 0; j < 4; j++)
            sum[j] += kept[i] * (cut && i == nv - 1 ? NAME(load_n)(row[j] + i * VL, last)
                                                    : NAME(load)(row[j] + i * VL));
      } else {
        for (int64_t i = 0; i + VL <= n; i += VL) {
          const V part = NAME(load)(u + i);
#pragma clang loop unroll(full)
          for (int j = 0; j < 4; j++) {
            if (far) __builtin_prefetch(next[j] + i, 0, 3);
            sum[j] += part * NAME(load)(row[j] + i);
          }
        }
        if (last < VL) {
          const int64_t i = n - last;
          const V part = NAME(load_n)(u + i, last);
#pragma clang loop unroll(full)
          for (int j = 0; j < 4; j++) sum[j] += part * NAME(load_n)(row[j] + i, last);
        }
      }
      NAME(four) y = NAME(sum_four)(sum[0], sum[1], sum[2], sum[3]) * factor;
      if (column_scale) {
        const NAME(four) scale = {column_scale[c[0]], column_scale[c[1]], column_scale[c[2]], column_scale[c[3]]};
        y *= scale;
      }
      NAME(store_four)((T *)job->e + k, y, end - k < 4 ? end - k : 4);
    }
  }
}

#define SDDMM_ROWS(nv)                                                                 \
  if (last && far) NAME(sddmm_rows)(job, from, to, nv, true, true);                    \
  else if (last) NAME(sddmm_rows)(job, from, to, nv, true, false);                     \
  else if (far) NAME(sddmm_rows)(job, from, to, nv, false, true);                      \
  else NAME(sddmm_rows)(job, from, to, nv, false, false);                              \
  return;

static void NAME(sddmm)(const sddmm_job *job, int64_t from, int64_t to) {
  const bool far = job->far;
#if CK_IS_F32
  const bool last = job->n % VL != 0;
  switch ((job->n + VL - 1) / VL) {
    case 1: SDDMM_ROWS(1)
    case 2: SDDMM_ROWS(2)
    case 4: SDDMM_ROWS(4)
#if VL > 4
    case 8: SDDMM_ROWS(8)
#endif
    default: break;
  }
#endif
  if (far) NAME(sddmm_rows)(job, from, to, 0, false, true);
  else NAME(sddmm_rows)(job, from, to, 0, false, false);
}
#undef SDDMM_ROWS
