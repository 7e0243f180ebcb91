import FileKit
import Foundation
import TestSupport
import Testing

@testable import DataKit

/// What `gossamer-data fetch` lays in a folder, `NodeDatasetName.load` reads from it.
@Suite(.serialized, .needsData) struct FetchedSetTests {
  @Test(arguments: [
    NodeDatasetName.cora, .citeseer, .cornell, .texas, .actor, .chameleonFiltered, .minesweeper, .cornellYandex,
    .coraML,
  ])
  func setsAgreeWithArchives(_ set: NodeDatasetName) throws {
    let data = try set.load(from: TestData.folder)
    try withTemporaryFolder { folder in
      try writeAsFetched(set, to: folder)
      let fetched = try set.load(from: folder)
      guard set == .coraML else { return #expect(agree(fetched, data)) }
      #expect(agree(try fetched.with(splits: []), try data.with(splits: [])))
      #expect(fetched.splits.map(\.summary) == ["140/210/2645"])
      #expect(fetched.splitOrigin == "drawn: 20 and 30 a class, seed 0" && data.splitOrigin == "cora_ml.npz")
      for label in 0..<7 { #expect(fetched.splits[0].validation.count { data.labels[Int($0)] == label } == 30) }
    }
  }

  /// The sets of the Open Graph Benchmark are too large here: another graph lies in their place, which is read whole
  /// before its sizes are refused.
  @Test(arguments: [(NodeDatasetName.arxiv, 169_343), (.products, 2_449_029)])
  func openGraphBenchmark(_ set: NodeDatasetName, nodes: Int) throws {
    let data = try NodeDatasetName.chameleonFiltered.load(from: TestData.folder)
    try withTemporaryFolder { folder in
      try writeAsFetched(set, to: folder)
      let read = try set.dataset(readFrom: set.manifest.files.map { folder + "/" + $0.path })
      #expect(read.graph.adjacency.columnIndices == data.graph.adjacency.columnIndices && read.labels == data.labels)
      #expect(read.splits == [data.splits[0]] && read.features.width == 16)
      #expect(
        sentence(in: folder) { _ = try set.load(from: folder) }
          == "ogb/\(set.rawValue)/raw/edge.csv.gz: \(set.rawValue) has 890 nodes, expected \(nodes)")
    }
  }

  @Test(arguments: [NodeDatasetName.texas, .chameleonFiltered, .cora, .coraML])
  func otherFoldersAreSearched(_ set: NodeDatasetName) throws {
    try withTemporaryFolder { folder in
      try writeAsFetched(set, to: folder)
      #expect(agree(try set.load(from: folder + "/" + set.manifest.folder), try set.load(from: folder)))
    }
  }

  // MARK: Hashes

  private func flip(_ path: String) throws -> (before: String, after: String) {
    var bytes = try FileBytes.read(path)
    let before = SHA256.hexDigest(of: bytes)
    bytes[bytes.count / 2] ^= 1
    try AtomicFile.write(bytes, to: path)
    return (before, SHA256.hexDigest(of: bytes))
  }

  @Test(arguments: [(NodeDatasetName.cora, "as published"), (.texas, "as at its first download")])
  func flippedBitIsNamedWithBothHashes(_ set: NodeDatasetName, origin: String) throws {
    try withTemporaryFolder { folder in
      try writeAsFetched(set, to: folder)
      for file in set.manifest.files {
        let path = folder + "/" + file.path, right = try FileBytes.read(path)
        let hashes = try flip(path)
        #expect(
          sentence(in: folder) { _ = try set.load(from: folder) }
            == "\(file.path): has SHA-256 \(hashes.after), expected \(hashes.before) \(origin)")
        try AtomicFile.write(right, to: path)
      }
      #expect(sentence { _ = try set.load(from: folder) } == nil)
    }
  }

  @Test func publishedHashesHoldWhereverTheFilesLie() throws {
    try withTemporaryFolder { folder in
      try writeAsFetched(.cora, to: folder)
      let place = folder + "/planetoid/original", hashes = try flip(place + "/ind.cora.ty")
      #expect(
        sentence(in: place) { _ = try NodeDatasetName.cora.load(from: place) }
          == "ind.cora.ty: has SHA-256 \(hashes.after), expected \(hashes.before) as published")
    }
  }

  @Test func filesOfUnknownHashAreRead() throws {
    try withTemporaryFolder { folder in
      try writeAsFetched(.chameleonFiltered, to: folder)
      try AtomicFile.write("{\"files\": {}}", to: folder + "/manifest.json")
      #expect(sentence { _ = try NodeDatasetName.chameleonFiltered.load(from: folder) } == nil)
      try AtomicFile.write("{", to: folder + "/manifest.json")
      #expect(
        sentence(in: folder) { _ = try NodeDatasetName.chameleonFiltered.load(from: folder) }?
          .hasPrefix("manifest.json: offset 1: ") == true)
    }
  }

  /// A file of 64 MiB takes a fifth of a second to hash, so `gossamer-data verify` does that, not every run.
  @Test func largeFilesAreNotHashed() throws {
    try withTemporaryFolder { folder in
      let path = NodeDatasetName.minesweeper.manifest.files[0].path
      try DataRecords.add(
        [path: .init(bytes: 1, sha256: String(repeating: "0", count: 64), address: "")], in: folder)
      try FileManager.default.createDirectory(
        atPath: folder + "/heterophilous-graphs/data", withIntermediateDirectories: true)
      func problem(bytes: Int) -> String {
        #expect(FileManager.default.createFile(atPath: folder + "/" + path, contents: nil))
        #expect(truncate(folder + "/" + path, bytes) == 0)
        return sentence(in: folder) { _ = try NodeDatasetName.minesweeper.load(from: folder) } ?? ""
      }
      #expect(problem(bytes: 100).hasPrefix(path + ": has SHA-256 "))
      #expect(!problem(bytes: 64 << 20).contains("SHA-256"))
    }
  }
}

