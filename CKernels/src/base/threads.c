// Thread policy: how many threads a region gets.  It never decides a result, only the time it takes.
//
// Waking a passive worker costs 13-32 us, so a thread must have at least a grain of work.  Workers wait passively
// (KMP_BLOCKTIME=0) because spinning ones lose 8-18x beside busy neighbours; a user's own KMP_BLOCKTIME wins.
#define _GNU_SOURCE
#include "ck_base.h"
#include "omp.h"
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double passive_grain_ns = 30e3;

static int32_t environment_threads = 1, default_threads = 1;

static int32_t usable_cores(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  int cores = CPU_COUNT(&set);
  return cores > 0 ? cores : 1;
}

__attribute__((constructor)) static void set_up(void) {
  setenv("KMP_BLOCKTIME", "0", 0);
  const char *text = getenv("CK_THREADS");
  char *end = NULL;
  long asked = text ? strtol(text, &end, 10) : 0;
  bool usable = text && end != text && *end == 0 && asked >= 1 && asked <= 4096;
  environment_threads = default_threads = usable ? (int32_t)asked : usable_cores();
}

int32_t ck_threads_default(void) { return default_threads; }
void ck_threads_set_default(int32_t threads) { default_threads = threads > 0 ? threads : environment_threads; }
double ck_thread_grain(void) { return passive_grain_ns; }

int32_t ck_threads_for(const ck_ctx *ctx, double nanoseconds) {
  int32_t cap = ctx->max_threads > 0 ? ctx->max_threads : default_threads;
  if (cap <= 1 || nanoseconds < 2 * passive_grain_ns || omp_in_parallel()) return 1;
  double threads = nanoseconds / passive_grain_ns;
  return threads < cap ? (int32_t)threads : cap;
}

int32_t ck_threads_observed(int32_t threads) {
  bool seen[256] = {false};
  if (threads < 1) return 0;
  if (threads > 256) threads = 256;
#pragma omp parallel num_threads(threads)
  seen[omp_get_thread_num()] = true;
  int32_t count = 0;
  for (int i = 0; i < 256; i++) count += seen[i];
  return count;
}

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double ck_region_cost(int32_t threads, int32_t repeats) {
  double cost[1024];
  if (repeats < 1) repeats = 1;
  if (repeats > 1024) repeats = 1024;
  volatile int touched[256];
  if (threads > 256) threads = 256;
  for (int32_t i = 0; i < repeats; i++) {
    double start = now_ns();
#pragma omp parallel num_threads(threads)
    touched[omp_get_thread_num()] = 1;
    cost[i] = now_ns() - start;
  }
  qsort(cost, (size_t)repeats, sizeof cost[0], ascending);
  return cost[repeats / 2];
}
