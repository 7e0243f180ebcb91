import Foundation
import NeuralKit
import SparseKit
import TensorKit

/// What an initialisation does to a signal on its way through a deep network that has not been trained (section 2.3 of
/// arXiv 2210.08122), measured and as theory has it.
public struct SignalTest: Sendable, Equatable {
  /// Factor by which a hidden layer changes the Frobenius norm of the preactivations: the geometric mean from the fifth
  /// layer to the last hidden one.
  public let amplitude: Double
  /// sqrt(v H g / 2) for weights of variance v: g is the aligned gain of the propagation, or under dropout that of the
  /// component that grows fastest.
  public let predicted: Double
  /// Frobenius norm of the gradient of the first weight.
  public let firstGradient: Double

  /// Fewer layers do not show a factor.
  public static let leastLayers = 16

  /// Runs one pass of training through a network without skips and with zero biases.
  public init(_ method: GradientGCN, _ task: NodeTask, seed: UInt64, file: StaticString = #fileID, line: UInt = #line) {
    guard method.layers >= Self.leastLayers else {
      trap("SignalTest: \(method.layers) layers show no factor, expected \(Self.leastLayers) or more", file, line)
    }
    var method = method
    method.bias = .zero
    let model = method.network(task, seed: seed), last = method.layers - 2
    var norms: [Int: Double] = [:]
    let training = NodeTraining(model, task, method.optimizer(model))
    let gradients = model.observing({ result in
      guard result.name == "preactivation", result.index == 4 || result.index == last else { return }
      norms[result.index] = result.tensor.detached().converted(to: .float64).norm
    }) { training.lossAndGradients().gradients }
    amplitude = pow(norms[last]! / norms[4]!, 1 / Double(last - 4))
    firstGradient = gradientFlow(gradients, of: model)[0].norm
    let bound = method.initialization.bounds(
      widths: [task.features.width, method.hidden, method.hidden, task.dataset.classCount],
      propagation: task.graph.propagation(), features: task.features, dropout: method.dropout)[1]
    let gain = Self.fastestGain(task.graph, dropout: method.dropout)
    predicted = (bound * bound / 3 * Double(method.hidden) * gain / 2).squareRoot()
  }

  /// Energy gain of propagation under inverted dropout in the component that grows fastest: 1 + q on an isolated node,
  /// 1 + q / 2 on a pair, T_hi + q T_lo elsewhere, with q = p / (1 - p). Without dropout none outgrows the whole.
  static func fastestGain(_ graph: GraphOperators, dropout: Double) -> Double {
    let statistics = PropagationStatistics(graph.propagation())
    guard dropout > 0 else { return statistics.alignedGain }
    let q = dropout / (1 - dropout), degrees = graph.graph.degrees
    if degrees.contains(0) { return 1 + q }
    let starts = graph.graph.adjacency.rowPointers, neighbours = graph.graph.adjacency.columnIndices
    let hasPair = degrees.indices.contains { node in
      degrees[node] == 1 && degrees[Int(neighbours[Int(starts[node])])] == 1
    }
    return hasPair ? 1 + q / 2 : statistics.alignedGain + q * statistics.uncorrelatedGain
  }
}

extension Tensor {
  fileprivate var norm: Double { squared().sum().item().squareRoot() }
}
