import SparseKit
import TensorKit

/// Simplified graph convolution (Wu et al. 2019): logits = P^K X W, without a bias; dropout acts on P^K X.
///
/// P^K X does not change in training, so that it is kept from call to call for the same constant features and graph; it
/// is dense, as K hops leave few zeros. It has no hidden layer and announces its logits as `hidden` 0.
public final class SGC: GraphModel {
  /// [features, classes].
  @Parameter public var weight: Tensor
  /// K, the number of hops.
  public let hops: Int
  public let dropout: Double
  private let generator: RandomGenerator
  private var kept: (features: NodeFeatures, graph: GraphOperators, result: Tensor)?

  /// - Parameter generator: draws the weight; the dropout masks come from a generator split off from it.
  public init(
    _ inputs: Int, _ classes: Int, hops: Int, dropout: Double = 0, weights: Initializer = .fanIn,
    using generator: RandomGenerator
  ) {
    self.generator = generator.split()
    self.hops = hops
    self.dropout = dropout
    weight = weights([inputs, classes], fanIn: inputs, fanOut: classes, using: generator)
  }

  public override var details: String { "\(weight.shape[0]) -> \(weight.shape[1]), \(hops) hops, dropout \(dropout)" }

  public override func callAsFunction(_ features: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    let x = propagated(features, graph)
    let logits = matmul(isTraining ? x.dropout(dropout, using: generator) : x, weight)
    announce("hidden", 0, logits)
    return logits
  }

  /// P^K X.
  private func propagated(_ features: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    if let kept, kept.graph === graph, kept.result.dtype == weight.dtype, kept.features.isIdentical(to: features) {
      return kept.result
    }
    let propagation = graph.propagation(dtype: weight.dtype)
    let result = (0..<hops).reduce(features.dense(dtype: weight.dtype)) { x, _ in spmm(propagation, x) }
    // Where nothing is recorded the product of differentiable features is no constant, though it looks like one.
    if !features.isDifferentiable { kept = (features, graph, result) }
    return result
  }
}

extension NodeFeatures {
  /// Whether a gradient may flow into any of the tensors.
  fileprivate var isDifferentiable: Bool {
    switch self {
    case .dense(let x): x.isDifferentiable
    case .sparse(let x): [x.values, x.rowScale, x.columnScale].contains { $0?.isDifferentiable == true }
    }
  }

  /// Whether both are the same tensors in memory.
  fileprivate func isIdentical(to other: NodeFeatures) -> Bool {
    func same(_ a: Tensor?, _ b: Tensor?) -> Bool { a?.body === b?.body }
    switch (self, other) {
    case (.dense(let a), .dense(let b)): return same(a, b)
    case (.sparse(let a), .sparse(let b)):
      return a.pattern === b.pattern && a.isTransposed == b.isTransposed && same(a.values, b.values)
        && same(a.rowScale, b.rowScale) && same(a.columnScale, b.columnScale)
    default: return false
    }
  }
}
