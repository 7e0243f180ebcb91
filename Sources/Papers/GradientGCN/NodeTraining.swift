import NeuralKit
import TensorKit

/// One full-batch training run of a graph model: what an epoch does.
public final class NodeTraining<Model: GraphModel> {
  public let model: Model
  public let task: NodeTask
  public let optimizer: Optimizer

  /// Training with an optimizer of your own, made for this model.
  public init(_ model: Model, _ task: NodeTask, _ optimizer: Optimizer) {
    self.model = model
    self.task = task
    self.optimizer = optimizer
  }

  /// Mean cross-entropy on the training rows and its gradients, dropout on. Traps when the data set has no split.
  public func lossAndGradients(
    file: StaticString = #fileID, line: UInt = #line
  ) -> (loss: Double, gradients: ParameterGradients) {
    guard let rows = task.rows else { trap("training: data set \(task.dataset.name) has no split", file, line) }
    let (value, gradients) = valueAndGradients(of: model) {
      meanCrossEntropy(model(task.features, task.graph), labels: task.labels, rows: rows.train)
    }
    return (value.item(), gradients)
  }

  /// One step over the whole graph; returns the loss before it.
  @discardableResult
  public func epoch(file: StaticString = #fileID, line: UInt = #line) -> Double {
    epoch(file: file, line: line) { _ in }
  }

  /// One step whose gradients `inspect` sees before they are used.
  @discardableResult
  public func epoch(
    file: StaticString = #fileID, line: UInt = #line, inspect: (ParameterGradients) throws -> Void
  ) rethrows -> Double {
    let (loss, gradients) = lossAndGradients(file: file, line: line)
    try inspect(gradients)
    optimizer.step(gradients)
    return loss
  }
}
