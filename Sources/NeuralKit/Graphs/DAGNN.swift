import SparseKit
import TensorKit

/// Deep adaptive graph neural network (Liu et al. 2020): logits = sum over k = 0...K of sigmoid(w . (P^k h) + c) P^k h,
/// with one w and c for all hops and a gate for each node and hop. It announces P^k h as `hidden` k.
public final class DAGNN: DecoupledModel {
  /// w and c, classes -> 1.
  @Child public private(set) var gate: Linear

  /// - Parameter generator: draws the weights; the dropout masks come from a generator split off from it.
  public override init(
    _ inputs: Int, _ hidden: Int, _ classes: Int, hops: Int, dropout: Double = 0.5, weights: Initializer = .fanIn,
    biases: Initializer = .fanIn, using generator: RandomGenerator
  ) {
    gate = Linear(classes, 1, weights: weights, biases: biases, using: generator)
    super.init(
      inputs, hidden, classes, hops: hops, dropout: dropout, weights: weights, biases: biases, using: generator)
  }

  public override func propagate(_ h: Tensor, _ graph: GraphOperators) -> Tensor {
    let stacked = Tensor.concatenated(powers(h, graph))
    let gated = stacked * gate(stacked).sigmoid()
    return gated.reshaped([hops + 1, h.shape[0], h.shape[1]] as Shape).sum(axes: [0])
  }
}
