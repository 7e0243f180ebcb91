// What a case file uses.  See cases_elementwise.c for the pattern; the table of families is in harness.c.
#ifndef KC_HARNESS_H
#define KC_HARNESS_H

#include "ck_base.h"
#include "kernel_cases.h"

enum { KC_SLOTS = 24 };

/// One buffer: `t` in the case's type behind a guard zone and before a page that nobody may touch, `d` the same in
/// double for the oracle.
typedef struct kc_buffer {
  void *t;
  double *d;        // inputs: the exact values of t; outputs: what the oracle writes
  int64_t count;
  bool output, in_place;
  double scale;     // outputs: errors are relative to max(|expected|, scale * largest |expected| of the buffer, floor)
  double floor;
} kc_buffer;

struct kc_run {
  int32_t index;
  kc_type type;
  int64_t dim[KC_DIMS];
  kc_buffer slot[KC_SLOTS];
  void *block[KC_SLOTS];    // other memory that the case owns (patterns, indices); freed with the run
  int64_t block_bytes[KC_SLOTS];
  void *extra;              // the case's own record, allocated with kc_memory
  void *workspace;          // made by kc_workspace, handed to the kernel in the context
  int64_t workspace_bytes;
  kc_cost cost;
  double tolerance;         // in units of the type's epsilon
  uint64_t state;           // of the generator
  bool bench, oracle_done, finished;
};

/// One case. `make`, `call` are given for both types; the oracle works in double.
typedef struct kc_case {
  const char *kernel, *variant;
  // Names of the sizes, in order, such as "rows width padding? kind=uniform|hub": one with ? is not shown where it is
  // 0, one with words shows the word of its value.
  const char *dims;
  const int64_t (*test)[KC_DIMS];          // ends with a line whose first size is -1
  const int64_t (*bench)[KC_DIMS];
  void (*make[2])(kc_run *run);
  ck_status (*call[2])(kc_run *run, const ck_ctx *ctx);
  void (*oracle)(kc_run *run);
  int32_t option;                          // for cases that share functions: it picks the operation
  // Moves results of other types to the outputs and spoils where they lay; once after a call, not timed. May be NULL.
  void (*finish[2])(kc_run *run);
} kc_case;

typedef struct kc_family_cases {
  const char *family;
  const kc_case *cases;
  int32_t count;
} kc_family_cases;

/// The groups of cases, in the order of the kernel table: a new file of cases adds its line.
#define KC_GROUPS(X)         \
  X(kc_elementwise_cases)    \
  X(kc_binary_cases)         \
  X(kc_dropout_cases)        \
  X(kc_softmax_cases)        \
  X(kc_dense_gemm_cases)     \
  X(kc_dense_copy_cases)     \
  X(kc_dense_bf16_cases)     \
  X(kc_dense_reduce_cases)   \
  X(kc_dense_norm_cases)     \
  X(kc_dense_optimizer_cases) \
  X(kc_sparse_cases)         \
  X(kc_sparse_segment_cases) \
  X(kc_sparse_neighbour_cases) \
  X(kc_sparse_attention_cases) \
  X(kc_sparse_filter_cases)  \
  X(kc_sparse_keep_cases)    \
  X(kc_random_cases)

#define KC_DECLARE_GROUP(group) extern const kc_family_cases group;
KC_GROUPS(KC_DECLARE_GROUP)

/// The case of a run (for its option).
const kc_case *kc_case_of(const kc_run *run);

typedef enum kc_fill { kc_normal, kc_uniform, kc_positive, kc_zero } kc_fill;

/// An input of `count` elements in `slot`; positive ones lie in [0.1, 2.1).
void kc_input(kc_run *run, int slot, int64_t count, kc_fill fill);
/// An input with the given values.
void kc_input_values(kc_run *run, int slot, int64_t count, const double *values);
/// An output, poisoned with NaN before each call.
void kc_output(kc_run *run, int slot, int64_t count);
/// A buffer that the kernel updates in place: an output that starts from the values of `fill`; the oracle finds the
/// initial values in d and overwrites them.
void kc_update(kc_run *run, int slot, int64_t count, kc_fill fill);
/// Zeroed memory that lives as long as the run.
void *kc_memory(kc_run *run, int64_t bytes);
void kc_workspace(kc_run *run, int64_t bytes);
/// Next random number in [0, 1), and a standard normal.
double kc_random(kc_run *run);
double kc_random_normal(kc_run *run);
int64_t kc_random_below(kc_run *run, int64_t limit);

/// Element pointers in a driver-style case file (see driver_expand.h): T is the current type.
#define KC_T(slot_index) ((T *)run->slot[slot_index].t)
#define KC_D(slot_index) (run->slot[slot_index].d)

#endif