/// The sentences for sets that are not there.
@Suite struct MissingSetTests {
  private let raw = "https://raw.githubusercontent.com/"

  private func alternatives(_ name: String) -> String {
    "use --data DIR for a folder that holds it, `gossamer-data fetch \(name)` to download it, or --dataset "
      + "twin:\(name), which needs no files"
  }

  @Test(arguments: [
    (
      NodeDatasetName.cora, "planetoid/original/ind.cora.x",
      "SHA-256 23cfa55d91c6f624233f5eb7b6e3f141f1bd2b2ae39608a63cf5d084bb27baab, from RAW/kimiyoung/planetoid/"
        + "af6abf468a772cc055bec88c52e4d6f51b7c37e3/data/ind.cora.x",
      "planetoid/ind.cora.x, original/ind.cora.x, ind.cora.x, planetoid/cora.npz and cora.npz"
    ),
    (
      .texas, "geom-gcn/new_data/texas/out1_node_feature_label.txt",
      "no hash published, from RAW/graphdml-uiuc-jlu/geom-gcn/f1fc0d14b3b019c562737240d06ec83b07d16a8f/new_data/texas/"
        + "out1_node_feature_label.txt",
      "new_data/texas/out1_node_feature_label.txt, heterophily/texas.npz and texas.npz"
    ),
    (
      .coraML, "graph2gauss/data/cora_ml.npz",
      "no hash published, from RAW/abojchevski/graph2gauss/master/data/cora_ml.npz",
      "graph2gauss/cora_ml.npz, data/cora_ml.npz, cora_ml.npz and graphs/cora_ml.npz"
    ),
    (
      .arxiv, "ogb/arxiv/raw/edge.csv.gz",
      "no hash published, from member \"arxiv/raw/edge.csv.gz\" of "
        + "https://snap.stanford.edu/ogb/data/nodeproppred/arxiv.zip",
      "ogb/ogbn_arxiv/raw/edge.csv.gz, arxiv/raw/edge.csv.gz, ogbn_arxiv/raw/edge.csv.gz and raw/edge.csv.gz"
    ),
  ])
  func everyPlaceIsNamed(_ set: NodeDatasetName, _ file: String, _ facts: String, _ places: String) throws {
    try withTemporaryFolder { folder in
      #expect(
        sentence(in: folder) { _ = try set.load(from: folder) }
          == "\(file): is missing (\(facts.replacingOccurrences(of: "RAW/", with: raw))), and none of \(places) stands "
          + "in for it; \(alternatives(set.rawValue))")
    }
  }

  @Test func missingFolderIsNamed() throws {
    try withTemporaryFolder { folder in
      #expect(
        sentence(in: folder) { _ = try NodeDatasetName.coauthorCS.load(from: folder + "/none") }
          == "none/gnn-benchmark/data/npz/ms_academic_cs.npz: is missing (no hash published, from \(raw)"
          + "shchur/gnn-benchmark/master/data/npz/ms_academic_cs.npz), as is the folder itself; "
          + alternatives("coauthor_cs"))
    }
  }

  @Test(.needsData) func missingPartIsNamed() throws {
    try withTemporaryFolder { folder in
      try writeAsFetched(.texas, to: folder)
      let split = "geom-gcn/splits/texas_split_0.6_0.2_3.npz"
      try FileManager.default.removeItem(atPath: folder + "/" + split)
      let expected =
        "is missing (no hash published, from \(raw)graphdml-uiuc-jlu/geom-gcn/"
        + "f1fc0d14b3b019c562737240d06ec83b07d16a8f/splits/texas_split_0.6_0.2_3.npz), beside 11 of "
        + "the set's 12 files; " + alternatives("texas")
      #expect(sentence(in: folder) { _ = try NodeDatasetName.texas.load(from: folder) } == "\(split): \(expected)")
      let place = folder + "/geom-gcn"
      #expect(
        sentence(in: place) { _ = try NodeDatasetName.texas.load(from: place) }
          == "splits/texas_split_0.6_0.2_3.npz: \(expected)")
    }
  }
}
