// How workers wait between regions.  It never decides a result, only the time it takes.
//
// Passive workers sleep at once: a region then costs 13-66 us, whatever else runs on the machine.  Spinning ones make
// it cost 1 us on a quiet machine, but beside busy programs the system takes their core away, and a region then waits
// for them for milliseconds.  So workers are passive at first, spin while regions follow each other closely, and are
// passive again as soon as regions are apart (without a grudge) or lose a core (for a while).  Where spinning keeps
// failing the pauses double up to a second, so that what the attempts cost stays below a percent.  Most failures are
// foreseen: as long as more tasks of the machine want to run than it has cores, which takes 10 us to ask, none is made.
//
// Work that is too little for sleeping workers, but worth sharing with those that are awake, counts as a region: a
// program that has no other kind wakes them once, and its own regions keep them awake.
//
// A lost core shows in a part that begins late, or twice within eight regions in a join that takes far longer than the
// caller's own part; once is not enough, since parts may be uneven.  Spinning lasts 1 ms after a region, the least that
// the runtime takes: a program that opens no region burns nothing.  The user's own KMP_BLOCKTIME or OMP_WAIT_POLICY
// switches the policy off.  Nothing is left in the environment, which child processes inherit.
#define _GNU_SOURCE
#include "waiting.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/// libomp's: milliseconds that the workers of the calling thread spin before they sleep.
extern void kmp_set_blocktime(int milliseconds);

enum {
  close_ns = 500 * 1000,   // a region that begins so soon after the last one would find its workers spinning
  close_regions = 8,       // so many in a row make spinning worth a try
  distant_regions = 4,     // so many that were not close end it
  awake_ns = 900 * 1000,   // workers that spin are still awake so long after a region
  late_ns = 300 * 1000,    // what passive workers take to begin at most, with room to spare
  first_pause_ns = 20 * 1000 * 1000,
  longest_pause_ns = 1000 * 1000 * 1000,
  proven_ns = 200 * 1000 * 1000,  // spinning that went well for so long forgets earlier failures
};

static _Thread_local struct {
  ck_waiting state;
  int8_t blocktime;  // as set, plus 1; 0 before the first region
} mine;

static _Atomic int32_t forced_mode = ck_waiting_mode_adaptive;
static bool user_decides, user_spins;

__attribute__((constructor)) static void set_up(void) {
  const char *blocktime = getenv("KMP_BLOCKTIME"), *policy = getenv("OMP_WAIT_POLICY");
  user_decides = blocktime != NULL || policy != NULL;
  user_spins = blocktime != NULL ? strcmp(blocktime, "0") != 0 : policy != NULL && strcasecmp(policy, "active") == 0;
}

int64_t ck_clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

bool ck_waiting_force(ck_waiting_mode mode) {
  if (user_decides) return false;
  atomic_store_explicit(&forced_mode, (int32_t)mode, memory_order_relaxed);
  mine.state = (ck_waiting){0};
  return true;
}

/// Whether no task waits for a core: those that run or could, this thread among them, against the cores. True where the
/// system does not tell.
static bool cores_are_free(void) {
  char text[128] = {0};
  const int file = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
  if (file < 0) return true;
  const ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  int tasks;
  if (count <= 0 || sscanf(text, "%*s %*s %*s %d/", &tasks) != 1) return true;
  return tasks <= sysconf(_SC_NPROCESSORS_ONLN);
}

static bool workers_spin(void) {
  if (user_decides) return user_spins;
  const int32_t mode = atomic_load_explicit(&forced_mode, memory_order_relaxed);
  return mode == ck_waiting_mode_adaptive ? mine.state.spins : mode == ck_waiting_mode_spinning;
}

bool ck_workers_are_awake(void) { return workers_spin() && ck_clock_ns() - mine.state.ended < awake_ns; }

bool ck_workers_are_wanted(void) {
  if (ck_workers_are_awake()) return true;
  if (user_decides || atomic_load_explicit(&forced_mode, memory_order_relaxed) != ck_waiting_mode_adaptive)
    return workers_spin();
  // As far as the policy goes this is a region that took no time. Workers that spun and fell asleep since are not woken
  // for it: regions that are apart end the spinning.
  const bool slept = mine.state.spins;
  const int64_t now = ck_clock_ns();
  ck_waiting_step(&mine.state, now, now, now, now, cores_are_free);
  return mine.state.spins && !slept;
}

int64_t ck_region_forks(void) {
  if (!user_decides) {
    const int8_t blocktime = workers_spin() ? 1 : 0;
    if (mine.blocktime != blocktime + 1) {
      kmp_set_blocktime(blocktime);
      mine.blocktime = (int8_t)(blocktime + 1);
    }
  }
  return ck_clock_ns();
}

void ck_part_begins(_Atomic int64_t *latest) {
  const int64_t now = ck_clock_ns();
  int64_t seen = atomic_load_explicit(latest, memory_order_relaxed);
  while (seen < now &&
         !atomic_compare_exchange_weak_explicit(latest, &seen, now, memory_order_relaxed, memory_order_relaxed)) {
  }
}

void ck_region_joined(int64_t forked, int64_t latest_begin, int64_t own_done) {
  ck_waiting_step(&mine.state, forked, latest_begin, own_done, ck_clock_ns(), cores_are_free);
}

bool ck_waiting_step(ck_waiting *state, int64_t forked, int64_t latest_begin, int64_t own_done, int64_t joined,
                     bool (*cores_are_free)(void)) {
  const bool close = forked - state->ended < close_ns;
  state->ended = joined;
  if (!state->spins) {
    state->in_a_row = !close ? 0 : state->in_a_row < close_regions ? state->in_a_row + 1 : close_regions;
    if (state->in_a_row < close_regions || joined < state->since) return false;
    if (!cores_are_free()) {
      state->since = joined + first_pause_ns;
      return false;
    }
    *state = (ck_waiting){.spins = true, .ended = joined, .since = joined, .pause = state->pause};
    return true;
  }
  state->in_a_row = close ? 0 : state->in_a_row + 1;
  const bool slow_join = joined - own_done > own_done - forked + late_ns;
  state->slow_joins = (uint8_t)(state->slow_joins << 1 | slow_join);
  if (latest_begin - forked > late_ns || __builtin_popcount(state->slow_joins) > 1) {
    const int64_t pause = state->pause > 0 ? state->pause : first_pause_ns;
    const int64_t next = 2 * pause < longest_pause_ns ? 2 * pause : longest_pause_ns;
    *state = (ck_waiting){.ended = joined, .since = joined + pause, .pause = next};
  } else if (state->in_a_row >= distant_regions) {
    *state = (ck_waiting){.ended = joined, .since = joined, .pause = state->pause};
  } else if (joined - state->since > proven_ns) {
    state->pause = 0;
  }
  return state->spins;
}
