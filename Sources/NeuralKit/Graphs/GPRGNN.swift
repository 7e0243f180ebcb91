import SparseKit
import TensorKit

/// Generalised PageRank network (Chien et al. 2021): logits = sum over k = 0...K of gamma_k P^k h with learned gamma,
/// which starts from personalised PageRank: a (1 - a)^k, the last (1 - a)^K. In training dropout acts on h too. It
/// announces P^k h as `hidden` k.
public final class GPRGNN: DecoupledModel {
  /// gamma, [K + 1].
  @Parameter("temp") public var gamma: Tensor

  /// - Parameter generator: draws the weights; the dropout masks come from a generator split off from it.
  public init(
    _ inputs: Int, _ hidden: Int, _ classes: Int, hops: Int, alpha: Double = 0.1, dropout: Double = 0.5,
    weights: Initializer = .fanIn, biases: Initializer = .fanIn, using generator: RandomGenerator
  ) {
    var start: [Float] = [], rest = 1.0
    for _ in 0..<hops {
      start.append(Float(alpha * rest))
      rest *= 1 - alpha
    }
    _gamma = Parameter(wrappedValue: Tensor(start + [Float(rest)]), "temp")
    super.init(
      inputs, hidden, classes, hops: hops, dropout: dropout, weights: weights, biases: biases, using: generator)
  }

  public override func propagate(_ h: Tensor, _ graph: GraphOperators) -> Tensor {
    let h = isTraining ? h.dropout(dropout, using: generator) : h
    // One product with gamma as a row instead of K + 1 scalings.
    let stacked = Tensor.concatenated(powers(h, graph)).reshaped([hops + 1, h.count] as Shape)
    return matmul(gamma.reshaped([1, hops + 1] as Shape), stacked).reshaped(h.shape)
  }
}
