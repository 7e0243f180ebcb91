import TensorKit

extension Module {
  /// The random generators that this module and those below hold as properties or in lists, each once under its first
  /// dotted name: with them a checkpoint stores what training will draw next. They are looked up anew on every call, as
  /// a property may be given another one.
  public final func namedGenerators() -> [(name: String, generator: RandomGenerator)] {
    var result: [(name: String, generator: RandomGenerator)] = [], seen: Set<ObjectIdentifier> = []
    func add(_ generator: RandomGenerator, _ parts: String...) {
      guard seen.insert(ObjectIdentifier(generator)).inserted else { return }
      result.append((parts.filter { !$0.isEmpty }.joined(separator: "."), generator))
    }
    visit { path, module in
      for (name, value) in module.reflectedProperties {
        if let generator = value as? RandomGenerator { add(generator, path, name) }
        for (index, generator) in (value as? [RandomGenerator] ?? []).enumerated() {
          add(generator, path, name, "\(index)")
        }
      }
    }
    return result
  }
}
