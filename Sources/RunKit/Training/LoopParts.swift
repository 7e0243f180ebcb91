import FileKit
import Foundation
import NeuralKit
import TensorKit

/// What a named training loop keeps in its checkpoint beside its own state.
struct LoopParts {
  let name: String
  let model: Module
  let optimizer: Optimizer?
  /// Those of the caller and those that the model holds, the latter under `model.<path>`.
  let generators: [String: RandomGenerator]
  /// Whether the selection rule keeps weights of its own.
  let keepsBest: Bool
  let notes: [String: String]

  init(
    name: String, model: Module, optimizer: Optimizer?, generators: [String: RandomGenerator], select: SelectionRule,
    notes: [String: String]
  ) {
    self.name = name
    self.model = model
    self.optimizer = optimizer
    var all = generators
    for (path, generator) in model.namedGenerators() { all["model.\(path)"] = generator }
    self.generators = all
    keepsBest = select != .last
    self.notes = notes
  }

  /// The state as named tensors: numbers of the loop in double precision, the best weights as `loop.best.<name>`.
  func checkpoint(of state: TrainingState, log: (length: Int, seconds: Double)) -> Checkpoint {
    var loop: [String: Tensor] = [
      "epoch": number(Double(state.epoch)), "bestEpoch": number(Double(state.bestEpoch)),
      "bestValue": number(state.bestValue ?? .nan), "finished": number(state.isFinished ? 1 : 0),
      "stoppedEarly": number(state.stoppedEarly ? 1 : 0), "seconds": number(state.seconds),
      "logLength": number(Double(log.length)), "logSeconds": number(log.seconds),
    ]
    let names = state.chosen.names
    if !names.isEmpty { loop["chosen"] = Tensor(names.map { state.chosen[$0]! }) }
    // A finished loop has them in the model.
    if !state.isFinished { for (name, tensor) in state.best ?? [:] { loop["best.\(name)"] = tensor } }
    var notes = notes
    notes["version"] = Versions.package
    notes["chosen"] = names.joined(separator: "\n")
    return Checkpoint(model: model, optimizer: optimizer, generators: generators, loop: loop, metadata: notes)
  }

  /// Puts a checkpoint's state back into model, optimizer and generators, all or nothing.
  func restore(from path: String) throws -> (state: TrainingState, log: (length: Int, seconds: Double)) {
    let checkpoint = try Checkpoint.load(path)
    let loop = checkpoint.loop
    func value(_ name: String) throws(FileError) -> Double {
      guard let tensor = loop[name], tensor.count == 1, tensor.dtype == .float64 else {
        throw FileError(path: path, place: "loop.\(name)", "is missing or no number, expected the state of a loop")
      }
      return tensor.item()
    }
    func count(_ name: String) throws(FileError) -> Int {
      guard let count = Int(exactly: try value(name)), count >= 0 else {
        throw FileError(path: path, place: "loop.\(name)", "is \(try value(name)), expected a count")
      }
      return count
    }
    var state = TrainingState()
    state.epoch = try count("epoch")
    state.bestEpoch = try count("bestEpoch")
    let bestValue = try value("bestValue")
    state.bestValue = bestValue.isNaN ? nil : bestValue
    state.isFinished = try count("finished") == 1
    state.stoppedEarly = try count("stoppedEarly") == 1
    state.seconds = try value("seconds")
    let log = (length: try count("logLength"), seconds: try value("logSeconds"))
    let names = checkpoint.metadata["chosen"].map { $0.isEmpty ? [] : $0.components(separatedBy: "\n") } ?? []
    let values = loop["chosen"].flatMap { $0.dtype == .float64 ? $0.array(of: Double.self) : nil } ?? []
    guard names.count == values.count else {
      throw FileError(path: path, place: "loop.chosen", "has \(values.count) values for \(names.count) names")
    }
    for (name, value) in zip(names, values) { state.chosen[name] = value }
    for (key, expected) in notes.sorted(by: { $0.key < $1.key }) {
      if let found = checkpoint.metadata[key], found != expected {
        throw FileError(path: path, place: "metadata", "is of \(key) \(found), expected \(expected)")
      }
    }
    if keepsBest, state.bestValue != nil { state.best = try best(in: loop, path: path, isFinished: state.isFinished) }
    try checkpoint.restore(model: model, optimizer: optimizer, generators: generators)
    return (state, log)
  }

  /// The best weights; of a finished loop, whose model has them, only that there are some.
  private func best(in loop: [String: Tensor], path: String, isFinished: Bool) throws -> [String: Tensor] {
    if isFinished { return [:] }
    var best: [String: Tensor] = [:]
    for (name, tensor) in model.snapshot() {
      guard let kept = loop["best.\(name)"], kept.shape == tensor.shape, kept.dtype == tensor.dtype else {
        throw FileError(path: path, place: "loop.best.\(name)", "is missing or misshaped, expected \(tensor.shape)")
      }
      best[name] = kept
    }
    return best
  }

  private func number(_ value: Double) -> Tensor { Tensor([value], shape: []) }
}
