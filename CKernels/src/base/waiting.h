// How workers wait between regions: see waiting.c.
#ifndef CK_WAITING_H
#define CK_WAITING_H

#include "ck_base.h"

/// Called before a region: readies the calling thread's workers and gives the time.
int64_t ck_region_forks(void);
/// Called by each part as it begins: keeps the latest time.
void ck_part_begins(_Atomic int64_t *latest);
/// Called after a region; the caller's own part was done at `own_done`.
void ck_region_joined(int64_t forked, int64_t latest_begin, int64_t own_done);
/// Whether the calling thread's workers are awake, so that a region costs next to nothing.
bool ck_workers_are_awake(void);
/// Called for work that is worth sharing with workers that are awake, but not worth waking them once: whether to share
/// it.  True also of the first that follow each other so closely that the workers had better spin.
bool ck_workers_are_wanted(void);

#endif
