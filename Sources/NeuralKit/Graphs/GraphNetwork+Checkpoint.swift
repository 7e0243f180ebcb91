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
    let input = try linear("input"), output = try linear("output")
    if let (name, fault) = Self.fault(in: layers, input, output, skip, mixers) {
      throw FileError(path: path, place: name, fault)
    }
    let rate = checkpoint.metadata["dropout"].map { Double($0) ?? .nan } ?? 0
    guard rate >= 0, rate < 1 else { throw FileError(path: path, place: "dropout", "is no rate in 0..<1") }
    self.init(
      input: input, layers: layers, output: output, skip: skip, mixers: mixers, dropout: rate, using: generator)
    try checkpoint.restore(model: self)
  }

  /// The first part whose width does not fit what comes before it.
  private static func fault(
    in layers: [GraphConvolution], _ input: Linear?, _ output: Linear?, _ skip: SkipConnection, _ mixers: [Linear]
  ) -> (name: String, fault: String)? {
    var past: [Int] = [], width = layers[0].weight.shape[0]
    func check(_ name: String, _ inputs: Int, _ expected: Int) -> (name: String, fault: String)? {
      inputs == expected ? nil : ("model.\(name).weight", "takes \(inputs) inputs, but is given \(expected)")
    }
    if let input {
      past = [input.weight.shape[0]]
      width = past[0]
    }
    for (index, layer) in layers.enumerated() {
      if let fault = check("layers.\(index)", layer.inputWidth, width) { return fault }
      width = layer.weight.shape[1]
      let joined: Int? =
        switch skip {
        case .residual: past.last
        case .initial: past.first
        case .first: skip.scaleOfFirst(into: index) == nil ? nil : layers[0].weight.shape[1]
        default: nil
        }
      if let joined, joined != width {
        return ("skip", "\(skip) adds \(joined) values to the \(width) outputs of layer \(index)")
      }
      past.append(width)
      guard skip == .dense else { continue }
      if let fault = check("mixers.\(index)", mixers[index].weight.shape[1], past.reduce(0, +)) { return fault }
      width = mixers[index].weight.shape[0]
    }
    if case .first(let into, _) = skip, into.contains(where: { $0 < 1 || $0 >= layers.count }) {
      return ("skip", "\(skip) names a layer outside of 1..<\(layers.count)")
    }
    if skip == .jumping { return check("mixers.0", mixers[0].weight.shape[1], past.reduce(0, +)) }
    return output.flatMap { check("output", $0.weight.shape[1], width) }
  }

  /// Saves weights and what `init(checkpoint:)` needs beside them. For networks of graph convolutions without norms and
  /// identity mapping; others keep their weights in a `Checkpoint` and are made again by the code that made them.
  public func save(
    to path: String, metadata: [String: String] = [:], file: StaticString = #fileID, line: UInt = #line
  ) throws(FileError) {
    guard norms.isEmpty, layers.allSatisfy({ ($0 as? GraphConvolution)?.isPlain == true }) else {
      trap("GraphNetwork.save: only networks of plain graph convolutions are made again from their files", file, line)
    }
    let own = ["model": "gcn", "dropout": "\(dropout)", "skip": "\(skip)"]
    try Checkpoint(model: self, metadata: metadata.merging(own) { _, own in own }).save(to: path)
  }
}
