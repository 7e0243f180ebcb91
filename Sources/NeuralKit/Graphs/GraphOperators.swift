import SparseKit
import Synchronization
import TensorKit

/// A graph as layers see it: the matrices that they propagate with, each made when first asked for and kept.
public final class GraphOperators: Sendable {
  /// Which matrix: the key of the cache.
  private struct Kind: Hashable {
    let normalization: Graph.Normalization
    let addsSelfLoops: Bool
    let dtype: DType
  }

  public let graph: Graph
  private let made = Mutex<[Kind: SparseMatrix]>([:])

  public init(_ graph: Graph) { self.graph = graph }

  public var nodeCount: Int { graph.nodeCount }

  /// `Graph.propagation`, made once for each choice.
  public func propagation(
    _ normalization: Graph.Normalization = .symmetric, addingSelfLoops: Bool = true, dtype: DType = .float32
  ) -> SparseMatrix {
    let kind = Kind(normalization: normalization, addsSelfLoops: addingSelfLoops, dtype: dtype)
    return made.withLock { made in
      if let matrix = made[kind] { return matrix }
      let matrix = graph.propagation(normalization, addingSelfLoops: addingSelfLoops, dtype: dtype)
      made[kind] = matrix
      return matrix
    }
  }
}
