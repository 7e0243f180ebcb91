// Strips of SpMM for vectors of STRIP_LANES elements; STRIP(name) makes names unique.  With STRIP_WIDE also those of
// several vectors.  Included by spmm_body.h, hence no include guard.
typedef T STRIP(svec) __attribute__((ext_vector_type(STRIP_LANES)));
typedef T STRIP(svec_unaligned) __attribute__((ext_vector_type(STRIP_LANES), aligned(sizeof(T))));
#define SV STRIP(svec)

CK_INLINE SV STRIP(sload)(const T *p) { return *(const STRIP(svec_unaligned) *)p; }
CK_INLINE void STRIP(sstore)(T *p, SV v) { *(STRIP(svec_unaligned) *)p = v; }

/// The first n of a vector, n in 1...STRIP_LANES.  `whole` says that a full load stays inside of the table: sets
/// without cheap masked loads then take one, and the lanes from n on hold whatever follows (they are never stored).
#if defined(CK_MASKED_AVX512)
#define STRIP_MASK(n) ((1u << (n)) - 1)
CK_INLINE SV STRIP(sload_n)(const T *p, int64_t n, bool whole) {
  (void)whole;
#if CK_IS_F32 && STRIP_LANES == 16
  return (SV)_mm512_maskz_loadu_ps((__mmask16)STRIP_MASK(n), p);
#elif CK_IS_F32 && STRIP_LANES == 8
  return (SV)_mm256_maskz_loadu_ps((__mmask8)STRIP_MASK(n), p);
#elif CK_IS_F32
  return (SV)_mm_maskz_loadu_ps((__mmask8)STRIP_MASK(n), p);
#elif STRIP_LANES == 8
  return (SV)_mm512_maskz_loadu_pd((__mmask8)STRIP_MASK(n), p);
#else
  return (SV)_mm256_maskz_loadu_pd((__mmask8)STRIP_MASK(n), p);
#endif
}
CK_INLINE void STRIP(sstore_n)(T *p, SV v, int64_t n) {
#if CK_IS_F32 && STRIP_LANES == 16
  _mm512_mask_storeu_ps(p, (__mmask16)STRIP_MASK(n), (__m512)v);
#elif CK_IS_F32 && STRIP_LANES == 8
  _mm256_mask_storeu_ps(p, (__mmask8)STRIP_MASK(n), (__m256)v);
#elif CK_IS_F32
  _mm_mask_storeu_ps(p, (__mmask8)STRIP_MASK(n), (__m128)v);
#elif STRIP_LANES == 8
  _mm512_mask_storeu_pd(p, (__mmask8)STRIP_MASK(n), (__m512d)v);
#else
  _mm256_mask_storeu_pd(p, (__mmask8)STRIP_MASK(n), (__m256d)v);
#endif
}
#undef STRIP_MASK
#else
__attribute__((noinline, unused)) static SV STRIP(load_part)(const T *p, int64_t n) {
  SV v = 0;
  for (int64_t i = 0; i < n; i++) v[i] = p[i];
  return v;
}
CK_INLINE SV STRIP(sload_n)(const T *p, int64_t n, bool whole) {
  return __builtin_expect(whole, 1) ? STRIP(sload)(p) : STRIP(load_part)(p, n);
}
CK_INLINE void STRIP(sstore_n)(T *p, SV v, int64_t n) {
  if (n == STRIP_LANES) {
    STRIP(sstore)(p, v);
    return;
  }
  T lane[STRIP_LANES];
  STRIP(sstore)(lane, v);
#pragma clang loop vectorize(disable) unroll(disable)
  for (int64_t i = 0; i < n; i++) p[i] = lane[i];
}
#endif

// Loads of a row of X: T as above, or bf16.
#if defined(SPMM_BF16)
#include "spmm_bf16_load.h"
#define STRIP_X uint16_t
#define STRIP_LOAD_X STRIP(xload)
#define STRIP_LOAD_X_N STRIP(xload_n)
#else
#define STRIP_X T
#define STRIP_LOAD_X STRIP(sload)
#define STRIP_LOAD_X_N STRIP(sload_n)
#endif

