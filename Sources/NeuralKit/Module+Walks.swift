import TensorKit

// MARK: - Walking

extension Module {
  /// Joins the parts of a dotted name; empty parts add nothing.
  private static func path(_ parts: String...) -> String { parts.filter { !$0.isEmpty }.joined(separator: ".") }

  /// The modules directly below, with their names.
  public final var children: [(name: String, module: Module)] {
    members.flatMap { member -> [(name: String, module: Module)] in
      guard case .child(let name, let box) = member else { return [] }
      return box.modules().map { (name: Self.path(name, $0.suffix ?? ""), module: $0.module) }
    }
  }

  /// Visits this module and all below it, parents first. A module in two places is visited under both names.
  internal final func visit(_ path: String = "", _ body: (_ path: String, _ module: Module) -> Void) {
    var above: [Module] = []
    visit(path, &above, body)
  }

  private final func visit(_ path: String, _ above: inout [Module], _ body: (String, Module) -> Void) {
    if above.contains(where: { $0 === self }) { return }
    body(path, self)
    above.append(self)
    for (name, module) in children { module.visit(Self.path(path, name), &above, body) }
    above.removeLast()
  }

  /// This module and all below it, parents first, each once.
  public final func modules() -> [(name: String, module: Module)] {
    var result: [(name: String, module: Module)] = [], seen: Set<ObjectIdentifier> = []
    visit { path, module in
      if seen.insert(ObjectIdentifier(module)).inserted { result.append((path, module)) }
    }
    return result
  }

  /// Every box that holds a tensor under each of its names.
  internal final func namedBoxes() -> [(name: String, box: TensorBox)] {
    var result: [(name: String, box: TensorBox)] = []
    visit { path, module in
      for member in module.members {
        switch member {
        case .parameter(let name, let box) where box.isPresent: result.append((Self.path(path, name), box))
        case .buffer(let name, let box) where box.isPresent: result.append((Self.path(path, name), box))
        default: break
        }
      }
    }
    return result
  }

  /// The boxes of `namedBoxes`, each once, under its first name.
  internal final func uniqueBoxes() -> [(name: String, box: TensorBox)] {
    var seen: Set<ObjectIdentifier> = []
    return namedBoxes().filter { seen.insert(ObjectIdentifier($0.box)).inserted }
  }

  /// All parameters with their dotted names, in order of declaration. A shared one appears once, under its first name.
  public final func namedParameters() -> [(name: String, parameter: ParameterBox)] {
    uniqueBoxes().compactMap { entry in (entry.box as? ParameterBox).map { (entry.name, $0) } }
  }

  /// All buffers with their dotted names, each once.
  public final func namedBuffers() -> [(name: String, buffer: Buffer)] {
    uniqueBoxes().compactMap { entry in (entry.box as? Buffer).map { (entry.name, $0) } }
  }

  /// All parameters in the order of `namedParameters`, each once. Makes no names, so a training step may call it.
  public final func parameters() -> [ParameterBox] {
    var result: [ParameterBox] = [], seen: Set<ObjectIdentifier> = []
    collect(&result, &seen)
    return result
  }

  private final func collect(_ result: inout [ParameterBox], _ seen: inout Set<ObjectIdentifier>) {
    guard seen.insert(ObjectIdentifier(self)).inserted else { return }
    for case .parameter(_, let box) in members where box.isPresent {
      if seen.insert(ObjectIdentifier(box)).inserted { result.append(box) }
    }
    for case .child(_, let box) in members {
      for (_, module) in box.modules() { module.collect(&result, &seen) }
    }
  }
}

// MARK: - Changing all

extension Module {
  /// Freezes the parameters whose names `matches` accepts: they become plain tensors without gradient.
  public final func freeze(where matches: (String) -> Bool = { _ in true }) {
    for (name, parameter) in namedParameters() where matches(name) { parameter.isFrozen = true }
  }

  /// Lets the parameters whose names `matches` accepts train again.
  public final func unfreeze(where matches: (String) -> Bool = { _ in true }) {
    for (name, parameter) in namedParameters() where matches(name) { parameter.isFrozen = false }
  }

  /// Puts this module and all below it into training mode.
  public final func train() { setTraining(true) }

  /// Puts this module and all below it into evaluation mode.
  public final func eval() { setTraining(false) }

  /// Makes no names, as every evaluation calls it.
  private final func setTraining(_ mode: Bool) {
    isTraining = mode
    for case .child(_, let box) in members { for (_, module) in box.modules() { module.setTraining(mode) } }
  }

  /// Runs the closure with this module and all below it in evaluation mode; afterwards each has its own mode again.
  public final func evaluating<Result>(_ body: () throws -> Result) rethrows -> Result {
    var training: [Module] = []
    collectTraining(&training)
    setTraining(false)
    defer { for module in training { module.isTraining = true } }
    return try body()
  }

  private final func collectTraining(_ result: inout [Module]) {
    if isTraining { result.append(self) }
    for case .child(_, let box) in members { for (_, module) in box.modules() { module.collectTraining(&result) } }
  }

  /// Converts all parameters and floating-point buffers to another floating-point type.
  public final func convert(to dtype: DType) {
    for (_, box) in uniqueBoxes() where box.tensor.dtype.isFloatingPoint {
      box.tensor = box.tensor.converted(to: dtype)
    }
  }
}

// MARK: - Looking at a module

extension Module: CustomStringConvertible {
  /// Number of trained values, shared ones counted once.
  public final var parameterCount: Int { parameters().reduce(0) { $0 + $1.tensor.count } }

  /// The tree of modules, one line each: name, type, details and own parameters with their shapes.
  public var description: String {
    var lines: [String] = []
    visit { path, module in
      let depth = path.isEmpty ? 0 : path.split(separator: ".").count
      let name = path.isEmpty ? "" : "\(path): "
      let details = module.details.isEmpty ? "" : "(\(module.details))"
      var line = String(repeating: "  ", count: depth) + name + "\(type(of: module))" + details
      for case .parameter(let name, let box) in module.members where box.isPresent {
        line += " \(name) \(box.shape)\(box.isFrozen ? " frozen" : "")"
      }
      lines.append(line)
    }
    lines[0] += ": \(parameterCount) parameters"
    return lines.joined(separator: "\n")
  }
}
