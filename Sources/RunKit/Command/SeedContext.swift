import Foundation
import NeuralKit
import TensorKit

/// What an experiment has at hand while it runs one seed of one configuration.
public struct SeedContext {
  /// The configuration that runs, of a plain experiment its only one.
  public let configuration: Configuration
  public let seed: UInt64
  /// Place of this seed among the run's, from 0.
  public let index: Int
  /// Number of seeds of the run.
  public let seeds: Int
  /// Epochs to train: `--epochs`, else the experiment's default.
  public let epochs: Int
  /// Name of this seed's files: `seed<k>`, or `<configuration>-seed<k>` among several configurations.
  let name: String
  let output: RunOutput
  let unit: UnitFolder
  let show: (UnitProgress) -> Void
  let shared: SharedValues

  init(
    _ unit: RunUnit, of plan: RunPlan, epochs: Int, output: RunOutput, folder: UnitFolder, shared: SharedValues,
    show: @escaping (UnitProgress) -> Void
  ) {
    configuration = unit.configuration
    seed = unit.seed
    index = unit.seedIndex
    seeds = plan.seeds.count
    self.epochs = epochs
    name = plan.name(of: unit)
    self.output = output
    self.unit = folder
    self.shared = shared
    self.show = show
  }

  /// The run's folder, made when first asked for.
  public var folder: RunFolder {
    get throws { try output.begin() }
  }

  /// Where this seed's trained model belongs: `checkpoints/seed<k>.safetensors` in the run's folder, with the
  /// configuration's id before it where there are several.
  public var checkpoint: URL {
    get throws {
      let folder = try folder
      try folder.makeFolder("checkpoints")
      return folder.file("checkpoints/\(name).safetensors")
    }
  }

  /// Adds values to `metrics.csv` and to the curves of the report.
  public func record(step: Int, _ values: NamedValues) throws {
    try unit.record(step: step, values)
  }

  /// Shows that `done` of this seed's `total` steps are done. Throws when a signal has asked the run to end.
  public func progress(_ done: Int, of total: Int, unit: String = "epochs", _ values: NamedValues = [:]) throws {
    show(UnitProgress(done: done, total: total, unit: unit, values: values))
    try endIfInterrupted()
  }

  /// Outside of loops, whose ends are all that there is to save.
  private func endIfInterrupted() throws {
    guard Interruption.isRequested else { return }
    try unit.saveAll()
    throw Interrupted()
  }

  /// A value that all seeds and configurations share, such as a data set: made by the first that asks, reused by the
  /// others. Values that differ need different keys.
  public func once<Value>(
    _ key: String = "", file: StaticString = #fileID, line: UInt = #line, _ make: () throws -> Value
  ) rethrows -> Value {
    let key = "\(file):\(line) \(key)"
    if let value = shared.values[key] as? Value { return value }
    let value = try make()
    shared.values[key] = value
    return value
  }

  /// A value that took time, such as the outcome of a search between two loops: when the run is resumed it is there and
  /// not made again. `name` is unique within a seed and can name a file. The closure must not record values or draw
  /// from a generator that is used later.
  public func remember<Value: Codable>(
    _ name: String, file: StaticString = #fileID, line: UInt = #line, _ make: () throws -> Value
  ) throws -> Value {
    requireFileName(name, "remember", file, line)
    return try unit.remember(name, make)
  }
}

// MARK: - Training

extension SeedContext {
  /// Trains `model` and leaves it with the weights of the chosen epoch. Every epoch's values are recorded and shown,
  /// and all that training depends on is saved now and then, so that a killed run goes on bit for bit.
  ///
  /// A seed may train several times, with a name for each; a loop that an interrupted run had finished is skipped, with
  /// its result and weights put back.
  ///
  /// - Parameters:
  ///   - optimizer: what `epoch` steps with.
  ///   - generators: random generators that training draws from, by name, beside those that modules hold as properties,
  ///     which are found by themselves.
  ///   - epochs: by default the run's.
  ///   - epoch: does one epoch, counted from 1, and returns its values.
  ///   - evaluate: returns values of validation and test.
  /// - Throws: `DivergenceError` when a loss is not finite, an error when a signal ends the run, and what the closures
  ///   throw.
  @discardableResult
  public func train(
    _ name: String = "train", model: Module, optimizer: Optimizer? = nil, generators: [String: RandomGenerator] = [:],
    select: SelectionRule = .last, patience: Int? = nil, evaluateEvery: Int = 1, epochs: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    epoch: (Int) throws -> NamedValues,
    evaluate: (Int) throws -> NamedValues = { _ in [:] }
  ) throws -> TrainingResult {
    let loop = TrainingLoop(
      epochs: epochs ?? self.epochs, select: select, patience: patience, evaluateEvery: evaluateEvery)
    return try train(
      name, loop, model: model, optimizer: optimizer, generators: generators, file: file, line: line, epoch: epoch,
      evaluate: evaluate)
  }

  /// Runs a loop of the experiment's own making, recorded, shown and saved the same way.
  @discardableResult
  public func train(
    _ name: String = "train", _ loop: TrainingLoop, model: Module, optimizer: Optimizer? = nil,
    generators: [String: RandomGenerator] = [:], file: StaticString = #fileID, line: UInt = #line,
    epoch: (Int) throws -> NamedValues,
    evaluate: (Int) throws -> NamedValues = { _ in [:] }
  ) throws -> TrainingResult {
    requireFileName(name, "train", file, line)
    try endIfInterrupted()
    let parts = LoopParts(
      name: name, model: model, optimizer: optimizer, generators: generators, select: loop.select,
      notes: ["configuration": configuration.id, "seed": "\(seed)", "loop": name])
    var state = try unit.resume(parts) ?? TrainingState()
    if state.isFinished { return state.result }
    try unit.log().release()
    var loop = loop
    let epochs = loop.epochs
    if state.epoch > 0 {
      show(UnitProgress(done: state.epoch, total: epochs, unit: "epochs", values: [:], isEarlier: true))
    }
    loop.observers.append { event in
      guard case .epochEnded(let epoch, let values) = event else { return }
      try record(step: epoch, values)
      show(UnitProgress(done: epoch, total: epochs, unit: "epochs", values: values))
    }
    var last = monotonicSeconds()
    try loop.run(&state, model: model, epoch: epoch, evaluate: evaluate) { state in
      let now = monotonicSeconds()
      let isInterrupted = Interruption.isRequested
      if isInterrupted || unit.isSaveDue(epochSeconds: now - last) { try unit.save(parts, state) }
      if isInterrupted { throw Interrupted() }
      last = monotonicSeconds()
    }
    try unit.finish(parts, state)
    return state.result
  }
}

private func requireFileName(_ name: String, _ function: String, _ file: StaticString, _ line: UInt) {
  guard isFileName(name) else { trap("\(function): the name \"\(name)\" cannot name a file", file, line) }
}

/// How far a unit has come.
struct UnitProgress {
  let done: Int
  let total: Int
  let unit: String
  let values: NamedValues
  /// Whether it came so far in an earlier process.
  var isEarlier = false
}

/// Values made once for all seeds of a run.
final class SharedValues {
  var values: [String: Any] = [:]
}
