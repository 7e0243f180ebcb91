// One range of rows of Y: calls the functions of the plan's strips for the kind of weight.
//
// Widths up to half a vector take half-width (or quarter-width) vectors.
//
// spmm_bf16.c includes this too, with SPMM_BF16: X is then a table of bf16.

// A function for each kind of weight, with and without prefetch, where speed is asked for.  Doubles serve checks: one
// function without prefetch does for all kinds.  So does one with prefetch for bf16, whose tables mostly lie beyond the
// caches; those that do not prefetch what they are about to load.
#if defined(SPMM_BF16)
#define SPMM_NAME spmm_bf16
#define SPMM_ALL_KINDS 0
#define SPMM_PREFETCHES(ahead) true
#else
#define SPMM_NAME spmm
#define SPMM_ALL_KINDS CK_IS_F32
#define SPMM_PREFETCHES(ahead) (CK_IS_F32 && (ahead) > 0)
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
  const ck_spmm_plan *plan = job->plan;
#if VL == 16
  if (plan->last.lanes == VL / 4) {
    NAME(spmm_narrow_quarter)[kind](job, from, to, 0, plan->last.ahead);
    return;
  }
#endif
#if VL >= 8
  if (plan->last.lanes == VL / 2) {
    NAME(spmm_narrow_half)[kind](job, from, to, 0, plan->last.ahead);
    return;
  }
#endif
  const NAME(spmm_strips_whole) *strips = &NAME(spmm_wide_whole)[kind];
  for (int64_t row = from; row < to; row += plan->block_rows) {
    const int64_t end = to - row < plan->block_rows ? to : row + plan->block_rows;
    int64_t offset = 0;
    for (int32_t i = 0; i < plan->eight.count; i++, offset += 8 * VL)
      strips->eight(job, row, end, offset, plan->eight.ahead);
    if (plan->four.count) strips->four(job, row, end, offset, plan->four.ahead), offset += 4 * VL;
    if (plan->last.count) strips->last[plan->last.vectors - 1](job, row, end, offset, plan->last.ahead);
  }
}

#undef SPMM_NAME
#undef SPMM_ALL_KINDS
#undef SPMM_PREFETCHES
