import FileKit
import SparseKit
import TensorKit

/// A user's own graph from plain files.
public enum UserGraph {
  /// Where the features of the nodes come from.
  public enum FeatureSource: Sendable {
    /// A matrix with one row a node: `.npy` or `.npz` (one dense array, or compressed rows as `scipy.sparse.save_npz`
    /// writes them or as `x_indptr`, `x_indices`, `x_data`, `x_shape`), or text with one line a node, optionally below
    /// column names, optionally `.gz`.
    case file(String)
    /// Each node has a feature of its own.
    case identity
    /// One-hot degree, with one column for all degrees from 63 on.
    case degree
  }

  /// Which nodes are trained, validated and tested on.
  public enum SplitSource: Sendable {
    /// Nothing is trained: the graph is predicted on.
    case none
    /// Masks or lists of ids, as `.npy` or as text with one id a line; each names at least one node.
    case files(train: String, validation: String, test: String)
    /// `perClass` nodes of each class to train on, `validation` of the rest to choose by, what is left to measure.
    case random(perClass: Int, validation: Int, seed: UInt64)
  }

  /// Loads a graph. Ids of nodes count from 0; the number of nodes is that of the features or labels, which must be
  /// that of a MatrixMarket file, or one more than the largest id where neither is a file.
  ///
  /// - Parameters:
  ///   - edges: text with two ids a line, parted by commas, tabs or blanks, or a square MatrixMarket file (`.mtx`),
  ///     whose rows are the sources; optionally `.gz`. Weights are passed over, self-loops and duplicates are dropped.
  ///   - features: required; nil throws a sentence that names the choices.
  ///   - labels: `.npy`, or text with one class a line or with `node class` lines; -1, or a node that is not listed,
  ///     has none. Nil for a graph that is only predicted on.
  ///   - isUndirected: whether an edge `a b` also leads from b to a, as those of a symmetric MatrixMarket file always
  ///     do; otherwise b receives from a.
  ///   - classCount: one more than the largest label when nil.
  public static func load(
    edges: String, features: FeatureSource?, labels: String? = nil, split: SplitSource = .none,
    isUndirected: Bool = true, classCount: Int? = nil, name: String? = nil
  ) throws(FileError) -> NodeDataset {
    guard let features else {
      throw FileError(
        path: edges,
        "no features are given for the graph, expected a file (.npy, .npz or text), or identity or degree "
          + "features by choice")
    }
    let (list, isSymmetric) = try edgeList(edges)
    guard list.count > 0 else { throw FileError(path: edges, "holds no edges, expected at least one") }
    var files = NodeDataset.Files(graph: edges, labels: labels)
    var given: NodeFeatures?
    if case .file(let path) = features {
      given = try FeatureFile.read(path)
      files.features = path
    }
    let labelled = try labels.map { (path) throws(FileError) in try LabelFile.read(path, nodes: given?.rows) }
    let known = given?.rows ?? labelled?.count
    if let known, let declared = list.declaredNodeCount, declared != known, edges.isMatrixMarket {
      throw FileError(
        path: edges,
        "is a matrix of \(declared) nodes, but \(files.features ?? labels!) is for \(known), expected the same number")
    }
    let nodes = if let known { known } else { try nodeCount(of: list, path: edges) }
    let graph = try Graph(
      nodeCount: nodes, sources: list.sources, targets: list.targets, isUndirected: isUndirected || isSymmetric,
      path: edges,
      place: known != nil ? "for the \(nodes) rows of \(files.features ?? labels!)" : nil)
    let classes = labelled ?? [Int32](repeating: -1, count: nodes)
    let made = if let given { given } else { try FeatureFile.made(features, graph, path: edges) }

    var splits: [Split] = [], origin: String?
    switch split {
    case .none: break
    case .files(let train, let validation, let test):
      splits = [
        try Split(
          train: IdFile.read(train, nodes: nodes), validation: IdFile.read(validation, nodes: nodes),
          test: IdFile.read(test, nodes: nodes))
      ]
      files.split = "\(train), \(validation), \(test)"
      origin = [train, validation, test].map { String($0.split(separator: "/").last ?? "") }.joined(separator: ", ")
    case .random(let perClass, let validation, let seed):
      splits = [
        try Split.random(labels: classes, perClass: perClass, validation: validation, seed: seed, name: labels ?? edges)
      ]
      files.split = labels ?? edges
      origin = "drawn: \(perClass) a class, \(validation) for validation, seed \(seed)"
    }
    return try NodeDataset(
      name: name ?? edges.fileStem, graph: graph, features: made, labels: classes, classCount: classCount,
      splits: splits, splitOrigin: origin, files: files)
  }

  static func edgeList(_ path: String) throws(FileError) -> (list: EdgeListFile, isSymmetric: Bool) {
    guard path.isMatrixMarket else { return (try EdgeListFile.read(path), false) }
    let matrix = try MatrixMarketFile.read(path)
    guard matrix.rows == matrix.columns else {
      throw FileError(
        path: path, "has \(matrix.rows) rows and \(matrix.columns) columns, expected the square matrix of a graph")
    }
    return (
      EdgeListFile(sources: matrix.rowIndices, targets: matrix.columnIndices, declaredNodeCount: matrix.rows),
      matrix.isSymmetric
    )
  }

  /// One more than the largest id, or the number that the file declares when that is larger.
  static func nodeCount(of list: EdgeListFile, path: String) throws(FileError) -> Int {
    let largest = Int(max(list.sources.max() ?? -1, list.targets.max() ?? -1))
    let nodes = max(largest + 1, list.declaredNodeCount ?? 0)
    // Ids that are keys of some database would ask for billions of empty nodes.
    guard nodes <= 16 * list.count + 1024 else {
      throw FileError(
        path: path,
        "has \(list.count) edges but \(nodes) nodes by its ids or its comments, expected ids that count "
          + "from 0 without large gaps")
    }
    return nodes
  }
}

