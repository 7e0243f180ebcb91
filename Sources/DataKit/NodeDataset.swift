import FileKit
import SparseKit
import TensorKit

/// A graph whose nodes have features and labels: everything that node classification needs, checked against itself.
public struct NodeDataset: Sendable {
  public let name: String
  public let graph: Graph
  public let features: NodeFeatures
  /// The class of each node, -1 for those in `unlabelled`.
  public let labels: [Int32]
  public let classCount: Int
  /// One name a class, where the source has names.
  public let classNames: [String]?
  /// Usually one; ten for the heterophily sets; none for a graph that is only predicted on.
  public let splits: [Split]
  /// Where the splits come from, such as `cora.npz` or `drawn: 20 and 30 a class, seed 0`; nil when it is not known.
  public let splitOrigin: String?
  /// Nodes without a label, in ascending order; they are in no split.
  public let unlabelled: [Int32]

  /// The files that the parts came from, named by errors instead of the data set.
  public struct Files: Sendable {
    public var graph: String?
    public var features: String?
    public var labels: String?
    public var split: String?

    public init(graph: String? = nil, features: String? = nil, labels: String? = nil, split: String? = nil) {
      self.graph = graph
      self.features = features
      self.labels = labels
      self.split = split
    }

    /// Every part came from one file.
    public init(all path: String) { self.init(graph: path, features: path, labels: path, split: path) }
  }

  /// Checks the parts against each other. Throws one sentence that names the file, or the data set where no file is
  /// known, and the node at fault.
  /// - Parameters:
  ///   - labels: one a node, -1 for none.
  ///   - classCount: one more than the largest label when nil.
  ///   - splits: each part of each split holds at least one node, and none without a label.
  ///   - splitOrigin: the name of the splits' file when nil.
  ///   - unlabelled: further nodes without a label, whatever `labels` says of them.
  public init(
    name: String, graph: Graph, features: NodeFeatures, labels: [Int32], classCount: Int? = nil,
    classNames: [String]? = nil, splits: [Split] = [], splitOrigin: String? = nil, unlabelled: [Int32] = [],
    files: Files = Files()
  ) throws(FileError) {
    let nodes = graph.nodeCount
    guard nodes > 0 else {
      throw FileError(path: files.graph ?? name, "the graph is empty, expected at least one node")
    }

    if let fault = features.fault { throw FileError(path: files.features ?? name, fault) }
    guard features.rows == nodes else {
      throw FileError(
        path: files.features ?? name, "has features for \(features.rows) nodes, but the graph has \(nodes) nodes")
    }

    let labelSource = files.labels ?? name
    guard labels.count == nodes else {
      throw FileError(path: labelSource, "has \(labels.count) labels, but the graph has \(nodes) nodes")
    }
    if let bad = unlabelled.first(where: { $0 < 0 || Int($0) >= nodes }) {
      throw FileError(
        path: labelSource, "lists node \(bad) as unlabelled, but the graph has nodes 0 to \(nodes - 1)")
    }
    var labels = labels
    for node in unlabelled { labels[Int(node)] = -1 }
    let classes = classCount ?? classNames?.count ?? (Int(labels.max() ?? -1) + 1)
    // Without this a single wild label would ask for billions of classes.
    if classCount == nil, classNames == nil, let wild = labels.firstIndex(where: { Int($0) >= nodes }) {
      throw FileError(
        path: labelSource, place: "node \(wild)",
        "label \(labels[wild]) makes more classes than there are nodes (\(nodes)), expected classes counted from 0")
    }
    guard classNames == nil || classNames!.count == classes else {
      throw FileError(path: labelSource, "has \(classNames!.count) class names for \(classes) classes")
    }
    if let bad = labels.firstIndex(where: { $0 < -1 || Int($0) >= classes }) {
      let range = classes > 0 ? "0 to \(classes - 1), or -1 for none" : "-1 for none, as there are no classes"
      throw FileError(path: labelSource, place: "node \(bad)", "label \(labels[bad]) is no class, expected \(range)")
    }

    for (number, split) in splits.enumerated() {
      let which = splits.count == 1 ? "split" : "split \(number)"
      if let fault = Self.fault(of: split, labels) {
        throw FileError(path: files.split ?? name, place: which, fault)
      }
    }

    self.name = name
    self.graph = graph
    self.features = features
    self.labels = labels
    self.classCount = classes
    self.classNames = classNames
    self.splits = splits
    self.splitOrigin = splits.isEmpty ? nil : splitOrigin ?? files.split?.split(separator: "/").last.map(String.init)
    self.unlabelled = labels.indices.filter { labels[$0] < 0 }.map(Int32.init)
  }

