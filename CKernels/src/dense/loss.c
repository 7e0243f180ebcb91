// Cross-entropy over chosen rows of logits (rows x classes), with label smoothing s.
//
//   lse[i]   = log sum exp(z_i),  z_i = logits[c_i, :]
//   loss[i]  = lse[i] - (1 - s) z_i[label_i] - s mean(z_i)
//   dlogits[c_i, :] += dloss[i] (exp(z_i - lse[i]) - (1 - s) onehot(label_i) - s / classes)
//
// Forward: entries are independent; threads take equal runs of them.  Backward: threads own runs of rows of dlogits;
// each clears its rows, reads all of `chosen` and adds the entries that fall into them in the order of i, so that a row
// chosen twice has one order and no workspace is needed.  Cost: forward count rows read and about 20 flops an element;
// backward rows x classes elements written, count rows read, and count ids read by every thread (under 1 ns each). z of
// -infinity has probability 0; a row of -infinity alone gives NaN.
#ifndef T
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/costs.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/loss_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, cross_entropy)
CK_DEFINE_BODIES(dense, cross_entropy_bwd)

static const double entry_ns = 25, clear_ns = 0.1;

#define CK_DRIVER "../dense/loss.c"
#include "../base/driver_expand.h"
#else

#define CK_ENTRIES_NS (double)count * (entry_ns + (double)classes * ck_exp_ns(CK_IS_F32))

ck_status FN(ck_dense_cross_entropy)(const ck_ctx *ctx, T *loss, T *lse, const T *logits, int64_t ldl, int64_t rows,
                                     int64_t classes, const int32_t *chosen, const int32_t *labels, int64_t count,
                                     T smoothing) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || classes < 0 || count < 0 || (count > 0 && classes == 0)) return ck_status_bad_shape;
  if (!chosen && count > rows) return ck_status_bad_shape;
  if (ldl < classes) return ck_status_bad_stride;
  if (!(smoothing >= 0 && smoothing <= 1)) return ck_status_bad_option;
  __auto_type body = CK_PICK(ctx, dense, cross_entropy, CK_TYPE);
  CK_COST(5 * (double)count * (double)classes, (double)count * (double)classes * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, CK_ENTRIES_NS);
  CK_PARALLEL(threads, part, {
    body(loss, lse, logits, ldl, classes, chosen, labels, smoothing, ck_split_even(count, threads, part),
         ck_split_even(count, threads, part + 1));
  });
  return ck_status_ok;
}

ck_status FN(ck_dense_cross_entropy_bwd)(const ck_ctx *ctx, T *dlogits, int64_t lddl, const T *dloss, const T *logits,
                                         int64_t ldl, const T *lse, int64_t rows, int64_t classes,
                                         const int32_t *chosen, const int32_t *labels, int64_t count, T smoothing) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (rows < 0 || classes < 0 || count < 0 || (count > 0 && classes == 0)) return ck_status_bad_shape;
  if (!chosen && count > rows) return ck_status_bad_shape;
  if (ldl < classes || lddl < classes) return ck_status_bad_stride;
  if (!(smoothing >= 0 && smoothing <= 1)) return ck_status_bad_option;
  __auto_type body = CK_PICK(ctx, dense, cross_entropy_bwd, CK_TYPE);
  CK_COST(4 * (double)count * (double)classes, (double)(count + rows) * (double)classes * sizeof(T));
  const int32_t threads = ck_threads_for(ctx, CK_ENTRIES_NS + (double)rows * (double)classes * clear_ns);
  CK_PARALLEL(threads, part, {
    body(dlogits, lddl, dloss, logits, ldl, lse, classes, chosen, labels, count, smoothing,
         ck_split_even(rows, threads, part), ck_split_even(rows, threads, part + 1));
  });
  return ck_status_ok;
}
#undef CK_ENTRIES_NS

#endif
