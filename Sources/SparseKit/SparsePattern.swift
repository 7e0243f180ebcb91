import CKernels.Base
import CKernels.Sparse
import Synchronization
import TensorKit

/// Pooled memory for integers, released with the object.
internal final class IndexBuffer<Element: FixedWidthInteger & Sendable>: @unchecked Sendable {
  private let block: UnsafeMutablePointer<ck_block>
  let count: Int

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

  func prefix(_ length: Int) -> IndexBuffer {
    let result = IndexBuffer(count: length)
    result.start.update(from: start, count: length)
    return result
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

  private struct Transposition {
    let pattern: SparsePattern
    let order: IndexBuffer<Int32>
  }
  private let transposition = Mutex<Transposition?>(nil)
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
    let starts = IndexBuffer(rowPointers), column = IndexBuffer(columnIndices)
    var csr = ck_csr(rows: Int64(rows), columns: Int64(columns), row_start: starts.start, column: column.start)
    var place: Int64 = 0
    let fault = ck_sparse_csr_validate(&csr, Int64(columnIndices.count), true, &place)
    let at = Int(place)
    switch fault {
    case .none: break
    case .first_start: throw GraphError("CSR pattern: the first row pointer is \(rowPointers[0]), expected 0")
    case .descending:
      throw GraphError(
        "CSR pattern: row pointers decrease at row \(at), from \(rowPointers[at]) to \(rowPointers[at + 1])")
    case .column_range:
      throw GraphError("CSR pattern: column \(columnIndices[at]) of entry \(at) is outside of 0..<\(columns)")
    case .unsorted:
      throw GraphError("CSR pattern: column \(columnIndices[at]) of entry \(at) does not ascend within its row")
    case .entries:
      throw GraphError(
        "CSR pattern: the last row pointer is \(rowPointers[rows]), but there are \(columnIndices.count) columns")
    }
    self.init(rows: rows, columns: columns, rowStart: starts, column: column, isSymmetric: false)
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

  public var rowPointers: [Int64] { rowStart.array }
  public var columnIndices: [Int32] { column.array }
  /// Column of each entry, as ids for gathers.
  internal var columnTensor: Tensor { column.tensor }

  /// Row of each entry.
  public var rowIndices: [Int32] { Bridge.rowIndices(self).array }

  /// The transposed pattern and, for each of its entries, the entry of this one that it came from.
  internal func transposed() -> (pattern: SparsePattern, order: IndexBuffer<Int32>) {
    let made = transposition.withLock { cached in
      if let cached { return cached }
      let (pattern, order) = Bridge.transpose(self)
      let fresh = Transposition(pattern: pattern, order: order)
      cached = fresh
      return fresh
    }
    return (made.pattern, made.order)
  }

  /// The transposed pattern. That of a part of a pattern is a part of the whole one's transpose.
  internal var transposedPattern: SparsePattern {
    guard let whole else { return transposed().pattern }
    let (pattern, order) = whole.pattern.transposed()
    return Bridge.keep(pattern, whole.kept, order: order, whole: nil)
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
