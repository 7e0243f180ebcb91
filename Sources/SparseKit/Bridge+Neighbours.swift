import CKernels.Base
import CKernels.Sparse
import TensorKit

extension Bridge {
  /// y [rows, width] and, where asked for, the entry that won for each of its elements.
  static func spmmMaximum(_ pattern: SparsePattern, _ x: Tensor, withWinner: Bool) -> (y: Tensor, winner: Tensor?) {
    let shape: Shape = [pattern.rows, x.shape[1]], n = Int64(x.shape[1])
    let y = Tensor(uninitialized: shape, x.dtype), winner = withWinner ? Tensor(uninitialized: shape, .int32) : nil
    PatternView(pattern: pattern, order: nil).withCSR { csr in
      switch x.dtype {
      case .float32: check(ck_sparse_spmm_max_f32(context, y.f32, winner?.i32, csr, x.f32, n), "spmmMaximum")
      case .float64: check(ck_sparse_spmm_max_f64(context, y.f64, winner?.i32, csr, x.f64, n), "spmmMaximum")
      default: wrongType("spmmMaximum", x.dtype)
      }
    }
    return (y, winner)
  }

  static func spmmMaximumGradient(_ pattern: SparsePattern, _ dy: Tensor, _ winner: Tensor) -> Tensor {
    let dx = Tensor(uninitialized: [pattern.columns, dy.shape[1]], dy.dtype), n = Int64(dy.shape[1])
    let transposed = pattern.transposed(withOrder: true), order = transposed.order!
    transposed.withCSR { csr in
      switch dy.dtype {
      case .float32:
        check(
          ck_sparse_spmm_max_bwd_f32(context, dx.f32, dy.f32, winner.i32, csr, order.start, n), "spmmMaximum")
      case .float64:
        check(
          ck_sparse_spmm_max_bwd_f64(context, dx.f64, dy.f64, winner.i32, csr, order.start, n), "spmmMaximum")
      default: wrongType("spmmMaximum", dy.dtype)
      }
    }
    return dx
  }

  /// The energy of z on a symmetric pattern whose nodes have the scales degree^-1/2.
  static func dirichletEnergy(_ pattern: SparsePattern, scale: Tensor, _ z: Tensor) -> Tensor {
    let energy = Tensor(uninitialized: [], z.dtype), n = Int64(z.shape[1])
    PatternView(pattern: pattern, order: nil).withCSR { csr in
      withWorkspace(ck_sparse_dirichlet_workspace(Int64(pattern.rows))) {
        switch z.dtype {
        case .float32:
          check(ck_sparse_dirichlet_f32(context, energy.f32, csr, scale.f32, z.f32, n), "dirichletEnergy")
        case .float64:
          check(ck_sparse_dirichlet_f64(context, energy.f64, csr, scale.f64, z.f64, n), "dirichletEnergy")
        default: wrongType("dirichletEnergy", z.dtype)
        }
      }
    }
    return energy
  }
}
