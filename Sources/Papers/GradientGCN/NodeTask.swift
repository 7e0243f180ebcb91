import DataKit
import FileKit
import NeuralKit
import SparseKit
import TensorKit

/// Node classification on one graph, ready for training: features, the graph's operators, labels and the rows of each
/// part of a split, as tensors.
public struct NodeTask: Sendable {
  public let dataset: NodeDataset
  /// Rows sum to 1.
  public let features: NodeFeatures
  public let graph: GraphOperators
  public let labels: Tensor
  /// Rows of the split's parts; nil for a data set without splits.
  public let rows: (train: Tensor, validation: Tensor, test: Tensor)?

  /// The task of split `split` of the data set (counted from 0, around again after the last).
  public init(_ dataset: NodeDataset, split: Int = 0) {
    self.dataset = dataset
    features = dataset.features.rowNormalized()
    graph = GraphOperators(dataset.graph)
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
  public func predict(_ model: GraphModel) -> Tensor {
    model.evaluating { withoutRecording { model(features, graph) } }
  }

  /// What one evaluation of a model measures; accuracies in percent.
  public struct Evaluation: Sendable {
    public let validationLoss: Double
    public let validationAccuracy: Double
    public let testAccuracy: Double
  }

  /// Measures the model on the validation and test rows. Traps when the data set has no split.
  public func evaluate(_ model: GraphModel, file: StaticString = #fileID, line: UInt = #line) -> Evaluation {
    guard let rows else { trap("evaluate: data set \(dataset.name) has no split", file, line) }
    let logits = predict(model)
    return Evaluation(
      validationLoss: meanCrossEntropy(logits, labels: labels, rows: rows.validation).item(),
      validationAccuracy: accuracy(logits, labels: labels, rows: rows.validation),
      testAccuracy: accuracy(logits, labels: labels, rows: rows.test))
  }
}
