// One range of rows of Y: cuts the width into strips, and calls the strip's function for the kind of weight.
//
// Widths up to half a vector take half-width (or quarter-width) vectors: a full-width load of a narrow row crosses a
// cache line more often than not.
//
// spmm_bf16.c includes this too, with SPMM_BF16: X is then a table of bf16.

// A function for each kind of weight, with and without prefetch, where speed is asked for.  Doubles serve checks, and
// tables of bf16 lie beyond the caches: there one function does for all kinds, without prefetch or with it.
#if defined(SPMM_BF16)
#define SPMM_NAME spmm_bf16
#define SPMM_ALL_KINDS 0
#define SPMM_MAY_BE_FAR(job) true
#else
#define SPMM_NAME spmm
#define SPMM_ALL_KINDS CK_IS_F32
#define SPMM_MAY_BE_FAR(job) (CK_IS_F32 && (job)->far)
#endif

#if VL >= 8
#define STRIP_LANES (VL / 2)
#define STRIP(name) NAME(name##_half)
#include "spmm_strip.h"
#endif
#if VL == 16
#define STRIP_LANES (VL / 4)
#define STRIP(name) NAME(name##_quarter)
#include "spmm_strip.h"
#endif
#define STRIP_LANES VL
#define STRIP(name) NAME(name##_whole)
#define STRIP_WIDE 1
#include "spmm_strip.h"

static void NAME(SPMM_NAME)(const spmm_job *job, int64_t from, int64_t to) {
  const bool scaled = job->column_scale != NULL;
  const int kind = !SPMM_ALL_KINDS ? spmm_general
                   : !job->value ? (scaled ? spmm_column_scale : spmm_ones)
                   : scaled    ? spmm_general
                   : job->order ? spmm_ordered_value : spmm_value;
  const int64_t n = job->n;
#if VL == 16
  if (n <= VL / 4) {
    NAME(spmm_narrow_quarter)[kind](job, from, to, 0);
    return;
  }
#endif
#if VL >= 8
  if (n <= VL / 2) {
    NAME(spmm_narrow_half)[kind](job, from, to, 0);
    return;
  }
#endif
  const NAME(spmm_strips_whole) *strips = &NAME(spmm_wide_whole)[kind][job->far];
  if (n <= VL) {
    NAME(spmm_narrow_whole)[kind](job, from, to, 0);
    return;
  }
  const bool single = n <= 4 * VL || n == 8 * VL;
  const int64_t step = single ? to - from : SPMM_BLOCK_ROWS;
  for (int64_t row = from; row < to; row += step) {
    const int64_t end = to - row < step ? to : row + step;
    for (int64_t offset = 0; offset < n;) {
      const int64_t left = n - offset;
      if (left >= 8 * VL) {
        strips->eight(job, row, end, offset);
        offset += 8 * VL;
      } else if (left > 4 * VL) {
        strips->four(job, row, end, offset);
        offset += 4 * VL;
      } else {
        strips->last[(left - 1) / VL](job, row, end, offset);
        break;
      }
    }
  }
}

#undef SPMM_NAME
#undef SPMM_ALL_KINDS
#undef SPMM_MAY_BE_FAR
