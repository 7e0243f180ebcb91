import FileKit
import SparseKit
import TensorKit

/// The files of one set of Geom-GCN (Pei et al. 2020): nodes and edges as text, ten splits as `.npz`.
///
/// A line of `out1_node_feature_label.txt` is a node id, its features and its label, parted by tabs; the nodes come in
/// any order. The features are zeros and ones parted by commas or, for `film` (Actor), the numbers of the features that
/// are present, some of them twice. A line of `out1_graph_edges.txt` is a directed edge; self-loops and duplicates
/// occur. The graph of the data set is undirected and has neither.
internal struct GeomGCNFiles {
  static let splitCount = 10
  /// Width of the features of `film`, which its file does not tell: it says 931, but names feature 931.
  private static let filmWidth = 932

  let name: String
  let nodes: String
  let edges: String
  let splits: [String]

  /// The files of the set that the source calls `name`, below the source's root.
  static func paths(of name: String) -> [String] {
    ["new_data/\(name)/out1_node_feature_label.txt", "new_data/\(name)/out1_graph_edges.txt"]
      + (0..<splitCount).map { "splits/\(name)_split_0.6_0.2_\($0).npz" }
  }

  /// `paths` in the order of `paths(of:)`.
  init(name: String, paths: [String]) {
    self.name = name
    nodes = paths[0]
    edges = paths[1]
    splits = Array(paths[2...])
  }

  func dataset() throws(FileError) -> NodeDataset {
    let (features, labels) = try readNodes()
    let (sources, targets) = try readEdges(nodes: labels.count)
    return try NodeDataset(
      name: name, graph: Graph(nodeCount: labels.count, sources: sources, targets: targets, path: edges),
      features: features, labels: labels, splits: readSplits(nodes: labels.count),
      files: .init(graph: edges, features: nodes, labels: nodes, split: splits.first))
  }

  // MARK: Nodes

  /// One line of the nodes' file.
  private struct Row {
    var columns: Range<Int>
    var label: Int32
  }

  private func readNodes() throws(FileError) -> (features: NodeFeatures, labels: [Int32]) {
    let bytes = try FileBytes.read(nodes)
    let listWidth = nodes.hasSuffix("film/out1_node_feature_label.txt") ? Self.filmWidth : nil
    var rows: [Int: Row] = [:], columns: [Int32] = [], width = listWidth
    try bytes.withUnsafeBufferPointer { (text) throws(FileError) in
      var scanner = NumberScanner(text, path: nodes)
      guard text.starts(with: "node_id\t".utf8) else {
        throw scanner.fail("expected the column names node_id, feature and label")
      }
      scanner.skipLine()
      while !scanner.isAtEnd {
        guard let node = scanner.integer(), node >= 0, node <= Int(Int32.max), scanner.skip(0x09) else {
          throw scanner.fail("expected a node id and a tab")
        }
        guard rows[node] == nil else { throw scanner.failUnquoted("lists node \(node) twice") }
        let start = columns.count
        if let listWidth {
          try readList(&scanner, &columns, width: listWidth)
        } else {
          let count = try readBits(&scanner, &columns)
          guard count == width ?? count else {
            throw scanner.failUnquoted("has \(count) features, expected \(width!) as in line 2")
          }
          width = count
        }
        guard scanner.skip(0x09), let label = scanner.integer(), let class32 = Int32(exactly: label),
          scanner.isAtLineEnd, scanner.skipLineEnd()
        else { throw scanner.failUnquoted("expected a tab and a class at the end of the line") }
        rows[node] = Row(columns: start..<columns.count, label: class32)
      }
    }
    guard let width, !rows.isEmpty else { throw FileError(path: nodes, "lists no nodes, expected one a line") }
    var starts: [Int64] = [0], ordered: [Int32] = [], labels: [Int32] = []
    ordered.reserveCapacity(columns.count)
    for node in 0..<rows.count {
      guard let row = rows[node] else {
        throw FileError(path: nodes, "lists \(rows.count) nodes, but not node \(node), expected ids from 0 on")
      }
      ordered += columns[row.columns]
      starts.append(Int64(ordered.count))
      labels.append(row.label)
    }
    let features = try NodeFeatures(
      rows: rows.count, width: width, starts: starts, columns: ordered,
      values: [Float](repeating: 1, count: ordered.count), path: nodes, place: "features")
    return (features, labels)
  }

  /// Reads `0,1,0,...`, adds the places of the ones and gives the number of features.
  private func readBits(_ scanner: inout NumberScanner, _ columns: inout [Int32]) throws(FileError) -> Int {
    var count = 0
    repeat {
      guard let bit = scanner.integer(), 0...1 ~= bit else {
        throw scanner.failUnquoted("feature \(count) is neither 0 nor 1")
      }
      if bit == 1 { columns.append(Int32(truncatingIfNeeded: count)) }
      count += 1
    } while scanner.skip(UInt8(ascii: ","))
    return count
  }

  /// Reads `17,3,...` and adds the numbers in ascending order, each once.
  private func readList(_ scanner: inout NumberScanner, _ columns: inout [Int32], width: Int) throws(FileError) {
    var present: Set<Int32> = []
    repeat {
      guard let feature = scanner.integer(), 0..<width ~= feature else {
        throw scanner.fail("expected features from 0 to \(width - 1), parted by commas")
      }
      present.insert(Int32(feature))
    } while scanner.skip(UInt8(ascii: ","))
    columns += present.sorted()
  }

  // MARK: Edges and splits

  /// The directed edges as the file lists them, self-loops and duplicates included.
  func readEdges(nodes: Int) throws(FileError) -> (sources: [Int32], targets: [Int32]) {
    let bytes = try FileBytes.read(edges)
    var sources: [Int32] = [], targets: [Int32] = []
    try bytes.withUnsafeBufferPointer { (text) throws(FileError) in
      var scanner = NumberScanner(text, path: edges)
      guard text.starts(with: "node_id\t".utf8) else {
        throw scanner.fail("expected the column names node_id, node_id")
      }
      scanner.skipLine()
      while !scanner.isAtEnd {
        guard let from = scanner.integer(), scanner.skip(0x09), let to = scanner.integer(), scanner.isAtLineEnd,
          0..<nodes ~= from, 0..<nodes ~= to
        else { throw scanner.fail("expected two node ids from 0 to \(nodes - 1), parted by a tab") }
        guard scanner.skipLineEnd() else { throw scanner.fail("expected a line end") }
        sources.append(Int32(from))
        targets.append(Int32(to))
      }
    }
    return (sources, targets)
  }

  private func readSplits(nodes: Int) throws(FileError) -> [Split] {
    try splits.map { (path) throws(FileError) in
      let reader = NodeArchiveReader(archive: try NumpyArchive(path))
      let masks = try ["train_mask", "val_mask", "test_mask"].map { (name) throws(FileError) in
        try reader.mask(name, nodes: nodes, isSingle: true)[0]
      }
      return Split(train: masks[0], validation: masks[1], test: masks[2])
    }
  }
}
