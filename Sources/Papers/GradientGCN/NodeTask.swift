import DataKit
import FileKit
import NeuralKit
import SparseKit
import TensorKit

/// Node classification on one graph, ready for training: features, propagation matrix, labels and the rows of each part
/// of a split, as tensors.
public struct NodeTask: Sendable {
  public let dataset: NodeDataset
  /// Rows sum to 1.
  public let features: NodeFeatures
  /// D^-1/2 (A + I) D^-1/2.
  public let propagation: SparseMatrix
  public let labels: Tensor
  /// Rows of the split's parts; nil for a data set without splits.
  public let rows: (train: Tensor, validation: Tensor, test: Tensor)?

  /// The task of split `split` of the data set (counted from 0, around again after the last).
  public init(_ dataset: NodeDataset, split: Int = 0) {
    self.dataset = dataset
    features = dataset.features.rowNormalized()
    propagation = dataset.graph.propagation()
    labels = dataset.labelTensor
    rows =
      dataset.splits.isEmpty
      ? nil
      : {
        let split = dataset.splits[split % dataset.splits.count]
        return (split.trainIndices, split.validationIndices, split.testIndices)
      }()
  }

  /// Logits of the model in evaluation mode; its own mode stays.
  public func predict(_ model: GCN) -> Tensor {
    model.evaluating { withoutRecording { model(features, propagation) } }
  }

  /// What one evaluation of a model measures; accuracies in percent.
  public struct Evaluation: Sendable {
    public let validationLoss: Double
    public let validationAccuracy: Double
    public let testAccuracy: Double
  }

  /// Measures the model on the validation and test rows. Traps when the data set has no split.
  public func evaluate(_ model: GCN, file: StaticString = #fileID, line: UInt = #line) -> Evaluation {
    guard let rows else {
      preconditionFailure("evaluate: data set \(dataset.name) has no split", file: file, line: line)
    }
    let logits = predict(model)
    return Evaluation(
      validationLoss: meanCrossEntropy(logits, labels: labels, rows: rows.validation).item(),
      validationAccuracy: accuracy(logits, labels: labels, rows: rows.validation),
      testAccuracy: accuracy(logits, labels: labels, rows: rows.test))
  }
}

/// One full-batch training run of a GCN: what an epoch does.
public final class GCNTraining {
  public let model: GCN
  public let task: NodeTask
  public let optimizer: Optimizer

  /// Adam with coupled weight decay, on the first layer alone as Kipf and Welling have it, or on all.
  public init(
    _ model: GCN, _ task: NodeTask, learningRate: Double = 0.01, weightDecay: Double = 5e-4,
    decaysAllLayers: Bool = false
  ) {
    self.model = model
    self.task = task
    optimizer = .adam(
      model, learningRate: learningRate,
      groups: [ParameterGroup(weightDecay: weightDecay) { decaysAllLayers || $0.hasPrefix("layers.0.") }])
  }

  /// Mean cross-entropy on the training rows and its gradients, dropout on.
  public func lossAndGradients() -> (loss: Double, gradients: ParameterGradients) {
    guard let rows = task.rows else { preconditionFailure("training: data set \(task.dataset.name) has no split") }
    let (value, gradients) = valueAndGradients(of: model) {
      meanCrossEntropy(model(task.features, task.propagation), labels: task.labels, rows: rows.train)
    }
    return (value.item(), gradients)
  }

  /// One step over the whole graph; returns the loss before it.
  @discardableResult
  public func epoch() -> Double {
    let (loss, gradients) = lossAndGradients()
    optimizer.step(gradients)
    return loss
  }
}
