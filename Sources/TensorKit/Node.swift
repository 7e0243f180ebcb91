import CKernels.Base

/// One recorded operation: its primitive, the tensors that its rule reads, and the way to its inputs' operations.
///
/// An input that the rule reads is kept as a body (which holds its own node); of any other input only the node is
/// kept, so that its memory can go. Every stored variable is exempt from exclusivity checks, which would cost more
/// than a small operation; a graph belongs to the thread that records it, which stands in for them.
package final class Node {
  @exclusivity(unchecked) internal final var primitive: any Primitive
  @exclusivity(unchecked) internal final var input0: TensorBody?
  @exclusivity(unchecked) internal final var input1: TensorBody?
  @exclusivity(unchecked) internal final var input2: TensorBody?
  @exclusivity(unchecked) internal final var edge0: Node?
  @exclusivity(unchecked) internal final var edge1: Node?
  @exclusivity(unchecked) internal final var edge2: Node?
  /// Inputs of variadic operations, in place of the fields.
  @exclusivity(unchecked) internal final var variadic: Variadic?
  /// The output's memory under a body of its own, without a node: keeping the output itself would be a cycle.
  @exclusivity(unchecked) internal final var output: TensorBody?

  @exclusivity(unchecked) internal final let id: Int64
  @exclusivity(unchecked) internal final var version0: UInt32 = 0
  @exclusivity(unchecked) internal final var version1: UInt32 = 0
  @exclusivity(unchecked) internal final var version2: UInt32 = 0
  @exclusivity(unchecked) internal final var outputVersion: UInt32 = 0

  /// Gradient that has arrived so far in the pass named by `pass`.
  @exclusivity(unchecked) internal final var gradient: TensorBody?
  @exclusivity(unchecked) internal final var pass: Int64 = 0
  /// The pass that asks for this node's gradient.
  @exclusivity(unchecked) internal final var wantedBy: Int64 = 0
  @exclusivity(unchecked) internal final let isLeaf: Bool
  /// Whether the primitive is a class, which may hold tensors of its own.
  @exclusivity(unchecked) internal final let isPrimitiveClass: Bool
  @exclusivity(unchecked) internal final var isConsumed = false

  @inline(__always)
  internal init<P: Primitive>(
    _ primitive: P, _ y: TensorBody, _ a: TensorBody, _ b: TensorBody?, _ c: TensorBody?
  ) {
    self.primitive = primitive
    id = ck_next_node_id()
    isLeaf = false
    isPrimitiveClass = P.self is AnyObject.Type
    let saves = primitive.saves
    if saves.contains(.input0) {
      input0 = a
      version0 = ck_block_version(a.block)
    } else {
      edge0 = a.node
    }
    if let b {
      if saves.contains(.input1) {
        input1 = b
        version1 = ck_block_version(b.block)
      } else {
        edge1 = b.node
      }
    }
    if let c {
      if saves.contains(.input2) {
        input2 = c
        version2 = ck_block_version(c.block)
      } else {
        edge2 = c.node
      }
    }
    if saves.contains(.output) { keepOutput(y) }
  }

  internal init<P: Primitive>(_ primitive: P, _ y: TensorBody, variadic bodies: [TensorBody]) {
    self.primitive = primitive
    id = ck_next_node_id()
    isLeaf = false
    isPrimitiveClass = P.self is AnyObject.Type
    let saves = primitive.saves
    variadic = Variadic(inputs: saves.contains(.input0) ? bodies : [], edges: bodies.map(\.node))
    if saves.contains(.output) { keepOutput(y) }
  }

  /// A node that has edges but no saved tensors: where a rerun function meets the graph around it.
  internal init<P: Primitive>(_ primitive: P, edges: [Node]) {
    self.primitive = primitive
    id = ck_next_node_id()
    isLeaf = false
    isPrimitiveClass = P.self is AnyObject.Type
    variadic = Variadic(inputs: [], edges: edges)
  }

  /// A leaf: what gradients are asked for.
  internal init() {
    primitive = Leaf()
    id = ck_next_node_id()
    isLeaf = true
    isPrimitiveClass = false
  }

  @inline(__always)
  internal final func edge(_ index: Int) -> Node? {
    if let variadic { return variadic.edges[index] }
    switch index {
    case 0: return input0 == nil ? edge0 : input0.unsafelyUnwrapped.node
    case 1: return input1 == nil ? edge1 : input1.unsafelyUnwrapped.node
    default: return input2 == nil ? edge2 : input2.unsafelyUnwrapped.node
    }
  }

  /// A saved input, still part of the graph. Traps when its memory was written since.
  package final func input(_ index: Int) -> Tensor {
    let body: TensorBody?
    let version: UInt32
    switch index {
    case 0: (body, version) = (input0, version0)
    case 1: (body, version) = (input1, version1)
    default: (body, version) = (input2, version2)
    }
    guard let body else { preconditionFailure("\(type(of: primitive)): input \(index) was not saved") }
    return unchanged(body, since: version)
  }

  @inline(__always)
  private final func unchanged(_ body: TensorBody, since version: UInt32) -> Tensor {
    guard ck_block_version(body.block) == version else {
      fatalError(
        "\(type(of: primitive)): a tensor of shape \(body.shape) that its gradient needs was written in place after it "
          + "was recorded (an optimizer step between the forward pass and its gradient)")
    }
    return Tensor(body)
  }

  private final func keepOutput(_ y: TensorBody) {
    output = y.sharingMemory()
    outputVersion = ck_block_version(y.block)
  }

  /// A saved input of a variadic operation.
  package final func variadicInput(_ index: Int) -> Tensor {
    guard let variadic, index < variadic.inputs.count else {
      preconditionFailure("\(type(of: primitive)): input \(index) was not saved")
    }
    return unchanged(variadic.inputs[index], since: variadic.versions[index])
  }

  /// The saved output, as part of the graph again.
  package final func savedOutput() -> Tensor {
    let body = savedOutputValue().body.sharingMemory()
    body.node = self
    return Tensor(body)
  }

  /// The saved output for kernels: its memory, not part of the graph.
  package final func savedOutputValue() -> Tensor {
    guard let output else { preconditionFailure("\(type(of: primitive)): the output was not saved") }
    return unchanged(output, since: outputVersion)
  }

  /// The saved output once more and for the last time: for a fused rule that has use for memory.
  package final func takeSavedOutput() -> Tensor {
    defer { output = nil }
    return savedOutputValue()
  }

  /// Drops what the rule has used, so that memory goes as the pass moves on.
  internal final func consume() {
    isConsumed = true
    output = nil
    if isPrimitiveClass { primitive = Leaf() }
    dropReferences()
  }

  fileprivate final func dropReferences() {
    if input0 != nil { input0 = nil }
    if input1 != nil { input1 = nil }
    if input2 != nil { input2 = nil }
    if edge0 != nil { edge0 = nil }
    if edge1 != nil { edge1 = nil }
    if edge2 != nil { edge2 = nil }
    if variadic != nil { variadic = nil }
  }

  /// Releasing a long chain node by node would recurse once for each and overflow the stack. So the recursion goes on
  /// for a few levels, which is the fast way; deeper nodes hand what they hold to a list that the outermost release
  /// empties.
  deinit {
    if input0 == nil, edge0 == nil, input1 == nil, edge1 == nil, input2 == nil, edge2 == nil, variadic == nil { return }
    let depth = ck_release_enter()
    if depth < 32 {
      dropReferences()
    } else {
      ReleaseList.current.take(self)
    }
    if depth == 0 { ReleaseList.empty() }
    ck_release_leave()
  }
}

