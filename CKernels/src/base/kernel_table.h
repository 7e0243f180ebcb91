// How a family's list drives dispatch.
//
// Each family has one list, `<family>_kernels.h`, of lines X(family, name, "tile").  From it come the declarations of
// the tables of bodies (here), the table that tests and benchmarks enumerate (kernel_table.c), and dispatch (CK_PICK).
// A line without its bodies does not link; bodies without a line do not compile
// (-Werror=missing-variable-declarations).
#ifndef CK_KERNEL_TABLE_H
#define CK_KERNEL_TABLE_H

#include "ck_base.h"

typedef void (*ck_body)(void);
typedef struct ck_bodies {
  ck_body of[CK_ISA_COUNT];
} ck_bodies;

#define CK_DECLARE_BODIES(family, name, tile) \
  extern const ck_bodies ck_bodies_##family##_##name##_f32, ck_bodies_##family##_##name##_f64;

#if defined(__x86_64__)
#define CK_BODIES_OF_(name, type, wide) \
  {{[ck_isa_baseline] = (ck_body)name##_##type##_baseline, [ck_isa_v3] = (ck_body)name##_##type##_v3, \
    [ck_isa_v3_wide] = (ck_body)name##_##type##_##wide, [ck_isa_v4] = (ck_body)name##_##type##_v4}}
#define CK_BODIES_OF_f32(name) CK_BODIES_OF_(name, f32, v3_wide)
#define CK_BODIES_OF_f64(name) CK_BODIES_OF_(name, f64, v3)
#define CK_BODIES_OF(name, type) CK_BODIES_OF_##type(name)
#elif defined(__aarch64__)
#define CK_BODIES_OF(name, type) \
  {{[ck_isa_baseline] = (ck_body)name##_##type##_baseline, [ck_isa_neon] = (ck_body)name##_##type##_neon}}
#else
#define CK_BODIES_OF(name, type) {{[ck_isa_baseline] = (ck_body)name##_##type##_baseline}}
#endif

/// Defines the tables of one line of a list; stands after the expansion of its body file.
#define CK_DEFINE_BODIES(family, name)                                              \
  const ck_bodies ck_bodies_##family##_##name##_f32 = CK_BODIES_OF(name, f32);      \
  const ck_bodies ck_bodies_##family##_##name##_f64 = CK_BODIES_OF(name, f64);

/// Available sets as bits 1 << ck_isa, and the default; set by a constructor before main.
extern uint32_t ck_isa_mask;
extern ck_isa ck_isa_chosen;

/// False when the context forces a set that this processor lacks: every public function checks it first.
static inline bool ck_ctx_ok(const ck_ctx *ctx) {
  return ctx->isa == 0 || (ctx->isa > 0 && ctx->isa <= CK_ISA_COUNT && (ck_isa_mask >> (ctx->isa - 1) & 1));
}
static inline ck_body ck_pick(const ck_ctx *ctx, const ck_bodies *bodies) {
  return bodies->of[ctx->isa ? ctx->isa - 1 : (int32_t)ck_isa_chosen];
}
/// The body of `name` for this context, with its own type. `type` is f32 or f64, or CK_TYPE in a driver.
#define CK_PICK_(ctx, family, name, type) \
  ((__typeof__(&name##_##type##_baseline))ck_pick(ctx, &ck_bodies_##family##_##name##_##type))
#define CK_PICK(ctx, family, name, type) CK_PICK_(ctx, family, name, type)

#endif
