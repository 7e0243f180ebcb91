import SparseKit
import TensorKit

/// GraphSAGE with the mean (Hamilton et al. 2017): y = [x, mean of the neighbours' x] W + b, neighbours without the
/// node itself; a node without neighbours has mean 0.
///
/// Both halves of W go first, so that messages have the layer's width and sparse features stay sparse; everything after
/// is one pass of propagation.
public final class SampleAndAggregate: GraphLayer {
  /// [2 inputs, outputs]: the rows for the node itself, then those for its neighbours' mean.
  @Parameter public var weight: Tensor
  @Parameter public var bias: Tensor?

  public init(
    _ inputs: Int, _ outputs: Int, hasBias: Bool = true, weights: Initializer = .glorot, biases: Initializer = .zeros,
    using generator: RandomGenerator
  ) {
    weight = weights([2 * inputs, outputs], fanIn: 2 * inputs, fanOut: outputs, using: generator)
    _bias = Parameter(
      wrappedValue: hasBias ? biases([outputs], fanIn: 2 * inputs, fanOut: outputs, using: generator) : nil)
  }

  public override var inputWidth: Int { weight.shape[0] / 2 }
  public override var details: String { "\(inputWidth) -> \(weight.shape[1])" }

  public override func callAsFunction(_ x: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    self(x, graph, residual: nil, relu: false)
  }

  public override func callAsFunction(
    _ x: NodeFeatures, _ graph: GraphOperators, residual: (tensor: Tensor, scale: Double)?, relu: Bool,
    dropout: (rate: Double, generator: RandomGenerator)? = nil
  ) -> Tensor {
    let width = inputWidth
    let mean = graph.propagation(.row, addingSelfLoops: false, dtype: weight.dtype)
    let own = x.times(weight.sliced(0..<width)).adding(residual)
    return spmm(
      mean, x.times(weight.sliced(width..<2 * width)), bias: bias, residual: own, relu: relu, dropout: dropout)
  }
}
