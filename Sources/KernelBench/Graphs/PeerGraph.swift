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
      PeerGraph(name: "twin:cora", isQuick: true) { GraphTwin.graph(like: NodeDatasetName.cora.twin) },
      PeerGraph(name: "twin:pubmed", isQuick: false) { GraphTwin.graph(like: NodeDatasetName.pubmed.twin) },
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
    if FileBytes.size(archive) != nil { return try Graph(npz: archive) }
    return try Graph(edges: DataFolder(folder).path + "soc-Slashdot0902.txt", isUndirected: false)
  }
}
