import DataKit
import FileKit
import Foundation
import SparseKit
import TestSupport

/// Lays a set of the test data in the folder as `gossamer-data fetch` would: the published files at their places,
/// written in their published form, and their hashes in `manifest.json`.
func writeAsFetched(_ set: NodeDatasetName, to folder: String) throws {
  let paths = set.manifest.files.map { folder + "/" + $0.path }
  for path in paths {
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
  }
  switch set.entry.format {
  case .planetoid:
    for (file, path) in zip(set.manifest.files, paths) {
      try FileManager.default.copyItem(atPath: TestData.folder + "/" + file.path, toPath: path)
    }
  case .geomGCN: try writeGeomGCN(set, to: paths)
  case .archive:
    let data = try set.load(from: TestData.folder)
    let isRows = set.manifest.archivePath!.hasPrefix("graphs")
    try NumpyArchive.write(try isRows ? benchmarkArrays(data) : yandexArrays(data), to: paths[0])
  case .ogb: try writeOGB(try NodeDatasetName.chameleonFiltered.load(from: TestData.folder), to: paths)
  }
  var records: [String: DataRecords.Record] = [:]
  for (file, path) in zip(set.manifest.files, paths) {
    let digest = try SHA256.digest(ofFile: path)
    records[file.path] = .init(bytes: digest.bytes, sha256: digest.hex, address: file.address)
  }
  try DataRecords.add(records, in: folder)
}

/// Nodes in falling order, Actor's features as lists in no order and with doubles.
private func writeGeomGCN(_ set: NodeDatasetName, to paths: [String]) throws {
  let archive = try NumpyArchive("\(TestData.folder)/heterophily/\(set.rawValue).npz")
  let data = try NodeDataset(archive: archive)
  guard case .sparse(let x) = data.features else { return }
  let starts = x.pattern.rowPointers, columns = x.pattern.columnIndices
  let isList = set == .actor
  var text = isList ? "node_id\tfeature(feature_amount:931)\tlabel\n" : "node_id\tfeature\tlabel\n"
  for node in (0..<data.nodeCount).reversed() {
    let words = columns[Int(starts[node])..<Int(starts[node + 1])]
    var fields = [String](repeating: "0", count: isList ? 0 : x.columns)
    if isList { fields = words.reversed().map(String.init) + [String(words.last!)] }
    if !isList { for word in words { fields[Int(word)] = "1" } }
    text += "\(node)\t\(fields.joined(separator: ","))\t\(data.labels[node])\n"
  }
  let ends = try archive.array("edges_directed").integers()
  let edges = stride(from: 0, to: ends.count, by: 2).map { "\(ends[$0])\t\(ends[$0 + 1])\n" }
  try write(text, paths[0])
  try write("node_id\tnode_id\n" + edges.joined(), paths[1])
  for (split, path) in zip(data.splits, paths[2...]) {
    let parts = [("train_mask", split.train), ("val_mask", split.validation), ("test_mask", split.test)]
    try NumpyArchive.write(parts.map { ($0, NumpyArray(mask($1, data.nodeCount))) }, to: path)
  }
}

private func mask(_ ids: [Int32], _ nodes: Int) -> [Bool] {
  var mask = [Bool](repeating: false, count: nodes)
  for id in ids { mask[Int(id)] = true }
  return mask
}

/// Each undirected edge once.
private func edgePairs(_ graph: Graph) -> [(Int32, Int32)] {
  Array(zip(graph.adjacency.rowIndices, graph.adjacency.columnIndices).filter { $0 < $1 })
}

/// As yandex-research/heterophilous-graphs store a set.
private func yandexArrays(_ data: NodeDataset) -> [(name: String, array: NumpyArray)] {
  func masks(_ part: (Split) -> [Int32]) -> NumpyArray {
    NumpyArray(data.splits.flatMap { mask(part($0), data.nodeCount) }, shape: [data.splits.count, data.nodeCount])
  }
  let edges = edgePairs(data.graph).flatMap { [Int64($0), Int64($1)] }
  return [
    ("node_features", NumpyArray(data.features.dense())), ("node_labels", NumpyArray(data.labels.map(Int64.init))),
    ("edges", NumpyArray(edges, shape: [edges.count / 2, 2])), ("train_masks", masks(\.train)),
    ("val_masks", masks(\.validation)), ("test_masks", masks(\.test)),
  ]
}

/// As shchur/gnn-benchmark and abojchevski/graph2gauss store a set: scipy's directed rows, columns in falling order.
private func benchmarkArrays(_ data: NodeDataset) throws -> [(name: String, array: NumpyArray)] {
  guard case .sparse(let x) = data.features else { return [] }
  let nodes = data.nodeCount
  func falling(_ pattern: SparsePattern, keeping: (Int, Int32) -> Bool) -> (starts: [Int32], order: [Int]) {
    var starts: [Int32] = [0], order: [Int] = []
    let pointers = pattern.rowPointers, columns = pattern.columnIndices
    for row in 0..<nodes {
      order += (Int(pointers[row])..<Int(pointers[row + 1])).reversed().filter { keeping(row, columns[$0]) }
      starts.append(Int32(order.count))
    }
    return (starts, order)
  }
  let columns = data.graph.adjacency.columnIndices
  let directed = falling(data.graph.adjacency) { $0 < Int($1) }
  let words = falling(x.pattern) { _, _ in true }
  let values = x.values!.array(of: Float.self), wordColumns = x.pattern.columnIndices
  return [
    ("adj_data", NumpyArray([Float](repeating: 1, count: directed.order.count))),
    ("adj_indices", NumpyArray(directed.order.map { columns[$0] })), ("adj_indptr", NumpyArray(directed.starts)),
    ("adj_shape", NumpyArray([nodes, nodes])), ("attr_data", NumpyArray(words.order.map { values[$0] })),
    ("attr_indices", NumpyArray(words.order.map { wordColumns[$0] })), ("attr_indptr", NumpyArray(words.starts)),
    ("attr_shape", NumpyArray([nodes, data.features.width])), ("labels", NumpyArray(data.labels)),
  ]
}

/// As the Open Graph Benchmark stores a set, here with the set's first 16 features and its first split.
private func writeOGB(_ data: NodeDataset, to paths: [String]) throws {
  func lines(_ ids: [Int32]) -> String { ids.map { "\($0)\n" }.joined() }
  let x = data.features.dense().array(of: Float.self), width = data.features.width
  let features = (0..<data.nodeCount).map { node in
    x[node * width..<node * width + 16].map { "\($0)" }.joined(separator: ",") + "\n"
  }
  let edges = edgePairs(data.graph).map { "\($0),\($1)\n" }
  let split = data.splits[0]
  let texts =
    [edges.joined(), features.joined(), lines(data.labels), "\(data.nodeCount)\n"]
    + [split.train, split.validation, split.test].map(lines)
  for (text, path) in zip(texts, paths) { try Gzip.write(Array(text.utf8), to: path) }
}
