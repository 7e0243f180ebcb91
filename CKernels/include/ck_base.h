// Base of every kernel family: status codes, instruction sets, threads, partitions, pooled memory, the kernel table.
#ifndef CK_BASE_H
#define CK_BASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CK_API __attribute__((visibility("default")))
#define CK_CLOSED_ENUM __attribute__((enum_extensibility(closed)))

#pragma clang assume_nonnull begin

// ---------------------------------------------------------------------------------------------------- status

typedef enum CK_CLOSED_ENUM ck_status {
  ck_status_ok = 0,
  ck_status_bad_shape,      // a size is negative, or sizes disagree
  ck_status_bad_stride,     // a stride is smaller than the row it must span
  ck_status_bad_option,     // an option is outside its range (probability, axis, operation code)
  ck_status_out_of_range,   // an index points outside its table
  ck_status_workspace,      // the caller's workspace is smaller than the _workspace query asked for
  ck_status_unsupported,    // the forced instruction set is not available on this processor
} ck_status;

/// One sentence that says what the code means.
CK_API const char *ck_status_sentence(ck_status status);

// ---------------------------------------------------------------------------------------------------- instruction sets

/// Sets of bodies. `wide` ones use vectors of 16 floats on registers of 8 (two registers a vector): they exist so that
/// the 16-lane code of v4 runs, and is tested, on machines without AVX-512.
typedef enum CK_CLOSED_ENUM ck_isa {
  ck_isa_baseline = 0,  // x86-64 (SSE2), or plain AArch64
  ck_isa_v3,            // x86-64-v3: AVX2 and FMA
  ck_isa_v3_wide,       // x86-64-v3 with 16-lane vectors of floats; doubles as v3
  ck_isa_v4,            // x86-64-v4: AVX-512 F, BW, CD, DQ, VL
  ck_isa_neon,          // AArch64 with 8-lane vectors (two registers)
} ck_isa;
#define CK_ISA_COUNT 5

CK_API const char *ck_isa_name(ck_isa isa);
/// Whether this processor runs the bodies of `isa`.
CK_API bool ck_isa_available(ck_isa isa);
/// The set in use when a context does not force one: the environment's CK_ISA (baseline, v3, v3_wide, v4, neon) when it
/// names an available one, else the widest available.
CK_API ck_isa ck_isa_default(void);
/// The text of CK_ISA when it named no available set, else NULL: a program warns with it once.
CK_API const char *_Nullable ck_isa_refused(void);

/// Bytes of a vector of floats, or of doubles, in the bodies of `isa`.
CK_API int32_t ck_isa_vector_bytes(ck_isa isa, bool f64);

// ---------------------------------------------------------------------------------------------------- caches

/// Bytes of the data caches that one core can reach.
typedef struct ck_caches {
  int64_t l1, l2, l3;
} ck_caches;
/// Those of this machine, read once before main and completed as below.
CK_API ck_caches ck_machine_caches(void);
/// What was found, with common sizes for levels of 0 bytes (not told) and for those no larger than the level below.
CK_API ck_caches ck_caches_completed(ck_caches found);

// ---------------------------------------------------------------------------------------------------- context

/// What a call may use. Zero-initialised means: default instruction set, default threads, no workspace.
/// A workspace starts on a cache line (64 bytes), and its size is at least what the kernel's _workspace query says.
typedef struct ck_ctx {
  int32_t max_threads;  // cap for this call; 0 is the process default (CK_THREADS, else the usable cores)
  int32_t isa;          // 1 + a ck_isa to force it, 0 for the default
  void *_Nullable workspace;
  int64_t workspace_bytes;
} ck_ctx;

/// A context that forces `isa` and caps the threads (0 for the default).
static inline ck_ctx ck_ctx_forcing(ck_isa isa, int32_t max_threads) {
  ck_ctx ctx = {max_threads, (int32_t)isa + 1, NULL, 0};
  return ctx;
}

// ---------------------------------------------------------------------------------------------------- threads

