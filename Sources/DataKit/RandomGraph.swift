import SparseKit
import TensorKit

/// Random directed graphs without features, for work on sparse kernels: a given seed always gives the same bits.
///
/// Duplicates are merged and self-loops removed, so a graph has somewhat fewer edges than were drawn. While it is built
/// it takes about 20 bytes of memory for each edge drawn.
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
    var scrambled = [Int32](0..<Int32(nodes))
    var shuffling = SplitMix64(seed: seed, stream: 1), drawing = SplitMix64(seed: seed, stream: 0)
    shuffling.shuffle(&scrambled)
    let levels = Int.bitWidth - (nodes - 1).leadingZeroBitCount
    return graph(nodes, edges) {
      while true {
        let (source, target) = cell(levels, &drawing)
        if source < nodes, target < nodes { return (scrambled[source], scrambled[target]) }
      }
    }
  }

  /// Ends of edges are drawn evenly from all nodes. Traps as `rmat` does.
  public static func uniform(
    nodes: Int, edges: Int, seed: UInt64 = 0, file: StaticString = #fileID, line: UInt = #line
  ) -> Graph {
    check(nodes, edges, file, line)
    var drawing = SplitMix64(seed: seed)
    return graph(nodes, edges) {
      (Int32(drawing.integer(below: nodes)), Int32(drawing.integer(below: nodes)))
    }
  }

  /// A cell of the recursive matrix of 2^levels rows: each level takes 16 bits of a word to choose a quarter.
  @inline(__always)
  private static func cell(_ levels: Int, _ generator: inout SplitMix64) -> (row: Int, column: Int) {
    var row = 0, column = 0, left = levels
    while left > 0 {
      var word = generator.next()
      for _ in 0..<min(4, left) {
        let draw = word & 0xffff
        // Bounds of the quarters: .57, .57 + .19 and .57 + .19 + .19 of 2^16.
        let isLower = draw >= 49_807, isRight = (draw >= 37_356) != (draw >= 49_807) || draw >= 62_259
        row = row << 1 | (isLower ? 1 : 0)
        column = column << 1 | (isRight ? 1 : 0)
        word >>= 16
      }
      left -= 4
    }
    return (row, column)
  }

  @inline(__always)
  private static func graph(_ nodes: Int, _ edges: Int, _ draw: () -> (Int32, Int32)) -> Graph {
    var sources = [Int32](repeating: 0, count: edges), targets = sources
    sources.withUnsafeMutableBufferPointer { source in
      targets.withUnsafeMutableBufferPointer { target in
        for i in 0..<edges { (source[i], target[i]) = draw() }
      }
    }
    do {
      return try Graph(nodeCount: nodes, sources: sources, targets: targets, isUndirected: false)
    } catch {
      preconditionFailure("RandomGraph: \(error)")
    }
  }

  private static func check(_ nodes: Int, _ edges: Int, _ file: StaticString, _ line: UInt) {
    guard 2...Int(Int32.max) ~= nodes, 0...Int(Int32.max) ~= edges else {
      trap("RandomGraph: \(nodes) nodes and \(edges) edges, expected 2...2^31 - 1 and 0...2^31 - 1", file, line)
    }
  }
}
