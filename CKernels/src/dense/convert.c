// Conversion of element types.  Cost: one pass; equal types are copied.
#include "ck_dense.h"
#include "dense_kernels.h"
#include "../base/parallel.h"
#define CK_BODY "../dense/convert_body.h"
#include "../base/isa_expand.h"

CK_DENSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(dense, convert)

static const double convert_element_ns = 0.3;

ck_status ck_dense_convert(const ck_ctx *ctx, void *y, int32_t y_type, const void *x, int32_t x_type, int64_t n) {
  static const int64_t bytes[4] = {4, 8, 4, 1};
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (n < 0) return ck_status_bad_shape;
  if ((uint32_t)y_type > 3 || (uint32_t)x_type > 3) return ck_status_bad_option;
  // A double on either side needs its precision on the way; float holds all that the other pairs keep.
  const bool wide = y_type == 1 || x_type == 1;
  __auto_type body = wide ? CK_PICK(ctx, dense, convert, f64) : CK_PICK(ctx, dense, convert, f32);
  CK_COST((double)n, (double)n * (double)(bytes[y_type] + bytes[x_type]));
  const int32_t threads = ck_threads_for(ctx, (double)n * convert_element_ns);
  CK_PARALLEL(threads, part, {
    const int64_t from = ck_split_even(n, threads, part);
    const int64_t count = ck_split_even(n, threads, part + 1) - from;
    char *to = (char *)y + from * bytes[y_type];
    const char *start = (const char *)x + from * bytes[x_type];
    if (y_type == x_type) memcpy(to, start, (size_t)(count * bytes[y_type]));
    else body(to, y_type, start, x_type, count);
  });
  return ck_status_ok;
}
