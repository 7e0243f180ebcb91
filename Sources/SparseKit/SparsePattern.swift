import CKernels.Base
import CKernels.Sparse
import Synchronization
import TensorKit

/// Pooled memory for integers, released with the object. It changes only while it is made.
internal final class IndexBuffer<Element: FixedWidthInteger & Sendable>: @unchecked Sendable {
  private let block: UnsafeMutablePointer<ck_block>
  private(set) var count: Int

  var start: UnsafeMutablePointer<Element> { ck_block_data(block).assumingMemoryBound(to: Element.self) }

  init(count: Int) {
    block = ck_block_make(Int64(max(count, 1) * MemoryLayout<Element>.stride))
    self.count = count
  }

  /// The first elements of another buffer, in its memory.
  init(first count: Int, of other: IndexBuffer) {
    ck_block_retain(other.block)
    block = other.block
    self.count = count
  }

  convenience init(_ elements: [Element]) {
    self.init(count: elements.count)
    elements.withUnsafeBufferPointer { if let base = $0.baseAddress { start.update(from: base, count: count) } }
  }

  /// Keeps the first elements alone, while nobody else has the buffer.
  func shrink(to length: Int) {
    ck_block_shrink(block, Int64(length * MemoryLayout<Element>.stride))
    count = length
  }

  var array: [Element] { Array(UnsafeBufferPointer(start: start, count: count)) }

  deinit { ck_block_release(block) }
}

extension IndexBuffer<Int32> {
  /// A copy as int32 ids.
  var tensor: Tensor {
    Tensor(shape: [count], dtype: .int32) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: start, count: $0.count))
    }
  }
}

/// What is wrong with a graph or pattern that a user gave.
public struct GraphError: Error, CustomStringConvertible, Sendable {
  public let description: String
  public init(_ description: String) { self.description = description }
}

/// Which entries of a matrix are present: compressed sparse rows (CSR), without values.
///
/// Row r owns the entries `rowPointers[r] ..< rowPointers[r + 1]`. The transposed pattern, which gradients need, is
/// built once on first use.
public final class SparsePattern: @unchecked Sendable {
  public let rows: Int
  public let columns: Int
  /// Number of entries.
  public let entryCount: Int
  /// Whether (r, c) is present exactly when (c, r) is.
  public let isSymmetric: Bool

  internal let rowStart: IndexBuffer<Int64>
  internal let column: IndexBuffer<Int32>

  private let transposition = Mutex<PatternView?>(nil)
  /// The pattern that this one is a part of, and a bit for each of its entries that stayed.
  private let whole: (pattern: SparsePattern, kept: IndexBuffer<UInt64>)?

  internal init(
    rows: Int, columns: Int, rowStart: IndexBuffer<Int64>, column: IndexBuffer<Int32>, isSymmetric: Bool,
    whole: (pattern: SparsePattern, kept: IndexBuffer<UInt64>)? = nil
  ) {
    self.whole = whole
    self.rows = rows
    self.columns = columns
    self.rowStart = rowStart
    self.column = column
    self.isSymmetric = isSymmetric
    entryCount = column.count
  }

  /// A pattern from its arrays, which are checked: row pointers start at 0 and never decrease, columns lie in
  /// 0..<columns and ascend within a row.
  public convenience init(rows: Int, columns: Int, rowPointers: [Int64], columnIndices: [Int32]) throws(GraphError) {
    guard rows >= 0, columns >= 0, rowPointers.count == rows + 1 else {
      throw GraphError("CSR pattern: \(rowPointers.count) row pointers for \(rows) rows, expected \(rows + 1)")
    }
    try self.init(rows: rows, columns: columns, checking: IndexBuffer(rowPointers), IndexBuffer(columnIndices))
  }

  /// A pattern whose arrays `fill` writes, rows + 1 row pointers and `entryCount` columns: nothing is copied. They are
  /// checked as those of `init(rows:columns:rowPointers:columnIndices:)`.
  package convenience init(
    rows: Int, columns: Int, entryCount: Int,
    filledBy fill: (UnsafeMutableBufferPointer<Int64>, UnsafeMutableBufferPointer<Int32>) throws -> Void
  ) throws {
    let starts = IndexBuffer<Int64>(count: rows + 1), column = IndexBuffer<Int32>(count: entryCount)
    try fill(
      UnsafeMutableBufferPointer(start: starts.start, count: rows + 1),
      UnsafeMutableBufferPointer(start: column.start, count: entryCount))
    try self.init(rows: rows, columns: columns, checking: starts, column)
  }

