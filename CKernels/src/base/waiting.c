// How workers wait between regions.  It never decides a result, only the time it takes.
//
// Passive workers sleep at once: a region then costs 13-66 us, whatever else runs on the machine.  Spinning ones make it
// cost 1 us on a quiet machine, but beside busy programs the system takes their core away, and a region then waits for
// them for milliseconds.  So workers are passive at first, spin while regions follow each other closely, and are passive
// again for a while as soon as a region ends late.  Where spinning keeps failing the pauses double up to a second, so
// that what the attempts cost stays below a percent.
//
// Spinning lasts 1 ms after a region, the least that the runtime takes: a program that opens no region burns nothing.
// The user's own KMP_BLOCKTIME switches the policy off.
#define _GNU_SOURCE
#include "waiting.h"
#include <stdlib.h>
#include <time.h>

/// libomp's: milliseconds that the workers of the calling thread spin before they sleep.
extern void kmp_set_blocktime(int milliseconds);

enum {
  close_ns = 500 * 1000,         // a region that begins so soon after the last one finds its workers spinning
  close_regions = 8,             // so many in a row make spinning worth a try
  late_ns = 300 * 1000,          // a join that takes longer than the caller's own part and this has lost a core
  first_pause_ns = 20 * 1000 * 1000,
  longest_pause_ns = 1000 * 1000 * 1000,
  proven_ns = 200 * 1000 * 1000,  // spinning that went well for so long forgets earlier failures
};

static _Thread_local struct {
  bool spins;
  int32_t closely;   // regions in a row that followed each other closely
  int64_t ended;     // when the last region ended
  int64_t since;     // when spinning began, or when it may be tried again
  int64_t pause_ns;  // after the next failure; 0 for the first
} waiting;

static bool user_decides, user_spins;

__attribute__((constructor(101))) static void set_up(void) {
  const char *text = getenv("KMP_BLOCKTIME");
  user_decides = text != NULL;
  user_spins = user_decides && atoi(text) != 0;
  setenv("KMP_BLOCKTIME", "0", 0);
}

int64_t ck_clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

bool ck_workers_spin(void) { return user_decides ? user_spins : waiting.spins; }

void ck_region_joined(int64_t forked, int64_t own_part_done) {
  if (user_decides) return;
  const int64_t now = ck_clock_ns();
  waiting.closely = forked - waiting.ended < close_ns ? waiting.closely + 1 : 0;
  waiting.ended = now;
  if (!waiting.spins) {
    if (waiting.closely < close_regions || now < waiting.since) return;
    waiting.spins = true;
    waiting.since = now;
    kmp_set_blocktime(1);
    return;
  }
  if (now - own_part_done > own_part_done - forked + late_ns) {
    const int64_t pause = waiting.pause_ns > 0 ? waiting.pause_ns : first_pause_ns;
    waiting.pause_ns = 2 * pause < longest_pause_ns ? 2 * pause : longest_pause_ns;
    waiting.spins = false;
    waiting.closely = 0;
    waiting.since = now + pause;
    kmp_set_blocktime(0);
  } else if (now - waiting.since > proven_ns) {
    waiting.pause_ns = 0;
  }
}
