import NeuralKit
import SparseKit
import TensorKit

/// How the weights of a vanilla GCN start. All are uniform in +- a bound; they differ in what the bound looks at.
///
/// Source: arXiv 2210.08122 and its released code (`released`); `iso` and `isoDrop` are our derivation of exact
/// isometry.
public enum GCNInitialization: String, CaseIterable, Sendable {
  /// 1 / sqrt(outputs), biases alike: the rule of Kipf's PyTorch code.
  case std
  /// sqrt(6 / (inputs + outputs)).
  case glorot
  /// N / (sqrt 3 (1' P 1 + N)), for every layer and bias: looks at the graph, not at the widths.
  case released
  /// Variance 2 / (inputs T_hi): the energy of an aligned signal is kept through propagation and ReLU, dropout off.
  case iso
  /// Variance 2 / (inputs (T_hi + q T_lo)) with q = p / (1 - p): `iso` for training with dropout at rate p.
  case isoDrop = "iso_drop"

  /// Whether biases are drawn like weights in the code that the rule comes from.
  public var drawsBiases: Bool { self == .std || self == .released }
}

extension GCNInitialization {
  /// Half-widths of the uniform distributions, one for each layer.
  ///
  /// - Parameters:
  ///   - widths: features, hidden widths, classes.
  ///   - dropout: rate at each layer's input, for `isoDrop`.
  public func bounds(
    widths: [Int], propagation: SparseMatrix, features: NodeFeatures, dropout: Double
  ) -> [Double] {
    let layers = zip(widths, widths.dropFirst())
    switch self {
    case .std: return layers.map { 1 / Double($1).squareRoot() }
    case .glorot: return layers.map { (6 / Double($0 + $1)).squareRoot() }
    case .released:
      let statistics = PropagationStatistics(propagation)
      return layers.map { _ in statistics.releasedBound }
    case .iso, .isoDrop:
      let rate = self == .isoDrop ? dropout : 0
      let statistics = PropagationStatistics(propagation)
      let gain = statistics.alignedGain + rate / (1 - rate) * statistics.uncorrelatedGain
      return layers.enumerated().map { index, layer in
        // The first layer sees the features themselves, whose gain is measured: its fan-out stands for D.
        let variance =
          index == 0
          ? 2 / (Double(layer.1) * PropagationStatistics.inputGain(propagation, features, dropout: rate))
          : 2 / (Double(layer.0) * gain)
        return (3 * variance).squareRoot()
      }
    }
  }
}

extension PropagationStatistics {
  /// Half-width of the released topology-aware initialisation: N / sqrt(3 sum_ij d_i d_j) with d_i = 1 + sum_j P_ij,
  /// in closed form.
  public var releasedBound: Double { 1 / (3.0.squareRoot() * (rowSum + 1)) }
}
