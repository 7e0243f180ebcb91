// The processor probe and the set in use.  Both are fixed before main, so that no call pays for a check.
#include "kernel_table.h"
#include <stdlib.h>
#include <string.h>

uint32_t ck_isa_mask = 1u << ck_isa_baseline;
ck_isa ck_isa_chosen = ck_isa_baseline;
static const char *refused = NULL;

static const char *const names[CK_ISA_COUNT] = {"baseline", "v3", "v3_wide", "v4", "neon"};

int32_t ck_isa_vector_bytes(ck_isa isa, bool f64) {
  static const int32_t bytes[CK_ISA_COUNT] = {16, 32, 64, 64, 32};
  return f64 && isa == ck_isa_v3_wide ? bytes[ck_isa_v3] : bytes[isa];
}

const char *ck_isa_name(ck_isa isa) { return names[isa]; }
bool ck_isa_available(ck_isa isa) { return ck_isa_mask >> isa & 1; }
ck_isa ck_isa_default(void) { return ck_isa_chosen; }
const char *ck_isa_refused(void) { return refused; }

__attribute__((constructor)) static void probe(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v3"))
    ck_isa_mask |= 1u << ck_isa_v3 | 1u << ck_isa_v3_wide, ck_isa_chosen = ck_isa_v3;
  if (__builtin_cpu_supports("x86-64-v4")) ck_isa_mask |= 1u << ck_isa_v4, ck_isa_chosen = ck_isa_v4;
#elif defined(__aarch64__)
  ck_isa_mask |= 1u << ck_isa_neon, ck_isa_chosen = ck_isa_neon;
#endif
  const char *forced = getenv("CK_ISA");
  if (!forced || !*forced) return;
  for (int isa = 0; isa < CK_ISA_COUNT; isa++)
    if (!strcmp(forced, names[isa]) && ck_isa_available((ck_isa)isa)) {
      ck_isa_chosen = (ck_isa)isa;
      return;
    }
  refused = forced;
}
