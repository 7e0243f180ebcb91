import SparseKit
import TensorKit

/// A graph convolution (Kipf and Welling 2017): y = P x W + b, with P = D^-1/2 (A + I) D^-1/2. With an identity mapping
/// of strength s the weight is (1 - s) I + s W (Chen et al. 2020).
///
/// The weight is [inputs, outputs], as in Kipf's code. Products go in the cheaper order: the weight first unless it
/// widens dense inputs, so that the propagation runs at the narrower width. With the weight first, bias, residual,
/// ReLU and dropout are part of the propagation's pass.
public final class GraphConvolution: GraphLayer {
  @Parameter public var weight: Tensor
  @Parameter public var bias: Tensor?
  private let mapping: IdentityMapping?
  /// Whether the layer is its weight and bias alone.
  internal var isPlain: Bool { mapping == nil }

  /// Starts from given values: weight [inputs, outputs], bias [outputs].
  /// - Parameter identityMapping: strength s of the weight, which must be square; nil for the weight alone.
  public init(weight: Tensor, bias: Tensor?, identityMapping strength: Double? = nil) {
    mapping = strength.map(IdentityMapping.init)
    self.weight = weight
    self.bias = bias
  }

  /// - Parameter identityMapping: strength s of the weight, which must be square; nil for the weight alone.
  public convenience init(
    _ inputs: Int, _ outputs: Int, hasBias: Bool = true, identityMapping strength: Double? = nil,
    weights: Initializer = .glorot, biases: Initializer = .zeros, using generator: RandomGenerator
  ) {
    self.init(
      weight: weights([inputs, outputs], fanIn: inputs, fanOut: outputs, using: generator),
      bias: hasBias ? biases([outputs], fanIn: inputs, fanOut: outputs, using: generator) : nil,
      identityMapping: strength)
  }

  public override var inputWidth: Int { weight.shape[0] }
  public override var details: String {
    "\(weight.shape[0]) -> \(weight.shape[1])" + (mapping.map { ", identity mapping \($0.strength)" } ?? "")
  }

  public override func callAsFunction(_ x: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    self(x, graph, residual: nil, relu: false)
  }

  public override func callAsFunction(
    _ x: NodeFeatures, _ graph: GraphOperators, residual: (tensor: Tensor, scale: Double)?, relu: Bool,
    dropout: (rate: Double, generator: RandomGenerator)? = nil
  ) -> Tensor {
    let propagation = graph.propagation(dtype: weight.dtype), weight = mapping.map { $0(self.weight) } ?? self.weight
    if case .dense(let x) = x, weight.shape[1] > weight.shape[0] {
      let y = matmul(spmm(propagation, x), weight)
      return (bias.map { y + $0 } ?? y).adding(residual, relu: relu, dropout: dropout)
    }
    return spmm(
      propagation, x.times(weight), bias: bias, residual: residual?.tensor, residualScale: residual?.scale ?? 1,
      relu: relu, dropout: dropout)
  }
}

/// A weight drawn towards the identity: (1 - s) I + s W.
internal final class IdentityMapping {
  let strength: Double
  /// (1 - s) I, kept from call to call.
  private var rest: Tensor?

  init(strength: Double) { self.strength = strength }

  func callAsFunction(_ weight: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    guard weight.shape == [weight.shape[0], weight.shape[0]] else {
      trap("identity mapping: the weight has shape \(weight.shape), expected a square one", file, line)
    }
    if rest?.dtype != weight.dtype || rest?.shape != weight.shape {
      rest = Tensor.identity(weight.shape[0], dtype: weight.dtype) * (1 - strength)
    }
    return weight * strength + rest!
  }
}

extension Tensor {
  /// dropout(act(self + scale residual)).
  internal func adding(
    _ residual: (tensor: Tensor, scale: Double)?, relu: Bool = false,
    dropout: (rate: Double, generator: RandomGenerator)? = nil
  ) -> Tensor {
    let y = residual.map { self + ($0.scale == 1 ? $0.tensor : $0.tensor * $0.scale) } ?? self
    let h = relu ? y.relu() : y
    return dropout.map { h.dropout($0.rate, using: $0.generator) } ?? h
  }
}
