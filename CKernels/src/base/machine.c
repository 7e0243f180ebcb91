// The machine probe.
//
// A rate is work over time in a short window, best of several windows: a roofline is what the machine can do, and a
// neighbour that takes a core for a while must not lower it.  Gathers take the middle window instead: how much of the
// last cache is ours changes from one moment to the next, and a best window would promise a cache that no kernel gets.
// Threads start a window together and time their own work; nothing is shared but the gathered table.
#define _GNU_SOURCE
#include "ck_machine.h"
#include "omp.h"
#include "waiting.h"
#define CK_BODY "../base/machine_body.h"
#include "../base/isa_expand.h"
#include <stdlib.h>
#include <sys/mman.h>

// Not lines of a family's list: the probes are no kernels.
CK_DECLARE_BODIES(machine, read, "")
CK_DECLARE_BODIES(machine, scale, "")
CK_DECLARE_BODIES(machine, gather, "")
CK_DECLARE_BODIES(machine, multiply_add, "")
CK_DEFINE_BODIES(machine, read)
CK_DEFINE_BODIES(machine, scale)
CK_DEFINE_BODIES(machine, gather)
CK_DEFINE_BODIES(machine, multiply_add)

enum { WINDOWS = 8, MAX_THREADS = 256 };

static int32_t thread_count(const ck_ctx *ctx) {
  int32_t threads = ctx->max_threads > 0 ? ctx->max_threads : ck_threads_default();
  return threads < MAX_THREADS ? threads : MAX_THREADS;
}
static double now(void) { return (double)ck_clock_ns() * 1e-9; }

// ---------------------------------------------------------------------------------------------------- regions

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double ck_machine_region(int32_t threads, int32_t repeats) {
  enum { MOST_REPEATS = 1024 };
  double cost[MOST_REPEATS];
  volatile int touched[MAX_THREADS];
  if (threads < 1) return 0;
  if (threads > MAX_THREADS) threads = MAX_THREADS;
  repeats = repeats < 1 ? 1 : repeats < MOST_REPEATS ? repeats : MOST_REPEATS;
  for (int32_t i = 0; i < repeats; i++) {
    const double start = (double)ck_region_forks() * 1e-9;
#pragma omp parallel num_threads(threads)
    touched[omp_get_thread_num()] = 1;
    cost[i] = now() - start;
  }
  qsort(cost, (size_t)repeats, sizeof cost[0], ascending);
  return cost[repeats / 2];
}

// ---------------------------------------------------------------------------------------------------- windows

/// Does a piece of work of thread `part`, of 10 us or more, and returns its amount.
typedef double (*piece)(const void *job, int32_t part, float *result);

/// Rate of all threads in the best window, or in the middle one.
static double window_rate(int32_t threads, double seconds, bool middle, piece work, const void *job) {
  double rate[WINDOWS][MAX_THREADS] = {{0}};
  static volatile float sink[MAX_THREADS];  // where results go, so that no work is dead
#pragma omp parallel num_threads(threads)
  {
    int32_t part = omp_get_thread_num();
    float result = 0;
    work(job, part, &result);
    for (int window = 0; window < WINDOWS; window++) {
      double amount = 0, spent;
#pragma omp barrier
      const double start = now();
      do {
        amount += work(job, part, &result);
        sink[part] = result;
        spent = now() - start;
      } while (spent < seconds / WINDOWS);
      rate[window][part] = amount / spent;
    }
  }
  double sum[WINDOWS] = {0};
  for (int window = 0; window < WINDOWS; window++)
    for (int32_t part = 0; part < threads; part++) sum[window] += rate[window][part];
  qsort(sum, WINDOWS, sizeof sum[0], ascending);
  return sum[middle ? WINDOWS / 2 : WINDOWS - 1];
}

static void *huge_pages(int64_t bytes) {
  void *memory = NULL;
  if (posix_memalign(&memory, 2 << 20, (size_t)bytes) != 0) return NULL;
  madvise(memory, (size_t)bytes, MADV_HUGEPAGE);
  return memory;
}

// ---------------------------------------------------------------------------------------------------- streams

typedef struct stream_job {
  const ck_ctx *ctx;
  ck_stream stream;
  char *memory;
  int64_t bytes, pitch;  // footprint of a thread, and the distance between the threads' footprints
} stream_job;

