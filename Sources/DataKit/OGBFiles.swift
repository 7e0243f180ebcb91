import FileKit
import SparseKit
import TensorKit

/// The files of one node set of the Open Graph Benchmark (Hu et al. 2020), numbers as gzipped text without names: the
/// edges, dense features and one class of each node, the number of nodes, and the ids of each part of the split.
///
/// The files are read in blocks, so that memory holds what the set holds and not its text. Edges are meant both ways;
/// self-loops and duplicates, which ogbn-products has a few of, are dropped.
internal struct OGBFiles {
  let name: String
  let edges: String
  let features: String
  let labels: String
  let nodeCount: String
  /// Of the train, validation and test parts.
  let parts: [String]

  /// The files below the unpacked archive's root, where `split` names the way that the set is split.
  static func paths(split: String) -> [String] {
    ["edge", "node-feat", "node-label", "num-node-list"].map { "raw/\($0).csv.gz" }
      + ["train", "valid", "test"].map { "split/\(split)/\($0).csv.gz" }
  }

  /// `paths` in the order of `paths(split:)`.
  init(name: String, paths: [String]) {
    self.name = name
    edges = paths[0]
    features = paths[1]
    labels = paths[2]
    nodeCount = paths[3]
    parts = Array(paths[4...])
  }

  func dataset() throws(FileError) -> NodeDataset {
    let counts = try readIds(nodeCount, below: Int(Int32.max), what: "a number of nodes")
    guard counts.count == 1, counts[0] > 0 else {
      throw FileError(path: nodeCount, "lists \(counts.count) graphs, expected one with at least one node")
    }
    let nodes = Int(counts[0])
    let classes = try readIds(labels, below: Int(Int32.max), what: "a class")
    guard classes.count == nodes else {
      throw FileError(path: labels, "has \(classes.count) labels, but \(nodeCount) says \(nodes) nodes")
    }
    let splits = try parts.map { (path) throws(FileError) in try readIds(path, below: nodes, what: "a node id") }
    let x = try readFeatures(nodes: nodes)
    let graph = try readGraph(nodes: nodes)
    return try NodeDataset(
      name: name, graph: graph, features: .dense(x), labels: classes,
      splits: [Split(train: splits[0], validation: splits[1], test: splits[2])],
      files: .init(graph: edges, features: features, labels: labels, split: parts[0]))
  }

  /// One number from 0 to below the limit a line.
  private func readIds(_ path: String, below limit: Int, what: String) throws(FileError) -> [Int32] {
    var result: [Int32] = []
    try readLines(path) { (scanner) throws(FileError) in
      guard let value = scanner.integer(), 0..<limit ~= value else {
        throw scanner.fail("expected \(what) from 0 to \(limit - 1)")
      }
      result.append(Int32(value))
    }
    return result
  }

  private func readGraph(nodes: Int) throws(FileError) -> Graph {
    var sources: [Int32] = [], targets: [Int32] = []
    try readLines(edges) { (scanner) throws(FileError) in
      guard let from = scanner.integer(), scanner.skip(UInt8(ascii: ",")), let to = scanner.integer(),
        0..<nodes ~= from, 0..<nodes ~= to
      else { throw scanner.fail("expected two node ids from 0 to \(nodes - 1), parted by a comma") }
      sources.append(Int32(truncatingIfNeeded: from))
      targets.append(Int32(truncatingIfNeeded: to))
    }
    return try Graph(nodeCount: nodes, sources: sources, targets: targets, path: edges)
  }

  /// Features [nodes, width].
  private func readFeatures(nodes: Int) throws(FileError) -> Tensor {
    // Room that is not used costs nothing, but a lying file must not ask for more than ogbn-products needs.
    let mostReserved = 1 << 28
    var values: [Float] = [], width: Int?
    try readLines(features) { (scanner) throws(FileError) in
      var count = 0
      repeat {
        guard let value = scanner.number(), Float(value).isFinite else {
          throw scanner.fail("field \(count + 1) is no finite number")
        }
        values.append(Float(value))
        count += 1
      } while scanner.skip(UInt8(ascii: ","))
      guard count == width ?? count else {
        throw scanner.failUnquoted("has \(count) numbers, expected \(width!) as in line 1")
      }
      if width == nil { values.reserveCapacity(min(nodes * count, mostReserved)) }
      width = count
    }
    let rows = values.count / (width ?? 1)
    guard let width, rows == nodes else {
      throw FileError(path: features, "has \(rows) rows, but \(nodeCount) says \(nodes) nodes")
    }
    return Tensor(values, shape: [nodes, width])
  }

  /// Calls `body` at the beginning of each line, which it must read to its end.
  private func readLines(
    _ path: String, _ body: (inout NumberScanner) throws(FileError) -> Void
  ) throws(FileError) {
    var line = 1
    try LineBlocks.read(path) { (text) throws(FileError) in
      var scanner = NumberScanner(text, path: path, line: line)
      while !scanner.isAtEnd {
        try body(&scanner)
        guard scanner.isAtLineEnd, scanner.skipLineEnd() else { throw scanner.fail("more follows than was expected") }
      }
      line = scanner.line
    }
  }
}
