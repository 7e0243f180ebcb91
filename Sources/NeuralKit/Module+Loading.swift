import TensorKit

extension Module {
  /// Takes the values of named tensors, as `snapshot()` or a PyTorch `state_dict` names them, into parameters and
  /// buffers.
  ///
  /// Throws a report of all missing, unexpected and misshaped names, with nothing changed, unless `partial` asks for
  /// what fits.
  @discardableResult
  public final func load(_ tensors: [String: Tensor], partial: Bool = false) throws(LoadReport) -> LoadReport {
    let ignored = foreignNames
    return try NeuralKit.load(tensors, into: expectations, ignoring: ignored.contains, partial: partial)
  }

  /// One for each box, with all of its names.
  internal final var expectations: [Expectation] {
    var result: [Expectation] = [], places: [ObjectIdentifier: Int] = [:]
    for (name, box) in namedBoxes() {
      if let place = places[ObjectIdentifier(box)] {
        result[place].names.append(name)
      } else {
        places[ObjectIdentifier(box)] = result.count
        result.append(Expectation(names: [name], shape: box.shape, dtype: box.tensor.dtype) { box.tensor = $0 })
      }
    }
    return result
  }

  /// Full names of what foreign checkpoints may carry in vain.
  internal final var foreignNames: Set<String> {
    var names: Set<String> = []
    visit { path, module in
      for name in module.ignoredNames { names.insert(path.isEmpty ? name : "\(path).\(name)") }
    }
    return names
  }
}
