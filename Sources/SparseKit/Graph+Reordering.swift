import TensorKit

/// How to number the nodes of a graph so that products read rows of features that lie close to each other.
public enum GraphOrdering: Sendable, Hashable {
  /// Descending degree: the hubs' rows share pages and caches. Pays on graphs of few hubs with most edges.
  case degree
  /// Reverse Cuthill-McKee: neighbours get close numbers. Pays on meshes and wherever levels are narrow.
  case reverseCuthillMcKee
  /// Clusters of label propagation side by side. Pays on graphs with communities.
  case clusters
  /// The one of these that a cost model expects to save most, or none.
  case automatic

  internal var name: String {
    switch self {
    case .degree: "degree order"
    case .reverseCuthillMcKee: "reverse Cuthill-McKee"
    case .clusters: "clusters of label propagation"
    case .automatic: "automatic"
    }
  }
}

/// A graph under other numbers of its nodes, and the way there and back. Train on `graph` with reordered features,
/// labels and masks, and restore what is asked by the nodes' own numbers.
public struct ReorderedGraph: Sendable {
  public let graph: Graph
  /// What was done; nil where the graph is as it was.
  public let ordering: GraphOrdering?
  /// Why, in one sentence.
  public let decision: String
  internal let order: NodeOrder?

  /// Rows of nodes [nodeCount, ...] in the new order; differentiable.
  public func reorder(_ rows: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    checked(rows, "reorder", file, line).map { rows.gathered($0.nodes) } ?? rows
  }

  /// Rows of the graph's nodes [nodeCount, ...], such as logits, in the old order; differentiable.
  public func restore(_ rows: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    checked(rows, "restore", file, line).map { rows.gathered($0.places) } ?? rows
  }

  private func checked(_ rows: Tensor, _ operation: String, _ file: StaticString, _ line: UInt) -> NodeOrder? {
    guard rows.rank >= 1, rows.shape[0] == graph.nodeCount else {
      trap("\(operation): shape \(rows.shape), expected [\(graph.nodeCount), ...]", file, line)
    }
    return order
  }

  /// A matrix over the nodes, [nodeCount, nodeCount], in the new order; its values follow their entries and stay
  /// differentiable.
  public func reorder(_ matrix: SparseMatrix, file: StaticString = #fileID, line: UInt = #line) -> SparseMatrix {
    guard matrix.rows == graph.nodeCount, matrix.columns == graph.nodeCount else {
      trap(
        "reorder: the matrix is \(matrix.rows) x \(matrix.columns), expected \(graph.nodeCount) x \(graph.nodeCount)",
        file, line)
    }
    return order?.applied(to: matrix, movesColumns: true) ?? matrix
  }

  /// Features of the nodes in the new order.
  public func reorder(_ features: NodeFeatures, file: StaticString = #fileID, line: UInt = #line) -> NodeFeatures {
    switch features {
    case .dense(let x): return .dense(reorder(x, file: file, line: line))
    case .sparse(let x):
      guard x.rows == graph.nodeCount, !x.isTransposed else {
        trap(
          "reorder: features of \(x.rows) rows\(x.isTransposed ? ", transposed" : ""), expected \(graph.nodeCount)",
          file, line)
      }
      return .sparse(order?.applied(to: x, movesColumns: false) ?? x)
    }
  }

  /// The new numbers of nodes.
  public func newIds(of nodes: [Int32], file: StaticString = #fileID, line: UInt = #line) -> [Int32] {
    translated(nodes, order?.places, "newIds", file, line)
  }

  /// The old numbers of nodes of `graph`.
  public func oldIds(of nodes: [Int32], file: StaticString = #fileID, line: UInt = #line) -> [Int32] {
    translated(nodes, order?.nodes, "oldIds", file, line)
  }

