import CKernels.Base
import CKernels.Sparse
import TensorKit

/// A pattern as the kernels see it, with values read through an order when it is a transposed one.
internal struct PatternView {
  let pattern: SparsePattern
  let order: IndexBuffer<Int32>?

  func withCSR<Result>(_ body: (UnsafePointer<ck_csr>) -> Result) -> Result {
    var csr = ck_csr(
      rows: Int64(pattern.rows), columns: Int64(pattern.columns), row_start: pattern.rowStart.start,
      column: pattern.column.start)
    defer { withExtendedLifetime(self) {} }
    return body(&csr)
  }
}

extension Bridge {
  // MARK: Patterns

  /// CSR of an edge list, or nil with the faulty edge in `fault`.
  static func buildCSR(
    rows: Int, columns: Int, _ row: UnsafeBufferPointer<Int32>, _ column: UnsafeBufferPointer<Int32>,
    _ options: SparsePattern.Options, fault: inout Int64
  ) -> (IndexBuffer<Int64>, IndexBuffer<Int32>)? {
    let selfLoops: ck_self_loops =
      switch options.selfLoops {
      case .keep: .keep
      case .remove: .remove
      case .add: .add
      }
    let choice = ck_csr_options(
      symmetric: options.isSymmetric, merge_duplicates: options.mergesDuplicates, self_loops: selfLoops)
    let edges = Int64(row.count), (height, width) = (Int64(rows), Int64(columns))
    let starts = IndexBuffer<Int64>(count: rows + 1)
    let ids = IndexBuffer<Int32>(count: Int(ck_sparse_csr_bound(edges, height, choice)))
    var nonzeros: Int64 = 0
    let status = withWorkspace(ck_sparse_csr_build_workspace(edges, height, width, choice)) {
      // An empty list may have no address; any valid one will do, as nothing is read.
      ck_sparse_csr_build(
        context, starts.start, ids.start, nil, &nonzeros, &fault, row.baseAddress ?? UnsafePointer(ids.start),
        column.baseAddress ?? UnsafePointer(ids.start), edges, height, width, choice)
    }
    if status == .out_of_range { return nil }
    check(status, "CSR build")
    return (starts, Int(nonzeros) == ids.count ? ids : ids.prefix(Int(nonzeros)))
  }

  static func transpose(_ pattern: SparsePattern) -> (SparsePattern, IndexBuffer<Int32>) {
    let starts = IndexBuffer<Int64>(count: pattern.columns + 1)
    let ids = IndexBuffer<Int32>(count: pattern.entryCount), order = IndexBuffer<Int32>(count: pattern.entryCount)
    PatternView(pattern: pattern, order: nil).withCSR { csr in
      withWorkspace(ck_sparse_csr_transpose_workspace(csr)) {
        check(ck_sparse_csr_transpose(context, starts.start, ids.start, order.start, csr), "CSR transpose")
      }
    }
    let transposed = SparsePattern(
      rows: pattern.columns, columns: pattern.rows, rowStart: starts, column: ids, isSymmetric: pattern.isSymmetric)
    return (transposed, order)
  }

  /// The entries that a filter keeps, and, where asked for, the entry of `pattern` that each came from.
  static func filter(
    _ pattern: SparsePattern, _ filter: ck_csr_filter, isSymmetric: Bool, withOrder: Bool = false
  ) -> (pattern: SparsePattern, order: IndexBuffer<Int32>?) {
    var filter = filter
    let starts = IndexBuffer<Int64>(count: pattern.rows + 1)
    return PatternView(pattern: pattern, order: nil).withCSR { csr in
      check(ck_sparse_csr_filter_rows(context, starts.start, csr, &filter), "CSR filter")
      let entries = Int(starts.start[pattern.rows])
      let ids = IndexBuffer<Int32>(count: entries), order = withOrder ? IndexBuffer<Int32>(count: entries) : nil
      check(ck_sparse_csr_filter(context, ids.start, order?.start, starts.start, csr, &filter), "CSR filter")
      let kept = SparsePattern(
        rows: pattern.rows, columns: pattern.columns, rowStart: starts, column: ids, isSymmetric: isSymmetric)
      return (kept, order)
    }
  }