/// Weight of entry e at column c.
CK_INLINE T STRIP(weight)(const spmm_job *job, const int kind, int64_t e, int64_t c) {
  const T *value = job->value, *scale = job->column_scale;
  switch (kind) {
    case spmm_column_scale: return scale[c];
    case spmm_value: return value[e];
    case spmm_ordered_value: return value[job->order[e]];
    case spmm_general:
      if (!SPMM_ALL_KINDS && !value) return scale ? scale[c] : 1;
      return value[job->order ? job->order[e] : e] * (SPMM_ALL_KINDS || scale ? scale[c] : 1);
    default: return 1;
  }
}

/// Row r of the strip leaves the registers, after what follows the sum; the last of nv vectors has `last` elements.
CK_INLINE void STRIP(finish)(const spmm_job *job, const SV *sum, int64_t r, int64_t entries, int64_t offset,
                             const int nv, const bool masked, int64_t last) {
  T factor = (T)job->scale;
  if (job->row_scale) factor *= ((const T *)job->row_scale)[r];
  if (job->mean) factor = entries > 0 ? factor / (T)entries : 0;
  T *y = (T *)job->y + r * job->ldy + offset;
  const T *bias = job->bias ? (const T *)job->bias + offset : NULL;
  const T *residual = job->residual ? (const T *)job->residual + r * job->ld_residual + offset : NULL;
  const SV residual_scale = (T)job->residual_scale;
  const bool whole = last == STRIP_LANES;
#pragma clang loop unroll(full)
  for (int i = 0; i < nv; i++) {
    const int64_t at = i * STRIP_LANES;
    const bool cut = masked && i == nv - 1;
    SV v = sum[i] * factor;
    if (job->epilogue) {
      if (bias) v += cut ? STRIP(sload_n)(bias + at, last, whole) : STRIP(sload)(bias + at);
      if (residual)
        v += residual_scale * (cut ? STRIP(sload_n)(residual + at, last, whole) : STRIP(sload)(residual + at));
      if (job->relu) v = v < 0 ? (SV)0 : v;  // this order keeps NaN
    }
    if (cut) STRIP(sstore_n)(y + at, v, last);
    else STRIP(sstore)(y + at, v);
  }
}

#if defined(STRIP_WIDE)
/// Rows from ..< to of the strip of nv vectors at `offset`; `masked`: its last vector may be cut by the width; `far`:
/// the rows of X are prefetched `ahead` entries before.
CK_INLINE void STRIP(rows)(const spmm_job *job, int64_t from, int64_t to, int64_t offset, const int nv,
                           const bool masked, const int kind, const bool far, int32_t ahead) {
  const int64_t *start = job->a->row_start;
  const int32_t *column = job->a->column;
  const STRIP_X *x = (const STRIP_X *)job->x + offset;
  const int64_t ldx = job->ldx, left = job->n - offset - (nv - 1) * STRIP_LANES;
  const int64_t last = masked && left < STRIP_LANES ? left : STRIP_LANES;
  // Full vectors of the rows of X up to this one end inside of X.
  const int64_t room = (job->a->columns - 1) * ldx + job->n - offset - nv * STRIP_LANES;
  const int64_t safe = room < 0 ? -1 : room / ldx;
  const int64_t final = start[job->a->rows] - 1;
  const int bytes = nv * STRIP_LANES * (int)sizeof(STRIP_X);
  for (int64_t r = from; r < to; r++) {
    SV sum[8] = {0};
    const int64_t begin = start[r], end = start[r + 1];
#pragma clang loop unroll(disable)
    for (int64_t e = begin; e < end; e++) {
      const int64_t c = column[e];
      const STRIP_X *row = x + c * ldx;
      if (far) {
        const int64_t at = e + ahead < final ? e + ahead : final, later = column[at];
        const char *next = (const char *)(x + later * ldx);
        if (kind == spmm_column_scale || (kind == spmm_general && job->column_scale))
          __builtin_prefetch((const T *)job->column_scale + later, 0, 3);
        if (kind == spmm_ordered_value) __builtin_prefetch((const T *)job->value + job->order[at], 0, 3);
#pragma clang loop unroll(full)
        for (int line = 0; line < bytes; line += 64) __builtin_prefetch(next + line, 0, 3);
      }
      const SV w = STRIP(weight)(job, kind, e, c);
#pragma clang loop unroll(full)
      for (int i = 0; i < nv; i++) {
        const SV v = masked && i == nv - 1 ? STRIP_LOAD_X_N(row + i * STRIP_LANES, last, c <= safe)
                                           : STRIP_LOAD_X(row + i * STRIP_LANES);
        sum[i] = kind == spmm_ones ? sum[i] + v : sum[i] + w * v;
      }
    }
    STRIP(finish)(job, sum, r, end - begin, offset, nv, masked, last);
  }
}
#else
// Narrow rows: four entries pass at a time, their rows of X side by side in whole vectors, each entry of the four with
// a sum of its own.  One chain of additions would wait for each before the next, and a loop that ends after every
// possible number of entries is mispredicted about once a row; both cost more than the multiply-adds.
enum { STRIP(beside) = VL / STRIP_LANES, STRIP(vectors) = 4 / STRIP(beside) };
typedef T STRIP(four) __attribute__((ext_vector_type(4)));
typedef T STRIP(four_unaligned) __attribute__((ext_vector_type(4), aligned(sizeof(T))));

