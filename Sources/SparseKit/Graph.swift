import TensorKit

/// A graph of nodes 0..<nodeCount. Row i of the adjacency lists the nodes that i receives messages from.
public struct Graph: Sendable {
  public let adjacency: SparsePattern

  public var nodeCount: Int { adjacency.rows }
  /// Directed edges; an undirected edge counts twice.
  public var edgeCount: Int { adjacency.entryCount }

  /// A graph over a square pattern.
  public init(adjacency: SparsePattern) throws(GraphError) {
    guard adjacency.rows == adjacency.columns else {
      throw GraphError("graph: the adjacency is \(adjacency.rows) x \(adjacency.columns), expected a square one")
    }
    self.adjacency = adjacency
  }

  /// A graph over a pattern that is known to be square.
  internal init(square adjacency: SparsePattern) { self.adjacency = adjacency }

  /// A graph from edges sources[i] -> targets[i]. Duplicates are merged and self-loops removed, as GCN's normalisation
  /// expects (it adds one to each node).
  public init(
    nodeCount: Int, sources: [Int32], targets: [Int32], isUndirected: Bool = true
  ) throws(GraphError) {
    guard nodeCount > 0 else { throw GraphError("graph: it has no nodes") }
    do throws(GraphError) {
      adjacency = try SparsePattern(
        rows: nodeCount, columns: nodeCount, rowIndices: targets, columnIndices: sources,
        options: .init(isSymmetric: isUndirected, mergesDuplicates: true, selfLoops: .remove))
    } catch {
      let isNode = { (id: Int32) in id >= 0 && Int(id) < nodeCount }
      guard let bad = zip(sources, targets).enumerated().first(where: { !isNode($1.0) || !isNode($1.1) }) else {
        throw error
      }
      throw GraphError(
        "edge \(bad.offset), counted from 0, leads from \(bad.element.0) to \(bad.element.1), but node ids must lie in "
          + "0..<\(nodeCount)")
    }
  }

  public enum Normalization: Sendable {
    /// A.
    case none
    /// D^-1 A: the mean over neighbours.
    case row
    /// D^-1/2 A D^-1/2 (Kipf and Welling 2017).
    case symmetric
  }

  /// The propagation matrix of a GCN: the adjacency, with a self-loop at each node unless told otherwise, under a
  /// normalisation by the row degrees. It is scales over the pattern: no values are stored.
  public func propagation(
    _ normalization: Normalization = .symmetric, addingSelfLoops: Bool = true, dtype: DType = .float32
  ) -> SparseMatrix {
    let pattern = addingSelfLoops ? adjacency.addingSelfLoops() : adjacency
    switch normalization {
    case .none: return SparseMatrix(pattern)
    case .row:
      return SparseMatrix(pattern, rowScale: Bridge.degreeScale(pattern, values: nil, exponent: -1, dtype: dtype))
    case .symmetric:
      let scale = Bridge.degreeScale(pattern, values: nil, exponent: -0.5, dtype: dtype)
      return SparseMatrix(pattern, rowScale: scale, columnScale: scale)
    }
  }

  /// Degree of each node: the number of entries of its row.
  public var degrees: [Int] {
    let starts = adjacency.rowPointers
    return (0..<nodeCount).map { Int(starts[$0 + 1] - starts[$0]) }
  }
}