  private convenience init(
    rows: Int, columns: Int, checking starts: IndexBuffer<Int64>, _ column: IndexBuffer<Int32>
  ) throws(GraphError) {
    var csr = ck_csr(rows: Int64(rows), columns: Int64(columns), row_start: starts.start, column: column.start)
    var place: Int64 = 0
    let fault = ck_sparse_csr_validate(&csr, Int64(column.count), true, &place), at = Int(place)
    let problem: String
    switch fault {
    case .none:
      self.init(rows: rows, columns: columns, rowStart: starts, column: column, isSymmetric: false)
      return
    case .first_start: problem = "the first row pointer is \(starts.start[0]), expected 0"
    case .descending:
      problem = "row pointers decrease at row \(at), from \(starts.start[at]) to \(starts.start[at + 1])"
    case .column_range: problem = "column \(column.start[at]) of entry \(at) is outside of 0..<\(columns)"
    case .unsorted: problem = "column \(column.start[at]) of entry \(at) does not ascend within its row"
    case .entries:
      problem = "the last row pointer is \(starts.start[rows]), but there are \(column.count) columns"
    }
    throw GraphError("CSR pattern: " + problem)
  }

  /// How to build a pattern from a list of (row, column) pairs.
  public struct Options: Sendable {
    /// Each pair also gives its reverse.
    public var isSymmetric = false
    /// Equal pairs become one entry.
    public var mergesDuplicates = true
    public var selfLoops = SelfLoops.keep

    public enum SelfLoops: Sendable { case keep, remove, add }

    public init(isSymmetric: Bool = false, mergesDuplicates: Bool = true, selfLoops: SelfLoops = .keep) {
      self.isSymmetric = isSymmetric
      self.mergesDuplicates = mergesDuplicates
      self.selfLoops = selfLoops
    }
  }

  /// A pattern from pairs (rowIndices[i], columnIndices[i]), in any order.
  public convenience init(
    rows: Int, columns: Int, rowIndices: [Int32], columnIndices: [Int32], options: Options = Options()
  ) throws(GraphError) {
    guard rowIndices.count == columnIndices.count else {
      throw GraphError("edges: \(rowIndices.count) row indices and \(columnIndices.count) column indices")
    }
    guard rows == columns || (!options.isSymmetric && options.selfLoops == .keep) else {
      throw GraphError("edges: \(rows) rows and \(columns) columns cannot be made symmetric or get self-loops")
    }
    var fault: Int64 = -1
    let built = rowIndices.withUnsafeBufferPointer { row in
      columnIndices.withUnsafeBufferPointer { column in
        Bridge.buildCSR(rows: rows, columns: columns, row, column, options, fault: &fault)
      }
    }
    guard let (starts, column) = built else {
      let edge = Int(fault)
      throw GraphError(
        "edges: edge \(edge) joins \(rowIndices[edge]) and \(columnIndices[edge]), but ids must lie in "
          + (rows == columns ? "0..<\(rows)" : "0..<\(rows) and 0..<\(columns)"))
    }
    self.init(rows: rows, columns: columns, rowStart: starts, column: column, isSymmetric: options.isSymmetric)
  }

  /// A copy of the row pointers.
  public var rowPointers: [Int64] { rowStart.array }
  /// A copy of the column of each entry.
  public var columnIndices: [Int32] { column.array }

  /// The row pointers and the columns, valid inside the closure only.
  package func withUnsafeArrays<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Int64>, UnsafeBufferPointer<Int32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(
      UnsafeBufferPointer(start: rowStart.start, count: rows + 1),
      UnsafeBufferPointer(start: column.start, count: entryCount))
  }
  /// Column of each entry, as ids for gathers.
  internal var columnTensor: Tensor { column.tensor }

  /// Row of each entry.
  public var rowIndices: [Int32] { Bridge.rowIndices(self).array }

  /// The transposed pattern, made once, and where asked for the entry of this one that each of its entries came from:
  /// half of the memory, which values and gradients of entries need.
  internal func transposed(withOrder: Bool) -> PatternView {
    transposition.withLock { made in
      if let made, made.order != nil || !withOrder { return made }
      let view = Bridge.transpose(self, withOrder: withOrder)
      made = view
      return view
    }
  }

  /// The transposed pattern. That of a part of a pattern is a part of the whole one's transpose.
  internal var transposedPattern: SparsePattern {
    guard let whole else { return transposed(withOrder: false).pattern }
    let view = whole.pattern.transposed(withOrder: true)
    return Bridge.keep(view.pattern, whole.kept, order: view.order, whole: nil)
  }

  /// The entries that dropout keeps: with this draw it would clear the values of the others.
  internal func dropping(_ rate: Double, _ draw: (key: UInt64, stream: UInt64)) -> SparsePattern {
    let kept = Bridge.keepBits(entryCount, rate, draw)
    return Bridge.keep(self, kept, order: nil, whole: (self, kept))
  }

  /// The same pattern with exactly one self-loop at each node, for square patterns.
  internal func addingSelfLoops() -> SparsePattern {
    Bridge.filter(self, ck_csr_filter(selfLoops: .add), isSymmetric: isSymmetric).pattern
  }
}
