import CKernels.Base
import CKernels.Sparse
import TensorKit

extension GraphAttention {
  fileprivate func options(width: Int) -> ck_attention_options {
    ck_attention_options(
      heads: Int64(heads), width: Int64(width / heads), slope: slope, drop: dropout?.rate ?? 0,
      key: dropout?.key ?? 0, stream: dropout?.stream ?? 0)
  }
}

extension Bridge {
  /// Fills z and, where the backward pass is to come, what it needs.
  static func graphAttention(
    _ attention: GraphAttention, _ z: Tensor, _ positive: Tensor?, _ state: Tensor?, _ u: Tensor, _ source: Tensor,
    _ target: Tensor
  ) {
    var options = attention.options(width: u.shape[1])
    PatternView(pattern: attention.pattern, order: nil).withCSR { csr in
      switch u.dtype {
      case .float32:
        check(
          ck_sparse_graph_attention_f32(
            context, z.f32, positive?.f32, state?.f32, csr, u.f32, source.f32, target.f32, &options), "graphAttention")
      case .float64:
        check(
          ck_sparse_graph_attention_f64(
            context, z.f64, positive?.f64, state?.f64, csr, u.f64, source.f64, target.f64, &options), "graphAttention")
      default: wrongType("graphAttention", u.dtype)
      }
    }
  }

  /// Gradients of u and of the source and target logits.
  static func graphAttentionGradient(
    _ attention: GraphAttention, _ dz: Tensor, _ z: Tensor, _ positive: Tensor, _ state: Tensor, _ u: Tensor,
    _ source: Tensor
  ) -> (Tensor, Tensor, Tensor) {
    let pattern = attention.pattern, dtype = u.dtype
    let du = Tensor(uninitialized: u.shape, dtype), dsource = Tensor(uninitialized: source.shape, dtype)
    let dtarget = Tensor(uninitialized: [pattern.rows, attention.heads], dtype)
    var options = attention.options(width: u.shape[1])
    let view =
      pattern.isSymmetric && attention.dropout == nil
      ? PatternView(pattern: pattern, order: nil) : pattern.transposed(withOrder: true)
    let rows = Int64(pattern.rows)
    view.withCSR { csr in
      switch dtype {
      case .float32:
        withWorkspace(ck_sparse_graph_attention_bwd_workspace_f32(rows, &options)) {
          check(
            ck_sparse_graph_attention_bwd_f32(
              context, du.f32, dsource.f32, dtarget.f32, dz.f32, z.f32, positive.f32, state.f32, csr,
              view.order?.start, u.f32, source.f32, &options), "graphAttention")
        }
      case .float64:
        withWorkspace(ck_sparse_graph_attention_bwd_workspace_f64(rows, &options)) {
          check(
            ck_sparse_graph_attention_bwd_f64(
              context, du.f64, dsource.f64, dtarget.f64, dz.f64, z.f64, positive.f64, state.f64, csr,
              view.order?.start, u.f64, source.f64, &options), "graphAttention")
        }
      default: wrongType("graphAttention", dtype)
      }
    }
    return (du, dsource, dtarget)
  }
}
