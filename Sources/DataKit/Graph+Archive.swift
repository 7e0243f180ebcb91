import FileKit
import SparseKit

extension Graph {
  /// Reads the graph alone from an `.npz` file: from the arrays of a data set (see `NodeDataset.init(npz:)`), whose
  /// labels and features need not be there in Gossamer's own layout, or else from `edges_directed` [edges, 2] of
  /// (source, target).
  public init(npz path: String) throws(FileError) {
    let archive = try NumpyArchive(path)
    let reader = NodeArchiveReader(archive: archive)
    guard archive.names.contains("edges_directed"), !archive.names.contains("adj_indptr") else {
      self = try reader.graph(reader.layout)
      return
    }
    let pairs = try archive.array("edges_directed")
    guard pairs.shape.count == 2, pairs.shape[1] == 2, pairs.count > 0 else {
      throw reader.error("edges_directed", "has shape \(pairs.shape), expected [edges, 2] of at least one edge")
    }
    let ends = try pairs.int32()
    try self.init(
      nodeCount: Int(max(ends.max()!, 0)) + 1, sources: stride(from: 0, to: ends.count, by: 2).map { ends[$0] },
      targets: stride(from: 1, to: ends.count, by: 2).map { ends[$0] }, isUndirected: false, path: path,
      place: "member \"edges_directed.npy\"")
  }

  /// Reads a graph from text with two ids a line, parted by commas, tabs or blanks, or from a square MatrixMarket file
  /// (`.mtx`), whose rows are the sources; optionally `.gz`. Weights are passed over.
  ///
  /// - Parameter isUndirected: whether edges lead both ways, as those of a symmetric MatrixMarket file always do.
  public init(edges path: String, isUndirected: Bool) throws(FileError) {
    let (list, isSymmetric) = try UserGraph.edgeList(path)
    guard list.count > 0 else { throw FileError(path: path, "holds no edges, expected at least one") }
    try self.init(
      nodeCount: UserGraph.nodeCount(of: list, path: path), sources: list.sources, targets: list.targets,
      isUndirected: isUndirected || isSymmetric, path: path)
  }
}
