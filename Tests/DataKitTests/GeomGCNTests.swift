@testable import DataKit
import FileKit
import Foundation
import SparseKit
import TensorKit
import TestSupport
import Testing

@Suite(.serialized) struct GeomGCNTests {
  @Test(.needsData, arguments: [NodeDatasetName.cornell, .actor])
  func selfLoopsAndDuplicatesAreRead(_ set: NodeDatasetName) throws {
    try withTemporaryFolder { folder in
      try writeAsFetched(set, to: folder)
      let nodes = try set.load(from: folder).nodeCount
      let files = GeomGCNFiles(name: set.rawValue, paths: set.manifest.files.map { folder + "/" + $0.path })
      let (sources, targets) = try files.readEdges(nodes: nodes)
      let directed = try NumpyArchive("\(TestData.folder)/heterophily/\(set.rawValue).npz").array("edges_directed")
      #expect(try directed.int32() == zip(sources, targets).flatMap { [$0, $1] })
    }
  }

  static let nodes = "node_id\tfeature\tlabel\n2\t0,0,1\t0\n0\t1,0,0\t1\n1\t0,0,0\t0\n"
  static let film = "node_id\tfeature\tlabel\n1\t9,3,9\t0\n0\t931\t1\n2\t4\t0\n"
  static let edges = "node_id\tnode_id\n0\t1\n1\t0\n2\t2\n1\t2\n0\t1\n"

  /// Reads a set of three nodes from text.
  static func read(
    nodes: String = nodes, edges: String = edges, isFilm: Bool = false, split: [UInt8]? = nil, in folder: String
  ) throws -> NodeDataset {
    let place = folder + (isFilm ? "/film/" : "/")
    let paths = [place + "out1_node_feature_label.txt", folder + "/e.txt", folder + "/s.npz"]
    try FileManager.default.createDirectory(atPath: folder + "/film", withIntermediateDirectories: true)
    try write(nodes, paths[0])
    try write(edges, paths[1])
    if let split {
      try Data(split).write(to: URL(fileURLWithPath: paths[2]))
    } else {
      let masks = [[1, 0, 0], [0, 1, 0], [0, 0, 1]].map { NumpyArray($0 as [UInt8]) }
      try NumpyArchive.write(
        [("train_mask", masks[0]), ("val_mask", masks[1]), ("test_mask", masks[2])], to: paths[2])
    }
    return try GeomGCNFiles(name: "small", paths: paths).dataset()
  }

  @Test func smallSets() throws {
    try withTemporaryFolder { folder in
      let data = try Self.read(in: folder)
      #expect(data.labels == [1, 0, 0] && data.graph.edgeCount == 4 && data.features.width == 3)
      #expect(data.features.dense().array(of: Float.self) == [1, 0, 0, 0, 0, 0, 0, 0, 1])
      #expect(data.splits == [Split(train: [0], validation: [1], test: [2])])
      let film = try Self.read(nodes: Self.film, isFilm: true, in: folder)
      #expect(film.features.width == 932 && film.features.entryCount == 4)
      #expect(agree(data, try Self.read(nodes: Self.nodes.replacingOccurrences(of: "\n", with: "\r\n"), in: folder)))
    }
  }

  @Test(arguments: [
    ("id\tx\n", "line 1: \"id?x\": expected the column names node_id, feature and label"),
    ("node_id\tfeature\tlabel\n", "lists no nodes, expected one a line"),
    ("node_id\tf\tl\nx\t0\t0\n", "line 2: \"x?0?0\": expected a node id and a tab"),
    ("node_id\tf\tl\n-1\t0\t0\n", "line 2: \"-1?0?0\": expected a node id and a tab"),
    ("node_id\tf\tl\n0\t0\t0\n0\t1\t0\n", "line 3: lists node 0 twice"),
    ("node_id\tf\tl\n0\t0,2\t0\n", "line 2: feature 1 is neither 0 nor 1"),
    ("node_id\tf\tl\n0\t0,\t0\n", "line 2: feature 1 is neither 0 nor 1"),
    ("node_id\tf\tl\n0\t0,1\t0\n1\t0\t0\n", "line 3: has 1 features, expected 2 as in line 2"),
    ("node_id\tf\tl\n0\t0,1\n", "line 2: expected a tab and a class at the end of the line"),
    ("node_id\tf\tl\n0\t0,1\t1.5\n", "line 2: expected a tab and a class at the end of the line"),
    ("node_id\tf\tl\n0\t1\t0\n2\t1\t0\n", "lists 2 nodes, but not node 1, expected ids from 0 on"),
    ("node_id\tf\tl\n0\t1\t-2\n1\t1\t0\n2\t1\t0\n", "node 0: label -2 is no class, expected 0 to 0, or -1 for none"),
  ])
  func eachFaultOfTheNodesIsOneSentence(_ text: String, _ expected: String) throws {
    try withTemporaryFolder { folder in
      #expect(
        sentence(in: folder) { _ = try Self.read(nodes: text, in: folder) }
          == "out1_node_feature_label.txt: " + expected)
    }
  }

  @Test func otherFaults() throws {
    try withTemporaryFolder { folder in
      func fault(nodes: String = Self.nodes, edges: String = Self.edges, isFilm: Bool = false) -> String? {
        sentence(in: folder) { _ = try Self.read(nodes: nodes, edges: edges, isFilm: isFilm, in: folder) }
      }
      let expected = "expected two node ids from 0 to 2, parted by a tab"
      #expect(fault(edges: "0\t1\n") == "e.txt: line 1: \"0?1\": expected the column names node_id, node_id")
      #expect(fault(edges: "node_id\tnode_id\n0\t3\n") == "e.txt: line 2: \"0?3\": \(expected)")
      #expect(fault(edges: "node_id\tnode_id\n0 1\n") == "e.txt: line 2: \"0 1\": \(expected)")
      #expect(fault(edges: "node_id\tnode_id\n0\t1\n\n") == "e.txt: line 3: \"\": \(expected)")
      #expect(
        fault(nodes: "node_id\tf\tl\n0\t1,932\t0\n", isFilm: true)
          == "film/out1_node_feature_label.txt: line 2: \"0?1,932?0\": expected features from 0 to 931, parted by "
          + "commas")
      #expect(
        sentence(in: folder) { _ = try Self.read(split: [1, 2], in: folder) }?.hasPrefix("s.npz: ") == true)
    }
  }
}
