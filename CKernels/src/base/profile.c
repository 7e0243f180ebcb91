// The record of one kernel call, for the profiler of the layer above.
#define _GNU_SOURCE
#include "ck_base.h"
#include <time.h>

int64_t ck_profile_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void ck_profile_begin(void) {
  ck_tls.profile.flops = 0;
  ck_tls.profile.bytes = 0;
  ck_tls.profile.start = ck_profile_now();
}
