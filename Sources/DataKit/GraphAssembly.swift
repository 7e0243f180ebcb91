import FileKit
import SparseKit
import TensorKit

// Steps that the readers share: from plain arrays to checked graphs and features. `path` and `place` name their origin
// in errors.

extension Graph {
  /// A graph from its edges, where each edge is meant both ways unless told otherwise.
  internal init(
    nodeCount: Int, sources: [Int32], targets: [Int32], isUndirected: Bool = true, path: String, place: String? = nil
  ) throws(FileError) {
    do throws(GraphError) {
      try self.init(nodeCount: nodeCount, sources: sources, targets: targets, isUndirected: isUndirected)
    } catch {
      throw FileError(path: path, place: place, error.description)
    }
  }

  /// An undirected graph from the compressed rows of a symmetric adjacency without self-loops.
  internal init(
    symmetricStarts starts: [Int64], columns: [Int32], path: String, place: String
  ) throws(FileError) {
    guard starts.count > 1 else { throw FileError(path: path, place: place, "the graph has no nodes") }
    let nodes = starts.count - 1
    let pattern: SparsePattern
    do throws(GraphError) {
      pattern = try SparsePattern(rows: nodes, columns: nodes, rowPointers: starts, columnIndices: columns)
    } catch {
      throw FileError(path: path, place: place, error.description)
    }
    let rows = pattern.rowIndices
    try self.init(nodeCount: nodes, sources: columns, targets: rows, path: path, place: place)
    // Building merged, mirrored and dropped what a proper adjacency does not have, so any fault changes the entries.
    guard adjacency.columnIndices != columns else { return }
    if let loop = rows.indices.first(where: { rows[$0] == columns[$0] }) {
      throw FileError(path: path, place: place, "node \(rows[loop]) has a self-loop, expected none")
    }
    let present = Set(zip(rows, columns).lazy.map { Int64($0) << 32 | Int64($1) })
    let lonely = rows.indices.first { !present.contains(Int64(columns[$0]) << 32 | Int64(rows[$0])) } ?? 0
    throw FileError(
      path: path, place: place,
      "holds the edge \(rows[lonely]) to \(columns[lonely]) but not its reverse, expected a symmetric adjacency")
  }
}

extension NodeFeatures {
  /// Sparse features from compressed rows, whose columns may come in any order; values that are all 1 are not stored.
  internal init(
    rows: Int, width: Int, starts: [Int64], columns: [Int32], values: [Float], path: String, place: String? = nil
  ) throws(FileError) {
    // Without this a lying width would ask for billions of weights.
    let limit = min(Int(Int32.max), max(rows, 16 * columns.count + 1024))
    guard 0...limit ~= width else {
      throw FileError(
        path: path, place: place,
        "\(width) features for \(rows) nodes with \(columns.count) entries, expected 0 to \(limit)")
    }
    guard values.count == columns.count else {
      throw FileError(path: path, place: place, "has \(columns.count) columns, but \(values.count) values")
    }
    do throws(GraphError) {
      let sorted = Self.sortedRows(starts, columns, values)
      let pattern = try SparsePattern(
        rows: rows, columns: width, rowPointers: starts, columnIndices: sorted?.columns ?? columns)
      let isBinary = values.allSatisfy { $0 == 1 }
      self = .sparse(SparseMatrix(pattern, values: isBinary ? nil : Tensor(sorted?.values ?? values)))
    } catch {
      throw FileError(path: path, place: place, error.description)
    }
  }

  /// Sparse features from the arrays `indptr`, `indices`, `data` and `shape` of an archive, each name after `prefix`.
  internal init(rowsOf archive: NumpyArchive, prefix: String) throws(FileError) {
    let starts = try archive.vector(prefix + "indptr").int64()
    let shape = try archive.vector(prefix + "shape").integers()
    let place = "member \"\(prefix)shape.npy\""
    guard shape.count == 2 else {
      throw FileError(
        path: archive.path, place: place, "has \(shape.count) elements, expected the numbers of rows and columns")
    }
    guard shape[0] >= 0, shape[0] == starts.count - 1 else {
      throw FileError(
        path: archive.path, place: place,
        "says \(shape[0]) rows, but \"\(prefix)indptr\" has \(starts.count) elements")
    }
    try self.init(
      rows: shape[0], width: shape[1], starts: starts, columns: archive.vector(prefix + "indices").int32(),
      values: archive.vector(prefix + "data").floats(), path: archive.path, place: "features")
  }

  /// The entries with ascending columns in each row, or nil when they are so already or the starts are damaged.
  private static func sortedRows(
    _ starts: [Int64], _ columns: [Int32], _ values: [Float]
  ) -> (columns: [Int32], values: [Float])? {
    let isAscending = zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 }
    guard starts.first == 0, starts.last == Int64(columns.count), isAscending else { return nil }
    let ranges = zip(starts, starts.dropFirst()).map { Int($0)..<Int($1) }
    let isSorted = ranges.allSatisfy { range in
      zip(columns[range], columns[range].dropFirst()).allSatisfy { $0 < $1 }
    }
    if isSorted { return nil }
    var order = Array(columns.indices)
    for range in ranges { order[range].sort { columns[$0] < columns[$1] } }
    return (order.map { columns[$0] }, order.map { values[$0] })
  }

  /// Dense features from a matrix of numbers, kept in float32.
  internal init(dense array: NumpyArray, path: String, place: String) throws(FileError) {
    guard array.shape.count == 2 else {
      throw FileError(path: path, place: place, "has shape \(array.shape), expected [nodes, features]")
    }
    if let size = array.shape.first(where: { $0 > Int(Int32.max) }) {
      throw FileError(path: path, place: place, "has an axis of \(size), expected at most \(Int32.max)")
    }
    self = .dense(Tensor(try array.floats(), shape: Shape(array.shape)))
  }
}

extension NodeFeatures {
  /// Dense words as a sparse matrix: at least 64 columns, at most a quarter of the elements different from 0.
  internal func compacted(path: String) throws(FileError) -> NodeFeatures {
    guard case .dense(let x) = self, width >= 64 else { return self }
    let elements = x.array(of: Float.self)
    guard 4 * elements.count(where: { $0 != 0 }) <= elements.count else { return self }
    var starts: [Int64] = [0], columns: [Int32] = [], values: [Float] = []
    for row in 0..<rows {
      for column in 0..<width where elements[row * width + column] != 0 {
        columns.append(Int32(column))
        values.append(elements[row * width + column])
      }
      starts.append(Int64(columns.count))
    }
    return try NodeFeatures(
      rows: rows, width: width, starts: starts, columns: columns, values: values, path: path, place: "features")
  }
}

extension NumpyArchive {
  /// An array of one axis.
  internal func vector(_ name: String) throws(FileError) -> NumpyArray {
    let array = try array(name)
    guard array.shape.count == 1 else {
      throw FileError(
        path: path, place: "member \"\(name.shortened()).npy\"", "has shape \(array.shape), expected one axis")
    }
    return array
  }
}

extension Split {
  /// Ids at which a mask of zeros and ones is set.
  internal static func ids(ofMask mask: some Collection<Int>) -> [Int32] {
    mask.enumerated().compactMap { $1 != 0 ? Int32($0) : nil }
  }
}
