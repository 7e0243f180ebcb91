// Included by ck_random.h once for each element type T; FN appends _f32 or _f64.
#pragma clang assume_nonnull begin

/// y[i] uniform in [low, high), i < n: a function of (key, stream, i) alone. bad_option unless low <= high and their
/// difference is finite.
CK_API ck_status FN(ck_random_uniform)(const ck_ctx *ctx, T *y, int64_t n, T low, T high, uint64_t key,
                                       uint64_t stream);
/// y[i] normal, i < n (Box-Muller over pairs of draws).
CK_API ck_status FN(ck_random_normal)(const ck_ctx *ctx, T *y, int64_t n, T mean, T deviation, uint64_t key,
                                      uint64_t stream);
/// y[i] = 1 with probability p, else 0, i < n: the mask of ck_dense_dropout with drop probability 1 - p at the same key
/// and stream.
CK_API ck_status FN(ck_random_bernoulli)(const ck_ctx *ctx, T *y, int64_t n, double p, uint64_t key, uint64_t stream);

#pragma clang assume_nonnull end
