import SparseKit
import TensorKit

/// The layer of a graph isomorphism network (Xu et al. 2019): y = f((1 + e) x + sum of the neighbours' x), or their
/// mean, where f is a linear map or a perceptron of two.
///
/// The first linear map commutes with the aggregation and goes first, so that messages have its width and sparse
/// features stay sparse. No self-loops are added.
public final class GraphIsomorphism: GraphLayer {
  /// How neighbours are put together.
  public enum Aggregation: String, CaseIterable, Sendable { case sum, mean }

  /// [inputs, hidden], or [inputs, outputs] without a second map.
  @Parameter public var weight: Tensor
  /// One value a column of the weight, added after the aggregation.
  @Parameter public var bias: Tensor?
  /// The learned e, [1]; nil when it is fixed.
  @Parameter("eps") public var learnedEpsilon: Tensor?
  /// The perceptron's second map.
  @Child public private(set) var second: Linear?
  public let aggregation: Aggregation
  /// The fixed e.
  public let epsilon: Double

  /// - Parameters:
  ///   - hidden: width between the perceptron's two maps, with a ReLU; nil for one linear map.
  ///   - epsilon: e, or where it starts when it is learned.
  public init(
    _ inputs: Int, _ outputs: Int, hidden: Int? = nil, aggregation: Aggregation = .sum, epsilon: Double = 0,
    learnsEpsilon: Bool = false, hasBias: Bool = true, weights: Initializer = .glorot, biases: Initializer = .zeros,
    using generator: RandomGenerator
  ) {
    let width = hidden ?? outputs
    self.aggregation = aggregation
    self.epsilon = epsilon
    weight = weights([inputs, width], fanIn: inputs, fanOut: width, using: generator)
    _bias = Parameter(
      wrappedValue: hasBias ? biases([width], fanIn: inputs, fanOut: width, using: generator) : nil)
    _learnedEpsilon = Parameter(wrappedValue: learnsEpsilon ? .full([1], epsilon) : nil, "eps")
    second = hidden.map { Linear($0, outputs, hasBias: hasBias, weights: weights, biases: biases, using: generator) }
  }

  public override var inputWidth: Int { weight.shape[0] }
  public override var details: String {
    "\(weight.shape[0]) -> \(second.map { $0.weight.shape[0] } ?? weight.shape[1]), \(aggregation)"
  }

  public override func callAsFunction(_ x: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    let neighbours = graph.propagation(
      aggregation == .sum ? .none : .row, addingSelfLoops: false, dtype: weight.dtype)
    let u = x.times(weight)
    let (own, scale) = learnedEpsilon.map { (u * ($0 + 1), 1) } ?? (u, 1 + epsilon)
    let y = spmm(neighbours, u, bias: bias, residual: own, residualScale: scale, relu: second != nil)
    return second.map { $0(y) } ?? y
  }
}
