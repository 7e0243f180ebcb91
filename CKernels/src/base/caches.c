// Sizes of the caches, which decide what kernels prefetch and what the machine probe measures.
#define _GNU_SOURCE
#include "ck_base.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static ck_caches caches;

static bool cache_text(int index, const char *name, char *text, int capacity) {
  char path[96];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, name);
  FILE *file = fopen(path, "r");
  if (!file) return false;
  bool read = fgets(text, capacity, file) != NULL;
  fclose(file);
  return read;
}

ck_caches ck_caches_completed(ck_caches found) {
  if (found.l1 <= 0) found.l1 = 32 << 10;
  if (found.l2 <= found.l1) found.l2 = found.l1 > 256 << 10 ? 2 * found.l1 : 512 << 10;
  if (found.l3 <= found.l2) found.l3 = 4 * found.l2;
  return found;
}

__attribute__((constructor)) static void read_sizes(void) {
  int64_t size[4] = {0};
  char text[32];
  for (int index = 0; cache_text(index, "level", text, sizeof text); index++) {
    int level = atoi(text);
    if (level < 1 || level > 3 || !cache_text(index, "type", text, sizeof text) || text[0] == 'I') continue;
    if (!cache_text(index, "size", text, sizeof text)) continue;
    char *unit;
    int64_t bytes = strtoll(text, &unit, 10);
    size[level] = bytes << (*unit == 'K' ? 10 : *unit == 'M' ? 20 : 0);
  }
  // sysconf adds up the caches of all cores for the last level, so it only fills gaps.
#ifdef _SC_LEVEL1_DCACHE_SIZE
  static const int names[4] = {0, _SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};
  for (int level = 1; level <= 3; level++)
    if (size[level] <= 0) size[level] = sysconf(names[level]) > 0 ? sysconf(names[level]) : 0;
#endif
  caches = ck_caches_completed((ck_caches){size[1], size[2], size[3]});
}

ck_caches ck_machine_caches(void) { return caches; }
