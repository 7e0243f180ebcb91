// Includes the driver file CK_DRIVER for float, then for double.  A driver file names itself:
//
//   #ifndef T
//   ... isa_expand of its bodies, CK_DEFINE_BODIES ...
//   #define CK_DRIVER "../dense/unary.c"
//   #include "../base/driver_expand.h"
//   #else
//   ck_status FN(ck_dense_unary)(const ck_ctx *ctx, T *y, ...) { ... CK_PICK(ctx, dense, unary, CK_TYPE)(...) ... }
//   #endif
//
// so that the threaded code stands once.  It is baseline C: no vector type may appear in it.
#define FN_PASTE_(a, b) a##_##b
#define FN_PASTE(a, b) FN_PASTE_(a, b)
#define FN(name) FN_PASTE(name, CK_TYPE)

#define T float
#define CK_TYPE f32
#define CK_IS_F32 1
#include CK_DRIVER
#undef T
#undef CK_TYPE
#undef CK_IS_F32

#define T double
#define CK_TYPE f64
#define CK_IS_F32 0
#include CK_DRIVER
#undef T
#undef CK_TYPE
#undef CK_IS_F32

#undef FN
#undef FN_PASTE
#undef FN_PASTE_
#undef CK_DRIVER
