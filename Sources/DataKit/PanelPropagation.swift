import FileKit
import Foundation
import SparseKit
import TensorKit

/// Powers of a propagation matrix times node features that memory does not hold: Y_k = P^k X for X and Y_k in `.npy`
/// files of float32, [nodes, width] in C order.
///
/// The columns of X do not mix, so they pass in panels: a panel is read, propagated through all hops in memory and
/// written, with the bits of `spmm`. Each panel reads X, and reads and writes every result file,
/// whole unless its pieces lie far apart; so wide panels are fast ones: they are as wide as the memory limit allows.
///
/// ```swift
/// let propagation = PanelPropagation(graph.propagation(), memoryLimit: 1 << 30)
/// try propagation.run("x.npy", results: [1: "x1.npy", 3: "x3.npy"])
/// ```
public struct PanelPropagation: Sendable {
  /// P, [nodes, nodes].
  public let matrix: SparseMatrix
  /// Most bytes that the matrix, two panels and the buffer of their file may take.
  public let memoryLimit: Int

  /// Traps unless the matrix is square and its factors are of float32.
  public init(_ matrix: SparseMatrix, memoryLimit: Int, file: StaticString = #fileID, line: UInt = #line) {
    guard matrix.rows == matrix.columns else {
      trap("PanelPropagation: the matrix is \(matrix.rows) x \(matrix.columns), expected a square one", file, line)
    }
    for factor in [matrix.values, matrix.rowScale, matrix.columnScale] {
      guard let factor, factor.dtype != .float32 else { continue }
      trap("PanelPropagation: a factor of the matrix is \(factor.dtype), expected float32", file, line)
    }
    self.matrix = matrix
    self.memoryLimit = memoryLimit
  }

  /// How the columns are cut.
  public struct Plan: Sendable, Equatable {
    /// Columns of each panel; the last one begins within the one before where they do not fill the width.
    public let panelWidth: Int
    public let panelCount: Int
    /// What the propagation takes of memory.
    public let bytes: Int
  }

  /// Bytes that panels of `panelWidth` of `width` columns take, the matrix included.
  public func bytes(panelWidth: Int, width: Int) -> Int {
    matrix.productBytes + PanelLayout.bufferBytes(rows: matrix.rows, columns: width) + panelWidth * 8 * matrix.rows
  }

  /// Columns of the narrowest panel of a wider matrix: narrower products add in another order (see `spmm`).
  static let narrowest = 9

  /// The widest equal panels within the limit, whole cache lines where they hold one; nil when the narrowest panel, of
  /// nine columns or all of fewer, is too much.
  public func plan(width: Int) -> Plan? {
    let rest = memoryLimit - bytes(panelWidth: 0, width: width)
    let least = min(width, Self.narrowest)
    guard rest >= least * 8 * matrix.rows else { return nil }
    let most = min(width, rest / max(1, 8 * matrix.rows))
    if most == 0 { return Plan(panelWidth: 0, panelCount: 0, bytes: bytes(panelWidth: 0, width: width)) }
    let count = (width + most - 1) / most, even = max(least, (width + count - 1) / count)
    let lines = min((even + 15) / 16 * 16, width)
    let panel = lines <= most ? lines : even
    return Plan(
      panelWidth: panel, panelCount: (width + panel - 1) / panel, bytes: bytes(panelWidth: panel, width: width))
  }

  /// What has been done: `hop` of `hops` of panel `panel` of `panels`, counted from 1.
  public struct Progress: Sendable, Equatable {
    public let panel: Int
    public let panels: Int
    public let hop: Int
    public let hops: Int
  }

  /// Propagates the features of the file at `features` and writes P^k X for each hop k that `results` names to its
  /// file. Throws when the features are no such matrix or are damaged, when the limit does not allow the narrowest
  /// panel, or when a result cannot be written; none is ever half-written under its name.
  @discardableResult
  public func run(
    _ features: String, results: [Int: String], progress: ((Progress) -> Void)? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(FileError) -> Plan {
    guard let hops = results.keys.max(), results.keys.allSatisfy({ $0 >= 1 }),
      Set(results.values.map { URL(fileURLWithPath: $0).standardizedFileURL.path }).count == results.count
    else {
      trap("PanelPropagation: results are \(results), expected a file of its own for each hop from 1 on", file, line)
    }
    let input = try NumpyMatrixInput(features)
    guard input.rows == matrix.columns else {
      throw FileError(
        path: features, "holds \(input.rows) rows, expected one for each of the \(matrix.columns) nodes of the graph")
    }
    guard let plan = plan(width: input.columns) else {
      let columns = min(Self.narrowest, input.columns)
      let least = bytes(panelWidth: columns, width: input.columns)
      throw FileError(
        path: features,
        "propagating \(columns) of \(input.columns) columns at a time takes \(least) bytes, but the memory limit is "
          + "\(memoryLimit)")
    }
    var outputs: [(hop: Int, output: NumpyMatrixOutput)] = []
    for (hop, path) in results.sorted(by: { $0.key < $1.key }) {
      outputs.append((hop, try NumpyMatrixOutput(path, rows: input.rows, columns: input.columns)))
    }
    let capacity = 4 * input.rows * plan.panelWidth
    var x = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
    var y = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
    defer {
      x.deallocate()
      y.deallocate()
    }
    for panel in 0..<plan.panelCount {
      let first = min(panel * plan.panelWidth, input.columns - plan.panelWidth)
      let columns = first..<(first + plan.panelWidth)
      try input.read(columns, into: x)
      for hop in 1...hops {
        matrix.multiply(x.bindMemory(to: Float.self), into: y.bindMemory(to: Float.self), width: columns.count)
        swap(&x, &y)
        for (wanted, output) in outputs where wanted == hop {
          try output.write(columns, from: UnsafeRawBufferPointer(x))
        }
        progress?(Progress(panel: panel + 1, panels: plan.panelCount, hop: hop, hops: hops))
      }
    }
    for (_, output) in outputs { try output.commit() }
    return plan
  }
}
