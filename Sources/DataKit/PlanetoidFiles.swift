import FileKit
import SparseKit
import TensorKit

/// The eight upstream files of one Planetoid set, `ind.<name>.{x,y,tx,ty,allx,ally,graph,test.index}`: Python pickles
/// and one text file (Yang, Cohen and Salakhutdinov 2016).
///
/// Rows 0..<n of `allx` and `ally` are nodes 0..<n, the first of them (`x`, `y`) the training nodes; row k of `tx` and
/// `ty` is node `test.index[k]`. Ids that `test.index` skips (15 in Citeseer) are nodes with neither features nor
/// label.
internal struct PlanetoidFiles {
  static let parts = ["x", "y", "tx", "ty", "allx", "ally", "graph", "test.index"]
  private static let validationCount = 500

  let name: String
  private let paths: [String: String]

  /// `paths` in the order of `parts`.
  init(name: String, paths: [String]) {
    self.name = name
    self.paths = Dictionary(uniqueKeysWithValues: zip(Self.parts, paths))
  }

  func path(_ part: String) -> String { paths[part]! }

  func dataset() throws(FileError) -> NodeDataset {
    let index = try NumberTable(path("test.index"), allowsNames: false)
    let testIds = try index.integers(column: 0, of: 1, expecting: "one node id").map { Int($0) }
    let x = try matrix("x"), tx = try matrix("tx"), allx = try matrix("allx")
    let y = try classes("y"), ty = try classes("ty"), ally = try classes("ally")
    let classCount = ally.width
    try match("classes", "ty", ty.width, "ally", classCount)
    try match("classes", "y", y.width, "ally", classCount)
    try match("features", "tx", tx.columnCount, "allx", allx.columnCount)
    try match("features", "x", x.columnCount, "allx", allx.columnCount)
    try match("rows", "ally", ally.labels.count, "allx", allx.rowCount)
    try match("rows", "ty", ty.labels.count, "tx", tx.rowCount)
    try match("rows", "y", y.labels.count, "x", x.rowCount)
    try match("rows", "test.index", testIds.count, "tx", tx.rowCount)
    try expect(
      ally.labels.starts(with: y.labels), "y", "is not the beginning of \"ally\": the files are of different sets")
    try expect(
      x.rowCount + Self.validationCount <= allx.rowCount, "allx",
      "has \(allx.rowCount) rows, expected at least the \(x.rowCount) of \"x\" and \(Self.validationCount) for "
        + "validation")

    let graphLists = try neighbourLists()
    let nodes = graphLists.count
    var row = [Int?](repeating: nil, count: nodes)
    try expect(allx.rowCount <= nodes, "allx", "has \(allx.rowCount) rows, but the graph has \(nodes) nodes")
    for node in 0..<allx.rowCount { row[node] = node }
    for (k, id) in testIds.enumerated() {
      guard allx.rowCount..<nodes ~= id, row[id] == nil else {
        throw FileError(
          path: path("test.index"), place: "line \(index.lines[k])",
          allx.rowCount..<nodes ~= id
            ? "lists node \(id) twice" : "node \(id) is no test node, expected \(allx.rowCount) to \(nodes - 1)")
      }
      row[id] = allx.rowCount + k
    }

    let rowLabels = ally.labels + ty.labels
    return try NodeDataset(
      name: name, graph: graph(graphLists), features: features(row, allx, tx),
      labels: row.map { $0.map { rowLabels[$0] } ?? -1 }, classCount: classCount,
      splits: [
        Split(
          train: Array(0..<Int32(x.rowCount)),
          validation: Array(Int32(x.rowCount)..<Int32(x.rowCount + Self.validationCount)),
          test: testIds.map(Int32.init))
      ],
      files: .init(
        graph: path("graph"), features: path("allx"), labels: path("ally"), split: path("test.index")))
  }

