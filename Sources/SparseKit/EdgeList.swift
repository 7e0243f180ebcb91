import CKernels.Random
import TensorKit

/// Ends of random edges sources[i] -> targets[i] in pooled memory, 8 bytes an edge. Edge i is a function of the seed
/// and i alone, so threads do not matter.
package struct EdgeList: Sendable {
  internal let sources, targets: IndexBuffer<Int32>
  package let nodeCount: Int

  package var count: Int { sources.count }

  private init(
    _ nodes: Int, _ edges: Int, _ name: StaticString,
    _ draw: (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>) -> ck_status
  ) {
    (sources, targets) = (IndexBuffer(count: edges), IndexBuffer(count: edges))
    nodeCount = nodes
    Bridge.check(draw(sources.start, targets.start), name)
  }

  /// Evenly drawn ends.
  package static func uniform(nodes: Int, edges: Int, seed: UInt64) -> EdgeList {
    EdgeList(nodes, edges, "uniform edges") {
      ck_random_uniform_edges(Bridge.context, $0, $1, Int64(edges), Int64(nodes), seed)
    }
  }

  /// Edges of a recursive matrix, see `RandomGraph.rmat`.
  package static func rmat(nodes: Int, edges: Int, seed: UInt64) -> EdgeList {
    EdgeList(nodes, edges, "R-MAT edges") {
      ck_random_rmat_edges(Bridge.context, $0, $1, Int64(edges), Int64(nodes), seed)
    }
  }
}

extension Graph {
  /// The graph of the directed edges, duplicates merged and self-loops removed.
  package init(directed edges: EdgeList) {
    var fault: Int64 = -1
    let built = Bridge.buildCSR(
      rows: edges.nodeCount, columns: edges.nodeCount, UnsafeBufferPointer(edges.targets),
      UnsafeBufferPointer(edges.sources), .init(selfLoops: .remove), fault: &fault)
    withExtendedLifetime(edges) {}
    guard let (starts, ids) = built else { fatalError("edges: edge \(fault) is out of range") }
    self.init(
      square: SparsePattern(
        rows: edges.nodeCount, columns: edges.nodeCount, rowStart: starts, column: ids, isSymmetric: false))
  }
}

extension UnsafeBufferPointer<Int32> {
  fileprivate init(_ buffer: IndexBuffer<Int32>) { self.init(start: buffer.start, count: buffer.count) }
}
