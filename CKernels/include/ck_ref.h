// The oracles: each kernel written the obvious way in double.  Tests and `make bench` compare with them.
#ifndef CK_REF_H
#define CK_REF_H

#include "ck_base.h"
#include "ck_dense.h"

#pragma clang assume_nonnull begin

CK_API void ck_ref_unary(ck_unary op, double *y, const double *x, int64_t n);
CK_API void ck_ref_unary_bwd(ck_unary op, double *dx, const double *dy, const double *x, int64_t n);

#pragma clang assume_nonnull end
#endif
