import NeuralKit

/// Full-batch training of a network that is watched: a probe, or online rewiring.
public final class RewiringTraining {
  private let training: NodeTraining<RewiringNetwork>
  public var model: RewiringNetwork { training.model }
  public var task: NodeTask { training.task }
  public var optimizer: Optimizer { training.optimizer }

  /// Training with an optimizer made for this model.
  public init(_ model: RewiringNetwork, _ task: NodeTask, _ optimizer: Optimizer) {
    training = NodeTraining(model, task, optimizer)
  }

  /// One step over the whole graph, after which layers that have fallen below their threshold are listed; returns the
  /// loss before the step. `number` counts from 1 and names the epoch in the record.
  @discardableResult
  public func epoch(_ number: Int, file: StaticString = #fileID, line: UInt = #line) -> Double {
    epoch(number, file: file, line: line) { _ in }
  }

  /// One step whose gradients `inspect` sees before they are used.
  @discardableResult
  public func epoch(
    _ number: Int, file: StaticString = #fileID, line: UInt = #line, inspect: (ParameterGradients) throws -> Void
  ) rethrows -> Double {
    try training.epoch(file: file, line: line) { gradients in
      if number <= model.rewiring.probeEpochs { watch(gradients, epoch: number) }
      try inspect(gradients)
    }
  }

  private func watch(_ gradients: ParameterGradients, epoch: Int) {
    var record = model.record
    switch model.rewiring.criterion {
    case .energy:
      for (layer, energy) in model.energies { record.observe(energy.item(), layer: layer, epoch: epoch) }
    case .gradient:
      for (layer, module) in model.network.layers.enumerated() {
        let squares = gradientFlow(gradients, of: module).map { $0.norm * $0.norm }
        record.observe(squares.reduce(0, +).squareRoot(), layer: layer, epoch: epoch)
      }
    }
    if record != model.record { model.record = record }
  }
}
