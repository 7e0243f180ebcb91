// Thread policy: how many threads a region gets.  It never decides a result, only the time it takes.
//
// Waking a passive worker costs 13-32 us on a quiet machine and 45-66 us on a shared virtual one, a spinning one 1-5:
// a thread must have at least a grain of work that makes up for it.  How workers wait is decided in waiting.c.
#define _GNU_SOURCE
#include "ck_base.h"
#include "omp.h"
#include "waiting.h"
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double passive_grain_ns = 60e3, spinning_grain_ns = 10e3;

static _Atomic double forced_grain_ns = 0;
static int32_t environment_threads = 1, default_threads = 1;

static int32_t usable_cores(void) {
  cpu_set_t set;
  // The set is too small for machines of more than 1024 processors.
  const bool known = sched_getaffinity(0, sizeof set, &set) == 0;
  const long cores = known ? CPU_COUNT(&set) : sysconf(_SC_NPROCESSORS_ONLN);
  return cores > 0 ? (int32_t)cores : 1;
}

__attribute__((constructor)) static void set_up(void) {
  const char *text = getenv("CK_THREADS");
  char *end = NULL;
  long asked = text ? strtol(text, &end, 10) : 0;
  bool usable = text && end != text && *end == 0 && asked >= 1 && asked <= 4096;
  environment_threads = default_threads = usable ? (int32_t)asked : usable_cores();
}

int32_t ck_threads_default(void) { return default_threads; }
void ck_threads_set_default(int32_t threads) { default_threads = threads > 0 ? threads : environment_threads; }
double ck_thread_grain(void) {
  const double forced = atomic_load_explicit(&forced_grain_ns, memory_order_relaxed);
  return forced > 0 ? forced : ck_workers_are_awake() ? spinning_grain_ns : passive_grain_ns;
}
void ck_thread_set_grain(double nanoseconds) {
  atomic_store_explicit(&forced_grain_ns, nanoseconds > 0 ? nanoseconds : 0, memory_order_relaxed);
}

int32_t ck_threads_for(const ck_ctx *ctx, double nanoseconds) {
  int32_t cap = ctx->max_threads > 0 ? ctx->max_threads : default_threads;
  if (cap <= 1) return 1;
  double grain = atomic_load_explicit(&forced_grain_ns, memory_order_relaxed);
  const bool is_forced = grain > 0;
  if (!is_forced) grain = spinning_grain_ns;
  if (nanoseconds < 2 * grain || omp_in_parallel()) return 1;
  if (!is_forced && nanoseconds < 2 * passive_grain_ns) {
    if (!ck_workers_are_wanted()) return 1;
  } else if (!is_forced) {
    grain = ck_thread_grain();
  }
  double threads = nanoseconds / grain;
  return threads < cap ? (int32_t)threads : cap;
}

int32_t ck_threads_observed(int32_t threads) {
  bool seen[256] = {false};
  if (threads < 1) return 0;
  if (threads > 256) threads = 256;
  ck_region_forks();
#pragma omp parallel num_threads(threads)
  seen[omp_get_thread_num()] = true;
  int32_t count = 0;
  for (int i = 0; i < 256; i++) count += seen[i];
  return count;
}
