import FileKit
import Foundation

/// The Planetoid citation graphs (Sen et al. 2008, with the public split of Yang et al. 2016). Nodes are papers, edges
/// citations, features bags of words (tf-idf for Pubmed), classes research areas.
public enum Planetoid: String, CaseIterable, Sendable {
  case cora, citeseer, pubmed

  /// Where the upstream files are published.
  public static let address = "https://github.com/kimiyoung/planetoid/tree/master/data"

  /// What a complete set holds.
  internal var sizes: NodeDataset.Sizes {
    switch self {
    case .cora:
      .init(nodes: 2708, edges: 10556, features: 1433, featureEntries: 49216, classes: 7, split: [140, 500, 1000])
    case .citeseer:
      .init(nodes: 3327, edges: 9104, features: 3703, featureEntries: 105165, classes: 6, split: [120, 500, 1000])
    case .pubmed:
      .init(nodes: 19717, edges: 88648, features: 500, featureEntries: 988031, classes: 3, split: [60, 500, 1000])
    }
  }

  /// Loads the set from `<name>.npz` or the eight upstream files `ind.<name>.*` in `folder`, or in `planetoid`,
  /// `original` or `planetoid/original` below it, and checks its sizes.
  ///
  /// Throws when there is no such folder or no such file, when a file is damaged, and when the set is not complete.
  /// Never downloads.
  public func load(from folder: String) throws(FileError) -> NodeDataset {
    let remedy = "they come from \(Self.address), and --dataset twin needs no files"
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw FileError(
        path: folder, "is no folder, expected one with the files of \(rawValue); \(remedy)")
    }
    let places = ["", "planetoid/", "original/", "planetoid/original/"]
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    if let place = places.first(where: { exists(base + $0 + rawValue + ".npz") }) {
      let path = base + place + rawValue + ".npz"
      return try NodeDataset(npz: path, name: rawValue).verified(sizes, path: path)
    }
    let candidates = places.map { place in PlanetoidFiles(name: rawValue, prefix: base + place + "ind.\(rawValue).") }
    for files in candidates {
      let missing = PlanetoidFiles.parts.filter { !exists(files.path($0)) }
      if missing.isEmpty { return try files.dataset().verified(sizes, path: files.path("graph")) }
      if missing.count < PlanetoidFiles.parts.count {
        throw FileError(
          path: files.path(missing[0]),
          "is missing beside the other files of \(rawValue) "
            + "(missing in all: \(missing.map { "ind.\(rawValue).\($0)" }.joined(separator: ", "))); \(remedy)")
      }
    }
    let parts = PlanetoidFiles.parts.joined(separator: ",")
    throw FileError(
      path: folder,
      "holds neither \(rawValue).npz nor ind.\(rawValue).{\(parts)}, "
        + "not in its folders planetoid, original and planetoid/original either; \(remedy)")
  }

  /// Loads the set from a folder given as a file URL.
  public func load(from folder: URL) throws(FileError) -> NodeDataset { try load(from: folder.path) }
}

extension NodeDataset {
  /// The sizes that a published set is known to have.
  internal struct Sizes: Equatable {
    var nodes: Int
    /// Directed: an undirected edge counts twice.
    var edges: Int
    var features: Int
    /// Stored features over all nodes.
    var featureEntries: Int
    var classes: Int
    /// Sizes of the first split's parts: train, validation, test.
    var split: [Int]
  }

  internal var sizes: Sizes {
    Sizes(
      nodes: nodeCount, edges: graph.edgeCount, features: features.width, featureEntries: features.entryCount,
      classes: classCount, split: splits.first.map { $0.parts.map(\.ids.count) } ?? [])
  }

  /// The set itself when it has the known sizes; `path` names it in the sentence thrown otherwise.
  internal func verified(_ known: Sizes, path: String) throws(FileError) -> NodeDataset {
    func check(_ what: String, _ found: Int, _ expected: Int) throws(FileError) {
      if found != expected { throw FileError(path: path, "\(name) has \(found) \(what), expected \(expected)") }
    }
    let found = sizes
    try check("nodes", found.nodes, known.nodes)
    try check("directed edges", found.edges, known.edges)
    try check("features", found.features, known.features)
    try check("feature entries", found.featureEntries, known.featureEntries)
    try check("classes", found.classes, known.classes)
    guard found.split == known.split else {
      throw FileError(
        path: path, "\(name) has split sizes \(found.split), expected \(known.split) (train, validation, test)")
    }
    return self
  }
}
