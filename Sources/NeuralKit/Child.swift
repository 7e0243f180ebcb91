import TensorKit

/// The common part of `@Child` properties.
internal protocol ChildBox: AnyObject {
  /// Name in place of the property's own, if any.
  var key: String? { get }
  /// The modules inside with the last part of their names: nil for a single one, the index in an array.
  func modules() -> [(suffix: String?, module: Module)]
}

/// What a `@Child` property may be: a module, an array of modules or an optional module.
public protocol ChildValue {
  /// The modules inside with the last part of their names: nil for a single one, the index in an array.
  var childModules: [(suffix: String?, module: Module)] { get }
  /// The value before anything is assigned; nil when there is none.
  static var initial: Self? { get }
}

extension ChildValue {
  public static var initial: Self? { nil }
}

extension Array: ChildValue where Element: Module {
  public static var initial: [Element]? { [] }
  public var childModules: [(suffix: String?, module: Module)] {
    enumerated().map { (suffix: "\($0.offset)", module: $0.element) }
  }
}

extension Optional: ChildValue where Wrapped: Module {
  public static var initial: Wrapped?? { .some(nil) }
  public var childModules: [(suffix: String?, module: Module)] { map { [(suffix: nil, module: $0)] } ?? [] }
}

/// A property that holds a module, an array of modules (named `layers.0`, `layers.1`, ...) or an optional module. A key
/// replaces the property's name in checkpoints; the empty key adds nothing to the names of what is inside.
@propertyWrapper
public final class Child<Value: ChildValue>: ChildBox {
  internal let key: String?
  private var value: Value?

  /// A child with its first value.
  public init(wrappedValue: Value, _ key: String? = nil) {
    value = wrappedValue
    self.key = key
  }

  /// A child that is given its value later.
  public init(_ key: String) {
    value = Value.initial
    self.key = key
  }

  /// The child; traps when it was not given a value.
  public var wrappedValue: Value {
    get {
      guard let value else { trap("a child was read before it was given a value", #fileID, #line) }
      return value
    }
    set { value = newValue }
  }

  internal func modules() -> [(suffix: String?, module: Module)] { value?.childModules ?? [] }
}