extension String {
  /// Whether the name is that of a MatrixMarket file, whose declared number of nodes is binding.
  fileprivate var isMatrixMarket: Bool { hasSuffix(".mtx") || hasSuffix(".mtx.gz") }
}

private enum FeatureFile {
  private static let degreeColumns = 64

  static func read(_ path: String) throws(FileError) -> NodeFeatures {
    if path.hasSuffix(".npy") { return try NodeFeatures(dense: NumpyArray(path), path: path, place: "array") }
    if path.hasSuffix(".npz") { return try readArchive(NumpyArchive(path)) }
    let table = try NumberTable(path)
    guard table.rowCount > 0 else { throw FileError(path: path, "holds no numbers, expected one line a node") }
    if let bad = table.values.firstIndex(where: { !Float($0).isFinite }) {
      throw FileError(
        path: path, place: "line \(table.lines[bad / table.width])",
        "field \(bad % table.width + 1) is \(table.values[bad]), expected a finite number")
    }
    return .dense(Tensor(table.values.map { Float($0) }, shape: [table.rowCount, table.width]))
  }

  private static func readArchive(_ archive: NumpyArchive) throws(FileError) -> NodeFeatures {
    let path = archive.path
    guard let prefix = ["", "x_"].first(where: { archive.names.contains($0 + "indptr") }) else {
      guard let name = archive.names.contains("x") ? "x" : archive.names.count == 1 ? archive.names[0] : nil else {
        throw FileError(
          path: path,
          "expected one dense array, or \"indptr\", \"indices\", \"data\" and \"shape\", but it holds "
            + quotedList(archive.names))
      }
      return try NodeFeatures(dense: archive.array(name), path: path, place: "member \"\(name.shortened()).npy\"")
    }
    if let format = try archive["format"]?.strings().first, format != "csr" {
      throw FileError(path: path, place: "member \"format.npy\"", "is \"\(format.shortened())\", expected \"csr\"")
    }
    return try NodeFeatures(rowsOf: archive, prefix: prefix)
  }

  /// Features made from the graph alone.
  static func made(
    _ source: UserGraph.FeatureSource, _ graph: Graph, path: String
  ) throws(FileError) -> NodeFeatures {
    let nodes = graph.nodeCount
    var columns = Array(0..<Int32(nodes)), width = nodes
    if case .degree = source {
      columns = graph.degrees.map { Int32(min($0, degreeColumns - 1)) }
      width = degreeColumns
    }
    return try NodeFeatures(
      rows: nodes, width: width, starts: Array(0...Int64(nodes)), columns: columns,
      values: [Float](repeating: 1, count: nodes), path: path)
  }
}

private enum LabelFile {
  /// One label a node; `nodes` is their number where it is known.
  static func read(_ path: String, nodes: Int?) throws(FileError) -> [Int32] {
    if path.hasSuffix(".npy") {
      let array = try NumpyArray(path)
      guard array.shape.count == 1 || (array.shape.count == 2 && array.shape[1] == 1) else {
        throw FileError(path: path, "has shape \(array.shape), expected one label a node")
      }
      return try array.int32()
    }
    let table = try NumberTable(path), what = "one class, or a node and its class, a line"
    if table.width != 2 { return try table.integers(column: 0, of: 1, expecting: what) }
    let ids = try table.integers(column: 0, of: 2, expecting: what)
    let classes = try table.integers(column: 1, of: 2, expecting: what)
    let count = nodes ?? (Int(ids.max() ?? -1) + 1)
    guard nodes != nil || count <= 16 * ids.count + 1024 else {
      throw FileError(
        path: path, "labels \(ids.count) nodes but names node \(count - 1), expected ids that count from 0")
    }
    var labels = [Int32?](repeating: nil, count: count)
    for (row, id) in ids.enumerated() {
      guard id >= 0, Int(id) < count else {
        throw FileError(path: path, place: "line \(table.lines[row])", "node \(id) is outside of 0 to \(count - 1)")
      }
      guard labels[Int(id)] == nil else {
        throw FileError(path: path, place: "line \(table.lines[row])", "node \(id) has a label already")
      }
      labels[Int(id)] = classes[row]
    }
    return labels.map { $0 ?? -1 }
  }
}

private enum IdFile {
  /// The ids that a file lists or whose mask it sets.
  static func read(_ path: String, nodes: Int) throws(FileError) -> [Int32] {
    let ids = try list(path, nodes: nodes)
    guard !ids.isEmpty else { throw FileError(path: path, "names no node, expected at least one") }
    return ids
  }

  private static func list(_ path: String, nodes: Int) throws(FileError) -> [Int32] {
    guard path.hasSuffix(".npy") else {
      return try NumberTable(path, allowsNames: false).integers(column: 0, of: 1, expecting: "one node id a line")
    }
    let array = try NumpyArray(path)
    guard array.shape.count == 1 else { throw FileError(path: path, "has shape \(array.shape), expected one axis") }
    let values = try array.integers()
    if array.element == .bool, values.count != nodes {
      throw FileError(path: path, "is a mask of \(values.count) elements, expected \(nodes), one a node")
    }
    // Ids do not repeat, so more than two zeros and ones can only be a mask.
    let isMask = array.element == .bool || (values.count == nodes && nodes > 2 && values.allSatisfy { 0...1 ~= $0 })
    return isMask ? Split.ids(ofMask: values) : try array.int32()
  }
}