static double stream_piece(const void *opaque, int32_t part, float *result) {
  const stream_job *job = opaque;
  const int64_t least_bytes = 1 << 20;
  int64_t passes = job->bytes < least_bytes ? least_bytes / job->bytes : 1;
  float *x = (float *)(job->memory + part * job->pitch);
  if (job->stream == ck_stream_read) {
    const int64_t n = job->bytes / (int64_t)sizeof *x;
    for (int64_t i = 0; i < passes; i++) *result += CK_PICK(job->ctx, machine, read, f32)(x, n);
    return (double)passes * (double)job->bytes;
  }
  const bool update = job->stream == ck_stream_update;
  const int64_t n = job->bytes / (int64_t)sizeof *x / (update ? 1 : 2);
  float *y = update ? x : x + n + 512;  // 2 KiB apart modulo 4 KiB: loads never wait for stores that alias them
  for (int64_t i = 0; i < passes; i++) CK_PICK(job->ctx, machine, scale, f32)(y, x, 1, n);
  *result += y[0];
  return (double)passes * 2 * (double)n * sizeof *x;
}

double ck_machine_stream(const ck_ctx *ctx, ck_stream stream, int64_t bytes, double seconds) {
  if (!ck_ctx_ok(ctx)) return 0;
  const int32_t threads = thread_count(ctx);
  bytes = bytes < 8192 ? 8192 : bytes / 8192 * 8192;
  const int64_t pitch = bytes + 16384;
  stream_job job = {ctx, stream, huge_pages(pitch * threads), bytes, pitch};
  if (!job.memory) return 0;
#pragma omp parallel num_threads(threads)
  memset(job.memory + omp_get_thread_num() * pitch, 0, (size_t)pitch);
  double rate = window_rate(threads, seconds, false, stream_piece, &job);
  free(job.memory);
  return rate;
}

// ---------------------------------------------------------------------------------------------------- gathers

typedef struct gather_job {
  const ck_ctx *ctx;
  const float *table;
  const int32_t *id;  // `ids` random rows and `farthest` more
  int64_t ids, row_bytes, ahead;
  int64_t *place;     // where each thread goes on, a cache line apart
} gather_job;

static double gather_piece(const void *opaque, int32_t part, float *result) {
  const gather_job *job = opaque;
  const int64_t count = 4096;
  int64_t *place = job->place + 8 * part;
  if (*place + count > job->ids) *place = 0;
  *result += CK_PICK(job->ctx, machine, gather, f32)(job->table, job->id + *place, count, job->ahead, job->row_bytes);
  *place += count;
  return (double)(count * job->row_bytes);
}

double ck_machine_gather(const ck_ctx *ctx, int64_t table_bytes, int64_t row_bytes, double seconds) {
  if (!ck_ctx_ok(ctx) || (row_bytes != 64 && row_bytes != 256 && row_bytes != 1024)) return 0;
  enum { FARTHEST = 32 };
  static const int64_t distances[] = {0, 8, 32};
  const int32_t threads = thread_count(ctx);
  const int64_t rows = table_bytes > row_bytes ? table_bytes / row_bytes : 1;
  const int64_t ids = (rows < 1 << 16 ? 1 << 16 : rows) / 4096 * 4096;  // a pass visits most of the table
  float *table = huge_pages(rows * row_bytes);
  int32_t *id = huge_pages((ids + FARTHEST) * (int64_t)sizeof *id);
  int64_t place[8 * MAX_THREADS];
  double best = 0;
  if (table && id) {
    memset(table, 0, (size_t)(rows * row_bytes));
    uint64_t state = 1;
    for (int64_t i = 0; i < ids + FARTHEST; i++) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      id[i] = (int32_t)((unsigned __int128)state * (uint64_t)rows >> 64);
    }
    for (int d = 0; d < 3; d++) {
      for (int32_t part = 0; part < threads; part++) place[8 * part] = ids / threads * part / 4096 * 4096;
      gather_job job = {ctx, table, id, ids, row_bytes, distances[d], place};
      double rate = window_rate(threads, seconds / 3, true, gather_piece, &job);
      if (rate > best) best = rate;
    }
  }
  free(table);
  free(id);
  return best;
}

// ---------------------------------------------------------------------------------------------------- multiply-adds

static double multiply_add_f32(const void *job, int32_t part, float *result) {
  (void)part;
  return CK_PICK((const ck_ctx *)job, machine, multiply_add, f32)(8192, 0.999f, 0.001f, result);
}
static double multiply_add_f64(const void *job, int32_t part, float *result) {
  (void)part;
  double sum = 0;
  double operations = CK_PICK((const ck_ctx *)job, machine, multiply_add, f64)(8192, 0.999, 0.001, &sum);
  *result += (float)sum;
  return operations;
}

double ck_machine_multiply_add(const ck_ctx *ctx, bool f64, double seconds) {
  if (!ck_ctx_ok(ctx)) return 0;
  return window_rate(thread_count(ctx), seconds, false, f64 ? multiply_add_f64 : multiply_add_f32, ctx);
}