  /// The first fault of a split over nodes with these labels.
  private static func fault(of split: Split, _ labels: [Int32]) -> String? {
    var owner = [String?](repeating: nil, count: labels.count)
    for (part, ids) in split.parts {
      if ids.isEmpty { return "the \(part) part is empty, expected at least one node" }
      for id in ids {
        guard id >= 0, Int(id) < labels.count else {
          return "the \(part) part holds node \(id), but the graph has nodes 0 to \(labels.count - 1)"
        }
        if let other = owner[Int(id)] {
          return other == part
            ? "the \(part) part holds node \(id) twice" : "node \(id) is in the \(other) part and in the \(part) part"
        }
        guard labels[Int(id)] >= 0 else { return "the \(part) part holds node \(id), which has no label" }
        owner[Int(id)] = part
      }
    }
    return nil
  }
}

extension NodeDataset {
  public var nodeCount: Int { graph.nodeCount }

  /// The labels as an int32 tensor [nodes], -1 for unlabelled nodes: losses and metrics are given the rows that count.
  public var labelTensor: Tensor { Tensor(labels) }

  /// Nodes with a label, in ascending order.
  public var labelledNodes: [Int32] { labels.indices.filter { labels[$0] >= 0 }.map(Int32.init) }

  /// Number of labelled nodes of each class.
  public var classSizes: [Int] {
    var sizes = [Int](repeating: 0, count: classCount)
    for label in labels where label >= 0 { sizes[Int(label)] += 1 }
    return sizes
  }

  /// Share of the edges between labelled nodes that join two nodes of one class (edge homophily); nil when no edge
  /// joins two labelled nodes.
  public var homophily: Double? {
    let starts = graph.adjacency.rowPointers, neighbours = graph.adjacency.columnIndices
    var same = 0, all = 0
    for node in 0..<nodeCount where labels[node] >= 0 {
      for edge in Int(starts[node])..<Int(starts[node + 1]) {
        let other = labels[Int(neighbours[edge])]
        if other >= 0 { all += 1 }
        if other == labels[node] { same += 1 }
      }
    }
    return all == 0 ? nil : Double(same) / Double(all)
  }

  /// Nodes without a neighbour.
  public var isolatedCount: Int { graph.degrees.count { $0 == 0 } }

  /// One line for logs: `cora: 2708 nodes, 5278 undirected edges, 1433 features (49216 entries), 7 classes, ...`.
  public var summary: String {
    var parts = ["\(nodeCount) nodes"]
    parts.append(
      graph.adjacency.isSymmetric
        ? "\(graph.edgeCount / 2) undirected edges" : "\(graph.edgeCount) directed edges")
    switch features {
    case .sparse: parts.append("\(features.width) features (\(features.entryCount) entries)")
    case .dense: parts.append("\(features.width) dense features")
    }
    parts.append("\(classCount) classes")
    if let homophily {
      let thousandths = Int((homophily * 1000).rounded())
      parts.append("homophily \(thousandths / 1000)." + String(String(1000 + thousandths % 1000).dropFirst()))
    }
    if let first = splits.first {
      parts.append(
        (splits.count == 1 ? "split " : "\(splits.count) splits of ") + first.summary
          + (splitOrigin.map { " (\($0))" } ?? ""))
    }
    if !unlabelled.isEmpty { parts.append("\(unlabelled.count) unlabelled") }
    return name + ": " + parts.joined(separator: ", ")
  }

  /// The same data with other splits, checked; `origin` says where they come from.
  public func with(splits: [Split], origin: String? = nil) throws(FileError) -> NodeDataset {
    try NodeDataset(
      name: name, graph: graph, features: features, labels: labels, classCount: classCount, classNames: classNames,
      splits: splits, splitOrigin: origin)
  }
}
