import CKernels.Base

/// Gradients of `y` with respect to each of `xs`, contracted with `seed` (ones when it is left out, so that `y` is
/// usually a scalar). An `x` that `y` does not depend on gets zeros.
///
/// With `createGraph` the results are differentiable themselves and the graph of `y` stays usable; without, each saved
/// tensor is freed as the pass moves on, and a second pass over the same graph traps.
public func gradients(
  of y: Tensor, withRespectTo xs: [Tensor], seed: Tensor? = nil, createGraph: Bool = false,
  file: StaticString = #fileID, line: UInt = #line
) -> [Tensor] {
  if let seed, seed.shape != y.shape || seed.dtype != y.dtype {
    trap("gradients: seed \(seed.shape) \(seed.dtype) and output \(y.shape) \(y.dtype) disagree", file, line)
  }
  var floor = Int64.max
  for (index, x) in xs.enumerated() {
    guard let node = x.body.node else {
      trap(
        "gradients: tensor \(index) of shape \(x.shape) is not differentiable; make it so by differentiable()", file,
        line)
    }
    floor = min(floor, node.id)
  }
  let pass = BackwardPass(createGraph: createGraph, floor: floor, outer: nil)
  let wantedBefore = xs.map { $0.body.node.unsafelyUnwrapped.wantedBy }
  for x in xs { x.body.node.unsafelyUnwrapped.wantedBy = pass.id }
  if let root = y.body.node { pass.run(root, (seed ?? Tensor.ones(y.shape, dtype: y.dtype)).body) }
  // A tensor may be asked for twice, so slots are emptied only after all have been read.
  let results = xs.map { x in
    let node = x.body.node.unsafelyUnwrapped
    guard node.pass == pass.id, let gradient = node.gradient else { return Tensor.zeros(x.shape, dtype: x.dtype) }
    return Tensor(gradient)
  }
  for (x, wantedBy) in zip(xs, wantedBefore).reversed() {
    let node = x.body.node.unsafelyUnwrapped
    if node.pass == pass.id { node.gradient = nil }
    node.wantedBy = wantedBy
  }
  pass.restoreInterrupted()
  return results
}

/// The value of `function` at `xs`, a scalar, and its gradient with respect to each of them.
public func valueAndGradient(
  at xs: [Tensor], createGraph: Bool = false, of function: ([Tensor]) throws -> Tensor
) rethrows -> (value: Tensor, gradients: [Tensor]) {
  let leaves = xs.map { createGraph && $0.isDifferentiable ? $0 : $0.differentiable() }
  let value = try function(leaves)
  let results = gradients(of: value, withRespectTo: leaves, createGraph: createGraph)
  return (createGraph ? value : value.detached(), results)
}

/// Hessian-vector product: the Hessian of the scalar `function` at `xs` times `vectors`, by a gradient of a gradient.
public func hvp(
  of function: ([Tensor]) throws -> Tensor, at xs: [Tensor], along vectors: [Tensor]
) rethrows -> (value: Tensor, gradients: [Tensor], products: [Tensor]) {
  let leaves = xs.map { $0.differentiable() }
  let value = try function(leaves)
  let first = gradients(of: value, withRespectTo: leaves, createGraph: true)
  var slope = Tensor(0, dtype: value.dtype)
  for (gradient, vector) in zip(first, vectors) { slope = slope + (gradient * vector).sum() }
  return (value.detached(), first.map { $0.detached() }, gradients(of: slope, withRespectTo: leaves))
}

/// Jacobian-vector product of `function` at `xs` along `vectors`, by two vector-Jacobian products: the gradient is
/// linear in its seed, and its derivative with respect to the seed is the Jacobian.
public func jvp(
  of function: ([Tensor]) throws -> Tensor, at xs: [Tensor], along vectors: [Tensor]
) rethrows -> (value: Tensor, product: Tensor) {
  let leaves = xs.map { $0.differentiable() }
  let value = try function(leaves)
  let seed = Tensor.zeros(value.shape, dtype: value.dtype).differentiable()
  let pulled = gradients(of: value, withRespectTo: leaves, seed: seed, createGraph: true)
  var slope = Tensor(0, dtype: value.dtype)
  for (gradient, vector) in zip(pulled, vectors) { slope = slope + (gradient * vector).sum() }
  return (value.detached(), gradients(of: slope, withRespectTo: [seed])[0])
}

