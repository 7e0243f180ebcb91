import FileKit
import TensorKit

extension GraphNetwork {
  /// A network of graph convolutions of the sizes that a checkpoint holds, with its weights, skip connection and
  /// dropout rate.
  ///
  /// Throws `FileError` when the file holds no such network, `CheckpointError` when names or shapes do not fit
  /// together.
  public convenience init(checkpoint path: String) throws {
    let checkpoint = try Checkpoint.load(path), generator = RandomGenerator(seed: 0)
    func matrix(_ name: String) throws(FileError) -> Tensor? {
      guard let weight = checkpoint.tensors["model.\(name)"] else { return nil }
      guard weight.rank == 2, weight.dtype == .float32 else {
        throw FileError(
          path: path, place: "model.\(name)",
          "has shape \(weight.shape) and type \(weight.dtype), expected a float32 matrix")
      }
      return weight
    }
    func linear(_ name: String) throws(FileError) -> Linear? {
      try matrix("\(name).weight").map { weight in
        Linear(
          weight.shape[1], weight.shape[0], hasBias: checkpoint.tensors["model.\(name).bias"] != nil, weights: .zeros,
          biases: .zeros, using: generator)
      }
    }
    var layers: [GraphConvolution] = [], mixers: [Linear] = []
    while let weight = try matrix("layers.\(layers.count).weight") {
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
    while let mixer = try linear("mixers.\(mixers.count)") { mixers.append(mixer) }
    let note = checkpoint.metadata["skip"] ?? "\(SkipConnection.none)"
    guard let skip = SkipConnection(note), mixers.count == Self.mixerCount(skip, layers: layers.count) else {
      throw FileError(path: path, place: "skip", "is \"\(note)\" beside \(mixers.count) maps, expected a connection's")
    }
    self.init(
      input: try linear("input"), layers: layers, output: try linear("output"), skip: skip, mixers: mixers,
      dropout: checkpoint.metadata["dropout"].flatMap(Double.init) ?? 0, using: generator)
    try checkpoint.restore(model: self)
  }

  /// Saves weights and what `init(checkpoint:)` needs beside them.
  public func save(to path: String, metadata: [String: String] = [:]) throws(FileError) {
    let own = ["model": "gcn", "dropout": "\(dropout)", "skip": "\(skip)"]
    try Checkpoint(model: self, metadata: metadata.merging(own) { _, own in own }).save(to: path)
  }
}
