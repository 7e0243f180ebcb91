// Includes the body file CK_BODY once for each instruction set and element type.
//
//   #define CK_BODY "../dense/unary_body.h"     // relative to this folder
//   #include "../base/isa_expand.h"
//
// A body sees: T (element), CK_TYPE (f32 or f64), NAME(x) (x with type and set appended), VL (lanes), and all of
// simd.h. It holds serial functions over a range; it never opens a parallel region, because neither a function's target
// nor a pushed attribute reaches the code that OpenMP outlines.  Drivers do that, outside of this expansion.
#include "ck_base.h"
#include "kernel_table.h"
#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#pragma clang fp contract(fast)

#define CK_SET baseline
#define CK_VECTOR_BYTES 16
#include "type_expand.h"
#undef CK_SET
#undef CK_VECTOR_BYTES

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define CK_SET v3
#define CK_VECTOR_BYTES 32
#define CK_HAS_FMA 1
#define CK_MASKED_AVX2 1
#include "type_expand.h"
#undef CK_SET
#undef CK_VECTOR_BYTES

#define CK_SET v3_wide
#define CK_VECTOR_BYTES 64
#define CK_FLOAT_ONLY 1
#include "type_expand.h"
#undef CK_FLOAT_ONLY
#undef CK_MASKED_AVX2
#undef CK_SET
#undef CK_VECTOR_BYTES
#pragma clang attribute pop

// min_vector_width: without it clang prefers 256-bit registers for this target and splits every 512-bit vector.
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"), min_vector_width(512))), apply_to = function)
#define CK_SET v4
#define CK_VECTOR_BYTES 64
#define CK_MASKED_AVX512 1
#include "type_expand.h"
#undef CK_MASKED_AVX512
#undef CK_HAS_FMA
#undef CK_SET
#undef CK_VECTOR_BYTES
#pragma clang attribute pop

#elif defined(__aarch64__)

#define CK_SET neon
#define CK_VECTOR_BYTES 32
#define CK_HAS_FMA 1
#include "type_expand.h"
#undef CK_HAS_FMA
#undef CK_SET
#undef CK_VECTOR_BYTES

#endif
#undef CK_BODY
