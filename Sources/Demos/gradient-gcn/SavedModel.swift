import FileKit
import GradientGCN
import NeuralKit
import TensorKit

/// A trained network as a checkpoint that `predict` reads: a GCN brings its sizes along, a baseline is made again by
/// its recipe, whose sizes the notes of the file hold.
struct SavedModel {
  let model: GraphModel
  /// Number of features of a node that the model takes.
  let inputs: Int
  private let notes: [String: String]

  init(_ model: GraphModel, _ recipe: BaselineRecipe, layers: Int, _ task: NodeTask) {
    self.model = model
    inputs = task.features.width
    notes = [
      "baseline": recipe.baseline.rawValue, "layers": "\(layers)", "hidden": "\(recipe.hidden)",
      "inputs": "\(inputs)", "classes": "\(task.dataset.classCount)",
    ]
  }

  func save(to path: String, notes own: [String: String]) throws(FileError) {
    if notes["baseline"] == Baseline.gcn.rawValue, let network = model as? GraphNetwork {
      try network.save(to: path, metadata: own)
    } else {
      try Checkpoint(model: model, metadata: notes.merging(own) { $1 }).save(to: path)
    }
  }

  /// Throws one sentence when the file holds no model of this package or one that does not fit together.
  init(from path: String) throws {
    let checkpoint = try Checkpoint.load(path)
    notes = checkpoint.metadata
    guard let name = notes["baseline"] else {
      let network = try GraphNetwork(checkpoint: path)
      (model, inputs) = (network, network.inputWidth)
      return
    }
    func size(_ key: String) throws(FileError) -> Int {
      guard let size = checkpoint.metadata[key].flatMap(Int.init), 1...10_000_000 ~= size else {
        throw FileError(path: path, place: key, "is no size of a network, expected a whole number above 0")
      }
      return size
    }
    guard let baseline = Baseline(rawValue: name) else {
      throw FileError(path: path, place: "baseline", "\"\(name)\" is no network, expected a name such as gcnii")
    }
    var recipe = BaselineRecipe(baseline, dataset: "")
    recipe.hidden = try size("hidden")
    inputs = try size("inputs")
    model = recipe.makeModel(
      inputs: inputs, classes: try size("classes"), layers: try size("layers"), using: RandomGenerator(seed: 0))
    try checkpoint.restore(model: model)
  }
}
