import SparseKit
import TensorKit

/// What of the graph a network sees in one pass of training; evaluation sees all of it.
public enum GraphSampling: Sendable, Equatable {
  case none
  /// Drops each directed edge with this probability, the same ones for all layers; degrees are those of what is left
  /// (Rong et al. 2020).
  case dropEdge(Double)
  /// Drops all edges of each node with this probability, for all layers; degrees are those of what is left.
  case dropNode(Double)
  /// Each layer of its own keeps (1 - rate) N columns of P, drawn by their squared norms and scaled up so that the mean
  /// is P (Chen et al. 2018).
  case fastGCN(Double)
  /// The same from the last layer to the first, a layer's columns drawn by their squared norms over the rows that the
  /// layer above reads (of the last layer, all), and each row scaled to the sum that it has in P: training estimates
  /// the P that evaluation uses, with less variance than FastGCN's and a bias that vanishes as the rate does (Zou et
  /// al. 2019, who row-normalise P).
  case ladies(Double)

  /// What each of `layers` layers sees in one pass.
  internal func operators(
    _ whole: GraphOperators, layers: Int, using generator: RandomGenerator
  ) -> [GraphOperators] {
    switch self {
    case .none: return Array(repeating: whole, count: layers)
    case .dropEdge(let rate):
      let graph = GraphOperators(whole.graph.droppingEdges(rate, using: generator))
      return Array(repeating: graph, count: layers)
    case .dropNode(let rate):
      let graph = GraphOperators(whole.graph.droppingNodes(rate, using: generator))
      return Array(repeating: graph, count: layers)
    case .fastGCN(let rate):
      let importance = whole.columnImportance
      return (0..<layers).map { _ in Self.sampled(whole, rate, .fastGCN, importance, generator).operators }
    case .ladies(let rate):
      // The last layer's rows are all wanted.
      var above = Array(0..<Int32(whole.nodeCount)), importance: [Double]? = whole.columnImportance
      let fromLast = (0..<layers).map { _ in
        let (operators, nodes) = Self.sampled(whole, rate, .ladies(above: above), importance, generator)
        above = nodes
        importance = nil
        return operators
      }
      return fromLast.reversed()
    }
  }

  private static func sampled(
    _ whole: GraphOperators, _ rate: Double, _ method: LayerSampling, _ importance: [Double]?,
    _ generator: RandomGenerator
  ) -> (operators: GraphOperators, nodes: [Int32]) {
    // The small term keeps 10 x (1 - 0.8) at 2, which is a hair less in binary.
    let count = max(1, Int(Double(whole.nodeCount) * (1 - rate) + 1e-9))
    let layer = whole.propagation().samplingColumns(count, method, importance: importance, using: generator)
    return (GraphOperators(whole.graph, estimating: layer.propagation), layer.nodes)
  }
}