/// Rows of a vector side by side, the sum of those of a vector, and the i-th vector with a factor for each row.
#if VL == 4 * STRIP_LANES
CK_INLINE V STRIP(join)(const SV *x) {
  V v;
  v.lo.lo = x[0];
  v.lo.hi = x[1];
  v.hi.lo = x[2];
  v.hi.hi = x[3];
  return v;
}
CK_INLINE SV STRIP(fold)(V v) { return (v.lo + v.hi).lo + (v.lo + v.hi).hi; }
CK_INLINE V STRIP(spread)(STRIP(four) w, const int i) {
  (void)i;
  return __builtin_shufflevector(w, w, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
}
#else
CK_INLINE V STRIP(join)(const SV *x) {
  V v;
  v.lo = x[0];
  v.hi = x[1];
  return v;
}
CK_INLINE SV STRIP(fold)(V v) { return v.lo + v.hi; }
CK_INLINE V STRIP(spread)(STRIP(four) w, const int i) {
#if STRIP_LANES == 8
  return i ? __builtin_shufflevector(w, w, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3)
           : __builtin_shufflevector(w, w, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
#else
  return i ? __builtin_shufflevector(w, w, 2, 2, 2, 2, 3, 3, 3, 3)
           : __builtin_shufflevector(w, w, 0, 0, 0, 0, 1, 1, 1, 1);
#endif
}
#endif

/// As above, for one vector of the width or less.
CK_INLINE void STRIP(rows)(const spmm_job *job, int64_t from, int64_t to, int64_t offset, const int nv,
                           const bool masked, const int kind, const bool far, int32_t ahead) {
  (void)nv;
  const int64_t *start = job->a->row_start;
  const int32_t *column = job->a->column;
  const STRIP_X *x = (const STRIP_X *)job->x + offset;
  const int64_t ldx = job->ldx, last = job->n - offset;
  const int64_t room = (job->a->columns - 1) * ldx + job->n - offset - STRIP_LANES;
  const int64_t safe = room < 0 ? -1 : room / ldx;
  const int64_t total = start[job->a->rows];
  for (int64_t r = from; r < to; r++) {
    V sum[STRIP(vectors)] = {0};
    const int64_t begin = start[r], end = start[r + 1];
#pragma clang loop unroll(disable)
    for (int64_t e = begin; e < end; e += 4) {
      // Beyond the row's end stand the next rows' entries, which are read and left out; beyond all, copies of the last.
      const bool inside = __builtin_expect(e + 4 <= total, 1);
      const int32_t *id = column + e;
      int32_t ends[4];
      if (!inside) {
        for (int j = 0; j < 4; j++) ends[j] = column[e + j < total ? e + j : total - 1];
        id = ends;
      }
      STRIP(four) w = 1;
      if (kind == spmm_value && inside) {
        w = *(const STRIP(four_unaligned) *)((const T *)job->value + e);
      } else if (kind != spmm_ones) {
#pragma clang loop unroll(full)
        for (int j = 0; j < 4; j++)
          w[j] = STRIP(weight)(job, kind, inside || e + j < total ? e + j : total - 1, id[j]);
      }
      if (far) {
        const int32_t *later = e + ahead + 4 <= total ? column + e + ahead : id;
#pragma clang loop unroll(full)
        for (int j = 0; j < 4; j++) {
          if (kind == spmm_column_scale || (kind == spmm_general && job->column_scale))
            __builtin_prefetch((const T *)job->column_scale + later[j], 0, 3);
          __builtin_prefetch(x + later[j] * ldx, 0, 3);
        }
      }
      SV row[4];
#pragma clang loop unroll(full)
      for (int j = 0; j < 4; j++) row[j] = STRIP_LOAD_X_N(x + id[j] * ldx, last, id[j] <= safe);
      const VI left = (VI){0} + (T_INT)(end - e < 4 ? end - e : 4);
#pragma clang loop unroll(full)
      for (int i = 0; i < STRIP(vectors); i++) {
        VI entry;
#pragma clang loop unroll(full)
        for (int lane = 0; lane < VL; lane++) entry[lane] = i * STRIP(beside) + lane / STRIP_LANES;
        const V v = STRIP(join)(row + i * STRIP(beside));
        const V next = kind == spmm_ones ? sum[i] + v : sum[i] + STRIP(spread)(w, i) * v;
        sum[i] = entry < left ? next : sum[i];
      }
    }
    const V both = STRIP(vectors) == 1 ? sum[0] : sum[0] + sum[STRIP(vectors) - 1];
    const SV folded = STRIP(fold)(both);
    STRIP(finish)(job, &folded, r, end - begin, offset, 1, masked, last);
  }
}
#endif

typedef void (*STRIP(spmm_strip))(const spmm_job *job, int64_t from, int64_t to, int64_t offset, int32_t ahead);

/// One function for each width and kind.
#define SPMM_STRIP(name, kind, nv, masked)                                                                           \
  static void STRIP(name##_##kind)(const spmm_job *job, int64_t from, int64_t to, int64_t offset, int32_t ahead) {   \
    if (SPMM_PREFETCHES(ahead)) STRIP(rows)(job, from, to, offset, nv, masked, kind, true, ahead);                   \
    else STRIP(rows)(job, from, to, offset, nv, masked, kind, false, 0);                                             \
  }
#if SPMM_ALL_KINDS
#define SPMM_EACH_KIND(X) X(spmm_ones) X(spmm_column_scale) X(spmm_value) X(spmm_ordered_value) X(spmm_general)
#else
#define SPMM_EACH_KIND(X) X(spmm_general)
#endif

/// One vector or less.
#define SPMM_NARROW(kind) SPMM_STRIP(spmm_1, kind, 1, true)
#define SPMM_NARROW_ENTRY(kind) [kind] = STRIP(spmm_1_##kind),
SPMM_EACH_KIND(SPMM_NARROW)
static const STRIP(spmm_strip) STRIP(spmm_narrow)[SPMM_KINDS] = {SPMM_EACH_KIND(SPMM_NARROW_ENTRY)};
#undef SPMM_NARROW
#undef SPMM_NARROW_ENTRY

#if defined(STRIP_WIDE)
typedef struct STRIP(spmm_strips) {
  STRIP(spmm_strip) eight, four;  // uncut
  STRIP(spmm_strip) last[4];      // one to four vectors, the last one cut by the width
} STRIP(spmm_strips);

#define SPMM_WIDE(kind)                    \
  SPMM_STRIP(spmm_whole8, kind, 8, false)  \
  SPMM_STRIP(spmm_whole4, kind, 4, false)  \
  SPMM_STRIP(spmm_2, kind, 2, true)        \
  SPMM_STRIP(spmm_3, kind, 3, true)        \
  SPMM_STRIP(spmm_4, kind, 4, true)
#define SPMM_WIDE_ENTRY(kind)                                         \
  [kind] = {STRIP(spmm_whole8_##kind), STRIP(spmm_whole4_##kind),     \
            {STRIP(spmm_1_##kind), STRIP(spmm_2_##kind), STRIP(spmm_3_##kind), STRIP(spmm_4_##kind)}},
SPMM_EACH_KIND(SPMM_WIDE)
static const STRIP(spmm_strips) STRIP(spmm_wide)[SPMM_KINDS] = {SPMM_EACH_KIND(SPMM_WIDE_ENTRY)};
#undef SPMM_WIDE
#undef SPMM_WIDE_ENTRY
#undef STRIP_WIDE
#endif

#undef SPMM_STRIP
#undef SPMM_EACH_KIND
#undef STRIP_X
#undef STRIP_LOAD_X
#undef STRIP_LOAD_X_N
#undef SV
#undef STRIP
#undef STRIP_LANES
