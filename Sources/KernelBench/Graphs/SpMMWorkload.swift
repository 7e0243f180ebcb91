import CKernels.Base
import CKernels.Sparse
import RunKit
import SparseKit

/// A pattern as the kernels read it.
final class PatternArrays: Sendable {
  let rows, columns: Int
  let starts: [Int64]
  let ids: [Int32]

  init(_ pattern: SparsePattern) {
    (rows, columns) = (pattern.rows, pattern.columns)
    starts = pattern.rowPointers
    ids = pattern.columnIndices
  }

  private init(rows: Int, columns: Int, starts: [Int64], ids: [Int32]) {
    (self.rows, self.columns) = (rows, columns)
    (self.starts, self.ids) = (starts, ids)
  }

  func withCSR<Result>(_ body: (inout ck_csr) throws -> Result) rethrows -> Result {
    try starts.withUnsafeBufferPointer { starts in
      try ids.withUnsafeBufferPointer { ids in
        // Arrays without elements may have no address; nothing is read through this one.
        let column = ids.baseAddress ?? UnsafeRawPointer(starts.baseAddress!).assumingMemoryBound(to: Int32.self)
        var csr = ck_csr(rows: Int64(rows), columns: Int64(columns), row_start: starts.baseAddress!, column: column)
        return try body(&csr)
      }
    }
  }

  func transposed() -> PatternArrays {
    var starts = [Int64](repeating: 0, count: columns + 1)
    var ids = [Int32](repeating: 0, count: max(self.ids.count, 1)), order = ids
    let status = withCSR { csr in
      let bytes = ck_sparse_csr_transpose_workspace(&csr)
      let workspace = ck_block_make(bytes)
      defer { ck_block_release(workspace) }
      var context = ck_ctx(max_threads: 0, isa: 0, workspace: ck_block_data(workspace), workspace_bytes: bytes)
      return ck_sparse_csr_transpose(&context, &starts, &ids, &order, &csr)
    }
    precondition(status == .ok, "csr_transpose: \(String(cString: ck_status_sentence(status)))")
    return PatternArrays(rows: columns, columns: rows, starts: starts, ids: Array(ids.prefix(self.ids.count)))
  }

  func shape(width: Int) -> ck_spmm_shape {
    ck_spmm_shape(
      rows: Int64(rows), columns: Int64(columns), entries: Int64(ids.count), width: Int64(width), stride: Int64(width),
      f64: false, bf16: false, has_values: false)
  }

  /// Entries of each column.
  var columnCounts: [Int32] {
    var counts = [Int32](repeating: 0, count: columns)
    for id in ids { counts[Int(id)] += 1 }
    return counts
  }
}

/// Y = D^-1/2 A D^-1/2 X in float32, the product of a GCN layer, in memory of the pool as models have it.
final class SpMMWorkload: Workload {
  private let pattern: PatternArrays
  private let width: Int
  private let x, y, scales: UnsafeMutablePointer<ck_block>
  let cost: Cost?

  init(_ pattern: PatternArrays, width: Int) {
    self.pattern = pattern
    self.width = width
    func block(_ count: Int) -> UnsafeMutablePointer<ck_block> { ck_block_make(Int64(4 * max(count, 1))) }
    x = block(pattern.columns * width)
    y = block(pattern.rows * width)
    scales = block(pattern.rows + pattern.columns)
    for i in 0..<(pattern.columns * width) { Self.floats(x)[i] = Float(i & 255) * 0x1p-8 - 0.5 }
    for (r, counts) in zip(pattern.starts, pattern.starts.dropFirst()).enumerated() {
      Self.floats(scales)[r] = 1 / Float(1 + counts.1 - counts.0).squareRoot()
    }
    for (c, count) in pattern.columnCounts.enumerated() {
      Self.floats(scales)[pattern.rows + c] = 1 / Float(1 + count).squareRoot()
    }
    cost = Self.cost(pattern, width: width)
  }

  deinit { for block in [x, y, scales] { ck_block_release(block) } }

  private static func floats(_ block: UnsafeMutablePointer<ck_block>) -> UnsafeMutablePointer<Float> {
    ck_block_data(block).assumingMemoryBound(to: Float.self)
  }

  /// The bytes of the plan; what binds is the gather of rows of X.
  static func cost(_ pattern: PatternArrays, width: Int) -> Cost {
    var context = ck_ctx(), shape = pattern.shape(width: width)
    let plan = ck_sparse_spmm_plan(&context, &shape, ck_machine_caches())
    let scales = 4 * Double(pattern.rows + pattern.columns)
    return Cost(
      flops: 2 * Double(pattern.ids.count) * Double(width),
      bytes: plan.streamed_bytes + scales + plan.gathered_bytes + plan.written_bytes,
      limit: .gather(bytes: plan.gathered_bytes, tableBytes: plan.table_bytes, rowBytes: 4 * Double(width)),
      writtenFresh: plan.written_bytes)
  }

  func time(calls: Int, _ options: CallOptions) throws -> Double {
    var context = ck_ctx()
    context.isa = options.isa
    context.max_threads = Int32(options.threads)
    let n = Int64(width), rowScale = Self.floats(scales)
    let weights = ck_weights_f32(value: nil, order: nil, row_scale: rowScale, column_scale: rowScale + pattern.rows)
    return try pattern.withCSR { csr in
      let start = monotonicSeconds()
      for _ in 0..<calls {
        let status = ck_sparse_spmm_f32(
          &context, Self.floats(y), n, &csr, weights, false, Self.floats(x), n, n, nil)
        guard status == .ok else {
          throw BenchFailure("spmm: the kernel refused its case: \(String(cString: ck_status_sentence(status)))")
        }
      }
      return monotonicSeconds() - start
    }
  }
}
