// Graph attention (GAT) with rank-1 logits, forward and backward without an array over the entries.
//
//   e_ij = leaky(source_j + target_i)     alpha = softmax over row i's entries     z_i = sum_j alpha_ij m_ij u_j
//
// head by head; m is the dropout mask, 0 or 1 / (1 - p), or 1 (Velickovic et al., ICLR 2018).
//
// Forward, per row and head: the largest logit is leaky(max_j source_j + target_i), as leaky is monotone; the weights
// of up to ATTENTION_LANES entries and heads are computed in vectors, then up to 4 vectors of z_i stay in registers
// while the rows of u pass.  A second sum, P_i, takes those entries whose logits are above 0, in the same pass.
//
// Backward.  With G = dz, D_i = <G_i, z_i> (= sum_j alpha_ij dalpha_ij, with dropout too) and leaky'_ij = slope or 1:
//
//   dlogit_ij = alpha_ij leaky'_ij (m_ij <G_i, u_j> - D_i)
//   dtarget_i = sum_j dlogit_ij = (1 - slope) (<G_i, P_i> - D_i p_i)      p_i: the sum of alpha_ij over logits above 0
//   du_j      = sum_i alpha_ij m_ij G_i
//   dsource_j = sum_i dlogit_ij = slope (<du_j, u_j> - sum_i alpha_ij D_i) + (1 - slope) (the same over logits above 0)
//
// since sum_j alpha_ij (m_ij <G_i, u_j> - D_i) = 0.  So there is one dense pass over the rows for D and dtarget, and
// one pass over the transposed pattern that makes the weights again from the saved maximum and sum, and gathers G in
// two sums as the forward does u: no dot product for an entry, no scatter.
//
// Cost forward: 4 nnz F flops (2 where no backward pass is to come), nnz exponentials a head; nnz (4 + 2 F sizeof T)
// bytes of gathered and streamed rows at most; backward the same and 4 rows F.  Workspace of the backward: 4 rows x
// heads elements.
#ifndef T
#include "../base/parallel.h"
#include "../base/costs.h"
#include "../random/threshold.h"
#include "gathered.h"
#include "graph_attention_job.h"
#include "sparse_kernels.h"
#define CK_BODY "../sparse/graph_attention_body.h"
#include "../base/isa_expand.h"

CK_SPARSE_KERNELS(CK_DECLARE_BODIES)
CK_DEFINE_BODIES(sparse, graph_attention)
CK_DEFINE_BODIES(sparse, graph_attention_bwd)

/// Nanoseconds of an entry and head beside its exponential, and of an element that it gathers, for the thread policy.
static const double entry_ns = 1, element_ns = 0.1;

static ck_status check_attention(const ck_ctx *ctx, const ck_csr *a, const ck_attention_options *options) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (a->rows < 0 || a->columns < 0 || options->heads < 0 || options->width < 0) return ck_status_bad_shape;
  if (!(options->slope >= 0 && options->slope <= 1) || !(options->drop >= 0 && options->drop < 1))
    return ck_status_bad_option;
  return ck_status_ok;
}
static attention_job attention_job_for(const ck_csr *a, const ck_attention_options *options, int64_t element) {
  attention_job job = {
      .a = a, .heads = options->heads, .width = options->width, .slope = options->slope,
      .threshold = ck_drop_threshold(options->drop), .key = options->key, .stream = options->stream,
      .far = gathers_from_far(ck_machine_caches(), (double)(a->columns * options->heads * options->width * element)),
  };
  job.keep_scale = job.threshold < 65536 ? 65536.0 / (65536 - job.threshold) : 0;
  return job;
}
static double attention_ns(const ck_csr *a, const ck_attention_options *options, bool is_f32) {
  const double heads = (double)options->heads, each = is_f32 ? element_ns : 2 * element_ns;
  return (double)(a->row_start[a->rows] + a->rows) * heads *
         (entry_ns + ck_exp_ns(is_f32) + each * (double)options->width);
}

#define CK_DRIVER "../sparse/graph_attention.c"
#include "../base/driver_expand.h"
#else

