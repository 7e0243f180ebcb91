import TensorKit

extension Module {
  /// The random generators that this module and those below hold as properties, each once under its first dotted name:
  /// with them a checkpoint stores what training will draw next.
  public final func namedGenerators() -> [(name: String, generator: RandomGenerator)] {
    var result: [(name: String, generator: RandomGenerator)] = [], seen: Set<ObjectIdentifier> = []
    visit { path, module in
      for (name, value) in module.reflectedProperties {
        guard let generator = value as? RandomGenerator, seen.insert(ObjectIdentifier(generator)).inserted else {
          continue
        }
        result.append((path.isEmpty ? name : "\(path).\(name)", generator))
      }
    }
    return result
  }
}
