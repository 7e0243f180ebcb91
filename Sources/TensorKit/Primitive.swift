import CKernels.Base

/// Which tensors a recorded operation keeps for its gradient rule.
package struct SavedTensors: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let input0 = SavedTensors(rawValue: 1)
  package static let input1 = SavedTensors(rawValue: 2)
  package static let input2 = SavedTensors(rawValue: 4)
  package static let output = SavedTensors(rawValue: 8)
  package static let inputs: SavedTensors = [.input0, .input1, .input2]
}

/// An operation that knows its gradient.
///
/// `vjp` is written in differentiable operations only, so gradients of gradients exist by construction. `fusedVJP`
/// calls the backward kernel; the engine takes it when no higher derivative is asked for. Rules push their results
/// into the sink (returning arrays costs more than most rules). A struct of at most three words is stored without
/// allocation; larger primitives are classes.
package protocol Primitive {
  /// Tensors that the rules read. What is not named here is not kept alive.
  var saves: SavedTensors { get }
  /// Vector-Jacobian product: the gradient `dy` of the output becomes gradients of the inputs.
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink)
  /// The same through a backward kernel. The default is `vjp` without recording.
  func fusedVJP(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink)
}

extension Primitive {
  package func fusedVJP(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) { vjp(node, dy, &sink) }
}

/// A primitive whose rule is the gradient of the same function written in other primitives: what a fused kernel falls
/// back to when a higher derivative is asked for.
package protocol ComposedPrimitive: Primitive {
  /// The operation in differentiable ones, from the saved inputs.
  func composed(_ node: Node) -> Tensor
}

extension ComposedPrimitive {
  package func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    sink.propagate(dy, through: { composed(node) })
  }
}

/// Runs `body` without recording: nothing in it is differentiable.
@discardableResult
public func withoutRecording<Result>(_ body: () throws -> Result) rethrows -> Result {
  ck_recording_push_off()
  defer { ck_recording_pop_off() }
  return try body()
}

/// Marks `y` as the result of `primitive` when an input is differentiable and recording is on.
@inline(__always)
package func recorded<P: Primitive>(_ primitive: P, _ y: Tensor, _ x: Tensor) -> Tensor {
  if x.body.node != nil, ck_recording() { y.body.node = Node(primitive, y.body, x.body, nil, nil) }
  return y
}

@inline(__always)
package func recorded<P: Primitive>(_ primitive: P, _ y: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
  if a.body.node != nil || b.body.node != nil, ck_recording() {
    y.body.node = Node(primitive, y.body, a.body, b.body, nil)
  }
  return y
}

@inline(__always)
package func recorded<P: Primitive>(_ primitive: P, _ y: Tensor, _ a: Tensor, _ b: Tensor, _ c: Tensor) -> Tensor {
  if a.body.node != nil || b.body.node != nil || c.body.node != nil, ck_recording() {
    y.body.node = Node(primitive, y.body, a.body, b.body, c.body)
  }
  return y
}

/// For operations of any number of inputs.
package func recorded<P: Primitive>(_ primitive: P, _ y: Tensor, _ inputs: [Tensor]) -> Tensor {
  if ck_recording(), inputs.contains(where: { $0.body.node != nil }) {
    y.body.node = Node(primitive, y.body, variadic: inputs.map(\.body))
  }
  return y
}

/// For operations whose second or third input may be absent.
package func recorded<P: Primitive>(
  _ primitive: P, _ y: Tensor, _ a: Tensor, optional b: Tensor?, optional c: Tensor?
) -> Tensor {
  if a.body.node != nil || b?.body.node != nil || c?.body.node != nil, ck_recording() {
    y.body.node = Node(primitive, y.body, a.body, b?.body, c?.body)
  }
  return y
}