  private func translated(
    _ nodes: [Int32], _ names: Tensor?, _ operation: String, _ file: StaticString, _ line: UInt
  ) -> [Int32] {
    if let bad = nodes.first(where: { $0 < 0 || Int($0) >= graph.nodeCount }) {
      trap("\(operation): node \(bad) is outside of 0..<\(graph.nodeCount)", file, line)
    }
    guard let names else { return nodes }
    return withExtendedLifetime(names) { nodes.map { names.i32[Int($0)] } }
  }
}

extension Graph {
  /// The graph with its nodes renumbered, once, for products that read less far apart. A directed graph is ordered by
  /// its edges in both directions.
  ///
  /// `.automatic` keeps the graph as it is when features of `width` float32 columns fit the second-level cache, when
  /// neighbours lie close already, or when `products` multiplications by the adjacency (two a layer and
  /// training step) do not repay the ordering; it tries the orders that may pay and says in `decision`
  /// what it found. The choice depends on the caches of this machine.
  public func reordered(_ ordering: GraphOrdering, width: Int = 64, products: Int = 1000) -> ReorderedGraph {
    let model = OrderingModel(
      nodes: nodeCount, entries: edgeCount, width: max(width, 1), products: products, caches: Bridge.caches,
      isSymmetric: adjacency.isSymmetric)
    guard ordering == .automatic else {
      let order = order(Bridge.symmetrized(adjacency), ordering, model)
      return moved(to: order, ordering, "\(ordering.name), as asked for")
    }
    return reordered(by: model)
  }

  /// What `model` decides.
  internal func reordered(by model: OrderingModel) -> ReorderedGraph {
    func locality(_ order: NodeOrder?) -> GatherLocality {
      Bridge.locality(adjacency, order, near: model.nearReach, medium: model.mediumReach)
    }
    func kept(_ reason: String) -> ReorderedGraph {
      ReorderedGraph(graph: self, ordering: nil, decision: reason, order: nil)
    }
    let now = locality(nil)
    if let refusal = model.refusal(now) { return kept(refusal) }
    let both = Bridge.symmetrized(adjacency)
    var best: (ordering: GraphOrdering, order: NodeOrder, locality: GatherLocality, saving: Double)?
    for ordering in [GraphOrdering.degree, .reverseCuthillMcKee, .clusters] where model.isWorthTrying(ordering, now) {
      let order = order(both, ordering, model), found = locality(order)
      let saving = model.saving(ordering, from: now, to: found)
      if saving > best?.saving ?? 0 { best = (ordering, order, found, saving) }
    }
    guard let best, model.accepts(best.ordering, from: now, to: best.locality) else {
      return kept(model.disappointment(now, best: best?.locality))
    }
    return moved(to: best.order, best.ordering, model.explanation(best.ordering, from: now, to: best.locality))
  }

  private func order(_ pattern: SparsePattern, _ ordering: GraphOrdering, _ model: OrderingModel) -> NodeOrder {
    switch ordering {
    case .degree: Bridge.degreeOrder(pattern)
    case .reverseCuthillMcKee: Bridge.cuthillMcKeeOrder(pattern)
    // Clusters that stop growing when their features fill the second-level cache.
    case .clusters, .automatic: Bridge.clusterOrder(pattern, largest: max(2 * model.nearReach, 1))
    }
  }

  private func moved(to order: NodeOrder, _ ordering: GraphOrdering, _ decision: String) -> ReorderedGraph {
    ReorderedGraph(
      graph: Graph(square: Bridge.relabel(adjacency, order, movesColumns: true).pattern), ordering: ordering,
      decision: decision, order: order)
  }

  /// The same graph with node i renamed to newIds[i].
  public func relabelled(_ newIds: [Int32]) throws(GraphError) -> Graph {
    let order = try NodeOrder(newIds: newIds, nodeCount: nodeCount, operation: "relabelled")
    return Graph(square: Bridge.relabel(adjacency, order, movesColumns: true).pattern)
  }
}