/// Process default of the thread cap: CK_THREADS when set, else the cores this process may run on.
CK_API int32_t ck_threads_default(void);
/// Replaces the process default; 0 restores the environment's.
CK_API void ck_threads_set_default(int32_t threads);
/// Threads for a region whose work takes about `nanoseconds` on one core: min(cap, work / grain), and one below two
/// grains or inside another region. It never changes results: how work is cut for threads does not.
CK_API int32_t ck_threads_for(const ck_ctx *ctx, double nanoseconds);
/// Least work that a thread gets, in nanoseconds: what was set, else the policy's choice at this moment, which is less
/// while the calling thread's workers are awake.
CK_API double ck_thread_grain(void);
/// Sets the grain of the process, 0 hands the choice back: tests make small shapes run on several threads.
CK_API void ck_thread_set_grain(double nanoseconds);
/// Number of distinct threads that a region of `threads` really ran on: proves that OpenMP is linked and alive.
CK_API int32_t ck_threads_observed(int32_t threads);
/// Nanoseconds of a clock that never runs backwards.
CK_API int64_t ck_clock_ns(void);

/// How workers wait for the next region: asleep, spinning, or as what happens suggests (the default).
typedef enum CK_CLOSED_ENUM ck_waiting_mode {
  ck_waiting_mode_adaptive = 0,
  ck_waiting_mode_passive,
  ck_waiting_mode_spinning,
} ck_waiting_mode;
/// For the whole process, so that a benchmark can compare; what the calling thread's regions have taught is forgotten.
/// KMP_BLOCKTIME and OMP_WAIT_POLICY win: false then, and nothing changes.
CK_API bool ck_waiting_force(ck_waiting_mode mode);

/// What the adaptive policy knows of one thread's regions; times are of ck_clock_ns. Zero-initialised to start with.
typedef struct ck_waiting {
  bool spins;
  uint8_t slow_joins;  // one bit for each of the last regions
  int32_t in_a_row;    // close regions while passive, distant ones while spinning
  int64_t ended;       // when the last region ended
  int64_t since;       // when spinning began, or from when on it may be tried again
  int64_t pause;       // that follows the next failure; 0 for the shortest
} ck_waiting;
/// Takes in one region and says whether the workers spin until the next: a pure function of its arguments, of which
/// `cores_are_free` is asked only before spinning begins.
CK_API bool ck_waiting_step(ck_waiting *state, int64_t forked, int64_t latest_begin, int64_t own_done, int64_t joined,
                            bool (*cores_are_free)(void));

// ---------------------------------------------------------------------------------------------------- partitions

/// First item of part `part` when `items` are cut into `parts` runs whose lengths differ by one at most.
static inline int64_t ck_split_even(int64_t items, int32_t parts, int32_t part) {
  int64_t each = items / parts, extra = items % parts;
  return each * part + (part < extra ? part : extra);
}
/// First row of part `part` when rows are cut into runs of equal work: entries plus `row_cost` a row (in entries).
/// `row_start` has rows + 1 ascending entries. Parts are consecutive and cover all rows; empty parts are possible.
CK_API int64_t ck_split_rows(const int64_t *row_start, int64_t rows, int64_t row_cost, int32_t parts, int32_t part);
/// Rows that alone are more than a part's share of the work, ascending, `capacity` at most (there are fewer than
/// `parts`); returns their number.
CK_API int32_t ck_heavy_rows(const int64_t *row_start, int64_t rows, int64_t row_cost, int32_t parts, int64_t *heavy,
                             int32_t capacity);
/// As ck_split_rows, where the heavy rows count as no work.
CK_API int64_t ck_split_rows_without(const int64_t *row_start, int64_t rows, int64_t row_cost, const int64_t *heavy,
                                     int32_t count, int32_t parts, int32_t part);

// ---------------------------------------------------------------------------------------------------- pooled memory

/// A block is `bytes` of 64-byte aligned memory behind a header of one cache line. Each thread keeps free lists by size
/// class and takes from them without locks; a block released by another thread returns to the thread that made it.
typedef struct ck_block {
  _Atomic int32_t references;
  _Atomic uint32_t version;  // bumped by in-place writers; a saved tensor whose version moved is an error
  int32_t size_class;
  int32_t _reserved;
  void *_Nullable owner;              // the pool that made it
  struct ck_block *_Nullable next;    // while on a free list
  int64_t capacity;
  uint8_t _pad[24];
} ck_block;

