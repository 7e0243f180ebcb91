import CKernels.Base
import CKernels.Random
import CKernels.Sparse
import TensorKit

/// A pattern as the kernels see it, with values read through an order when it is a transposed one.
internal struct PatternView {
  let pattern: SparsePattern
  let order: IndexBuffer<Int32>?

  init(pattern: SparsePattern, order: IndexBuffer<Int32>?) {
    self.pattern = pattern
    self.order = order
  }

  /// A transposed pattern with its order.
  init(pattern transposed: (pattern: SparsePattern, order: IndexBuffer<Int32>)) {
    self.init(pattern: transposed.pattern, order: transposed.order)
  }

  func withCSR<Result>(_ body: (UnsafePointer<ck_csr>) -> Result) -> Result {
    var csr = ck_csr(
      rows: Int64(pattern.rows), columns: Int64(pattern.columns), row_start: pattern.rowStart.start,
      column: pattern.column.start)
    defer { withExtendedLifetime(self) {} }
    return body(&csr)
  }
}

extension Bridge {
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

  /// A bit for each of `count` elements: whether dropout keeps it.
  static func keepBits(_ count: Int, _ rate: Double, _ draw: (key: UInt64, stream: UInt64)) -> IndexBuffer<UInt64> {
    let bits = IndexBuffer<UInt64>(count: (count + 63) / 64)
    check(ck_random_keep_bits(context, bits.start, Int64(count), rate, draw.key, draw.stream), "dropout")
    return bits
  }

  /// The entries whose bit is set; by an order where one is given.
  static func keep(
    _ pattern: SparsePattern, _ kept: IndexBuffer<UInt64>, order: IndexBuffer<Int32>?,
    whole: (pattern: SparsePattern, kept: IndexBuffer<UInt64>)?
  ) -> SparsePattern {
    let starts = IndexBuffer<Int64>(count: pattern.rows + 1)
    let room = IndexBuffer<Int32>(count: pattern.entryCount)
    PatternView(pattern: pattern, order: nil).withCSR { csr in
      withWorkspace(ck_sparse_csr_keep_workspace(Int64(pattern.entryCount), order != nil)) {
        check(ck_sparse_csr_keep(context, starts.start, room.start, csr, kept.start, order?.start), "dropout")
      }
    }
    return SparsePattern(
      rows: pattern.rows, columns: pattern.columns, rowStart: starts,
      column: IndexBuffer(first: Int(starts.start[pattern.rows]), of: room), isSymmetric: false, whole: whole)
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
