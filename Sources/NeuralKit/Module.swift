import TensorKit

/// A part of a model: parameters, buffers and child modules declared as properties, and whatever function the subclass
/// computes with them.
///
/// ```swift
/// final class Perceptron: Module {
///   @Child var hidden: Linear
///   @Child var output: Linear
///
///   init(using generator: RandomGenerator) {
///     hidden = Linear(4, 8, using: generator)
///     output = Linear(8, 3, using: generator)
///   }
///
///   func callAsFunction(_ x: Tensor) -> Tensor { output(hidden(x).relu()) }
/// }
/// ```
///
/// Names are dotted paths (`hidden.weight`) as PyTorch makes them, so that its checkpoints load.
open class Module: ChildValue {
  /// Whether the module behaves as in training (dropout drops, batch norm uses the batch).
  public internal(set) final var isTraining = true

  /// Who sees what the module announces.
  internal final var observer: ((_ name: String, _ index: Int, _ tensor: Tensor) -> Void)?

  /// Subclasses set their properties and call this, as any class does.
  public init() {}

  /// Sizes and options for the printed tree, such as `4 -> 8`.
  open var details: String { "" }

  /// Names, relative to this module, that a foreign checkpoint may carry and that are passed over.
  open var ignoredNames: Set<String> { [] }

  public final var childModules: [(suffix: String?, module: Module)] { [(suffix: nil, module: self)] }

  /// The boxes declared by the class and its superclasses, in order of declaration, superclass first. Found once: boxes
  /// never change, their contents may.
  internal final lazy var members: [Member] = Member.all(of: self)

  /// The stored properties of the class and its superclasses, in order of declaration, superclass first.
  internal final var reflectedProperties: [(name: String, value: Any)] {
    var levels: [Mirror] = []
    var level: Mirror? = Mirror(reflecting: self)
    while let mirror = level {
      levels.append(mirror)
      level = mirror.superclassMirror
    }
    // A wrapped property `weight` is stored as `_weight`.
    return levels.reversed().flatMap(\.children).map { label, value in
      (name: label.map { $0.hasPrefix("_") ? String($0.dropFirst()) : $0 } ?? "", value: value)
    }
  }
}

/// One declared property of a module.
internal enum Member {
  case parameter(String, ParameterBox)
  case buffer(String, Buffer)
  case child(String, any ChildBox)

  static func all(of module: Module) -> [Member] {
    var members: [Member] = []
    for (name, value) in module.reflectedProperties {
      switch value {
      case let box as ParameterBox: members.append(.parameter(box.key ?? name, box))
      case let box as Buffer: members.append(.buffer(box.key ?? name, box))
      case let box as any ChildBox: members.append(.child(box.key ?? name, box))
      default:
        if isForgottenChild(value) {
          trap(
            "\(type(of: module)): property \(name) holds modules but is no @Child, so walks would miss it", #fileID,
            #line)
        }
      }
    }
    return members
  }

  /// A weak reference (to a parent, say) reflects as an optional and is left alone.
  private static func isForgottenChild(_ value: Any) -> Bool {
    guard Mirror(reflecting: value).displayStyle != .optional else { return false }
    if value is Module { return true }
    if let modules = value as? [Module] { return !modules.isEmpty }
    return false
  }
}
