// What this machine can do at most: the rates that `make bench` compares kernels with.
//
// Each probe runs on `ctx->max_threads` threads (0 for the default) with the instruction set of the context, for about
// `seconds`, and returns the best of several windows summed over the threads. 0 means that the set is not available or
// that memory was refused. Probes allocate and take time: they are for benchmarks, never for kernels.
#ifndef CK_MACHINE_H
#define CK_MACHINE_H

#include "ck_base.h"

#pragma clang assume_nonnull begin

typedef enum CK_CLOSED_ENUM ck_stream {
  ck_stream_read = 0,  // sum of x
  ck_stream_copy,      // y = c x: counts the bytes read and the bytes written
  ck_stream_update,    // x = c x: counts the bytes read and the bytes written
} ck_stream;
/// Bytes a second of streams over a footprint of `bytes` for each thread.
CK_API double ck_machine_stream(const ck_ctx *ctx, ck_stream stream, int64_t bytes, double seconds);

/// Bytes a second of whole rows read in random order from one table that all threads share, with the best of several
/// prefetch distances. `row_bytes` is 64, 256 or 1024; the table holds at least one row.
CK_API double ck_machine_gather(const ck_ctx *ctx, int64_t table_bytes, int64_t row_bytes, double seconds);

/// Floating-point operations a second of independent multiply-adds in registers (two operations each).
CK_API double ck_machine_multiply_add(const ck_ctx *ctx, bool f64, double seconds);

/// Median seconds of an empty region on `threads` threads over `repeats` tries; 0 for less than one thread.
CK_API double ck_machine_region(int32_t threads, int32_t repeats);

#pragma clang assume_nonnull end
#endif
