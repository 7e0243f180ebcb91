import TensorKit

/// Subtracts each column's mean from x [nodes, width].
public final class MeanNorm: Layer {
  public override func callAsFunction(_ x: Tensor) -> Tensor { x - x.mean(axes: [0], keepingAxes: true) }
}

/// Subtracts each column's mean from x [nodes, width] and divides by the root of the mean squared norm of the rows plus
/// epsilon (Zhao and Akoglu 2020), so that rows have norm 1 in the mean square.
public final class PairNorm: Layer {
  /// Added to the mean squared norm.
  public let epsilon: Double

  public init(epsilon: Double = 1e-6) { self.epsilon = epsilon }

  public override func callAsFunction(_ x: Tensor) -> Tensor {
    let centred = x - x.mean(axes: [0], keepingAxes: true)
    return centred / (centred.squared().sum(axes: [1]).mean() + epsilon).sqrt()
  }
}

/// Brings each node's row of x [nodes, width] to mean 0 and (biased) variance 1, without parameters (Zhou et al. 2021).
public final class NodeNorm: Layer {
  /// Added to the variance.
  public let epsilon: Double

  public init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

  public override func callAsFunction(_ x: Tensor) -> Tensor {
    let width = x.shape[-1]
    return x.layerNormalized(
      weight: .ones([width], dtype: x.dtype), bias: .zeros([width], dtype: x.dtype), epsilon: epsilon)
  }
}

/// Normalises groups of nodes apart (Zhou et al. 2020): with learned soft assignments s = softmax(x U + b) to groups g,
/// y = x + strength * sum over g of BN_g(s_g x), each BN_g with weights and running moments of its own.
public final class GroupNorm: Layer {
  /// U and b, width -> groups.
  @Child("group_func") public private(set) var assignment: Linear
  /// The norms of all groups side by side, group by group.
  @Child("bn") public private(set) var norm: BatchNorm1d
  /// The weight of what is added to x; lambda in the paper.
  public let strength: Double

  public init(
    _ width: Int, groups: Int, strength: Double, momentum: Double = 0.3, using generator: RandomGenerator
  ) {
    self.strength = strength
    super.init()
    assignment = Linear(width, groups, using: generator)
    norm = BatchNorm1d(width * groups, momentum: momentum)
  }

  public override var details: String { "\(assignment.weight.shape[0]) groups, strength \(strength)" }

  public override func callAsFunction(_ x: Tensor) -> Tensor {
    let nodes = x.shape[0], width = x.shape[1], groups = assignment.weight.shape[0]
    let shares = assignment(x).softmax().reshaped([nodes, groups, 1] as Shape)
    let split = shares * x.reshaped([nodes, 1, width] as Shape)
    let normalized = norm(split.reshaped([nodes, groups * width] as Shape))
    return x + normalized.reshaped([nodes, groups, width] as Shape).sum(axes: [1]) * strength
  }
}

extension Sequential {
  /// Group normalisation, then node normalisation.
  public static func combNorm(
    _ width: Int, groups: Int, strength: Double, using generator: RandomGenerator
  ) -> Sequential {
    Sequential(GroupNorm(width, groups: groups, strength: strength, using: generator), NodeNorm())
  }
}
