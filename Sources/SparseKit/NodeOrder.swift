import TensorKit

/// A permutation of the nodes of a graph.
internal struct NodeOrder: Sendable {
  /// The node at each place, int32.
  let nodes: Tensor
  /// The place of each node, int32.
  let places: Tensor

  init(nodes: Tensor, places: Tensor) {
    self.nodes = nodes
    self.places = places
  }

  /// The order that puts node i at `newIds[i]`; `operation` starts the error's sentence.
  init(newIds: [Int32], nodeCount: Int, operation: String) throws(GraphError) {
    guard newIds.count == nodeCount else {
      throw GraphError("\(operation): \(newIds.count) new ids for \(nodeCount) nodes")
    }
    places = Tensor(newIds)
    var fault: Int64 = -1
    guard let nodes = Bridge.nodes(atPlaces: places, fault: &fault) else {
      let node = Int(fault)
      throw GraphError(
        "\(operation): new id \(newIds[node]) of node \(node) is taken or outside of 0..<\(nodeCount), expected a "
          + "permutation")
    }
    self.nodes = nodes
  }

  /// A square matrix over the nodes, or with `movesColumns` false a matrix of one row a node.
  func applied(to a: SparseMatrix, movesColumns: Bool) -> SparseMatrix {
    let (pattern, order) = Bridge.relabel(a.pattern, self, movesColumns: movesColumns)
    return SparseMatrix(
      pattern: pattern, values: a.values?.gathered(order.tensor), rowScale: a.rowScale?.gathered(nodes),
      columnScale: movesColumns ? a.columnScale?.gathered(nodes) : a.columnScale, isTransposed: a.isTransposed)
  }
}