  /// Throws unless two parts have the same number of something.
  private func match(
    _ what: String, _ part: String, _ count: Int, _ other: String, _ otherCount: Int
  ) throws(FileError) {
    try expect(count == otherCount, part, "has \(count) \(what), but \"\(other)\" has \(otherCount)")
  }

  private func expect(_ holds: Bool, _ part: String, _ problem: @autoclosure () -> String) throws(FileError) {
    if !holds { throw FileError(path: path(part), problem()) }
  }

  // MARK: Parts

  private func matrix(_ part: String) throws(FileError) -> CompressedRows {
    let value = try PickleFile.read(path(part))
    guard let matrix = value.asCSR else {
      throw FileError(path: path(part), "holds a \(value.kind), expected a scipy csr_matrix")
    }
    return matrix
  }

  /// The class of each row of a one-hot matrix, -1 for rows of zeros.
  private func classes(_ part: String) throws(FileError) -> (labels: [Int32], width: Int) {
    let value = try PickleFile.read(path(part))
    guard let array = value.asArray, array.shape.count == 2 else {
      throw FileError(path: path(part), "holds a \(value.kind), expected a numpy array of two axes")
    }
    let (rows, width) = (array.shape[0], array.shape[1])
    let elements = try array.integers()
    var labels = [Int32](repeating: -1, count: rows)
    for (place, element) in elements.enumerated() where element != 0 {
      guard element == 1, labels[place / width] == -1 else {
        throw FileError(path: path(part), place: "row \(place / width)", "is not one-hot, expected at most a single 1")
      }
      labels[place / width] = Int32(place % width)
    }
    return (labels, width)
  }

  /// The neighbours of nodes 0..<count.
  private func neighbourLists() throws(FileError) -> [[Int]] {
    let value = try PickleFile.read(path("graph"))
    guard let entries = value.asDictionary else {
      throw FileError(path: path("graph"), "holds a \(value.kind), expected a dict of lists")
    }
    var lists = [[Int]?](repeating: nil, count: entries.count)
    for entry in entries {
      guard let node = entry.key.asInt, let neighbours = entry.value.asIntegers else {
        throw FileError(
          path: path("graph"), "maps a \(entry.key.kind) to a \(entry.value.kind), expected node ids to lists of them")
      }
      guard lists.indices ~= node, lists[node] == nil else {
        throw FileError(path: path("graph"), "has the key \(node), expected each of 0 to \(entries.count - 1) once")
      }
      if let bad = neighbours.first(where: { !lists.indices.contains($0) }) {
        throw FileError(
          path: path("graph"), place: "node \(node)", "lists node \(bad), expected 0 to \(entries.count - 1)")
      }
      lists[node] = neighbours
    }
    return lists.map { $0! }
  }

  // MARK: Assembly

  private func graph(_ lists: [[Int]]) throws(FileError) -> Graph {
    let targets = lists.enumerated().flatMap { repeatElement(Int32($0), count: $1.count) }
    return try Graph(
      nodeCount: lists.count, sources: lists.flatMap { $0.map(Int32.init) }, targets: targets, path: path("graph"))
  }

  /// Features by node, where `row` says which row of `allx` above `tx` belongs to each.
  private func features(
    _ row: [Int?], _ allx: CompressedRows, _ tx: CompressedRows
  ) throws(FileError) -> NodeFeatures {
    let (allValues, testValues) = (try allx.values.floats(), try tx.values.floats())
    var starts: [Int64] = [0], columns: [Int32] = [], values: [Float] = []
    for source in row {
      if let source {
        let isTest = source >= allx.rowCount
        let (matrix, stored) = isTest ? (tx, testValues) : (allx, allValues)
        let local = isTest ? source - allx.rowCount : source
        let range = matrix.starts[local]..<matrix.starts[local + 1]
        columns += matrix.columns[range]
        values += stored[range]
      }
      starts.append(Int64(columns.count))
    }
    return try NodeFeatures(
      rows: row.count, width: allx.columnCount, starts: starts, columns: columns, values: values, path: path("allx"),
      place: "features")
  }
}