CK_API ck_block *ck_block_make_slow(int64_t bytes);
CK_API void ck_block_free_slow(ck_block *block);

#define CK_POOL_CLASSES 160
/// No block is larger: a request beyond it, or a negative one, is an overflow of the caller's.
#define CK_LARGEST_BLOCK 0x800000000000  // 2^47; a shift would reach Swift as 0

typedef struct ck_pool {
  ck_block *_Nullable free_list[CK_POOL_CLASSES];
  int64_t cached_bytes;
  int64_t system_blocks;  // taken from the system so far
  struct ck_pool *_Nullable next_idle;
  // Blocks that other threads released, on a line of its own: their writes would take the owner's line away.
  __attribute__((aligned(64))) _Atomic(ck_block *_Nullable) returned;
} ck_pool;

/// What the profiler knows of the kernel call in progress.
typedef struct ck_profile {
  void *_Nullable sink;  // the profiler of this thread while it records, else NULL
  int64_t start;         // of the call, by ck_clock_ns
  double flops, bytes;   // what the call has stated
  int32_t phase;         // a caller's number for the part of a training step
} ck_profile;

/// Per-thread state of the engine, beside the pool so that one address serves all of it.
typedef struct ck_thread_state {
  ck_pool *_Nullable pool;
  void *_Nullable release_list;   // the engine's worklist of dying nodes
  int32_t release_depth;          // nested releases of nodes
  int32_t recording_off;          // depth of scopes that switch recording off
  ck_ctx context;                 // of the calls that this thread makes
  ck_profile profile;
} ck_thread_state;

CK_API extern _Thread_local ck_thread_state ck_tls;
/// Numbers given to nodes and to backward passes, over all threads: a leaf may be made by one thread and used by
/// another.
CK_API extern _Atomic int64_t ck_node_ids, ck_pass_ids;

/// Size class of a request. Up to 64 KiB the powers of two from 64 bytes on (classes 0..10), above that four classes an
/// octave, so that a large block wastes a fifth at most.
static inline int32_t ck_size_class(int64_t bytes) {
  if (bytes <= 64) return 0;
  int32_t top = 63 - __builtin_clzll((unsigned long long)(bytes - 1));  // bytes is in (2^top, 2^(top+1)]
  if (top < 16) return top - 5;
  int32_t quarter = (int32_t)(((bytes - 1) >> (top - 2)) & 3);  // which quarter of the octave, rounded up
  return 11 + (top - 16) * 4 + quarter;
}
/// Bytes that a block of a class holds.
static inline int64_t ck_class_bytes(int32_t size_class) {
  if (size_class <= 10) return (int64_t)64 << size_class;
  int32_t octave = (size_class - 11) / 4, quarter = (size_class - 11) % 4;
  return ((int64_t)1 << (octave + 14)) * (quarter + 5);
}

