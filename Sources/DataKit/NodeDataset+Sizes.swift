import FileKit

extension NodeDataset {
  /// The sizes that a published set is known to have; nil where no source states one.
  public struct Sizes: Sendable, Equatable {
    public var nodes: Int
    /// Directed: an undirected edge counts twice. Self-loops and duplicates are dropped before.
    public var edges: Int?
    public var features: Int
    /// Stored features over all nodes.
    public var featureEntries: Int?
    public var classes: Int
    /// Sizes of the first split's parts: train, validation, test.
    public var split: [Int]

    internal init(nodes: Int, edges: Int?, features: Int, featureEntries: Int?, classes: Int, split: [Int]) {
      self.nodes = nodes
      self.edges = edges
      self.features = features
      self.featureEntries = featureEntries
      self.classes = classes
      self.split = split
    }
  }

  /// What the set holds.
  public var sizes: Sizes {
    Sizes(
      nodes: nodeCount, edges: graph.edgeCount, features: features.width, featureEntries: features.entryCount,
      classes: classCount, split: splits.first.map { $0.parts.map(\.ids.count) } ?? [])
  }

  /// The set itself when it has the known sizes; `path` names it in the sentence thrown otherwise.
  internal func verified(_ known: Sizes, path: String) throws(FileError) -> NodeDataset {
    func check(_ what: String, _ found: Int?, _ expected: Int?) throws(FileError) {
      if let found, let expected, found != expected {
        throw FileError(path: path, "\(name) has \(found) \(what), expected \(expected)")
      }
    }
    let found = sizes
    try check("nodes", found.nodes, known.nodes)
    try check("directed edges", found.edges, known.edges)
    try check("features", found.features, known.features)
    try check("feature entries", found.featureEntries, known.featureEntries)
    try check("classes", found.classes, known.classes)
    guard found.split == known.split else {
      throw FileError(
        path: path,
        "\(name) has split sizes \(found.split) (\(splitOrigin ?? "no splits")), expected \(known.split) (train, "
          + "validation, test)")
    }
    return self
  }
}
