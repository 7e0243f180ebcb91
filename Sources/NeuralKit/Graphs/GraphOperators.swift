import SparseKit
import Synchronization
import TensorKit

/// A graph as layers see it: the matrices that they propagate with, each made when first asked for and kept.
public final class GraphOperators: Sendable {
  /// Which matrix: the key of the cache.
  private struct Kind: Hashable {
    var normalization: Graph.Normalization
    var addsSelfLoops: Bool
    var dtype: DType
    var scale: Double
  }

  public let graph: Graph
  /// Stands for the normalised adjacency with self-loops.
  private let sampled: SparseMatrix?
  private let made = Mutex<[Kind: SparseMatrix]>([:])
  private let importance = Mutex<[Double]?>(nil)

  public init(_ graph: Graph) {
    self.graph = graph
    sampled = nil
  }

  /// A graph whose normalised adjacency with self-loops is replaced by an estimate, as layer-wise sampling draws it;
  /// the other matrices are those of the whole graph.
  public init(_ graph: Graph, estimating propagation: SparseMatrix) {
    self.graph = graph
    sampled = propagation
  }

  public var nodeCount: Int { graph.nodeCount }

  /// `Graph.propagation` times `scale`, made once for each choice.
  public func propagation(
    _ normalization: Graph.Normalization = .symmetric, addingSelfLoops: Bool = true, scaledBy scale: Double = 1,
    dtype: DType = .float32
  ) -> SparseMatrix {
    let kind = Kind(normalization: normalization, addsSelfLoops: addingSelfLoops, dtype: dtype, scale: scale)
    return made.withLock { made in
      if let matrix = made[kind] { return matrix }
      var plain = kind
      plain.scale = 1
      let matrix = made[plain] ?? make(plain)
      made[plain] = matrix
      if scale == 1 { return matrix }
      let scaled = matrix.scaled(by: scale, dtype: dtype)
      made[kind] = scaled
      return scaled
    }
  }

  /// The importance of each node to the normalised adjacency with self-loops, over all of its rows, for layer-wise
  /// sampling; made once.
  internal var columnImportance: [Double] {
    let propagation = propagation()
    return importance.withLock { known in
      let made = known ?? propagation.columnImportance()
      known = made
      return made
    }
  }

  private func make(_ kind: Kind) -> SparseMatrix {
    if let sampled, kind.normalization == .symmetric, kind.addsSelfLoops { return sampled.converted(to: kind.dtype) }
    return graph.propagation(kind.normalization, addingSelfLoops: kind.addsSelfLoops, dtype: kind.dtype)
  }
}

extension SparseMatrix {
  fileprivate func scaled(by scale: Double, dtype: DType) -> SparseMatrix {
    let rows = rowScale.map { $0 * scale } ?? .full([self.rows], scale, dtype: dtype)
    return SparseMatrix(pattern, values: values, rowScale: rows, columnScale: columnScale)
  }
}
