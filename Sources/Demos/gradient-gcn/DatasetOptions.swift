import ArgumentParser
import DataKit
import Foundation

/// Which graph: one by name, or the user's own files.
struct DatasetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A set of the data folder, such as cora, texas or arxiv; largest:NAME is its largest connected component, "
        + "twin:NAME a generated graph of its sizes, and twin:NAME@NODES one of other size. (default: twin:cora)",
      valueName: "name"),
    transform: DatasetOptions.choice)
  var dataset: NodeDatasetChoice?
  @Option(
    help: ArgumentHelp(
      "Which of the set's splits, counted from 0. (default: 0; reproduce gives every seed the next)", valueName: "k"))
  var split: Int?
  @Option(help: ArgumentHelp("Your own graph: text with two node ids a line.", valueName: "file"), completion: .file())
  var edges: String?
  @Option(help: ArgumentHelp("Its features (.npy, .npz or text), or identity, or degree.", valueName: "file"))
  var features: String?
  @Option(help: ArgumentHelp("Its classes (.npy or text), -1 for none.", valueName: "file"), completion: .file())
  var labels: String?
  @Flag(help: "Its edges lead one way only, from the first id to the second.")
  var directed = false
  @Option(
    help: ArgumentHelp("Its training nodes of each class, drawn at random by the seed. (default: 20)", valueName: "n"))
  var perClass: Int?
  @Option(
    help: ArgumentHelp(
      "Its validation nodes, drawn from the rest; what is left is tested on. (default: 500)", valueName: "n"))
  var validationNodes: Int?
  @Option(help: ArgumentHelp("Training nodes of your own choice, instead of drawn ones.", valueName: "file"))
  var trainIds: String?
  @Option(help: ArgumentHelp("Validation nodes of your own choice.", valueName: "file"))
  var validationIds: String?
  @Option(help: ArgumentHelp("Test nodes of your own choice.", valueName: "file"))
  var testIds: String?

  private static func choice(_ text: String) throws -> NodeDatasetChoice {
    guard let choice = NodeDatasetChoice(text) else {
      throw ValidationError("expected \(NodeDatasetChoice.expected).")
    }
    return choice
  }

  func validate() throws {
    guard edges == nil || dataset == nil else { throw ValidationError("--dataset and --edges exclude each other.") }
    guard edges != nil || (features == nil && labels == nil) else {
      throw ValidationError("--features and --labels describe your own graph: give its --edges too.")
    }
    let ids = [trainIds, validationIds, testIds].count { $0 != nil }
    guard ids == 0 || ids == 3 else {
      throw ValidationError("--train-ids, --validation-ids and --test-ids go together.")
    }
    if let split, split < 0 { throw ValidationError("--split must be 0 or more, not \(split).") }
    guard edges == nil || split == nil else {
      throw ValidationError("--split chooses among the splits of a --dataset.")
    }
    if let perClass, perClass < 1 { throw ValidationError("--per-class must be 1 or more, not \(perClass).") }
    if let validationNodes, validationNodes < 1 {
      throw ValidationError("--validation-nodes must be 1 or more, not \(validationNodes).")
    }
    let draws = perClass != nil || validationNodes != nil
    guard edges != nil || !(draws || ids > 0 || directed) else {
      throw ValidationError(
        "--directed, --per-class, --validation-nodes and files of ids describe your own graph: give its --edges too.")
    }
    guard !draws || ids == 0 else {
      throw ValidationError("--per-class and --validation-nodes draw nodes: leave them out beside files of ids.")
    }
  }

  /// Name of the set, which recipes and published numbers go by; empty for the user's own graph.
  var datasetName: String { edges == nil ? "\(dataset ?? .twin(.cora))" : "" }

  /// Loads the graph; with `split`, one to train on.
  func load(from folder: URL, seed: UInt64, split isSplit: Bool = true) throws -> NodeDataset {
    guard let edges else {
      let known = try (dataset ?? .twin(.cora)).load(from: folder, seed: seed)
      if let split, split >= known.splits.count {
        throw ValidationError("--split \(split): \(known.name) has \(known.splits.count) splits, counted from 0.")
      }
      return known
    }
    let source: UserGraph.FeatureSource? =
      switch features {
      case "identity": .identity
      case "degree": .degree
      default: features.map { .file($0) }
      }
    let split: UserGraph.SplitSource =
      if let trainIds, let validationIds, let testIds {
        .files(train: trainIds, validation: validationIds, test: testIds)
      } else if isSplit, labels != nil {
        .random(perClass: perClass ?? 20, validation: validationNodes ?? 500, seed: seed)
      } else {
        .none
      }
    if isSplit, labels == nil { throw ValidationError("Training needs the classes of your nodes: give --labels.") }
    return try UserGraph.load(edges: edges, features: source, labels: labels, split: split, isUndirected: !directed)
  }
}
