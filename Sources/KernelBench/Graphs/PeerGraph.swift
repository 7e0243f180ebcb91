import DataKit
import FileKit
import Foundation
import RunKit
import SparseKit
import TensorKit

/// A graph that the peers are compared on.
struct PeerGraph {
  let name: String
  /// Whether `--quick` takes it.
  let isQuick: Bool
  let make: () throws -> Graph

  /// Generated graphs, and with a data folder the real ones.
  static func all(data folder: String?) -> [PeerGraph] {
    var graphs = [
      PeerGraph(name: "twin:cora", isQuick: true) { GraphTwin.make(like: NodeDatasetName.cora.twin).graph },
      PeerGraph(name: "twin:pubmed", isQuick: false) { GraphTwin.make(like: NodeDatasetName.pubmed.twin).graph },
      PeerGraph(name: "rmat:100k:1M", isQuick: true) { RandomGraph.rmat(nodes: 100_000, edges: 1_000_000) },
      PeerGraph(name: "uniform:100k:1M", isQuick: false) { RandomGraph.uniform(nodes: 100_000, edges: 1_000_000) },
      PeerGraph(name: "rmat:1M:10M", isQuick: false) { RandomGraph.rmat(nodes: 1_000_000, edges: 10_000_000) },
    ]
    guard let folder else { return graphs }
    let sets: [NodeDatasetName] = [.cora, .pubmed, .coauthorPhysics, .squirrel]
    graphs += sets.map { set in
      PeerGraph(name: set.rawValue, isQuick: false) { try set.load(from: folder).graph }
    }
    graphs.append(PeerGraph(name: "slashdot", isQuick: false) { try slashdot(folder) })
    return graphs
  }

  /// The SNAP graph of February 2009, directed, from `graphs/slashdot0902.npz` (member edges_directed) of the folder or
  /// from the published `soc-Slashdot0902.txt`.
  private static func slashdot(_ folder: String) throws -> Graph {
    let archive = DataFolder(folder).path + "graphs/slashdot0902.npz"
    let text = DataFolder(folder).path + "soc-Slashdot0902.txt"
    var sources: [Int32] = [], targets: [Int32] = []
    if FileBytes.size(archive) != nil {
      let edges = try NumpyArchive(archive).array("edges_directed")
      guard edges.shape.count == 2, edges.shape[1] == 2 else {
        throw FileError(path: archive, place: "member \"edges_directed\"", "shape \(edges.shape), expected [edges, 2]")
      }
      let ids = try edges.int32()
      sources = stride(from: 0, to: ids.count, by: 2).map { ids[$0] }
      targets = stride(from: 1, to: ids.count, by: 2).map { ids[$0] }
    } else if FileBytes.size(text) != nil {
      let list = try EdgeListFile.read(text)
      (sources, targets) = (list.sources, list.targets)
    } else {
      throw FileError(path: archive, "the file is missing, and so is \(text)")
    }
    let nodes = Int(max(sources.max() ?? 0, targets.max() ?? 0)) + 1
    return try Graph(nodeCount: nodes, sources: sources, targets: targets, isUndirected: false)
  }
}
