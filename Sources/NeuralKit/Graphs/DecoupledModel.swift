import SparseKit
import TensorKit

/// The common part of models that first look at each node alone and then propagate: h = lin2(ReLU(lin1(x))) [nodes,
/// classes], with dropout at the input of both maps.
open class DecoupledModel: GraphModel {
  @Child public final private(set) var lin1: Linear
  @Child public final private(set) var lin2: Linear
  /// K, the number of hops after the perceptron.
  public final let hops: Int
  /// Rate at the inputs of both maps.
  public final let dropout: Double
  internal final let generator: RandomGenerator

  /// - Parameter generator: draws the weights; the dropout masks come from a generator split off from it.
  public init(
    _ inputs: Int, _ hidden: Int, _ classes: Int, hops: Int, dropout: Double, weights: Initializer,
    biases: Initializer, using generator: RandomGenerator
  ) {
    self.generator = generator.split()
    self.hops = hops
    self.dropout = dropout
    lin1 = Linear(inputs, hidden, weights: weights, biases: biases, using: generator)
    lin2 = Linear(hidden, classes, weights: weights, biases: biases, using: generator)
  }

  open override var details: String { "\(hops) hops, dropout \(dropout)" }

  public final override func callAsFunction(_ features: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    let x = isTraining ? features.dropout(dropout, using: generator) : features
    let hidden = lin1(x).relu()
    return propagate(lin2(isTraining ? hidden.dropout(dropout, using: generator) : hidden), graph)
  }

  /// The logits from h; every subclass overrides it.
  open func propagate(_ h: Tensor, _ graph: GraphOperators) -> Tensor {
    trap("\(type(of: self)): a decoupled model must override propagate", #fileID, #line)
  }

  /// h, P h, ..., P^K h, announced as `hidden` 0...K.
  public final func powers(_ h: Tensor, _ graph: GraphOperators) -> [Tensor] {
    let propagation = graph.propagation(dtype: h.dtype)
    var result = [h]
    announce("hidden", 0, h)
    for hop in 0..<hops {
      result.append(spmm(propagation, result[hop]))
      announce("hidden", hop + 1, result[hop + 1])
    }
    return result
  }
}
