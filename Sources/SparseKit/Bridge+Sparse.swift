import CKernels.Base
import CKernels.Dense
import CKernels.Sparse
import TensorKit

extension Bridge {
  // MARK: Products

  /// The product with `table` where there is one, else with `x`, in the type of `x`.
  static func spmm(
    _ a: SparseMatrix, _ x: Tensor, _ table: CompactTable?, bias: Tensor?, residual: Tensor?, residualScale: Double,
    relu: Bool
  ) -> Tensor {
    let width = table?.width ?? x.shape[1], y = Tensor(uninitialized: [a.rows, width], x.dtype)
    let n = Int64(width), ld = Int64(max(width, 1)), view = a.view
    let (rowScale, columnScale) = (a.rowScale, a.columnScale)
    let activation: ck_activation = relu ? .relu : .none
    let hasEpilogue = relu || bias != nil || residual != nil
    view.withCSR { csr in
      switch x.dtype {
      case .float32:
        let weights = ck_weights_f32(
          value: a.values?.f32, order: view.order?.start, row_scale: rowScale?.f32, column_scale: columnScale?.f32)
        var epilogue = ck_epilogue_f32(
          scale: 1, bias: bias?.f32, residual: residual?.f32, ld_residual: ld, residual_scale: Float(residualScale),
          activation: activation)
        check(
          withUnsafePointer(to: &epilogue) {
            let last = hasEpilogue ? $0 : nil
            guard let table else {
              return ck_sparse_spmm_f32(context, y.f32, ld, csr, weights, false, x.f32, ld, n, last)
            }
            return ck_sparse_spmm_bf16_f32(context, y.f32, ld, csr, weights, false, table.bits.start, ld, n, last)
          }, "spmm")
      case .float64:
        let weights = ck_weights_f64(
          value: a.values?.f64, order: view.order?.start, row_scale: rowScale?.f64, column_scale: columnScale?.f64)
        var epilogue = ck_epilogue_f64(
          scale: 1, bias: bias?.f64, residual: residual?.f64, ld_residual: ld, residual_scale: residualScale,
          activation: activation)
        check(
          withUnsafePointer(to: &epilogue) {
            let last = hasEpilogue ? $0 : nil
            guard let table else {
              return ck_sparse_spmm_f64(context, y.f64, ld, csr, weights, false, x.f64, ld, n, last)
            }
            return ck_sparse_spmm_bf16_f64(context, y.f64, ld, csr, weights, false, table.bits.start, ld, n, last)
          }, "spmm")
      default: wrongType("spmm", x.dtype)
      }
    }
    return y
  }

  /// Y = A X in the caller's memory: X is columns x width, Y is rows x width.
  static func spmm(
    _ a: SparseMatrix, _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, width: Int
  ) {
    let view = a.view, n = Int64(width), ld = max(n, 1)
    let weights = ck_weights_f32(
      value: a.values?.f32, order: view.order?.start, row_scale: a.rowScale?.f32, column_scale: a.columnScale?.f32)
    view.withCSR { check(ck_sparse_spmm_f32(context, y, ld, $0, weights, false, x, ld, n, nil), "spmm") }
  }

  static func toBF16(_ x: Tensor) -> IndexBuffer<UInt16> {
    let bits = IndexBuffer<UInt16>(count: x.count)
    switch x.dtype {
    case .float32: check(ck_dense_to_bf16_f32(context, bits.start, x.f32, x.elements), "CompactTable")
    case .float64: check(ck_dense_to_bf16_f64(context, bits.start, x.f64, x.elements), "CompactTable")
    default: wrongType("CompactTable", x.dtype)
    }
    return bits
  }

  static func fromBF16(_ bits: IndexBuffer<UInt16>, _ shape: Shape, _ dtype: DType) -> Tensor {
    let x = Tensor(uninitialized: shape, dtype)
    switch dtype {
    case .float32: check(ck_dense_from_bf16_f32(context, x.f32, bits.start, x.elements), "CompactTable")
    case .float64: check(ck_dense_from_bf16_f64(context, x.f64, bits.start, x.elements), "CompactTable")
    default: wrongType("CompactTable", dtype)
    }
    return x
  }

