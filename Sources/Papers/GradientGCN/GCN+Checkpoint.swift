import FileKit
import NeuralKit
import TensorKit

extension GCN {
  /// A model of the sizes that a checkpoint holds, with its weights.
  ///
  /// Throws `FileError` when the file holds no GCN, `CheckpointError` when names or shapes do not fit together.
  public convenience init(checkpoint path: String) throws {
    let checkpoint = try Checkpoint.load(path)
    var layers: [GraphConvolution] = []
    while let weight = checkpoint.tensors["model.layers.\(layers.count).weight"] {
      guard weight.rank == 2, weight.dtype == .float32 else {
        throw FileError(
          path: path, place: "model.layers.\(layers.count).weight",
          "has shape \(weight.shape) and type \(weight.dtype), expected a float32 matrix [inputs, outputs]")
      }
      if let last = layers.last, last.weight.shape[1] != weight.shape[0] {
        throw FileError(
          path: path, place: "model.layers.\(layers.count).weight",
          "takes \(weight.shape[0]) inputs, but the layer before has \(last.weight.shape[1]) outputs")
      }
      let hasBias = checkpoint.tensors["model.layers.\(layers.count).bias"] != nil
      layers.append(GraphConvolution(weight: weight, bias: hasBias ? .zeros([weight.shape[1]]) : nil))
    }
    guard !layers.isEmpty else {
      throw FileError(path: path, "holds no tensor \"model.layers.0.weight\", expected the checkpoint of a GCN")
    }
    let rate = checkpoint.metadata["dropout"].flatMap(Double.init) ?? 0
    self.init(layers: layers, dropout: rate, using: RandomGenerator(seed: 0))
    try checkpoint.restore(model: self)
  }

  /// Saves weights and what `init(checkpoint:)` needs beside them.
  public func save(to path: String, metadata: [String: String] = [:]) throws(FileError) {
    let notes = metadata.merging(["model": "gcn", "dropout": "\(dropout)"]) { _, own in own }
    try Checkpoint(model: self, metadata: notes).save(to: path)
  }
}
