// How workers wait between regions: see waiting.c.
#ifndef CK_WAITING_H
#define CK_WAITING_H

#include <stdbool.h>
#include <stdint.h>

/// Nanoseconds of a clock that never runs backwards.
int64_t ck_clock_ns(void);
/// Tells the policy of a region that the calling thread opened at `forked` and has just seen the end of; its own part
/// was done at `own_part_done`.
void ck_region_joined(int64_t forked, int64_t own_part_done);
/// Whether the calling thread's workers spin at the moment, so that a region costs next to nothing.
bool ck_workers_spin(void);

#endif