  /// One dot product for each entry of the untransposed pattern.
  static func sddmm(_ pattern: SparsePattern, _ u: Tensor, _ w: Tensor, _ rowScale: Tensor?, _ columnScale: Tensor?)
    -> Tensor
  {
    let e = Tensor(uninitialized: [pattern.entryCount], u.dtype)
    let n = Int64(u.shape[1]), ld = max(n, 1)
    PatternView(pattern: pattern, order: nil).withCSR { csr in
      switch u.dtype {
      case .float32:
        check(
          ck_sparse_sddmm_f32(context, e.f32, csr, u.f32, ld, w.f32, ld, n, rowScale?.f32, columnScale?.f32), "sddmm")
      case .float64:
        check(
          ck_sparse_sddmm_f64(context, e.f64, csr, u.f64, ld, w.f64, ld, n, rowScale?.f64, columnScale?.f64), "sddmm")
      default: wrongType("sddmm", u.dtype)
      }
    }
    return e
  }

  // MARK: Segments

  static func segmentSoftmax(_ pattern: SparsePattern, _ x: Tensor) -> Tensor {
    let y = Tensor(uninitialized: x.shape, x.dtype)
    let heads = Int64(x.rank == 1 ? 1 : x.shape[1]), rows = Int64(pattern.rows), starts = pattern.rowStart.start
    switch x.dtype {
    case .float32:
      check(ck_sparse_segment_softmax_f32(context, y.f32, starts, rows, x.f32, heads), "segmentSoftmax")
    case .float64:
      check(ck_sparse_segment_softmax_f64(context, y.f64, starts, rows, x.f64, heads), "segmentSoftmax")
    default: wrongType("segmentSoftmax", x.dtype)
    }
    return y
  }

  static func segmentSoftmaxGradient(_ pattern: SparsePattern, _ dy: Tensor, _ y: Tensor) -> Tensor {
    let dx = Tensor(uninitialized: y.shape, y.dtype)
    let heads = Int64(y.rank == 1 ? 1 : y.shape[1]), rows = Int64(pattern.rows), starts = pattern.rowStart.start
    switch y.dtype {
    case .float32:
      check(
        ck_sparse_segment_softmax_bwd_f32(context, dx.f32, dy.f32, y.f32, starts, rows, heads),
        "segmentSoftmax")
    case .float64:
      check(
        ck_sparse_segment_softmax_bwd_f64(context, dx.f64, dy.f64, y.f64, starts, rows, heads),
        "segmentSoftmax")
    default: wrongType("segmentSoftmax", y.dtype)
    }
    return dx
  }

  /// y [rows, ...] and, for the maximum, the entry that won.
  static func segmentReduce(
    _ op: ck_segment_reduction, _ pattern: SparsePattern, _ x: Tensor
  ) -> (y: Tensor, winner: Tensor?) {
    var shape = x.shape
    shape[0] = pattern.rows
    let y = Tensor(uninitialized: shape, x.dtype)
    let winner = op == .maximum ? Tensor(uninitialized: shape, .int32) : nil
    let n = Int64(x.shape.dropFirst().reduce(1, *)), rows = Int64(pattern.rows), starts = pattern.rowStart.start
    switch x.dtype {
    case .float32:
      check(ck_sparse_segment_reduce_f32(context, op, y.f32, winner?.i32, starts, rows, x.f32, n), op.name)
    case .float64:
      check(ck_sparse_segment_reduce_f64(context, op, y.f64, winner?.i32, starts, rows, x.f64, n), op.name)
    default: wrongType(op.name, x.dtype)
    }
    return (y, winner)
  }

  static func segmentReduceGradient(
    _ op: ck_segment_reduction, _ pattern: SparsePattern, _ dy: Tensor, winner: Tensor?
  ) -> Tensor {
    var shape = dy.shape
    shape[0] = pattern.entryCount
    let dx = Tensor(uninitialized: shape, dy.dtype)
    let n = Int64(dy.shape.dropFirst().reduce(1, *)), rows = Int64(pattern.rows), starts = pattern.rowStart.start
    switch dy.dtype {
    case .float32:
      check(
        ck_sparse_segment_reduce_bwd_f32(context, op, dx.f32, dy.f32, winner?.i32, starts, rows, n),
        op.name)
    case .float64:
      check(
        ck_sparse_segment_reduce_bwd_f64(context, op, dx.f64, dy.f64, winner?.i32, starts, rows, n),
        op.name)
    default: wrongType(op.name, dy.dtype)
    }
    return dx
  }
}

extension ck_segment_reduction {
  fileprivate var name: StaticString {
    switch self {
    case .sum: "segmentSum"
    case .mean: "segmentMean"
    case .maximum: "segmentMaximum"
    }
  }
}
