import DataKit
import Foundation
import RunKit
import SparseKit

/// The graphs that sparse kernels are timed on, as `--graph` names them.
enum BenchGraph {
  /// The graph that `text` names: `rmat:NODES:EDGES` or `uniform:NODES:EDGES` (with suffixes, as in 100k and 10M), a
  /// set of the data folder, `twin:NAME`, or a file: `.npz`, MatrixMarket or an edge list. Throws one sentence when
  /// it names none or cannot be read.
  static func load(_ text: String, data folder: URL) throws -> (name: String, pattern: SparsePattern) {
    if let (kind, nodes, edges) = try random(text) { return (text, kind.make(nodes: nodes, edges: edges).adjacency) }
    if let choice = NodeDatasetChoice(text), !FileManager.default.fileExists(atPath: text) {
      if case .twin(let name, let nodes) = choice {
        let twin = nodes.map { name.twin.scaled(toNodes: $0) } ?? name.twin
        return ("\(choice)", GraphTwin.graph(like: twin).adjacency)
      }
      return ("\(choice)", try choice.load(from: folder, seed: 0).graph.adjacency)
    }
    guard FileManager.default.fileExists(atPath: text) || text.contains("/") || text.contains(".") else {
      throw UsageError(
        "--graph \(text): expected rmat:NODES:EDGES, uniform:NODES:EDGES, a file (.npz, .mtx or an edge list), or "
          + "\(NodeDatasetChoice.expected).")
    }
    let graph = try text.hasSuffix(".npz") ? Graph(npz: text) : Graph(edges: text, isUndirected: false)
    return (URL(filePath: text).lastPathComponent, graph.adjacency)
  }

  /// The random graph that `text` names, or nil when it names none; throws when its sizes are wrong.
  static func random(_ text: String) throws -> (kind: RandomKind, nodes: Int, edges: Int)? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard let kind = RandomKind(rawValue: parts[0].lowercased()) else { return nil }
    guard parts.count == 3, let nodes = count(parts[1], from: 2), let edges = count(parts[2], from: 1) else {
      throw UsageError(
        "--graph \(text): expected \(kind.rawValue):NODES:EDGES with at least 2 nodes and 1 edge, such as "
          + "\(kind.rawValue):100k:1M.")
    }
    return (kind, nodes, edges)
  }

  enum RandomKind: String {
    case rmat, uniform

    func draw(nodes: Int, edges: Int) -> EdgeList {
      switch self {
      case .rmat: .rmat(nodes: nodes, edges: edges, seed: 0)
      case .uniform: .uniform(nodes: nodes, edges: edges, seed: 0)
      }
    }

    func make(nodes: Int, edges: Int) -> Graph {
      switch self {
      case .rmat: RandomGraph.rmat(nodes: nodes, edges: edges)
      case .uniform: RandomGraph.uniform(nodes: nodes, edges: edges)
      }
    }
  }

  /// "2708", "100k" or "10M", up to 2^31 - 1.
  static func count(_ text: String, from least: Int) -> Int? {
    let scale = text.hasSuffix("k") ? 1000 : text.hasSuffix("M") ? 1_000_000 : 1
    guard let number = Int(scale == 1 ? text : String(text.dropLast())), number > 0 else { return nil }
    let (count, overflow) = number.multipliedReportingOverflow(by: scale)
    return !overflow && least...Int(Int32.max) ~= count ? count : nil
  }
}
