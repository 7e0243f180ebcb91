import FileKit
import TensorKit

/// The state of a run as named tensors, kept in one safetensors file: `model.*`, `optim.*`, `rng.*` and `loop.*`.
///
/// ```swift
/// try Checkpoint(model: model, optimizer: optimizer, generators: ["dropout": generator]).save(to: path)
/// try Checkpoint.load(path).restore(model: model, optimizer: optimizer, generators: ["dropout": generator])
/// ```
///
/// A plain file, such as a PyTorch `state_dict` saved as safetensors, is read as the model alone.
public struct Checkpoint {
  /// All tensors under their names in the file.
  public private(set) var tensors: [String: Tensor]
  /// Notes such as version, preset, seed.
  public private(set) var metadata: [String: String]
  /// The file that this was read from.
  public private(set) var path: String?

  /// What tells our files from plain ones.
  private static let format = (key: "format", value: "gossamer-checkpoint")

  /// Collects the state of a run; later training does not touch it.
  ///
  /// - Parameters:
  ///   - generators: random generators by name.
  ///   - loop: what the training loop needs to go on (epoch, best score), by name.
  ///   - metadata: notes; the key `format` is taken.
  public init(
    model: Module, optimizer: Optimizer? = nil, generators: [String: RandomGenerator] = [:],
    loop: [String: Tensor] = [:], metadata: [String: String] = [:]
  ) {
    tensors = [:]
    for (name, tensor) in model.snapshot() { tensors["model.\(name)"] = tensor }
    for (name, tensor) in optimizer?.state ?? [:] { tensors["optim.\(name)"] = tensor }
    for (name, generator) in generators { tensors["rng.\(name)"] = generator.state.tensor }
    for (name, tensor) in loop { tensors["loop.\(name)"] = tensor.detached() }
    self.metadata = metadata
    self.metadata[Self.format.key] = Self.format.value
  }

  private init(tensors: [String: Tensor], metadata: [String: String], path: String) {
    self.tensors = tensors
    self.metadata = metadata
    self.path = path
  }

  /// Writes the file whole or not at all.
  public func save(to path: String) throws(FileError) {
    try SafetensorsFile.write(tensors.map { (name: $0.key, tensor: $0.value) }, metadata: metadata, to: path)
  }

  /// Reads a file; throws when it is malformed. Nothing is compared with a model yet.
  public static func load(_ path: String) throws(FileError) -> Checkpoint {
    let file = try SafetensorsFile(path)
    let isOurs = file.metadata[format.key] == format.value
    var tensors: [String: Tensor] = [:]
    for name in file.names { tensors[isOurs ? name : "model.\(name)"] = try file.tensor(name) }
    return Checkpoint(tensors: tensors, metadata: file.metadata, path: path)
  }

  /// What the training loop kept, by name.
  public var loop: [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (name, tensor) in tensors where name.hasPrefix("loop.") { result[String(name.dropFirst(5))] = tensor }
    return result
  }

  /// Puts the state back into whatever is given. Throws, with nothing changed, when a name is missing, unexpected or
  /// misshaped in a part that was asked for, unless `partial` asks for what fits.
  @discardableResult
  public func restore(
    model: Module, optimizer: Optimizer? = nil, generators: [String: RandomGenerator] = [:], partial: Bool = false
  ) throws(CheckpointError) -> LoadReport {
    var expectations = model.expectations.map { $0.prefixed("model.") }
    expectations += optimizer?.expectations.map { $0.prefixed("optim.") } ?? []
    expectations += generators.sorted { $0.key < $1.key }.map { name, generator in
      Expectation(names: ["rng.\(name)"], shape: [16], dtype: .uint8) { generator.state = .init(tensor: $0) }
    }
    let foreign = model.foreignNames
    let isIgnored = { (name: String) -> Bool in
      if name.hasPrefix("model.") { return foreign.contains(String(name.dropFirst(6))) }
      if name.hasPrefix("optim.") { return optimizer == nil }
      return name.hasPrefix("rng.") ? generators.isEmpty : name.hasPrefix("loop.")
    }
    do {
      return try NeuralKit.load(tensors, into: expectations, ignoring: isIgnored, partial: partial)
    } catch { throw CheckpointError(path: path, report: error) }
  }
}

/// A checkpoint that does not fit: one sentence that names the file and every difference.
public struct CheckpointError: Error, Sendable, CustomStringConvertible {
  /// Nil for a checkpoint that never was in a file.
  public let path: String?
  /// What is missing, unexpected and misshaped.
  public let report: LoadReport

  /// The file and the report.
  public var description: String { "\(path ?? "checkpoint"): \(report)" }
}

extension RandomGenerator.State {
  /// Seed and number of draws as 16 bytes, little-endian: no tensor type holds 64-bit integers.
  fileprivate var tensor: Tensor {
    Tensor([seed, draws].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } })
  }

  fileprivate init(tensor: Tensor) {
    let bytes = tensor.array(of: UInt8.self)
    func word(_ start: Int) -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * $1) } }
    self.init(seed: word(0), draws: word(8))
  }
}
