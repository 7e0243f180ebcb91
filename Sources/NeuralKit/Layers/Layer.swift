import TensorKit

/// A module that maps one tensor to one tensor, so that it fits into a `Sequential`.
open class Layer: Module {
  open func callAsFunction(_ x: Tensor) -> Tensor {
    trap("\(type(of: self)): a layer must override callAsFunction", #fileID, #line)
  }
}

/// Layers one after another, named `0`, `1`, ...
public final class Sequential: Layer {
  @Child("") public var layers: [Layer] = []

  public init(_ layers: [Layer]) {
    super.init()
    self.layers = layers
  }

  public convenience init(_ layers: Layer...) { self.init(layers) }

  public override func callAsFunction(_ x: Tensor) -> Tensor { layers.reduce(x) { $1($0) } }
}

/// An elementwise function between layers.
public struct Activation: Sendable {
  /// Name for printed models.
  public let name: String
  private let function: @Sendable (Tensor) -> Tensor

  public init(_ name: String, _ function: @escaping @Sendable (Tensor) -> Tensor) {
    self.name = name
    self.function = function
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { function(x) }

  public static let identity = Activation("identity") { $0 }
  public static let relu = Activation("relu") { $0.relu() }
  public static let gelu = Activation("gelu") { $0.gelu() }
  public static let silu = Activation("silu") { $0.silu() }
  public static let tanh = Activation("tanh") { $0.tanh() }
  public static let sigmoid = Activation("sigmoid") { $0.sigmoid() }
  public static let softplus = Activation("softplus") { $0.softplus() }
}

/// An activation as a layer.
public final class ActivationLayer: Layer {
  public let activation: Activation

  public init(_ activation: Activation) { self.activation = activation }

  public override var details: String { activation.name }
  public override func callAsFunction(_ x: Tensor) -> Tensor { activation(x) }
}

/// Drops elements at random in training and scales the others up; the identity in evaluation.
public final class Dropout: Layer {
  /// Probability of dropping an element, in [0, 1).
  public var rate: Double
  private let generator: RandomGenerator

  public init(_ rate: Double, using generator: RandomGenerator) {
    self.rate = rate
    self.generator = generator
  }

  public override var details: String { "\(rate)" }
  public override func callAsFunction(_ x: Tensor) -> Tensor { isTraining ? x.dropout(rate, using: generator) : x }
}
