import NeuralKit
import TensorKit

/// A loss that is no longer a finite number: training cannot go on.
public struct DivergenceError: RunError, Equatable {
  public let epoch: Int
  public let name: String
  public let value: Double
  public var status: RunStatus { .failed }
  public var description: String {
    "Training diverged: \(name) is \(value.isNaN ? "nan" : "\(value)") in epoch \(epoch); "
      + "a smaller learning rate may help."
  }
}

/// What happens in a training run, told to its observers as it happens.
public enum TrainingEvent: Sendable {
  case started(epochs: Int)
  /// An epoch ended with these values of training and, where it was evaluated, validation.
  case epochEnded(epoch: Int, values: NamedValues)
  /// The selection rule found a better model, which is kept.
  case newBest(epoch: Int, values: NamedValues)
  /// `patience` epochs went by without a better model.
  case stoppedEarly(epoch: Int, bestEpoch: Int)
  case finished(TrainingResult)
}

/// How a training run ended.
public struct TrainingResult: Sendable {
  /// The epoch that the selection rule chose, counted from 1. The model holds its weights.
  public let epoch: Int
  /// All values of that epoch.
  public let values: NamedValues
  /// Epochs that ran.
  public let epochs: Int
  public let stoppedEarly: Bool
  /// Wall time of all epochs, those before a resumption included.
  public let seconds: Double

  /// A value of the chosen epoch; NaN where the epoch gave none of that name.
  public subscript(name: String) -> Double { values[name] ?? .nan }
}

/// Where a loop stands between two epochs: everything that it needs to go on, beside model, optimizer and generators.
struct TrainingState {
  /// Epochs that have ended.
  var epoch = 0
  var bestEpoch = 0
  /// Value of the criterion at `bestEpoch`.
  var bestValue: Double?
  /// Values of the epoch that would be reported now.
  var chosen = NamedValues()
  /// Weights of `bestEpoch`; nil while the model's own would be reported.
  var best: [String: Tensor]?
  var stoppedEarly = false
  /// Whether the loop has ended, with the chosen weights in the model.
  var isFinished = false
  var seconds = 0.0

  var result: TrainingResult {
    TrainingResult(
      epoch: best == nil ? epoch : bestEpoch, values: chosen, epochs: epoch, stoppedEarly: stoppedEarly,
      seconds: seconds)
  }
}

/// Runs epochs, keeps the model that the selection rule chooses, and stops when it no longer improves.
public struct TrainingLoop {
  public var epochs: Int
  public var select: SelectionRule
  /// Epochs without improvement after which training stops; nil never stops.
  public var patience: Int?
  /// Evaluates after every so many epochs, and after the last.
  public var evaluateEvery: Int
  public var observers: [(TrainingEvent) throws -> Void] = []

  public init(epochs: Int, select: SelectionRule = .last, patience: Int? = nil, evaluateEvery: Int = 1) {
    self.epochs = epochs
    self.select = select
    self.patience = patience
    self.evaluateEvery = max(1, evaluateEvery)
  }

  /// Trains. `epoch` (counted from 1) does one epoch and returns its values, `evaluate` returns those of validation and
  /// test. Afterwards the model holds the weights of the chosen epoch: the best, or the last with the rule `last` and
  /// when validation gave NaN throughout.
  /// - Throws: `DivergenceError` when a value whose name ends in "loss" is not finite, and what the closures throw.
  @discardableResult
  public func run(
    model: Module,
    epoch: (Int) throws -> NamedValues,
    evaluate: (Int) throws -> NamedValues = { _ in [:] }
  ) throws -> TrainingResult {
    var state = TrainingState()
    try run(&state, model: model, epoch: epoch, evaluate: evaluate) { _ in }
    return state.result
  }

  /// Goes on from `state`. `between` is called after every epoch that is not the last, when `state` is whole.
  func run(
    _ state: inout TrainingState, model: Module,
    epoch train: (Int) throws -> NamedValues,
    evaluate: (Int) throws -> NamedValues,
    between: (TrainingState) throws -> Void
  ) throws {
    let start = monotonicSeconds() - state.seconds
    try tell(.started(epochs: epochs))
    while state.epoch < epochs, !state.stoppedEarly {
      let epoch = state.epoch + 1
      var values = try finite(train(epoch), epoch)
      let isEvaluated = epoch % evaluateEvery == 0 || epoch == epochs
      if isEvaluated { values = values.merging(try finite(evaluate(epoch), epoch)) }
      state.epoch = epoch
      state.seconds = monotonicSeconds() - start
      try tell(.epochEnded(epoch: epoch, values: values))
      if isEvaluated { try judge(values, model, &state) }
      if epoch < epochs, !state.stoppedEarly { try between(state) }
    }
    if let best = state.best { model.restore(best) }
    state.isFinished = true
    try tell(.finished(state.result))
  }

  /// Applies the selection rule and the patience to the values of the epoch that has just ended.
  private func judge(_ values: NamedValues, _ model: Module, _ state: inout TrainingState) throws {
    let epoch = state.epoch
    if let value = criterion(in: values), select.improves(value, over: state.bestValue) {
      state.bestEpoch = epoch
      state.bestValue = value
      if select != .last {
        state.chosen = values
        state.best = model.snapshot()
        try tell(.newBest(epoch: epoch, values: values))
      }
    }
    if state.best == nil { state.chosen = values }
    if let patience, epoch - state.bestEpoch >= patience, epoch < epochs {
      state.stoppedEarly = true
      try tell(.stoppedEarly(epoch: epoch, bestEpoch: state.bestEpoch))
    }
  }

  private func tell(_ event: TrainingEvent) throws {
    for observer in observers { try observer(event) }
  }

  private func criterion(in values: NamedValues) -> Double? {
    if let value = values[select.criterion] { return value }
    guard select != .last || patience != nil else { return nil }
    let use = select == .last ? "early stopping" : "the rule \"\(select.rawValue)\""
    trap(
      "training loop: \(use) needs \(select.criterion), but evaluation gave [\(values.names.joined(separator: ", "))]",
      #fileID, #line)
  }

  private func finite(_ values: NamedValues, _ epoch: Int) throws -> NamedValues {
    for (name, value) in values where name.lowercased().hasSuffix("loss") && !value.isFinite {
      throw DivergenceError(epoch: epoch, name: name, value: value)
    }
    return values
  }
}
