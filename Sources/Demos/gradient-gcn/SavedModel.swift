import FileKit
import Foundation
import GradientGCN
import NeuralKit
import TensorKit

/// A trained network as a checkpoint that `predict` reads: a GCN brings its sizes along, a baseline is made again by
/// its recipe, which the notes of the file hold with the sizes.
struct SavedModel {
  let model: GraphModel
  /// Number of features of a node that the model takes.
  let inputs: Int
  private let notes: [String: String]

  /// - Parameter recipe: nil for a GCN.
  init(_ model: GraphModel, _ recipe: BaselineRecipe?, layers: Int, _ task: NodeTask) throws {
    self.model = model
    inputs = task.features.width
    guard let recipe else {
      notes = [:]
      return
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    notes = [
      "recipe": String(decoding: try encoder.encode(recipe), as: UTF8.self), "layers": "\(layers)",
      "inputs": "\(inputs)", "classes": "\(task.dataset.classCount)",
    ]
  }

  func save(to path: String, notes own: [String: String]) throws(FileError) {
    if notes.isEmpty, let network = model as? GraphNetwork {
      try network.save(to: path, metadata: own)
    } else {
      try Checkpoint(model: model, metadata: notes.merging(own) { $1 }).save(to: path)
    }
  }

  /// Throws one sentence when the file holds no model of this package or one that does not fit together.
  init(from path: String) throws {
    let checkpoint = try Checkpoint.load(path)
    notes = checkpoint.metadata
    guard let text = notes["recipe"] else {
      let network = try GraphNetwork(checkpoint: path)
      (model, inputs) = (network, network.inputWidth)
      return
    }
    func size(_ key: String) throws(FileError) -> Int {
      guard let size = checkpoint.metadata[key].flatMap(Int.init), Self.sizes.contains(size) else {
        throw FileError(path: path, place: key, "is no size of a network, expected a whole number above 0")
      }
      return size
    }
    guard let recipe = try? JSONDecoder().decode(BaselineRecipe.self, from: Data(text.utf8)), Self.isSound(recipe)
    else { throw FileError(path: path, place: "recipe", "is no recipe of a baseline, expected one that train saves") }
    inputs = try size("inputs")
    model = recipe.makeModel(
      inputs: inputs, classes: try size("classes"), layers: try size("layers"), using: RandomGenerator(seed: 0))
    try checkpoint.restore(model: model)
  }

  private static let sizes = 1...10_000_000

  /// Whether a model can be made by the recipe, which a file may hold in any state.
  private static func isSound(_ recipe: BaselineRecipe) -> Bool {
    sizes.contains(recipe.hidden) && sizes.contains(recipe.groups) && (0..<1).contains(recipe.dropout)
      && (0..<1).contains(recipe.samplingRate) && recipe.alpha.isFinite && recipe.lambda.isFinite
  }
}
