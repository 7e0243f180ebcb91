import SparseKit
import TensorKit

/// GraphSAGE (Hamilton et al. 2017): y = x W_1 + the mean, or the maximum element by element, of the neighbours' x W_2,
/// + b. The neighbours are without the node itself; a node without any adds 0.
///
/// Both halves of W go first, so that messages have the layer's width and sparse features stay sparse: the mean is that
/// of the neighbours' x, times W_2, while the maximum is the paper's pooling with a linear map instead of a layer with
/// an activation.
public final class SampleAndAggregate: GraphLayer {
  /// How neighbours are put together.
  public enum Aggregation: String, CaseIterable, Sendable { case mean, maximum }

  /// [2 inputs, outputs]: the rows for the node itself, then those for its neighbours.
  @Parameter public var weight: Tensor
  @Parameter public var bias: Tensor?
  public let aggregation: Aggregation

  public init(
    _ inputs: Int, _ outputs: Int, aggregation: Aggregation = .mean, hasBias: Bool = true,
    weights: Initializer = .glorot, biases: Initializer = .zeros, using generator: RandomGenerator
  ) {
    self.aggregation = aggregation
    weight = weights([2 * inputs, outputs], fanIn: 2 * inputs, fanOut: outputs, using: generator)
    _bias = Parameter(
      wrappedValue: hasBias ? biases([outputs], fanIn: 2 * inputs, fanOut: outputs, using: generator) : nil)
  }

  public override var inputWidth: Int { weight.shape[0] / 2 }
  public override var details: String { "\(inputWidth) -> \(weight.shape[1]), \(aggregation)" }

  public override func callAsFunction(_ x: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    self(x, graph, residual: nil, relu: false)
  }

  public override func callAsFunction(
    _ x: NodeFeatures, _ graph: GraphOperators, residual: (tensor: Tensor, scale: Double)?, relu: Bool,
    dropout: (rate: Double, generator: RandomGenerator)? = nil
  ) -> Tensor {
    let width = inputWidth
    let neighbours = graph.propagation(
      aggregation == .mean ? .row : .none, addingSelfLoops: false, dtype: weight.dtype)
    let own = x.times(weight.sliced(0..<width)).adding(residual)
    let messages = x.times(weight.sliced(width..<2 * width))
    if aggregation == .mean {
      return spmm(neighbours, messages, bias: bias, residual: own, relu: relu, dropout: dropout)
    }
    let best = spmmMaximum(neighbours.pattern, messages)
    return (bias.map { best + $0 } ?? best).adding((own, 1), relu: relu, dropout: dropout)
  }
}
