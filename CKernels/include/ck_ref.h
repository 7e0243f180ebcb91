// The oracles: each kernel written the obvious way in double.  Tests and `make bench` compare with them.
#ifndef CK_REF_H
#define CK_REF_H

#include "ck_base.h"
#include "ck_dense.h"

#pragma clang assume_nonnull begin

CK_API void ck_ref_unary(ck_unary op, double *y, const double *x, int64_t n);
CK_API void ck_ref_unary_bwd(ck_unary op, double *dx, const double *dy, const double *x, int64_t n);
CK_API void ck_ref_binary(ck_binary op, double *y, const double *a, const int64_t *a_strides, const double *b,
                          const int64_t *b_strides, const int64_t *sizes, int32_t rank);
CK_API void ck_ref_affine(double *y, const double *x, double scale, double shift, int64_t n);
CK_API void ck_ref_power(double *y, const double *x, double exponent, int64_t n);
CK_API void ck_ref_select(double *y, const uint8_t *mask, const double *a, const double *b, int64_t n);
CK_API void ck_ref_add_scaled(double *y, const double *x, double scale, int64_t n);

/// One block of Philox 4x32-10.
CK_API void ck_ref_philox(uint32_t word[_Nonnull 4], const uint32_t counter[_Nonnull 4], const uint32_t key[_Nonnull 2]);
CK_API uint32_t ck_ref_word(int64_t i, uint64_t key, uint64_t stream);
CK_API void ck_ref_uniform(double *y, int64_t n, double low, double high, bool is_f32, uint64_t key, uint64_t stream);
CK_API void ck_ref_normal(double *y, int64_t n, double mean, double deviation, bool is_f32, uint64_t key,
                          uint64_t stream);
CK_API void ck_ref_bernoulli(double *y, int64_t n, double p, uint64_t key, uint64_t stream);
CK_API void ck_ref_dropout(double *y, const double *x, int64_t n, double p, uint64_t key, uint64_t stream);

#pragma clang assume_nonnull end
#endif