ck_status FN(ck_sparse_graph_attention)(const ck_ctx *ctx, T *z, T *positive, T *state, const ck_csr *a, const T *u,
                                        const T *source, const T *target, const ck_attention_options *options) {
  const ck_status status = check_attention(ctx, a, options);
  if (status != ck_status_ok) return status;
  if (positive && !state) return ck_status_bad_option;
  if (a->rows == 0 || options->heads == 0) return ck_status_ok;
  attention_job job = attention_job_for(a, options, sizeof(T));
  job.z = z, job.positive = positive, job.state = positive ? state : NULL;
  job.u = u, job.source = source, job.target = target;
  __auto_type body = CK_PICK(ctx, sparse, graph_attention, CK_TYPE);
  const double row = (double)options->heads * (double)options->width, heads = (double)options->heads;
  const double entries = (double)a->row_start[a->rows], rows = (double)a->rows, columns = (double)a->columns;
  CK_COST(entries * ((positive ? 4 : 2) * row + 20 * heads),
          entries * 4 + rows * 8 + (columns * (row + heads) + rows * (row + heads)) * sizeof(T) +
              (positive ? rows * (row + 4 * heads) * sizeof(T) : 0));
  const int32_t threads = ck_threads_for(ctx, attention_ns(a, options, CK_IS_F32));
  CK_PARALLEL(threads, part, {
    body(&job, ck_split_rows(a->row_start, a->rows, row_cost, threads, part),
         ck_split_rows(a->row_start, a->rows, row_cost, threads, part + 1));
  });
  return ck_status_ok;
}

int64_t FN(ck_sparse_graph_attention_bwd_workspace)(int64_t rows, const ck_attention_options *options) {
  return rows * options->heads * 4 * (int64_t)sizeof(T);
}

ck_status FN(ck_sparse_graph_attention_bwd)(const ck_ctx *ctx, T *du, T *dsource, T *dtarget, const T *dz, const T *z,
                                            const T *positive, const T *state, const ck_csr *transposed,
                                            const int32_t *order, const T *u, const T *source,
                                            const ck_attention_options *options) {
  const ck_status status = check_attention(ctx, transposed, options);
  if (status != ck_status_ok) return status;
  const int64_t rows = transposed->columns;
  if (ctx->workspace_bytes < FN(ck_sparse_graph_attention_bwd_workspace)(rows, options)) return ck_status_workspace;
  if (options->heads == 0) return ck_status_ok;
  attention_job job = attention_job_for(transposed, options, sizeof(T));
  if (job.threshold > 0 && !order) return ck_status_bad_option;
  job.order = order, job.record = ctx->workspace;
  job.z = (T *)z, job.positive = (T *)positive, job.state = (T *)state;
  job.u = u, job.source = source, job.dz = dz;
  job.du = du, job.dsource = dsource, job.dtarget = dtarget;
  __auto_type body = CK_PICK(ctx, sparse, graph_attention_bwd, CK_TYPE);
  job.is_dots = true;
  const double row = (double)options->heads * (double)options->width, heads = (double)options->heads;
  const double entries = (double)transposed->row_start[transposed->rows], columns = (double)transposed->rows;
  const double elements = (double)rows * (row + 4 * heads);
  CK_COST(entries * (4 * row + 20 * heads) + 4 * elements,
          entries * (order ? 8 : 4) + columns * 8 +
              (columns * 2 * (row + heads) + (double)rows * (3 * row + 9 * heads)) * sizeof(T));
  CK_PARALLEL_RANGE(ctx, rows, elements * 2 * ck_product_ns(CK_IS_F32), from, to, { body(&job, from, to); });
  if (transposed->rows == 0) return ck_status_ok;
  job.is_dots = false;
  const int32_t threads = ck_threads_for(ctx, attention_ns(transposed, options, CK_IS_F32));
  CK_PARALLEL(threads, part, {
    body(&job, ck_split_rows(transposed->row_start, transposed->rows, row_cost, threads, part),
         ck_split_rows(transposed->row_start, transposed->rows, row_cost, threads, part + 1));
  });
  return ck_status_ok;
}

#endif
