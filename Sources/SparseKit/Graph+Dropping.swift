import CKernels.Sparse
import TensorKit

extension Graph {
  /// DropEdge (Rong et al. 2020): a graph without the edges that a draw of the generator drops, each with probability
  /// `rate` in [0, 1). Whether a directed edge stays is a function of the draw and its two nodes alone. With `pairs` an
  /// edge and its reverse share their fate, so that an undirected graph stays one. `propagation` of the result takes
  /// its degrees, and adds self-loops, from the edges that are left.
  public func droppingEdges(
    _ rate: Double, pairs: Bool = false, using generator: RandomGenerator, file: StaticString = #fileID,
    line: UInt = #line
  ) -> Graph {
    guard rate >= 0, rate < 1 else { trap("droppingEdges: rate \(rate) is outside of [0, 1)", file, line) }
    if rate == 0 { return self }
    let filter = ck_csr_filter(drop: rate, pairs: pairs, draw: generator.next())
    return filtered(filter, isSymmetric: pairs && adjacency.isSymmetric)
  }

  /// DropNode: a graph without the edges at nodes that a draw of the generator drops, each with probability `rate` in
  /// [0, 1). The nodes themselves stay, isolated.
  public func droppingNodes(
    _ rate: Double, using generator: RandomGenerator, file: StaticString = #fileID, line: UInt = #line
  ) -> Graph {
    guard rate >= 0, rate < 1 else { trap("droppingNodes: rate \(rate) is outside of [0, 1)", file, line) }
    if rate == 0 { return self }
    let kept = generator.bernoulli([nodeCount], probability: 1 - rate).converted(to: .uint8)
    return withExtendedLifetime(kept) {
      filtered(ck_csr_filter(keepRow: kept, keepColumn: kept), isSymmetric: adjacency.isSymmetric)
    }
  }

  private func filtered(_ filter: ck_csr_filter, isSymmetric: Bool) -> Graph {
    Graph(square: Bridge.filter(adjacency, filter, isSymmetric: isSymmetric).pattern)
  }
}