/// The same values with the gradient cut.
public func stopGradient(_ x: Tensor) -> Tensor { x.detached() }

/// Runs `body` and keeps only its result; what its gradient needs is computed again when the gradient is asked for.
/// Trades one more forward pass for the memory of everything in between. `generator`, when given, is set back for the
/// second run, so that dropout masks repeat.
public func checkpointed(generator: RandomGenerator? = nil, _ body: @escaping () -> Tensor) -> Tensor {
  guard ck_recording() else { return body() }
  let state = generator?.state
  let start = ck_next_node_id()
  let y = body()
  guard let root = y.body.node, root.id > start else { return y }
  // The nodes that existed before and that the result depends on are the inputs of the checkpoint.
  var boundary: [Node] = [], seen: Set<ObjectIdentifier> = [], open = [root]
  while let node = open.popLast() {
    for index in 0..<(node.variadic?.edges.count ?? 3) {
      guard let edge = node.edge(index), seen.insert(ObjectIdentifier(edge)).inserted else { continue }
      if edge.id < start { boundary.append(edge) } else { open.append(edge) }
    }
  }
  boundary.sort { $0.id < $1.id }
  let result = y.detached()
  result.body.node = Node(Checkpoint(body: body, generator: generator, state: state), edges: boundary)
  return result
}

/// Runs the function again to get at its gradient.
internal final class Checkpoint: Primitive {
  let body: () -> Tensor
  let generator: RandomGenerator?
  let state: RandomGenerator.State?

  init(body: @escaping () -> Tensor, generator: RandomGenerator?, state: RandomGenerator.State?) {
    self.body = body
    self.generator = generator
    self.state = state
  }

  var saves: SavedTensors { [] }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    let now = generator?.state
    if let generator, let state { generator.state = state }
    sink.propagate(dy, through: body)
    if let generator, let now { generator.state = now }
  }
}

/// A function with a gradient of your own, for instance a straight-through mask. `forward` runs without recording;
/// `vjp` gets the inputs, the output and the output's gradient, and returns one gradient for each input (nil for
/// none). When `vjp` is written in differentiable operations, higher derivatives follow it.
public func customGradient(
  _ inputs: [Tensor], forward: ([Tensor]) -> Tensor,
  vjp: @escaping (_ inputs: [Tensor], _ output: Tensor, _ dy: Tensor) -> [Tensor?]
) -> Tensor {
  let y = withoutRecording { forward(inputs) }
  let fresh = Tensor(y.body.sharingMemory())
  return recorded(CustomGradient(count: inputs.count, rule: vjp), fresh, inputs)
}

internal final class CustomGradient: Primitive {
  let count: Int
  let rule: ([Tensor], Tensor, Tensor) -> [Tensor?]

  init(count: Int, rule: @escaping ([Tensor], Tensor, Tensor) -> [Tensor?]) {
    self.count = count
    self.rule = rule
  }

  var saves: SavedTensors { [.inputs, .output] }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    let inputs = (0..<count).map(node.variadicInput), results = rule(inputs, node.savedOutput(), dy)
    guard results.count == count else {
      trap("customGradient: vjp returned \(results.count) gradients for \(count) inputs", #fileID, #line)
    }
    for (index, gradient) in results.enumerated() {
      guard let gradient else { continue }
      guard gradient.shape == inputs[index].shape, gradient.dtype == inputs[index].dtype else {
        trap(
          "customGradient: vjp returned \(gradient.shape) \(gradient.dtype) for input \(index), which is "
            + "\(inputs[index].shape) \(inputs[index].dtype)", #fileID, #line)
      }
      sink.add(index, gradient)
    }
  }
}
