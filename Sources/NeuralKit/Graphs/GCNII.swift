import SparseKit
import TensorKit

/// GCN with initial residual and identity mapping (Chen et al. 2020): h_0 = ReLU(input X), h_l =
/// ReLU(((1 - a) P h_l-1 + a h_0) ((1 - s_l) I + s_l W_l)) with s_l = ln(lambda / l + 1) for l = 1...L, logits =
/// output h_L; dropout at the input of every map. What stands before the ReLU of layer l is announced as
/// `preactivation` l - 1, h_l as `hidden` l - 1.
public final class GCNII: GraphModel {
  @Child public private(set) var input: Linear
  @Child public private(set) var layers: [InitialResidualConvolution]
  @Child public private(set) var output: Linear
  public let dropout: Double
  private let generator: RandomGenerator

  /// - Parameter generator: draws the weights; the dropout masks come from a generator split off from it.
  public init(
    _ inputs: Int, _ hidden: Int, _ classes: Int, layers count: Int, alpha: Double = 0.1, lambda: Double = 0.5,
    dropout: Double = 0.5, weights: Initializer = .glorot, using generator: RandomGenerator
  ) {
    self.generator = generator.split()
    self.dropout = dropout
    input = Linear(inputs, hidden, using: generator)
    layers = (0..<count).map { index in
      InitialResidualConvolution(
        hidden, alpha: alpha, strength: InitialResidualConvolution.strength(lambda: lambda, layer: index + 1),
        weights: weights, using: generator)
    }
    output = Linear(hidden, classes, using: generator)
  }

  public override var details: String { "dropout \(dropout)" }

  public override func callAsFunction(_ features: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    let start = input(isTraining ? features.dropout(dropout, using: generator) : features).relu()
    var x = start
    for (index, layer) in layers.enumerated() {
      let z = layer(dropped(x), initial: start, graph)
      announce("preactivation", index, z)
      x = z.relu()
      announce("hidden", index, x)
    }
    return output(dropped(x))
  }

  private func dropped(_ x: Tensor) -> Tensor { isTraining ? x.dropout(dropout, using: generator) : x }
}
