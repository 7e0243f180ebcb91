// The table of kernels, from the families' lists.  A new family adds its list here.
#include "kernel_table.h"
#include "../dense/dense_kernels.h"
#include "../random/random_kernels.h"
#include "../sparse/sparse_kernels.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_SPARSE_KERNELS(CK_DECLARE_BODIES)
CK_RANDOM_KERNELS(CK_DECLARE_BODIES)

typedef struct entry {
  const char *family, *name, *tile;
  const ck_bodies *f32, *f64;
} entry;
#define ENTRY(family, name, tile) \
  {#family, #name, tile, &ck_bodies_##family##_##name##_f32, &ck_bodies_##family##_##name##_f64},

static const entry entries[] = {
    CK_DENSE_KERNELS(ENTRY)
    CK_SPARSE_KERNELS(ENTRY)
    CK_RANDOM_KERNELS(ENTRY)
};

int32_t ck_kernel_count(void) { return (int32_t)(sizeof entries / sizeof entries[0]); }

ck_kernel ck_kernel_at(int32_t index) {
  const entry *e = &entries[index];
  ck_kernel kernel = {e->family, e->name, e->tile, e->f32->of[0] != NULL, e->f64->of[0] != NULL, 0};
  for (int isa = 0; isa < CK_ISA_COUNT; isa++)
    if (e->f32->of[isa]) kernel.isas |= 1u << isa;
  return kernel;
}
