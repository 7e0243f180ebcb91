import SparseKit
import TensorKit

/// A graph attention layer (Velickovic et al. 2018): with u = x W, the edge j -> i has the logit
/// leakyReLU(a_source . u_j + a_target . u_i), its weight is the softmax over the in-neighbours of i, self-loop
/// included, and z_i is the weighted sum of the u_j; heads stand side by side or are averaged.
public final class GraphAttention: GraphLayer {
  /// [inputs, heads * width].
  @Parameter public var weight: Tensor
  /// a_source, [heads, width].
  @Parameter("att_src") public var source: Tensor
  /// a_target, [heads, width].
  @Parameter("att_dst") public var target: Tensor
  /// One value an output.
  @Parameter public var bias: Tensor?
  public let averagesHeads: Bool
  /// Slope of the leaky ReLU below 0.
  public let slope: Double
  /// Dropout rate of the attention weights.
  public let attentionDropout: Double
  private let generator: RandomGenerator
  /// Which row of a_source or a_target, laid out in one column, belongs to which head, [heads * width, heads].
  private var headMask: Tensor?

  /// - Parameters:
  ///   - width: outputs of one head.
  ///   - generator: draws the weights; the masks of the attention weights come from a generator split off from it.
  public init(
    _ inputs: Int, _ width: Int, heads: Int = 1, averagesHeads: Bool = false, hasBias: Bool = true,
    slope: Double = 0.2, attentionDropout: Double = 0, weights: Initializer = .glorot, biases: Initializer = .zeros,
    using generator: RandomGenerator
  ) {
    self.generator = generator.split()
    self.averagesHeads = averagesHeads
    self.slope = slope
    self.attentionDropout = attentionDropout
    weight = weights([inputs, heads * width], fanIn: inputs, fanOut: heads * width, using: generator)
    let outputs = averagesHeads ? width : heads * width
    _bias = Parameter(
      wrappedValue: hasBias ? biases([outputs], fanIn: inputs, fanOut: outputs, using: generator) : nil)
    super.init()
    source = weights([heads, width], fanIn: width, fanOut: 1, using: generator)
    target = weights([heads, width], fanIn: width, fanOut: 1, using: generator)
  }

  private var heads: Int { source.shape[0] }
  private var width: Int { source.shape[1] }

  public override var inputWidth: Int { weight.shape[0] }
  public override var details: String {
    "\(weight.shape[0]) -> \(heads) x \(width)" + (averagesHeads ? ", averaged" : "")
  }

  public override func callAsFunction(_ x: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    let pattern = graph.propagation(.none, dtype: weight.dtype).pattern
    let u = x.times(weight)
    let z = graphAttention(
      pattern, u, sourceLogits: matmul(u, byHead(source)), targetLogits: matmul(u, byHead(target)), heads: heads,
      slope: slope, dropout: isTraining ? attentionDropout : 0, using: generator)
    let y = averagesHeads && heads > 1 ? z.reshaped([z.shape[0], heads, width] as Shape).mean(axes: [1]) : z
    return bias.map { y + $0 } ?? y
  }

  /// The vectors of all heads as one block-diagonal matrix [heads * width, heads], so that one product gives the logits
  /// of every head.
  private func byHead(_ vectors: Tensor) -> Tensor {
    let column = vectors.reshaped([heads * width, 1] as Shape)
    if heads == 1 { return column }
    if headMask?.dtype != column.dtype {
      let rows = Tensor((0..<heads * width).map { Int32($0 / width) })
      headMask = Tensor.identity(heads, dtype: column.dtype).gathered(rows)
    }
    return column * headMask!
  }
}
