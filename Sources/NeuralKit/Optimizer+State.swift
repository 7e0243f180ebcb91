import TensorKit

extension Optimizer {
  /// Everything that the next steps depend on besides options: `step`, and for each parameter `steps.<name>` and the
  /// rule's moments, `moment1.<name>`, `moment2.<name>`. A copy: later steps do not touch it.
  public var state: [String: Tensor] {
    var state = ["step": counter(stepCount)]
    for slot in slots {
      state["steps.\(slot.name)"] = counter(slot.steps)
      for (index, name) in rule.momentNames.enumerated() {
        state["\(name).\(slot.name)"] =
          slot.moments.isEmpty ? .zeros(slot.box.shape, dtype: slot.box.tensor.dtype) : slot.moments[index].copied()
      }
    }
    return state
  }

  /// Takes `state` of an optimizer of the same kind over the same names back in. Throws a report, with nothing changed,
  /// when they differ, unless `partial` asks for what fits.
  @discardableResult
  public func load(_ state: [String: Tensor], partial: Bool = false) throws(LoadReport) -> LoadReport {
    try NeuralKit.load(state, into: expectations, partial: partial)
  }

  internal var expectations: [Expectation] {
    var result = [
      Expectation(names: ["step"], shape: [], dtype: .int32, isCount: true) { self.stepCount = Int($0.item()) }
    ]
    for slot in slots {
      result.append(
        Expectation(names: ["steps.\(slot.name)"], shape: [], dtype: .int32, isCount: true) {
          slot.steps = Int($0.item())
        })
      let shape = slot.box.shape, dtype = slot.box.tensor.dtype, names = rule.momentNames
      for (index, name) in names.enumerated() {
        result.append(
          Expectation(names: ["\(name).\(slot.name)"], shape: shape, dtype: dtype) { tensor in
            if slot.moments.isEmpty { slot.moments = names.map { _ in .zeros(shape, dtype: dtype) } }
            slot.moments[index] = tensor.copied()
          })
      }
    }
    return result
  }

  private func counter(_ count: Int) -> Tensor { Tensor([Int32(clamping: count)], shape: []) }
}
