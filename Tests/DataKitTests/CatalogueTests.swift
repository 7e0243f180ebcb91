@testable import DataKit
import FileKit
import Foundation
import SparseKit
import TensorKit
import TestSupport
import Testing

@Suite(.serialized, .needsData)
struct CatalogueTests {
  /// The sets that the data folder holds as `.npz`.
  static let present = NodeDatasetName.allCases.filter { name in
    name.manifest.archivePath.map { FileManager.default.fileExists(atPath: "\(TestData.folder)/\($0)") } ?? false
  }

  var planetoid: String { TestData.folder + "/planetoid" }

  @Test(arguments: present) func knownSizes(_ name: NodeDatasetName) throws {
    let data = try name.load(from: TestData.folder), entry = name.entry
    #expect(data.name == name.rawValue && data.graph.adjacency.isSymmetric)
    #expect(data.sizes.nodes == entry.sizes.nodes && data.sizes.edges == entry.sizes.edges)
    #expect(data.sizes.features == entry.sizes.features && data.sizes.split == entry.sizes.split)
    // Over all nodes Citeseer has 0.736; its 15 unlabelled nodes, which have edges, do not count here.
    let homophily = name == .citeseer ? 0.738 : try #require(entry.homophily)
    #expect(abs(try #require(data.homophily) - homophily) < 5e-4)
    #expect(data.classSizes.reduce(0, +) == data.labelledNodes.count)
    #expect(data.unlabelled.count == (name == .citeseer ? 15 : 0))
    if name != .citeseer { #expect(data.classSizes == name.twin.classSizes) }
    #expect(data.splits.count == (name.manifest.archivePath!.hasPrefix("heterophily") ? 10 : 1))
  }

  @Test func publicSplitsHaveTwentyAClass() throws {
    let data = try NodeDatasetName.citeseer.load(from: planetoid)
    for label in 0..<6 { #expect(data.splits[0].train.count { data.labels[Int($0)] == label } == 20) }
    #expect(data.isolatedCount == 48 && data.unlabelled.allSatisfy { data.labels[Int($0)] == -1 })
  }

  @Test func summaryOfCora() throws {
    #expect(
      try NodeDatasetName.cora.load(from: planetoid).summary
        == "cora: 2708 nodes, 5278 undirected edges, 1433 features (49216 entries), 7 classes, homophily 0.810, "
        + "split 140/500/1000 (cora.npz)")
  }

  /// The constants of the topology-aware initialisation (GradientGCN), which check normalisation and loader at once.
  @Test(arguments: [
    (NodeDatasetName.cora, 0.925162, 0.936867, 0.228651), (.citeseer, 0.958064, 0.959720, 0.323658),
    (.pubmed, 0.829376, 0.859589, 0.216078),
  ])
  func propagationConstants(_ set: NodeDatasetName, meanSum: Double, high: Double, low: Double) throws {
    let data = try set.load(from: planetoid)
    let propagation = data.graph.propagation(.symmetric, dtype: .float64)
    let ones = Tensor.ones([data.nodeCount, 1], dtype: .float64)
    let nodes = Double(data.nodeCount)
    let sums = spmm(propagation, ones).array(of: Double.self)
    #expect(abs(sums.reduce(0, +) / nodes - meanSum) < 1e-6)
    #expect(abs(sums.reduce(0) { $0 + $1 * $1 } / nodes - high) < 1e-6)
    let squares = Tensor(propagation.rowScale!.array(of: Double.self).map { $0 * $0 })
    let squared = SparseMatrix(propagation.pattern, rowScale: squares, columnScale: squares)
    #expect(abs(spmm(squared, ones).array(of: Double.self).reduce(0, +) / nodes - low) < 1e-6)
  }

  @Test func otherArchivesAreNamed() throws {
    #expect(
      sentence(in: TestData.folder) { _ = try NodeDataset(npz: "\(TestData.folder)/graphs/slashdot0902.npz") }
        == "graphs/slashdot0902.npz: holds no array \"adj_indptr\", only \"edges_directed\"")
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(
        atPath: TestData.folder + "/heterophily/cornell.npz", toPath: folder + "/cornell_yandex.npz")
      #expect(
        sentence(in: folder) { _ = try NodeDatasetName.cornellYandex.load(from: folder) }
          == "cornell_yandex.npz: cornell_yandex has 15266 feature entries, expected 17240")
    }
  }

  /// Sizes that Shchur et al. (2018) state for the largest component.
  @Test func largestComponentOfAmazonPhoto() throws {
    let choice = NodeDatasetChoice("largest:photo")
    #expect(choice == .largestComponent(.amazonPhoto))
    let data = try choice!.load(from: URL(fileURLWithPath: TestData.folder), seed: 0)
    #expect(data.splits[0].summary == "160/240/7087" && data.splitOrigin == "drawn: 20 and 30 a class, seed 0")
    let stored = try NodeDatasetName.amazonPhoto.load(from: TestData.folder)
    #expect(stored.splitOrigin == "amazon_photo.npz" && stored.nodeCount == 7650)
    #expect(data.nodeCount == 7487 && data.graph.edgeCount == 2 * 119043 && data.isolatedCount == 0)
    #expect(data.features.rows == 7487 && data.features.width == 745 && data.classCount == 8)
  }

  @Test func upstreamFaults() throws {
    try withTemporaryFolder { folder in
      for part in PlanetoidFiles.parts {
        try FileManager.default.copyItem(
          atPath: "\(planetoid)/original/ind.cora.\(part)", toPath: "\(folder)/ind.cora.\(part)")
      }
      let paths = PlanetoidFiles.parts.map { "\(folder)/ind.cora.\($0)" }
      func fault(_ part: String, _ change: (String) throws -> Void) throws -> String? {
        let path = "\(folder)/ind.cora.\(part)"
        let saved = try Data(contentsOf: URL(fileURLWithPath: path))
        try FileManager.default.removeItem(atPath: path)
        try change(path)
        defer {
          try? FileManager.default.removeItem(atPath: path)
          try? saved.write(to: URL(fileURLWithPath: path))
        }
        return sentence(in: folder) { _ = try NodeDatasetName.cora.dataset(readFrom: paths) }
      }
      func replaced(_ part: String, by other: String) throws -> String? {
        try fault(part) { try FileManager.default.copyItem(atPath: "\(planetoid)/original/\(other)", toPath: $0) }
      }
      #expect(
        try fault("tx") { try FileManager.default.copyItem(atPath: "\(planetoid)/original/ind.cora.tx", toPath: $0) }
          == nil)
      #expect(try replaced("tx", by: "ind.citeseer.tx") == "ind.cora.tx: has 3703 features, but \"allx\" has 1433")
      #expect(
        try replaced("test.index", by: "ind.citeseer.test.index")
          == "ind.cora.test.index: line 3: node 3261 is no test node, expected 1708 to 2707")
      #expect(
        try replaced("graph", by: "ind.cora.y")
          == "ind.cora.graph: holds a numpy ndarray, expected a dict of lists")
      #expect(try replaced("x", by: "ind.cora.graph") == "ind.cora.x: holds a dict, expected a scipy csr_matrix")
      #expect(
        try replaced("y", by: "ind.cora.x")
          == "ind.cora.y: holds a scipy csr_matrix, expected a numpy array of two axes")
      #expect(try replaced("x", by: "ind.cora.tx") == "ind.cora.y: has 140 rows, but \"x\" has 1000")
      #expect(
        try fault("test.index") { try write(String(repeating: "1708\n", count: 1000), $0) }
          == "ind.cora.test.index: line 2: lists node 1708 twice")
      #expect(
        try fault("test.index") { try write("1708\n2.5\n", $0) }
          == "ind.cora.test.index: line 2: 2.5 is not a whole number, expected one node id")
      #expect(
        try fault("test.index") { try write("17o8\n1709\n", $0) }
          == "ind.cora.test.index: line 1: field 1, \"17o8\", is not a number")
    }
  }
}

