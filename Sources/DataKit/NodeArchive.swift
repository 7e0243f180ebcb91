import FileKit
import SparseKit
import TensorKit

extension NodeDataset {
  /// Reads a data set from one `.npz` file, in one of three layouts, which the names of the arrays tell apart.
  ///
  /// - Gossamer's own: `adj_indptr`, `adj_indices` (symmetric, no self-loops); sparse features `x_indptr`, `x_indices`,
  ///   `x_data`, `x_shape` or dense ones `x`; `y`; optionally one split as `train_mask`, `val_mask`, `test_mask`
  ///   [nodes], several as `train_masks`, `val_masks`, `test_masks` [splits, nodes], or `split` [nodes] with 0 train,
  ///   1 validation, 2 test, 255 none; optionally `unlabelled`, a list of nodes.
  /// - yandex-research/heterophilous-graphs: `node_features` [nodes, width], `node_labels`, `edges` [edges, 2], and
  ///   splits as above. Features of at least 64 columns, at most a quarter of them present, become sparse.
  /// - shchur/gnn-benchmark: scipy's `adj_indptr`, `adj_indices`, `adj_shape` and `attr_data`, `attr_indices`,
  ///   `attr_indptr`, `attr_shape`, and `labels`; it holds no split.
  ///
  /// Edges of the last two are meant both ways; their self-loops and duplicates are dropped.
  public init(npz path: String, name: String? = nil) throws(FileError) {
    try self.init(archive: try NumpyArchive(path), name: name)
  }

  /// Reads a data set from an open `.npz` file, by default named like it; see `init(npz:name:)`.
  public init(archive: NumpyArchive, name: String? = nil) throws(FileError) {
    let reader = NodeArchiveReader(archive: archive)
    let layout = reader.layout
    let graph = try reader.graph(layout)
    try self.init(
      name: name ?? archive.path.fileStem, graph: graph, features: reader.features(layout),
      labels: archive.vector(layout.labelName).int32(),
      splits: reader.splits(nodes: graph.nodeCount), unlabelled: try archive["unlabelled"]?.int32() ?? [],
      files: Files(all: archive.path))
  }
}

/// Reads the parts of a data set from the arrays of one archive.
internal struct NodeArchiveReader {
  let archive: NumpyArchive

  enum Layout {
    case own, yandex, benchmark

    var labelName: String {
      switch self {
      case .own: "y"
      case .yandex: "node_labels"
      case .benchmark: "labels"
      }
    }
  }

  var layout: Layout {
    let names = archive.names
    if names.contains("node_features") { return .yandex }
    return names.contains("attr_indptr") || names.contains("attr_matrix") ? .benchmark : .own
  }

  func error(_ member: String, _ problem: String) -> FileError {
    FileError(path: archive.path, place: "member \"\(member).npy\"", problem)
  }

  func graph(_ layout: Layout) throws(FileError) -> Graph {
    switch layout {
    case .own:
      return try Graph(
        symmetricStarts: archive.vector("adj_indptr").int64(), columns: archive.vector("adj_indices").int32(),
        path: archive.path, place: "adjacency")
    case .yandex:
      let nodes = try archive.vector(layout.labelName).count
      let pairs = try archive.array("edges")
      guard pairs.shape.count == 2, pairs.shape[1] == 2 else {
        throw error("edges", "has shape \(pairs.shape), expected [edges, 2]")
      }
      let ends = try pairs.int32()
      return try Graph(
        nodeCount: nodes, sources: stride(from: 0, to: ends.count, by: 2).map { ends[$0] },
        targets: stride(from: 1, to: ends.count, by: 2).map { ends[$0] }, path: archive.path,
        place: "member \"edges.npy\"")
    case .benchmark:
      let nodes = try archive.vector(layout.labelName).count
      let shape = try archive.vector("adj_shape").integers()
      guard shape == [nodes, nodes] else {
        throw error("adj_shape", "is \(shape), expected \([nodes, nodes]) for the \(nodes) labels")
      }
      let starts = try archive.vector("adj_indptr").int64(), columns = try archive.vector("adj_indices").int32()
      return try Graph(
        nodeCount: nodes, sources: rows(starts, nodes: nodes, entries: columns.count), targets: columns,
        path: archive.path, place: "adjacency")
    }
  }

