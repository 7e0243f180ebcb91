import SparseKit
import TensorKit

/// A graph convolution (Kipf and Welling 2017): y = P x W + b, with ReLU when asked.
///
/// The weight is [inputs, outputs], as in Kipf's code. The product with W comes first, so that the propagation runs at
/// the narrower width; bias and ReLU are part of the propagation's pass.
public final class GraphConvolution: GraphLayer {
  @Parameter public var weight: Tensor
  @Parameter public var bias: Tensor?

  /// Starts from given values: weight [inputs, outputs], bias [outputs].
  public init(weight: Tensor, bias: Tensor?) {
    self.weight = weight
    self.bias = bias
  }

  public convenience init(
    _ inputs: Int, _ outputs: Int, hasBias: Bool = true, weights: Initializer = .glorot, biases: Initializer = .zeros,
    using generator: RandomGenerator
  ) {
    self.init(
      weight: weights([inputs, outputs], fanIn: inputs, fanOut: outputs, using: generator),
      bias: hasBias ? biases([outputs], fanIn: inputs, fanOut: outputs, using: generator) : nil)
  }

  public override var details: String { "\(weight.shape[0]) -> \(weight.shape[1])" }

  public override func callAsFunction(_ x: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    self(x, graph, residual: nil, relu: false)
  }

  public override func callAsFunction(
    _ x: NodeFeatures, _ graph: GraphOperators, residual: (tensor: Tensor, scale: Double)?, relu: Bool
  ) -> Tensor {
    let propagation = graph.propagation(dtype: weight.dtype)
    guard let residual else { return spmm(propagation, x.times(weight), bias: bias, relu: relu) }
    let y = spmm(propagation, x.times(weight), bias: bias) + residual.tensor * residual.scale
    return relu ? y.relu() : y
  }
}