@Suite struct CatalogueSearchTests {
  @Test func namesAndAliases() {
    var names: Set<String> = []
    for name in NodeDatasetName.allCases {
      for text in [name.rawValue] + name.aliases {
        #expect(names.insert(text).inserted, "\(text) names two sets")
        #expect(NodeDatasetName(text) == name && NodeDatasetName(text.uppercased()) == name)
      }
      let entry = name.entry
      #expect(!entry.contents.isEmpty && entry.sizes.split.count == 3)
    }
    #expect(NodeDatasetName("Cora-ML") == .coraML && NodeDatasetName("ogbn-arxiv") == .arxiv)
    #expect(NodeDatasetName("film") == .actor && NodeDatasetName("reddit") == nil && NodeDatasetName("") == nil)
  }

  @Test func choices() throws {
    #expect(NodeDatasetChoice("texas") == .files(.texas) && NodeDatasetChoice("twin") == .twin(.cora))
    #expect(NodeDatasetChoice("Twin:ogbn-products@100000") == .twin(.products, nodes: 100_000))
    for text in [
      "", "largest", "largest:", "largest:nope", "twin:", "twin:nope", "texas@10", "twin:texas@", "twin:texas@0",
      "twin:texas@-1", "twin@5",
    ] {
      #expect(NodeDatasetChoice(text) == nil, "\(text)")
    }
    #expect(NodeDatasetChoice("twin:texas@3000001") == nil)
    for text in ["texas", "largest:actor", "twin:cora", "twin:products@100000"] {
      #expect(NodeDatasetChoice(text)?.description == text)
    }
    let nowhere = URL(fileURLWithPath: "/nowhere")
    let twin = try NodeDatasetChoice("twin:texas@100")!.load(from: nowhere, seed: 1)
    #expect(twin.name == "twin:texas" && twin.splits.count == 10)
  }
}
