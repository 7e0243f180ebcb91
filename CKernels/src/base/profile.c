// The record of one kernel call, for the profiler of the layer above.
#include "ck_base.h"

void ck_profile_begin(void) {
  ck_tls.profile.flops = 0;
  ck_tls.profile.bytes = 0;
  ck_tls.profile.start = ck_clock_ns();
}
