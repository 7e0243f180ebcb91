import ArgumentParser
import FileKit
import GradientGCN
import NeuralKit
import RunKit
import TensorKit

/// Applies a trained network to a graph and writes one line a node. Reports `testAccuracy` of a set with a split, or
/// `accuracy` over all labelled nodes.
struct Predict: Experiment {
  static let configuration = CommandConfiguration(abstract: "Classify the nodes of a graph with a trained checkpoint.")
  static let paper = "gradient-gcn"

  @Option(help: ArgumentHelp("Checkpoint of a training run.", valueName: "file"), completion: .file())
  var checkpoint: String
  @OptionGroup(title: "Graph") var graph: DatasetOptions
  @Option(help: ArgumentHelp("Where predictions go. (default: predictions.csv in the run's folder)", valueName: "file"))
  var predictions: String?
  @OptionGroup(title: "Common options") var common: CommonOptions

  func validate() throws {
    guard graph.perClass == nil, graph.validationNodes == nil else {
      throw ValidationError(
        "--per-class and --validation-nodes draw nodes to train on; predict takes all nodes, and tests on those with "
          + "labels or of --test-ids.")
    }
  }

  func run(_ context: SeedContext) throws -> [Metric] {
    let saved = try SavedModel(from: checkpoint), model = saved.model
    let task = NodeTask(
      try graph.load(from: common.dataFolder, seed: common.seed, split: false), split: graph.split ?? 0)
    guard task.features.width == saved.inputs else {
      throw FileError(
        path: checkpoint,
        "takes \(saved.inputs) features of a node, but the graph \(task.dataset.name) has \(task.features.width)")
    }
    let logits = task.predict(model), probabilities = logits.softmax().array(of: Float.self)
    let classes = logits.shape[1]
    var table = CSVWriter(columns: ["node", "class", "probability"])
    for (node, label) in logits.argmax().array(of: Int32.self).enumerated() {
      table.append([String(node), String(label), String(probabilities[node * classes + Int(label)])])
    }
    let path = try predictions ?? context.folder.file("predictions.csv").path
    try table.write(to: path)
    var metrics = [Metric("nodes", Double(task.dataset.nodeCount), .count)]
    let labelled = task.rows?.test ?? Tensor(task.dataset.labelledNodes)
    if labelled.count > 0, task.dataset.classCount <= classes {
      let rate = accuracy(logits, labels: task.labels, rows: labelled)
      metrics.insert(Metric(task.rows == nil ? "accuracy" : "testAccuracy", rate, .percent), at: 0)
    }
    return metrics
  }
}
