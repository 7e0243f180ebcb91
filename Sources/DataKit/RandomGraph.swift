import SparseKit
import TensorKit

/// Random directed graphs without features, for work on sparse kernels: a given seed always gives the same bits.
///
/// Duplicates are merged and self-loops removed, so a graph has somewhat fewer edges than were drawn. While it is built
/// it takes about 15 bytes of memory for each edge drawn and 8 for each node.
public enum RandomGraph {
  /// A recursive-matrix graph (Chakrabarti, Zhan and Faloutsos 2004) with the shares .57, .19, .19 and .05 of Graph500:
  /// degrees of a power law, in and out. Ids are scrambled, so that hubs lie anywhere.
  ///
  /// `nodes` need be no power of two: edges outside are drawn again. Traps unless there are 2...2^31 - 1 nodes and
  /// 0...2^31 - 1 edges.
  public static func rmat(
    nodes: Int, edges: Int, seed: UInt64 = 0, file: StaticString = #fileID, line: UInt = #line
  ) -> Graph {
    check(nodes, edges, file, line)
    return Graph(directed: .rmat(nodes: nodes, edges: edges, seed: seed))
  }

  /// Ends of edges are drawn evenly from all nodes. Traps as `rmat` does.
  public static func uniform(
    nodes: Int, edges: Int, seed: UInt64 = 0, file: StaticString = #fileID, line: UInt = #line
  ) -> Graph {
    check(nodes, edges, file, line)
    return Graph(directed: .uniform(nodes: nodes, edges: edges, seed: seed))
  }

  private static func check(_ nodes: Int, _ edges: Int, _ file: StaticString, _ line: UInt) {
    guard 2...Int(Int32.max) ~= nodes, 0...Int(Int32.max) ~= edges else {
      trap("RandomGraph: \(nodes) nodes and \(edges) edges, expected 2...2^31 - 1 and 0...2^31 - 1", file, line)
    }
  }
}
