import TensorKit

/// A module that maps one tensor to one tensor, so that it fits into a `Sequential`.
open class Layer: Module {
  /// The function; every subclass overrides it.
  open func callAsFunction(_ x: Tensor) -> Tensor {
    trap("\(type(of: self)): a layer must override callAsFunction", #fileID, #line)
  }
}

/// Layers one after another, named `0`, `1`, ...
public final class Sequential: Layer {
  /// In the order in which they run.
  @Child("") public var layers: [Layer] = []

  /// Layers in the order in which they run.
  public init(_ layers: [Layer]) {
    super.init()
    self.layers = layers
  }

  /// Layers in the order in which they run.
  public convenience init(_ layers: Layer...) { self.init(layers) }

  public override func callAsFunction(_ x: Tensor) -> Tensor { layers.reduce(x) { $1($0) } }
}

/// An elementwise function between layers.
public struct Activation: Sendable {
  /// Name for printed models.
  public let name: String
  private let function: @Sendable (Tensor) -> Tensor

  /// A function of your own.
  public init(_ name: String, _ function: @escaping @Sendable (Tensor) -> Tensor) {
    self.name = name
    self.function = function
  }

  /// Applies the function to every element.
  public func callAsFunction(_ x: Tensor) -> Tensor { function(x) }

  /// x.
  public static let identity = Activation("identity") { $0 }
  /// max(x, 0).
  public static let relu = Activation("relu") { $0.relu() }
  /// x (1 + erf(x / sqrt 2)) / 2.
  public static let gelu = Activation("gelu") { $0.gelu() }
  /// x sigmoid(x).
  public static let silu = Activation("silu") { $0.silu() }
  /// tanh(x).
  public static let tanh = Activation("tanh") { $0.tanh() }
  /// 1 / (1 + exp(-x)).
  public static let sigmoid = Activation("sigmoid") { $0.sigmoid() }
  /// log(1 + exp x).
  public static let softplus = Activation("softplus") { $0.softplus() }
}

/// An activation as a layer.
public final class ActivationLayer: Layer {
  /// The function that the layer applies.
  public let activation: Activation

  /// A layer without parameters.
  public init(_ activation: Activation) { self.activation = activation }

  public override var details: String { activation.name }
  public override func callAsFunction(_ x: Tensor) -> Tensor { activation(x) }
}

/// Drops elements at random in training and scales the others up; the identity in evaluation.
public final class Dropout: Layer {
  /// Probability of dropping an element, in [0, 1).
  public var rate: Double
  private let generator: RandomGenerator

  /// Draws its masks from `generator`, one draw for each call in training.
  public init(_ rate: Double, using generator: RandomGenerator) {
    self.rate = rate
    self.generator = generator
  }

  public override var details: String { "\(rate)" }
  public override func callAsFunction(_ x: Tensor) -> Tensor { isTraining ? x.dropout(rate, using: generator) : x }
}
