import SparseKit
import TensorKit

/// Jumping knowledge network (Xu et al. 2018): graph convolutions with ReLU and dropout after each, whose results side
/// by side [h_1, ..., h_K] go through one linear map. It announces `preactivation` and `hidden` of each layer.
///
/// Unlike in a `GraphNetwork` with a jumping connection the features are not dropped, and the next layer and the last
/// map see one and the same dropped h_k.
public final class JKNet: GraphModel {
  @Child public private(set) var layers: [GraphLayer]
  @Child("last_linear") public private(set) var output: Linear
  public let dropout: Double
  private let generator: RandomGenerator

  /// - Parameter generator: draws the weights; the dropout masks come from a generator split off from it.
  public init(
    _ inputs: Int, _ hidden: Int, _ classes: Int, layers count: Int, dropout: Double = 0.5,
    using generator: RandomGenerator
  ) {
    self.generator = generator.split()
    self.dropout = dropout
    layers = (0..<count).map { GraphConvolution($0 == 0 ? inputs : hidden, hidden, using: generator) }
    _output = Child(wrappedValue: Linear(count * hidden, classes, using: generator), "last_linear")
  }

  public override var details: String { "dropout \(dropout)" }

  public override func callAsFunction(_ features: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    var x = features
    let results = layers.enumerated().map { index, layer -> Tensor in
      let masks = isTraining ? (rate: dropout, generator: generator) : nil
      let kept: Tensor
      if isObserved {
        let z = layer(x, graph)
        announce("preactivation", index, z)
        let h = z.relu()
        announce("hidden", index, h)
        kept = h.adding(nil, dropout: masks)
      } else {
        kept = layer(x, graph, residual: nil, relu: true, dropout: masks)
      }
      x = .dense(kept)
      return kept
    }
    return output(sideBySide: results)
  }
}