/// A block with room for `bytes`, with one reference and undefined contents. Never NULL: out of memory ends the process
/// with a sentence, as Swift's own allocations do.
static inline ck_block *ck_block_make(int64_t bytes) {
  ck_pool *_Nullable pool = ck_tls.pool;
  if (__builtin_expect(pool != NULL && (uint64_t)bytes <= CK_LARGEST_BLOCK, 1)) {
    int32_t size_class = ck_size_class(bytes);
    ck_block *_Nullable block = pool->free_list[size_class];
    if (__builtin_expect(block != NULL, 1)) {
      pool->free_list[size_class] = block->next;
      pool->cached_bytes -= block->capacity;
      atomic_store_explicit(&block->references, 1, memory_order_relaxed);
      return (ck_block *)block;
    }
  }
  return ck_block_make_slow(bytes);
}
static inline void *ck_block_data(ck_block *block) { return (char *)block + sizeof(ck_block); }
static inline void ck_block_retain(ck_block *block) {
  atomic_fetch_add_explicit(&block->references, 1, memory_order_relaxed);
}
static inline void ck_block_release(ck_block *block) {
  // The only owner needs no locked instruction: nobody else can add a reference meanwhile.
  if (atomic_load_explicit(&block->references, memory_order_acquire) != 1 &&
      atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) != 1)
    return;
  ck_pool *_Nullable pool = ck_tls.pool;
  // Large blocks take the slow path, which keeps the cache within its limit; what small ones add is little.
  if (__builtin_expect(block->owner == pool && block->capacity <= 65536, 1)) {
    block->next = pool->free_list[block->size_class];
    pool->free_list[block->size_class] = block;
    pool->cached_bytes += block->capacity;
    return;
  }
  ck_block_free_slow(block);
}
static inline int32_t ck_block_references(ck_block *block) {
  return atomic_load_explicit(&block->references, memory_order_relaxed);
}
static inline uint32_t ck_block_version(ck_block *block) {
  return atomic_load_explicit(&block->version, memory_order_relaxed);
}
static inline void ck_block_bump(ck_block *block) {
  atomic_fetch_add_explicit(&block->version, 1, memory_order_relaxed);
}
/// Gives this thread's cached blocks back to the system; returns the bytes given back.
CK_API int64_t ck_pool_trim(void);
/// Bytes that this thread's pool keeps in its free lists.
CK_API int64_t ck_pool_cached_bytes(void);
/// Blocks that this thread's pool has taken from the system so far: none is taken while what is released suffices.
CK_API int64_t ck_pool_system_blocks(void);

static inline bool ck_recording(void) { return ck_tls.recording_off == 0; }
static inline void ck_recording_push_off(void) { ck_tls.recording_off++; }
static inline void ck_recording_pop_off(void) { ck_tls.recording_off--; }
/// Switches recording on whatever scopes are open, and returns what ck_recording_restore takes back.
static inline int32_t ck_recording_force_on(void) {
  int32_t saved = ck_tls.recording_off;
  ck_tls.recording_off = 0;
  return saved;
}
static inline int32_t ck_recording_depth(void) { return ck_tls.recording_off; }
static inline void ck_recording_restore(int32_t saved) { ck_tls.recording_off = saved; }
static inline ck_ctx *ck_thread_context(void) { return &ck_tls.context; }
/// Starts the record of a call.
CK_API void ck_profile_begin(void);
static inline ck_profile *ck_profile_current(void) { return &ck_tls.profile; }
static inline bool ck_profiling(void) { return __builtin_expect(ck_tls.profile.sink != NULL, 0); }
/// The thread's context for a kernel call that follows at once: a profile takes the time from here.
static inline ck_ctx *ck_call_context(void) {
  if (ck_profiling()) ck_profile_begin();
  return &ck_tls.context;
}
/// Enters a phase and returns the one that it replaces.
static inline int32_t ck_profile_set_phase(int32_t phase) {
  const int32_t before = ck_tls.profile.phase;
  ck_tls.profile.phase = phase;
  return before;
}
static inline int64_t ck_next_pass(void) {
  return 1 + atomic_fetch_add_explicit(&ck_pass_ids, 1, memory_order_relaxed);
}
/// Depth before this release of a node.
static inline int32_t ck_release_enter(void) { return ck_tls.release_depth++; }
static inline void ck_release_leave(void) { ck_tls.release_depth--; }
static inline void *_Nullable ck_release_list(void) { return ck_tls.release_list; }
static inline void ck_set_release_list(void *_Nullable list) { ck_tls.release_list = list; }
static inline int64_t ck_next_node_id(void) {
  return 1 + atomic_fetch_add_explicit(&ck_node_ids, 1, memory_order_relaxed);
}

// ---------------------------------------------------------------------------------------------------- kernel table

/// One line of the table of kernels: what tests and benchmarks enumerate.
typedef struct ck_kernel {
  const char *family;
  const char *name;   // of the body, as in the family's list
  const char *tile;   // what a body holds in registers, for people
  bool f32, f64;
  uint32_t isas;      // bit 1 << ck_isa for each set that has a body of its own
} ck_kernel;

CK_API int32_t ck_kernel_count(void);
CK_API ck_kernel ck_kernel_at(int32_t index);

#pragma clang assume_nonnull end
#endif