  /// Row of each entry of scipy's compressed rows, whose columns need not ascend.
  private func rows(_ starts: [Int64], nodes: Int, entries: Int) throws(FileError) -> [Int32] {
    guard starts.count == nodes + 1, starts[0] == 0, starts[nodes] == Int64(entries) else {
      throw error(
        "adj_indptr",
        "has \(starts.count) elements from \(starts.first ?? 0) to \(starts.last ?? 0), "
          + "expected \(nodes + 1) from 0 to \(entries)")
    }
    var result: [Int32] = []
    result.reserveCapacity(entries)
    for node in 0..<nodes {
      let count = starts[node + 1] - starts[node]
      guard 0...Int64(entries - result.count) ~= count else {
        throw error("adj_indptr", "does not ascend within 0...\(entries) at row \(node)")
      }
      result.append(contentsOf: repeatElement(Int32(node), count: Int(count)))
    }
    return result
  }

  func features(_ layout: Layout) throws(FileError) -> NodeFeatures {
    switch layout {
    case .own:
      if let dense = try archive["x"] { return try features(dense, "x") }
      guard archive.names.contains("x_indptr") else {
        throw FileError(
          path: archive.path,
          "holds no features: neither \"x\" nor \"x_indptr\", only \(quotedList(archive.names))")
      }
      return try NodeFeatures(rowsOf: archive, prefix: "x_")
    case .yandex:
      return try features(archive.array("node_features"), "node_features").compacted(path: archive.path)
    case .benchmark:
      if let dense = try archive["attr_matrix"] { return try features(dense, "attr_matrix") }
      return try NodeFeatures(rowsOf: archive, prefix: "attr_")
    }
  }

  private func features(_ dense: NumpyArray, _ name: String) throws(FileError) -> NodeFeatures {
    try NodeFeatures(dense: dense, path: archive.path, place: "member \"\(name).npy\"")
  }

  func splits(nodes: Int) throws(FileError) -> [Split] {
    if archive.names.contains("split") { return [try codedSplit(nodes: nodes)] }
    let isSingle = archive.names.contains("train_mask")
    guard isSingle || archive.names.contains("train_masks") else { return [] }
    let names = ["train", "val", "test"].map { $0 + (isSingle ? "_mask" : "_masks") }
    let masks = try names.map { (name) throws(FileError) in try mask(name, nodes: nodes, isSingle: isSingle) }
    guard Set(masks.map(\.count)).count == 1 else {
      throw error(names[1], "the masks are for \(masks.map { "\($0.count)" }.joined(separator: ", ")) splits")
    }
    return masks[0].indices.map { Split(train: masks[0][$0], validation: masks[1][$0], test: masks[2][$0]) }
  }

  /// For each split, the nodes that its mask holds.
  func mask(_ name: String, nodes: Int, isSingle: Bool) throws(FileError) -> [[Int32]] {
    let array = try archive.array(name)
    guard array.shape.count == (isSingle ? 1 : 2), array.shape.last == nodes else {
      throw error(name, "has shape \(array.shape), expected [\(isSingle ? "" : "splits, ")\(nodes)]")
    }
    let values = try array.integers()
    if let bad = values.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw error(name, "element \(bad) is \(values[bad]), expected 0 or 1")
    }
    return stride(from: 0, to: values.count, by: nodes).map { Split.ids(ofMask: values[$0..<$0 + nodes]) }
  }

  private func codedSplit(nodes: Int) throws(FileError) -> Split {
    let codes = try archive.vector("split").integers()
    guard codes.count == nodes else { throw error("split", "has \(codes.count) elements, expected \(nodes)") }
    if let bad = codes.firstIndex(where: { ![0, 1, 2, 255].contains($0) }) {
      throw error("split", "element \(bad) is \(codes[bad]), expected 0, 1, 2 or 255")
    }
    let parts = (0...2).map { part in codes.indices.filter { codes[$0] == part }.map(Int32.init) }
    return Split(train: parts[0], validation: parts[1], test: parts[2])
  }
}

extension String {
  /// The last component of a path without what follows its first dot.
  internal var fileStem: String {
    let last = split(separator: "/").last.map(String.init) ?? self
    return last.split(separator: ".").first.map(String.init) ?? last
  }
}
