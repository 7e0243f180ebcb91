import TensorKit

extension Module {
  /// Runs `body` with other tensors in place of the named parameters, differentiable ones as a rule, so that gradients
  /// flow to what they were computed from. The parameters come back afterwards, also when `body` throws.
  public final func withParameters<Result>(
    _ values: [String: Tensor], file: StaticString = #fileID, line: UInt = #line, _ body: () throws -> Result
  ) rethrows -> Result {
    var boxes: [String: ParameterBox] = [:]
    for (name, box) in namedBoxes() { boxes[name] = box as? ParameterBox }
    // Names in order, so that a box under two names ends up with the same one every time.
    let pairs = values.sorted { $0.key < $1.key }.map { name, value -> (ParameterBox, Tensor) in
      guard let box = boxes[name] else {
        let hint = nearestName(to: name, in: boxes.keys).map { "; the nearest is \"\($0)\"" } ?? ""
        trap("withParameters: there is no parameter \"\(name)\"\(hint)", file, line)
      }
      return (box, value)
    }
    return try Self.substituting(pairs, file, line, body)
  }

  /// Runs `body` with other tensors in place of all parameters, in the order of `parameters()`.
  public final func withParameters<Result>(
    _ values: [Tensor], file: StaticString = #fileID, line: UInt = #line, _ body: () throws -> Result
  ) rethrows -> Result {
    let boxes = parameters()
    guard boxes.count == values.count else {
      trap("withParameters: \(values.count) tensors for \(boxes.count) parameters", file, line)
    }
    return try Self.substituting(Array(zip(boxes, values)), file, line, body)
  }

  private static func substituting<Result>(
    _ pairs: [(ParameterBox, Tensor)], _ file: StaticString, _ line: UInt, _ body: () throws -> Result
  ) rethrows -> Result {
    for (box, value) in pairs where value.shape != box.shape || value.dtype != box.tensor.dtype {
      trap(
        "withParameters: a tensor \(value.shape) \(value.dtype) cannot stand for a parameter \(box.shape) "
          + "\(box.tensor.dtype)", file, line)
    }
    let saved = pairs.map { (box: $0.0, body: $0.0.stored, isSubstituted: $0.0.isSubstituted, isFrozen: $0.0.isFrozen) }
    for (box, value) in pairs {
      box.stored = value.body
      box.isSubstituted = true
    }
    defer {
      // In reverse, so that a box named twice gets its first content back.
      for entry in saved.reversed() {
        entry.box.isFrozen = entry.isFrozen
        entry.box.stored = entry.body
        entry.box.isSubstituted = entry.isSubstituted
      }
    }
    return try body()
  }
}

// MARK: - Copies in memory

extension Module {
  /// The values of all parameters and buffers by name, each once. Later steps do not touch them: keep the best epoch.
  public final func snapshot() -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: uniqueBoxes().map { ($0.name, $0.box.tensor.detached()) })
  }

  /// Takes the values of a snapshot of this module, or of one with the same names and shapes, back in.
  public final func restore(_ snapshot: [String: Tensor], file: StaticString = #fileID, line: UInt = #line) {
    do { try load(snapshot) } catch { trap("restore: the snapshot \(error)", file, line) }
  }
}
