// Second half of isa_expand.h: the body for float, then for double, under the set that is current there.
#define CK_PASTE_(a, b, c) a##_##b##_##c
#define CK_PASTE(a, b, c) CK_PASTE_(a, b, c)
#define NAME(x) CK_PASTE(x, CK_TYPE, CK_SET)

#define T float
#define T_INT int32_t
#define T_UINT uint32_t
#define CK_TYPE f32
#define CK_IS_F32 1
#define VL (CK_VECTOR_BYTES / 4)
#include "simd.h"
#include CK_BODY
#undef T
#undef T_INT
#undef T_UINT
#undef CK_TYPE
#undef CK_IS_F32
#undef VL

// v3_wide is there to run 16-lane code where AVX-512 is absent: floats do, doubles take v3's bodies.
#ifndef CK_FLOAT_ONLY
#define T double
#define T_INT int64_t
#define T_UINT uint64_t
#define CK_TYPE f64
#define CK_IS_F32 0
#define VL (CK_VECTOR_BYTES / 8)
#include "simd.h"
#include CK_BODY
#undef T
#undef T_INT
#undef T_UINT
#undef CK_TYPE
#undef CK_IS_F32
#undef VL
#endif
#undef NAME
#undef CK_PASTE
#undef CK_PASTE_
