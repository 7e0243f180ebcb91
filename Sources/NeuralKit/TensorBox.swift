import TensorKit

/// A named place in a module that holds a tensor: the common part of parameters and buffers.
///
/// Walks find boxes once and keep them, so that whatever is assigned later is seen by every walk.
public class TensorBox {
  /// Name in place of the property's own, if any.
  internal final let key: String?
  /// Nil while the box has no value and when an optional parameter is absent.
  internal final var stored: TensorBody?

  internal init(_ tensor: Tensor?, key: String?) {
    self.key = key
    stored = tensor?.body
  }

  /// Whether the box holds a tensor: an optional parameter may not.
  public final var isPresent: Bool { stored != nil }

  /// The tensor in the box. Traps when there is none.
  public final var tensor: Tensor {
    get {
      guard let stored else { trap("the box\(key.map { " \"\($0)\"" } ?? "") holds no tensor yet", #fileID, #line) }
      return Tensor(stored)
    }
    set { assign(newValue) }
  }

  internal func assign(_ tensor: Tensor?) { stored = tensor?.detached().body }

  /// Shape of the tensor in the box.
  public final var shape: Shape { tensor.shape }
}

/// A tensor that training changes: a leaf for gradients unless it is frozen. Boxes have identity; optimizers and
/// gradients are keyed by it.
public class ParameterBox: TensorBox {
  /// Set while `withParameters` lends the box another tensor.
  internal final var isSubstituted = false

  /// A frozen parameter is a plain tensor: no gradient flows to it and no optimizer changes it.
  public final var isFrozen = false {
    didSet { if isFrozen != oldValue, !isSubstituted { assign(stored.map(Tensor.init)) } }
  }

  internal override init(_ tensor: Tensor?, key: String?) {
    super.init(nil, key: key)
    assign(tensor)
  }

  /// Puts the values into a leaf of their own.
  internal final override func assign(_ tensor: Tensor?) {
    if let tensor, !tensor.dtype.isFloatingPoint {
      trap("parameter: a tensor of \(tensor.dtype) cannot be trained; expected float32 or float64", #fileID, #line)
    }
    stored = isFrozen ? tensor?.detached().body : tensor?.differentiable().body
  }

  /// The tensor for an in-place update. Whoever else still holds the old values (a snapshot, a variable, a graph that
  /// is kept) keeps them: the box then moves to a copy first.
  internal final func tensorForWriting() -> Tensor {
    let isAlone = isKnownUniquelyReferenced(&stored)
    if !isAlone || !stored.unsafelyUnwrapped.isOnlyBodyOfMemory { assign(tensor.copied()) }
    return tensor
  }
}

/// What a `@Parameter` property may be: `Tensor`, or `Tensor?` for one that a module may lack (a bias).
public protocol ParameterValue {
  /// The property's value from the content of its box.
  init(content: Tensor?)
  /// The content of the box for the property's value.
  var content: Tensor? { get }
}

extension Tensor: ParameterValue {
  public init(content: Tensor?) {
    guard let content else { trap("a parameter was read before it was given a value", #fileID, #line) }
    self = content
  }
  public var content: Tensor? { self }
}

extension Tensor?: ParameterValue {
  public init(content: Tensor?) { self = content }
  public var content: Tensor? { self }
}

/// A property that training changes. `@Parameter("weight") var w` has the name `weight` in checkpoints; without a key
/// the name is the property's own. Assigning wraps the values into a leaf.
@propertyWrapper
public final class Parameter<Value: ParameterValue>: ParameterBox {
  /// A parameter with its first values.
  public init(wrappedValue: Value, _ key: String? = nil) { super.init(wrappedValue.content, key: key) }
  /// A parameter that is given its value later.
  public init(_ key: String) { super.init(nil, key: key) }

  /// The values, as a leaf unless the parameter is frozen.
  public var wrappedValue: Value {
    get { Value(content: stored.map(Tensor.init)) }
    set { assign(newValue.content) }
  }
  /// The box itself.
  public var projectedValue: Parameter { self }
}

/// A property that belongs to a module's state but is not trained, such as running statistics.
@propertyWrapper
public final class Buffer: TensorBox {
  /// A buffer with its first values.
  public init(wrappedValue: Tensor, _ key: String? = nil) { super.init(wrappedValue.detached(), key: key) }
  /// A buffer that is given its value later.
  public init(_ key: String) { super.init(nil, key: key) }

  /// The values, as a plain tensor.
  public var wrappedValue: Tensor {
    get { tensor }
    set { assign(newValue) }
  }
  /// The box itself.
  public var projectedValue: Buffer { self }
}

extension Tensor {
  /// The same values in memory of their own.
  internal func copied() -> Tensor {
    withUnsafeBytes { source in Tensor(shape: shape, dtype: dtype) { $0.copyMemory(from: source) } }
  }
}
