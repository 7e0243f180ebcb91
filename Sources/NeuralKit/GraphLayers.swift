import SparseKit
import TensorKit

/// What a graph layer reads: a dense matrix [nodes, width], or a sparse one such as a bag of words.
public enum NodeInput: Sendable {
  case dense(Tensor)
  case sparse(SparseMatrix)

  /// Number of nodes.
  public var rows: Int {
    switch self {
    case .dense(let x): x.shape[0]
    case .sparse(let x): x.rows
    }
  }

  /// Number of features of a node.
  public var width: Int {
    switch self {
    case .dense(let x): x.shape[1]
    case .sparse(let x): x.columns
    }
  }

  /// Inverted dropout over the elements; of a sparse matrix over its entries, the rest being 0 already.
  public func dropout(_ rate: Double, using generator: RandomGenerator) -> NodeInput {
    switch self {
    case .dense(let x): .dense(x.dropout(rate, using: generator))
    case .sparse(let x): .sparse(x.dropout(rate, using: generator))
    }
  }

  /// All elements as a tensor [rows, width].
  public func dense(dtype: DType = .float32) -> Tensor {
    switch self {
    case .dense(let x): x.converted(to: dtype)
    case .sparse(let x): x.dense(dtype: dtype)
    }
  }

  /// The product with a weight [width, outputs].
  public func times(_ weight: Tensor) -> Tensor {
    switch self {
    case .dense(let x): matmul(x, weight)
    case .sparse(let x): spmm(x, weight)
    }
  }
}

/// A graph convolution (Kipf and Welling 2017): y = P x W + b, with ReLU when asked.
///
/// The weight is [inputs, outputs], as in Kipf's code. The product with W comes first, so that the propagation runs at
/// the narrower width; bias and ReLU are part of the propagation's pass.
public final class GraphConvolution: Module {
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

  public func callAsFunction(_ x: NodeInput, _ propagation: SparseMatrix, relu: Bool = false) -> Tensor {
    spmm(propagation, x.times(weight), bias: bias, relu: relu)
  }
}