/// Inputs of an operation that has any number of them.
internal final class Variadic {
  let inputs: [TensorBody]
  let versions: [UInt32]
  let edges: [Node?]

  init(inputs: [TensorBody], edges: [Node?]) {
    self.inputs = inputs
    versions = inputs.map { ck_block_version($0.block) }
    self.edges = edges
  }
}

/// What deep dying nodes of this thread held, waiting to be released.
private final class ReleaseList {
  @exclusivity(unchecked) private final var bodies: [TensorBody] = []
  @exclusivity(unchecked) private final var nodes: [Node] = []

  /// The thread's list, made when a release first runs deep.
  static var current: ReleaseList {
    if let list = ck_release_list() { return Unmanaged<ReleaseList>.fromOpaque(list).takeUnretainedValue() }
    let list = ReleaseList()
    ck_set_release_list(Unmanaged.passRetained(list).toOpaque())
    return list
  }

  func take(_ node: Node) {
    if let held = node.input0 { bodies.append(held) }
    if let held = node.input1 { bodies.append(held) }
    if let held = node.input2 { bodies.append(held) }
    if let held = node.edge0 { nodes.append(held) }
    if let held = node.edge1 { nodes.append(held) }
    if let held = node.edge2 { nodes.append(held) }
    if let held = node.variadic {
      bodies.append(contentsOf: held.inputs)
      nodes.append(contentsOf: held.edges.lazy.compactMap { $0 })
    }
    node.dropReferences()
  }

  static func empty() {
    guard let opaque = ck_release_list() else { return }
    let list = Unmanaged<ReleaseList>.fromOpaque(opaque).takeUnretainedValue()
    while list.bodies.popLast() != nil || list.nodes.popLast() != nil {}
    ck_set_release_list(nil)
    Unmanaged<ReleaseList>.fromOpaque(opaque).release()
  }
}

/// Marks a tensor that gradients may be asked for.
internal struct Leaf: Primitive {
  var saves: SavedTensors { [] }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {}
}

extension TensorBody {
  /// Another body over the same memory, without a node.
  internal final func sharingMemory() -> TensorBody { viewed(as: shape) }

  internal final func viewed(as shape: Shape) -> TensorBody {
    ck_block_retain(block)
    return TensorBody(block: block, data: data, shape: shape, dtype: dtype)
  }
}

extension Tensor {
  /// The same values as a leaf of a new graph: gradients can be asked for with respect to it.
  public func differentiable() -> Tensor {
    let body = self.body.sharingMemory()
    body.node = Node()
    return Tensor(body)
  }

  /// The same values without a graph: no gradient flows through the result.
  public func detached() -> Tensor { body.node == nil ? self : Tensor(body.sharingMemory()) }
}
