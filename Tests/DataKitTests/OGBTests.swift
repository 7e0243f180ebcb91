@testable import DataKit
import FileKit
import Foundation
import SparseKit
import TensorKit
import TestSupport
import Testing

@Suite(.serialized) struct OGBTests {
  static let names = ["edge", "node-feat", "node-label", "num-node-list", "train", "valid", "test"]
  static let small = [
    "0,1\n2,1\n1,0\n2,2\n", "0.5,-1.25e-1\n0.100000,2\n-3.0,0\n", "0\n1\n0\n", "3\n", "0\n", "2\n", "1\n",
  ]

  static func paths(_ folder: String) -> [String] { names.map { "\(folder)/\($0).csv.gz" } }

  func read(_ texts: [String] = small, in folder: String) throws -> NodeDataset {
    for (text, path) in zip(texts, Self.paths(folder)) { try Gzip.write(Array(text.utf8), to: path) }
    return try OGBFiles(name: "small", paths: Self.paths(folder)).dataset()
  }

  @Test func smallSet() throws {
    try withTemporaryFolder { folder in
      let data = try read(in: folder)
      #expect(data.graph.edgeCount == 4 && data.labels == [0, 1, 0])
      #expect(data.features.dense().array(of: Float.self) == [0.5, -0.125, 0.1, 2, -3, 0])
      #expect(data.splits == [Split(train: [0], validation: [2], test: [1])])
      #expect(agree(data, try read(Self.small.map { $0.replacingOccurrences(of: "\n", with: "\r\n") }, in: folder)))
      #expect(agree(data, try read(Self.small.map { String($0.dropLast()) }, in: folder)), "without a last line end")
    }
  }

  @Test(arguments: [
    ("edge", "0,1\n0,3\n", "line 2: \"0,3\": expected two node ids from 0 to 2, parted by a comma"),
    ("edge", "0 1\n", "line 1: \"0 1\": expected two node ids from 0 to 2, parted by a comma"),
    ("edge", "0,1,5\n", "line 1: \"0,1,5\": more follows than was expected"),
    ("node-feat", "1\n2\n", "has 2 rows, but num-node-list.csv.gz says 3 nodes"),
    ("node-feat", "1,2\n3\n4,5\n", "line 2: has 1 numbers, expected 2 as in line 1"),
    ("node-feat", "1,x\n", "line 1: \"1,x\": field 2 is no finite number"),
    ("node-feat", "1,nan\n", "line 1: \"1,nan\": field 2 is no finite number"),
    ("node-feat", "1e39\n", "line 1: \"1e39\": field 1 is no finite number"),
    ("node-feat", "", "has 0 rows, but num-node-list.csv.gz says 3 nodes"),
    ("node-label", "0\n1\n", "has 2 labels, but num-node-list.csv.gz says 3 nodes"),
    ("node-label", "0\n-1\n0\n", "line 2: \"-1\": expected a class from 0 to 2147483646"),
    (
      "node-label", "0\n9\n0\n",
      "node 1: label 9 makes more classes than there are nodes (3), expected classes counted from 0"
    ),
    ("num-node-list", "3\n3\n", "lists 2 graphs, expected one with at least one node"),
    ("num-node-list", "0\n", "lists 1 graphs, expected one with at least one node"),
    ("train", "0\n3\n", "line 2: \"3\": expected a node id from 0 to 2"),
    ("train", "0\n2\n", "split: node 2 is in the train part and in the validation part"),
    ("train", "", "split: the train part is empty, expected at least one node"),
  ])
  func eachFaultIsOneSentence(_ part: String, _ text: String, _ expected: String) throws {
    try withTemporaryFolder { folder in
      var texts = Self.small
      texts[Self.names.firstIndex(of: part)!] = text
      #expect(sentence(in: folder) { _ = try read(texts, in: folder) } == "\(part).csv.gz: \(expected)")
    }
  }

  @Test func damagedArchives() throws {
    try withTemporaryFolder { folder in
      _ = try read(in: folder)
      let path = Self.paths(folder)[1]
      try Data([0x1f, 0x8b, 8]).write(to: URL(fileURLWithPath: path))
      #expect(
        sentence(in: folder) { _ = try OGBFiles(name: "small", paths: Self.paths(folder)).dataset() }
          == "node-feat.csv.gz: offset 3: the compressed data end early")
    }
  }

  /// Minesweeper's graph, labels and first split with decimal features, in many blocks of text.
  @Test(.needsData) func realGraphAgreesWithArchive() throws {
    let data = try NodeDatasetName.minesweeper.load(from: TestData.folder)
    let rows = data.graph.adjacency.rowIndices, columns = data.graph.adjacency.columnIndices
    var random = SplitMix64(seed: 1)
    let width = 12
    let values = (0..<data.nodeCount * width).map { _ in
      Float(random.unit() - 0.5) / Float(1 + random.integer(below: 99))
    }
    let features = stride(from: 0, to: values.count, by: width).map { start in
      values[start..<start + width].map { "\($0)" }.joined(separator: ",") + "\n"
    }
    let edges = zip(rows, columns).filter { $0 < $1 }.map { "\($0),\($1)\n" }
    let texts =
      [edges.joined(), features.joined(), data.labels.map { "\($0)\n" }.joined(), "\(data.nodeCount)\n"]
      + [data.splits[0].train, data.splits[0].validation, data.splits[0].test].map { $0.map { "\($0)\n" }.joined() }
    try withTemporaryFolder { folder in
      let read = try read(texts, in: folder)
      #expect(texts[1].utf8.count > 1 << 20)
      #expect(read.graph.adjacency.columnIndices == columns && read.labels == data.labels)
      #expect(read.splits == [data.splits[0]] && read.features.dense().array(of: Float.self) == values)
    }
  }
}
