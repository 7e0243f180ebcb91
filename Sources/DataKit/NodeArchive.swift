import FileKit
import SparseKit
import TensorKit

extension NodeDataset {
  /// Reads a data set from one `.npz` file.
  ///
  /// Arrays: `adj_indptr`, `adj_indices` (symmetric, no self-loops); sparse features `x_indptr`, `x_indices`, `x_data`,
  /// `x_shape` or dense ones `x`; `y`; optionally one split as `train_mask`, `val_mask`, `test_mask` [nodes], several
  /// as `train_masks`, `val_masks`, `test_masks` [splits, nodes], or `split` [nodes] with 0 train, 1 validation,
  /// 2 test, 255 none; optionally `unlabelled`, a list of nodes.
  public init(npz path: String, name: String? = nil) throws(FileError) {
    try self.init(archive: try NumpyArchive(path), name: name)
  }

  /// Reads a data set from an open `.npz` file, by default named like it; see `init(npz:name:)`.
  public init(archive: NumpyArchive, name: String? = nil) throws(FileError) {
    let reader = NodeArchiveReader(archive: archive)
    let graph = try reader.graph()
    try self.init(
      name: name ?? archive.path.fileStem, graph: graph, features: reader.features(),
      labels: archive.vector("y").int32(), splits: reader.splits(nodes: graph.nodeCount),
      unlabelled: try archive["unlabelled"]?.int32() ?? [], files: Files(all: archive.path))
  }
}

private struct NodeArchiveReader {
  let archive: NumpyArchive

  func error(_ member: String, _ problem: String) -> FileError {
    FileError(path: archive.path, place: "member \"\(member).npy\"", problem)
  }

  func graph() throws(FileError) -> Graph {
    try Graph(
      symmetricStarts: archive.vector("adj_indptr").int64(), columns: archive.vector("adj_indices").int32(),
      path: archive.path, place: "adjacency")
  }

  func features() throws(FileError) -> NodeFeatures {
    if let dense = try archive["x"] {
      return try NodeFeatures(dense: dense, path: archive.path, place: "member \"x.npy\"")
    }
    guard archive.names.contains("x_indptr") else {
      throw FileError(
        path: archive.path,
        "holds no features: neither \"x\" nor \"x_indptr\", only \(quotedList(archive.names))")
    }
    return try NodeFeatures(rowsOf: archive, prefix: "x_")
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
  private func mask(_ name: String, nodes: Int, isSingle: Bool) throws(FileError) -> [[Int32]] {
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
