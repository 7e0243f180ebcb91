import FileKit
import SparseKit
import TensorKit

extension NodeDataset {
  /// The set restricted to its largest connected component (the one with the smallest node among equals), as Shchur et
  /// al. (2018) use Amazon's sets. Nodes keep their order; edges count both ways; splits keep the nodes that are left.
  ///
  /// Throws when a part of a split loses all its nodes.
  public func largestComponent() throws(FileError) -> NodeDataset {
    let component = components()
    var sizes = [Int](repeating: 0, count: nodeCount)
    for root in component { sizes[root] += 1 }
    let largest = sizes.firstIndex(of: sizes.max()!)!
    let kept = component.indices.filter { component[$0] == largest }
    guard kept.count < nodeCount else { return self }
    var newId = [Int32](repeating: -1, count: nodeCount)
    for (place, node) in kept.enumerated() { newId[node] = Int32(place) }

    // A component holds both ends of its edges, so an edge is kept when its row is.
    let rows = graph.adjacency.rowIndices, columns = graph.adjacency.columnIndices
    let edges = rows.indices.filter { newId[Int(rows[$0])] >= 0 }
    let kept32 = kept.map(Int32.init)
    func remaining(_ ids: [Int32]) -> [Int32] { ids.compactMap { newId[Int($0)] >= 0 ? newId[Int($0)] : nil } }
    return try NodeDataset(
      name: name,
      graph: Graph(
        nodeCount: kept.count, sources: edges.map { newId[Int(columns[$0])] },
        targets: edges.map { newId[Int(rows[$0])] }, isUndirected: graph.adjacency.isSymmetric, path: name),
      features: features.selected(rows: kept32, path: name), labels: kept.map { labels[$0] }, classCount: classCount,
      classNames: classNames,
      splits: splits.map {
        Split(train: remaining($0.train), validation: remaining($0.validation), test: remaining($0.test))
      }, splitOrigin: splitOrigin)
  }

  /// The smallest node that each node is connected with.
  private func components() -> [Int] {
    var parent = Array(0..<nodeCount)
    func root(_ node: Int) -> Int {
      var node = node
      while parent[node] != node {
        parent[node] = parent[parent[node]]
        node = parent[node]
      }
      return node
    }
    let rows = graph.adjacency.rowIndices, columns = graph.adjacency.columnIndices
    for edge in rows.indices {
      let a = root(Int(rows[edge])), b = root(Int(columns[edge]))
      parent[max(a, b)] = min(a, b)
    }
    return parent.indices.map { root($0) }
  }
}

extension NodeFeatures {
  /// Rows of the features, in the given order.
  internal func selected(rows: [Int32], path: String) throws(FileError) -> NodeFeatures {
    switch self {
    case .dense(let x): return .dense(x.gathered(Tensor(rows)))
    case .sparse(let x):
      let pointers = x.pattern.rowPointers, columns = x.pattern.columnIndices, values = x.values?.array(of: Float.self)
      var starts: [Int64] = [0], keptColumns: [Int32] = [], keptValues: [Float] = []
      for row in rows {
        let range = Int(pointers[Int(row)])..<Int(pointers[Int(row) + 1])
        keptColumns += columns[range]
        if let values { keptValues += values[range] }
        starts.append(Int64(keptColumns.count))
      }
      if values == nil { keptValues = [Float](repeating: 1, count: keptColumns.count) }
      return try NodeFeatures(
        rows: rows.count, width: width, starts: starts, columns: keptColumns, values: keptValues, path: path)
    }
  }
}
