// Kernel cases: one way to exercise each kernel, shared by the kernel tests and by the benchmark.
//
// A case knows how to make inputs for a shape, how to call the kernel, what its oracle says, and what it costs.  Tests
// run every case over odd shapes, every available instruction set, both element types and 1, 2 and 7 threads; the
// benchmark runs the same cases over real shapes.  A line of a family's kernel list without a case fails the tests.
#ifndef KERNEL_CASES_H
#define KERNEL_CASES_H

#include <stdbool.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

enum { KC_DIMS = 6 };

typedef enum __attribute__((enum_extensibility(closed))) kc_type { kc_type_f32 = 0, kc_type_f64 } kc_type;

/// What limits a kernel: it decides the roofline that the benchmark compares with.
typedef enum __attribute__((enum_extensibility(closed))) kc_limit {
  kc_limit_stream = 0,  // sequential bytes
  kc_limit_gather,      // random rows of a table
  kc_limit_compute,     // multiply-adds
} kc_limit;

typedef struct kc_cost {
  double flops, bytes;                // of one call: useful operations, bytes that must move
  kc_limit limit;
  // For kc_limit_gather: how many of the bytes are random rows (the others stream), their table, and one row.
  double gathered_bytes, table_bytes, row_bytes;
} kc_cost;

typedef struct kc_run kc_run;

int32_t kc_count(void);
const char *kc_family(int32_t index);
const char *kc_kernel(int32_t index);     // the line of the family's list that it exercises
const char *kc_variant(int32_t index);    // what sets it apart from other cases of that kernel, or ""
int32_t kc_test_shapes(int32_t index);
int32_t kc_bench_shapes(int32_t index);
/// "rows 2708, width 16, R-MAT": the sizes of a shape in words.
void kc_shape_text(int32_t index, bool bench, int32_t shape, char *text, int32_t capacity);

/// Inputs filled from `seed`, outputs poisoned with NaN; each buffer lies between a guard zone and a page that faults.
kc_run *kc_prepare(int32_t index, bool bench, int32_t shape, kc_type type, uint64_t seed);
/// Calls the kernel once: `isa` is 1 + a ck_isa or 0 for the default, `threads` a cap or 0. Returns a ck_status.
int32_t kc_call(kc_run *run, int32_t isa, int32_t threads);
/// Poisons the outputs (and restores in-place inputs), so that the next call must write all of them.
void kc_reset(kc_run *run);
/// Runs the oracle once; the benchmark times it.
void kc_oracle(kc_run *run);
/// Largest error of the outputs against the oracle in units of the case's tolerance: up to 1 passes. NaN fails.
double kc_error(kc_run *run);
/// Hash of the bits of all outputs: equal for equal bits; one NaN is like another.
uint64_t kc_hash(kc_run *run);
/// Whether no guard byte next to a buffer changed.
bool kc_guards_intact(const kc_run *run);
kc_cost kc_cost_of(const kc_run *run);
/// Bytes of the outputs: those that a call only writes, and those that it reads and writes back.
typedef struct kc_written {
  double fresh, in_place;
} kc_written;
kc_written kc_written_of(const kc_run *run);
void kc_free(kc_run *run);

// ---------------------------------------------------------------------------------------------------- vector functions

/// Largest error of the unary operation `op` (a ck_unary) in float, in units in the last place, over the arguments
/// whose bit patterns are from, from + stride, ... up to `to`; on the set `isa`. NaN and infinities must agree exactly.
double kc_ulp_sweep(int32_t op, int32_t isa, uint32_t from, uint32_t to, uint32_t stride, float *worst_argument);

#pragma clang assume_nonnull end
#endif
