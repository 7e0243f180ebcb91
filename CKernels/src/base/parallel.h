// Parallel loop over parts, for drivers.
//
// OpenMP runs a region of one thread through the runtime all the same, at 0.6-1.2 us: more than most small ops take.
// So one thread runs the statement without a region.  Writing it as a macro keeps both copies one text.
#ifndef CK_PARALLEL_H
#define CK_PARALLEL_H

#include "ck_base.h"
#include "waiting.h"

/// States what a call costs: operations (sums, products, and one for each comparison or function of an element), and
/// the bytes that it must move when each operand passes once. Evaluated while a profile is recorded only.
#define CK_COST(flop_count, byte_count)                        \
  do {                                                         \
    if (ck_profiling()) {                                      \
      ck_tls.profile.flops += (double)(flop_count);            \
      ck_tls.profile.bytes += (double)(byte_count);            \
    }                                                          \
  } while (0)

#define CK_PRAGMA(text) _Pragma(#text)
/// Runs the statement for each `part` in 0 ..< threads, each part on a thread of its own: part 0 on the calling one.
#define CK_PARALLEL(threads, part, ...)                                              \
  do {                                                                               \
    if ((threads) <= 1) {                                                            \
      const int32_t part = 0;                                                        \
      __VA_ARGS__                                                                    \
    } else {                                                                         \
      const int64_t ck_forked = ck_region_forks();                                   \
      _Atomic int64_t ck_latest_begin = ck_forked;                                   \
      int64_t ck_own_done = ck_forked;                                               \
      CK_PRAGMA(omp parallel for schedule(static, 1) num_threads(threads))           \
      for (int32_t part = 0; part < (threads); part++) {                             \
        ck_part_begins(&ck_latest_begin);                                            \
        __VA_ARGS__                                                                  \
        if (part == 0) ck_own_done = ck_clock_ns();                                  \
      }                                                                              \
      ck_region_joined(ck_forked, ck_latest_begin, ck_own_done);                     \
    }                                                                                \
  } while (0)

/// Runs the statement over from ..< to: runs of 0 ..< n of equal length, for work that takes `nanoseconds` on one core.
#define CK_PARALLEL_RANGE(ctx, n, nanoseconds, from, to, ...)                          \
  do {                                                                                 \
    const int32_t ck_threads = ck_threads_for(ctx, nanoseconds);                       \
    CK_PARALLEL(ck_threads, ck_part, {                                                 \
      const int64_t from = ck_split_even(n, ck_threads, ck_part);                      \
      const int64_t to = ck_split_even(n, ck_threads, ck_part + 1);                    \
      __VA_ARGS__                                                                      \
    });                                                                                \
  } while (0)

#endif
