import SparseKit
import TensorKit

/// Personalised propagation of predictions (Gasteiger et al. 2019): z_0 = h, z_k+1 = (1 - a) P z_k + a h, logits z_K,
/// one fused pass a hop. It announces z_0...z_K as `hidden`.
public final class APPNP: DecoupledModel {
  /// The share a of h.
  public let alpha: Double
  /// Rate of inverted dropout over the entries of P, drawn anew for each hop in training.
  public let edgeDropout: Double

  /// - Parameter generator: draws the weights; the dropout masks come from a generator split off from it.
  public init(
    _ inputs: Int, _ hidden: Int, _ classes: Int, hops: Int, alpha: Double = 0.1, dropout: Double = 0.5,
    edgeDropout: Double = 0, weights: Initializer = .fanIn, biases: Initializer = .fanIn,
    using generator: RandomGenerator
  ) {
    self.alpha = alpha
    self.edgeDropout = edgeDropout
    super.init(
      inputs, hidden, classes, hops: hops, dropout: dropout, weights: weights, biases: biases, using: generator)
  }

  public override var details: String { super.details + ", alpha \(alpha)" }

  public override func propagate(_ h: Tensor, _ graph: GraphOperators) -> Tensor {
    let propagation = graph.propagation(scaledBy: 1 - alpha, dtype: h.dtype)
    var z = h
    announce("hidden", 0, z)
    for hop in 0..<hops {
      let kept =
        isTraining ? propagation.dropout(edgeDropout, using: generator, dtype: h.dtype) : propagation
      z = spmm(kept, z, residual: h, residualScale: alpha)
      announce("hidden", hop + 1, z)
    }
    return z
  }
}
