@testable import DataKit
import FileKit
import Foundation
import SparseKit
import TensorKit
import TestSupport
import Testing

@Suite(.needsData)
struct PlanetoidTests {
  var planetoid: String { TestData.folder + "/planetoid" }

  @Test(arguments: Planetoid.allCases) func knownSizes(_ set: Planetoid) throws {
    let data = try set.load(from: TestData.folder)
    #expect(data.sizes == set.sizes && data.graph.adjacency.isSymmetric && data.splits.count == 1)
    let train = data.splits[0].train
    for label in 0..<data.classCount { #expect(train.count { data.labels[Int($0)] == label } == 20) }
    let homophily = try #require(data.homophily)
    // Over all nodes Citeseer has 0.736; its 15 unlabelled nodes, which have edges, do not count here.
    let known: [Planetoid: Double] = [.cora: 0.810, .citeseer: 0.738, .pubmed: 0.802]
    #expect(abs(homophily - known[set]!) < 5e-4)
    #expect(data.unlabelled.allSatisfy { data.labels[Int($0)] == -1 })
    #expect(data.classSizes.reduce(0, +) == data.labelledNodes.count)
    #expect(data.isolatedCount == (set == .citeseer ? 48 : 0) && data.unlabelled.count == (set == .citeseer ? 15 : 0))
  }

  @Test func summaryOfCora() throws {
    #expect(
      try Planetoid.cora.load(from: planetoid).summary
        == "cora: 2708 nodes, 5278 undirected edges, 1433 features (49216 entries), 7 classes, homophily 0.810, "
        + "split 140/500/1000")
  }

  @Test(arguments: [Planetoid.cora, .citeseer]) func upstreamFilesAgreeWithArchive(_ set: Planetoid) throws {
    #expect(agree(try set.load(from: planetoid), try set.load(from: planetoid + "/original/")))
  }

  /// The constants of the topology-aware initialisation (GradientGCN), which check normalisation and loader at once.
  @Test(arguments: [
    (Planetoid.cora, 0.925162, 0.936867, 0.228651), (.citeseer, 0.958064, 0.959720, 0.323658),
    (.pubmed, 0.829376, 0.859589, 0.216078),
  ])
  func propagationConstants(_ set: Planetoid, meanSum: Double, high: Double, low: Double) throws {
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

  @Test(arguments: ["texas", "minesweeper"]) func setsWithTenSplits(_ name: String) throws {
    let data = try NodeDataset(npz: "\(TestData.folder)/heterophily/\(name).npz")
    #expect(data.name == name && data.splits.count == 10)
    #expect(data.splits[0].summary == (name == "texas" ? "87/59/37" : "5000/2500/2500"))
    #expect(abs(data.homophily! - (name == "texas" ? 0.061 : 0.683)) < 5e-4)
  }

  @Test func setWithCodedSplit() throws {
    let data = try NodeDataset(npz: "\(TestData.folder)/graphs/cora_ml.npz")
    #expect(data.sizes.edges == 2 * 8158 && data.sizes.featureEntries == 151171 && data.splits[0].train.count == 140)
    #expect(
      sentence(in: TestData.folder) { _ = try NodeDataset(npz: "\(TestData.folder)/graphs/slashdot0902.npz") }
        == "graphs/slashdot0902.npz: holds no array \"adj_indptr\", only \"edges_directed\"")
  }

  @Test func upstreamFaults() throws {
    try withTemporaryFolder { folder in
      for part in PlanetoidFiles.parts {
        try FileManager.default.copyItem(
          atPath: "\(planetoid)/original/ind.cora.\(part)", toPath: "\(folder)/ind.cora.\(part)")
      }
      func fault(_ part: String, _ change: (String) throws -> Void) throws -> String? {
        let path = "\(folder)/ind.cora.\(part)"
        let saved = try Data(contentsOf: URL(fileURLWithPath: path))
        try FileManager.default.removeItem(atPath: path)
        try change(path)
        defer {
          try? FileManager.default.removeItem(atPath: path)
          try? saved.write(to: URL(fileURLWithPath: path))
        }
        return sentence(in: folder) { _ = try Planetoid.cora.load(from: folder) }
      }
      func replaced(_ part: String, by other: String) throws -> String? {
        try fault(part) { try FileManager.default.copyItem(atPath: "\(planetoid)/original/\(other)", toPath: $0) }
      }
      #expect(sentence { _ = try Planetoid.cora.load(from: folder) } == nil)
      #expect(
        try fault("tx") { _ in }
          == "ind.cora.tx: is missing beside the other files of cora (missing in all: ind.cora.tx); they come from "
          + "https://github.com/kimiyoung/planetoid/tree/master/data, and --dataset twin needs no files")
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

@Suite struct PlanetoidSearchTests {
  @Test func missingFilesAreExplained() throws {
    try withTemporaryFolder { folder in
      let remedy = "they come from \(Planetoid.address), and --dataset twin needs no files"
      #expect(
        sentence { _ = try Planetoid.cora.load(from: folder + "/none") }
          == "\(folder)/none: is no folder, expected one with the files of cora; \(remedy)")
      #expect(
        sentence { _ = try Planetoid.pubmed.load(from: folder) }
          == "\(folder): holds neither pubmed.npz nor ind.pubmed.{x,y,tx,ty,allx,ally,graph,test.index}, not in its "
          + "folders planetoid, original and planetoid/original either; \(remedy)")
    }
  }
}
