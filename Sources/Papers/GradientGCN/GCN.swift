import NeuralKit
import SparseKit
import TensorKit

/// A vanilla graph convolutional network of any depth: Z_l = P dropout(H_l-1) W_l + b_l, H_l = ReLU(Z_l), logits =
/// Z_L-1 (Kipf and Welling 2017; section 2 of arXiv 2210.08122). It announces each Z_l as `preactivation`.
public final class GCN: GraphModel {
  @Child public private(set) var layers: [GraphConvolution]
  /// Rate at each layer's input, the features included.
  public let dropout: Double
  private let generator: RandomGenerator

  /// Starts from given layers; `generator` draws the dropout masks.
  public init(layers: [GraphConvolution], dropout: Double, using generator: RandomGenerator) {
    self.layers = layers
    self.dropout = dropout
    self.generator = generator
  }

  /// - Parameters:
  ///   - widths: features, hidden widths, classes; one layer between each two.
  ///   - drawsBiases: biases like weights, or zeros; nil for what the initialisation's source does.
  ///   - generator: draws the weights; the dropout masks come from a generator split off from it.
  public convenience init(
    widths: [Int], initialization: GCNInitialization = .glorot, drawsBiases: Bool? = nil, dropout: Double = 0.5,
    graph: GraphOperators, features: NodeFeatures, using generator: RandomGenerator
  ) {
    let masks = generator.split()  // before the weights, so that initialisations are compared under equal masks
    let bounds = initialization.bounds(
      widths: widths, propagation: graph.propagation(), features: features, dropout: dropout)
    let biases = drawsBiases ?? initialization.drawsBiases
    let layers = bounds.indices.map { index in
      GraphConvolution(
        widths[index], widths[index + 1], weights: .uniform(bounds[index]),
        biases: biases ? .uniform(bounds[index]) : .zeros, using: generator)
    }
    self.init(layers: layers, dropout: dropout, using: masks)
  }

  public override func callAsFunction(_ features: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    var hidden = features
    for (index, layer) in layers.enumerated() {
      let input = isTraining ? hidden.dropout(dropout, using: generator) : hidden
      let isLast = index == layers.count - 1
      // ReLU is part of the propagation's pass unless somebody wants to see what came before it.
      let z = layer(input, graph, residual: nil, relu: !isLast && !isObserved)
      announce("preactivation", index, z)
      if isLast { return z }
      hidden = .dense(isObserved ? z.relu() : z)
    }
    preconditionFailure("a GCN has at least one layer")
  }
}
