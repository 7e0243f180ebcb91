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

  /// Mean cross-entropy on the training rows and its gradients, dropout on.
  public func lossAndGradients() -> (loss: Double, gradients: ParameterGradients) {
    guard let rows = task.rows else { preconditionFailure("training: data set \(task.dataset.name) has no split") }
    let (value, gradients) = valueAndGradients(of: model) {
      meanCrossEntropy(model(task.features, task.graph), labels: task.labels, rows: rows.train)
    }
    return (value.item(), gradients)
  }

  /// One step over the whole graph; returns the loss before it.
  @discardableResult
  public func epoch() -> Double { epoch { _ in } }

  /// One step whose gradients `inspect` sees before they are used.
  @discardableResult
  public func epoch(inspect: (ParameterGradients) throws -> Void) rethrows -> Double {
    let (loss, gradients) = lossAndGradients()
    try inspect(gradients)
    optimizer.step(gradients)
    return loss
  }
}