  static func rowIndices(_ pattern: SparsePattern) -> IndexBuffer<Int32> {
    let rows = IndexBuffer<Int32>(count: pattern.entryCount)
    PatternView(pattern: pattern, order: nil).withCSR { check(ck_sparse_row_ids(context, rows.start, $0), "row ids") }
    return rows
  }

  /// (Sum of the values of each row, or its number of entries) ^ exponent.
  static func degreeScale(_ pattern: SparsePattern, values: Tensor?, exponent: Double, dtype: DType) -> Tensor {
    let scale = Tensor(uninitialized: [pattern.rows], dtype)
    PatternView(pattern: pattern, order: nil).withCSR { csr in
      switch dtype {
      case .float32:
        check(ck_sparse_degree_scale_f32(context, scale.f32, csr, values?.f32, Float(exponent)), "degree scale")
      case .float64: check(ck_sparse_degree_scale_f64(context, scale.f64, csr, values?.f64, exponent), "degree scale")
      default: wrongType("degree scale", dtype)
      }
    }
    return scale
  }

  // MARK: Products

  static func spmm(
    _ a: SparseMatrix, _ x: Tensor, bias: Tensor?, residual: Tensor?, residualScale: Double, relu: Bool
  ) -> Tensor {
    let width = x.shape[1], y = Tensor(uninitialized: [a.rows, width], x.dtype)
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
            ck_sparse_spmm_f32(context, y.f32, ld, csr, weights, false, x.f32, ld, n, hasEpilogue ? $0 : nil)
          }, "spmm")
      case .float64:
        let weights = ck_weights_f64(
          value: a.values?.f64, order: view.order?.start, row_scale: rowScale?.f64, column_scale: columnScale?.f64)
        var epilogue = ck_epilogue_f64(
          scale: 1, bias: bias?.f64, residual: residual?.f64, ld_residual: ld, residual_scale: residualScale,
          activation: activation)
        check(
          withUnsafePointer(to: &epilogue) {
            ck_sparse_spmm_f64(context, y.f64, ld, csr, weights, false, x.f64, ld, n, hasEpilogue ? $0 : nil)
          }, "spmm")
      default: wrongType("spmm", x.dtype)
      }
    }
    return y
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
        "segmentSoftmax gradient")
    case .float64:
      check(
        ck_sparse_segment_softmax_bwd_f64(context, dx.f64, dy.f64, y.f64, starts, rows, heads),
        "segmentSoftmax gradient")
    default: wrongType("segmentSoftmax gradient", y.dtype)
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
      check(ck_sparse_segment_reduce_f32(context, op, y.f32, winner?.i32, starts, rows, x.f32, n), "segmentReduce")
    case .float64:
      check(ck_sparse_segment_reduce_f64(context, op, y.f64, winner?.i32, starts, rows, x.f64, n), "segmentReduce")
    default: wrongType("segmentReduce", x.dtype)
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
        "segmentReduce gradient")
    case .float64:
      check(
        ck_sparse_segment_reduce_bwd_f64(context, op, dx.f64, dy.f64, winner?.i32, starts, rows, n),
        "segmentReduce gradient")
    default: wrongType("segmentReduce gradient", dy.dtype)
    }
    return dx
  }
}

extension ck_csr_filter {
  init(
    keepRow: Tensor? = nil, keepColumn: Tensor? = nil, drop: Double = 0, pairs: Bool = false,
    draw: (key: UInt64, stream: UInt64) = (0, 0), selfLoops: ck_self_loops = .keep
  ) {
    self.init(
      keep_row: keepRow?.u8, keep_column: keepColumn?.u8, drop: drop, pairs: pairs, key: draw.key, stream: draw.stream,
      self_loops: selfLoops)
  }
}
