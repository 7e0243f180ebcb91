import NeuralKit
import SparseKit
import TensorKit

extension GraphNetwork {
  /// A vanilla graph convolutional network of any depth: Z_l = P dropout(H_l-1) W_l + b_l, H_l = ReLU(Z_l), logits =
  /// Z_L-1 (Kipf and Welling 2017; section 2 of arXiv 2210.08122).
  ///
  /// - Parameters:
  ///   - widths: features, hidden widths, classes; one layer between each two.
  ///   - drawsBiases: biases like weights, or zeros; nil for what the initialisation's source does.
  ///   - generator: draws the weights; the dropout masks come from a generator split off from it.
  public static func gcn(
    widths: [Int], initialization: GCNInitialization = .glorot, drawsBiases: Bool? = nil,
    skip: SkipConnection = .none, dropout: Double = 0.5, graph: GraphOperators, features: NodeFeatures,
    using generator: RandomGenerator
  ) -> GraphNetwork {
    let masks = generator.split()  // before the weights, so that initialisations are compared under equal masks
    let bounds = initialization.bounds(
      widths: widths, propagation: graph.propagation(), features: features, dropout: dropout)
    let biases = drawsBiases ?? initialization.drawsBiases
    let layers = bounds.indices.map { index in
      GraphConvolution(
        widths[index], widths[index + 1], weights: .uniform(bounds[index]),
        biases: biases ? .uniform(bounds[index]) : .zeros, using: generator)
    }
    return GraphNetwork(layers: layers, skip: skip, dropout: dropout, using: masks)
  }
}
