import Foundation

/// What an experiment has at hand while it runs one seed.
public struct SeedContext {
  public let seed: UInt64
  /// Place of this seed among the run's, from 0.
  public let index: Int
  /// Number of seeds of the run.
  public let seeds: Int
  /// Epochs to train: `--epochs`, else the experiment's default.
  public let epochs: Int
  let output: RunOutput
  let progressLine: ProgressLine
  let shared: SharedValues

  /// The run's folder, made when first asked for.
  public var folder: RunFolder {
    get throws { try output.begin().folder }
  }

  /// Where this seed's checkpoint belongs: `checkpoints/seed<k>.safetensors` in the run's folder.
  public var checkpoint: URL {
    get throws {
      let folder = try folder
      try folder.makeFolder("checkpoints")
      return folder.file("checkpoints/seed\(seed).safetensors")
    }
  }

  /// Adds values to `metrics.csv` and to the curves of the report.
  public func record(step: Int, _ values: NamedValues) throws {
    let log = try output.begin().log
    for (name, value) in values {
      try log.record(step: step, name: name, value: value, seed: seed, prefixed: seeds > 1)
    }
    try output.events?.add(seeds > 1 ? "seed\(seed)" : "", step: step, values)
  }

  /// Shows that `done` of this seed's `total` steps are done.
  public func progress(_ done: Int, of total: Int, unit: String = "epochs", _ values: NamedValues = [:]) {
    let count = String(done).leftPadding(toWidth: String(total).count)
    let label = (seeds > 1 ? "seed \(index + 1)/\(seeds)  " : "") + "\(count)/\(total) \(unit)"
    let share = Double(index) / Double(seeds)..<Double(index + 1) / Double(seeds)
    progressLine.update(label, done: done, of: total, share: share, unit: unit, values: values)
  }

  /// A value that all seeds share, such as a data set: made by the first seed that asks, reused by the others.
  public func once<Value>(
    _ make: () throws -> Value, file: StaticString = #fileID, line: UInt = #line
  ) rethrows -> Value {
    let key = "\(file):\(line)"
    if let value = shared.values[key] as? Value { return value }
    let value = try make()
    shared.values[key] = value
    return value
  }

  /// Trains with the run's number of epochs; every epoch's values are recorded and shown. See `TrainingLoop.run`.
  @discardableResult
  public func train(
    select: SelectionRule = .last, patience: Int? = nil, evaluateEvery: Int = 1,
    epoch: (Int) throws -> NamedValues,
    evaluate: (Int) throws -> NamedValues = { _ in [:] },
    snapshot: () throws -> Void = {}
  ) throws -> TrainingResult {
    let loop = TrainingLoop(epochs: epochs, select: select, patience: patience, evaluateEvery: evaluateEvery)
    return try train(loop, epoch: epoch, evaluate: evaluate, snapshot: snapshot)
  }

  /// Runs a loop of the experiment's own making, recorded and shown the same way.
  @discardableResult
  public func train(
    _ loop: TrainingLoop,
    epoch: (Int) throws -> NamedValues,
    evaluate: (Int) throws -> NamedValues = { _ in [:] },
    snapshot: () throws -> Void = {}
  ) throws -> TrainingResult {
    var loop = loop
    let epochs = loop.epochs
    loop.observers.append { event in
      guard case .epochEnded(let epoch, let values) = event else { return }
      try record(step: epoch, values)
      progress(epoch, of: epochs, values)
    }
    return try loop.run(epoch: epoch, evaluate: evaluate, snapshot: snapshot)
  }
}

/// Values made once for all seeds of a run.
final class SharedValues {
  var values: [String: Any] = [:]
}
