import FileKit
import Foundation

/// A set as `--dataset` names it: `texas` from files, `largest:amazon_photo` its largest connected component,
/// `twin:texas` generated, `twin:products@100000` generated at about so many nodes; `twin` is `twin:cora`.
public enum NodeDatasetChoice: Sendable, Equatable, CustomStringConvertible {
  case files(NodeDatasetName)
  case largestComponent(NodeDatasetName)
  case twin(NodeDatasetName, nodes: Int? = nil)

  /// The choice that `text` names; nil when it names none.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, parts[0].lowercased() == "largest" {
      guard let name = NodeDatasetName(String(parts[1])) else { return nil }
      self = .largestComponent(name)
      return
    }
    guard parts[0].lowercased() == "twin" else {
      guard let name = NodeDatasetName(text) else { return nil }
      self = .files(name)
      return
    }
    guard parts.count == 2 else {
      self = .twin(.cora)
      return
    }
    let scaled = parts[1].split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = NodeDatasetName(String(scaled[0])) else { return nil }
    guard scaled.count == 2 else {
      self = .twin(name)
      return
    }
    guard let nodes = Int(scaled[1]), 1...Self.mostNodes ~= nodes else { return nil }
    self = .twin(name, nodes: nodes)
  }

  /// Most nodes that a twin is made for.
  public static let mostNodes = 3_000_000

  /// What may be chosen, in one phrase.
  public static var expected: String {
    NodeDatasetName.allCases.map(\.rawValue).joined(separator: ", ")
      + ", or largest:NAME, twin, twin:NAME or twin:NAME@NODES (at most \(mostNodes))"
  }

  /// The choice as `--dataset` names it.
  public var description: String {
    switch self {
    case .files(let name): name.rawValue
    case .largestComponent(let name): "largest:" + name.rawValue
    case .twin(let name, let nodes): name.manifest.twin + (nodes.map { "@\($0)" } ?? "")
    }
  }

  public var name: NodeDatasetName {
    switch self {
    case .files(let name), .largestComponent(let name), .twin(let name, _): name
    }
  }

  /// Reads the set from the data folder, or makes its twin from the seed.
  public func load(from folder: URL, seed: UInt64) throws(FileError) -> NodeDataset {
    switch self {
    case .files(let name): try name.load(from: folder)
    case .largestComponent(let name): try name.loadLargestComponent(from: folder.path)
    case .twin(let name, let nodes):
      GraphTwin.make(seed: seed, like: nodes.map { name.twin.scaled(toNodes: $0) } ?? name.twin)
    }
  }
}
