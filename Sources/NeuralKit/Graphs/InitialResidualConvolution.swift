import Foundation
import SparseKit
import TensorKit

/// The layer of GCNII (Chen et al. 2020): y = ((1 - a) P x + a x_0) ((1 - s) I + s W), without a bias.
public final class InitialResidualConvolution: Module {
  /// [width, width].
  @Parameter public var weight: Tensor
  /// Share a of the initial representation.
  public let alpha: Double
  private let mapping: IdentityMapping

  /// - Parameters:
  ///   - alpha: share a of the initial representation, in 0...1.
  ///   - strength: s, how far the weight may lead away from the identity.
  public init(
    _ width: Int, alpha: Double, strength: Double, weights: Initializer = .glorot, using generator: RandomGenerator
  ) {
    self.alpha = alpha
    mapping = IdentityMapping(strength: strength)
    weight = weights([width, width], fanIn: width, fanOut: width, using: generator)
  }

  /// The strength ln(lambda / l + 1) of layer l, counted from 1: deeper layers stay nearer to the identity.
  public static func strength(lambda: Double, layer: Int) -> Double { log(lambda / Double(layer) + 1) }

  public override var details: String { "\(weight.shape[0]), alpha \(alpha), strength \(mapping.strength)" }

  /// The layer's output before any activation, for x and the initial representation x_0, both [nodes, width].
  public func callAsFunction(_ x: Tensor, initial: Tensor, _ graph: GraphOperators) -> Tensor {
    let propagation = graph.propagation(scaledBy: 1 - alpha, dtype: weight.dtype)
    return matmul(spmm(propagation, x, residual: initial, residualScale: alpha), mapping(weight))
  }
}
