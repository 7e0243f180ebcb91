import CKernels.Base

/// Where a gradient rule puts its results.
package struct GradientSink {
  internal let node: Node
  internal let pass: BackwardPass
  /// Whether nobody but the rule sees the gradient that it is given, so that it may write there.
  package internal(set) var ownsGradient = false

  /// Whether the gradient of input `index` is wanted: a rule skips the work for one that is not.
  @inline(__always)
  package func needs(_ index: Int) -> Bool {
    guard let target = node.edge(index) else { return false }
    return pass.reaches(target)
  }

  /// Adds to the gradient of input `index`.
  @inline(__always)
  package func add(_ index: Int, _ gradient: Tensor) {
    guard let target = node.edge(index), pass.reaches(target) else { return }
    pass.accumulate(target, gradient.body)
  }

  /// Runs `function` while recording, then sends `dy` back through what it recorded. What reaches tensors that existed
  /// before goes on in this pass.
  package func propagate(_ dy: Tensor, through function: () -> Tensor) {
    let saved = ck_recording_force_on()
    let floor = ck_next_node_id()
    let y = function()
    ck_recording_restore(saved)
    guard let root = y.body.node else { return }
    BackwardPass(createGraph: pass.createGraph, floor: floor, outer: pass).run(root, dy.body)
  }
}

/// One backward pass: nodes in descending order of creation from a heap, so that each is visited once, after everything
/// that uses it, and gradients add up in one fixed order.
internal final class BackwardPass {
  @exclusivity(unchecked) let id: Int64
  let createGraph: Bool
  /// Nodes older than this do not belong to the pass: they cannot lead to what is wanted, or belong to `outer`.
  @exclusivity(unchecked) let floor: Int64
  let outer: BackwardPass?
  @exclusivity(unchecked) private var heap: [Unmanaged<Node>] = []
  /// What an interrupted pass had gathered in nodes that this one uses too: a rule may ask for gradients of its own.
  @exclusivity(unchecked) private var interrupted: [(node: Node, pass: Int64, gradient: TensorBody?)] = []

  init(createGraph: Bool, floor: Int64, outer: BackwardPass?) {
    id = ck_next_pass()
    self.createGraph = createGraph
    self.floor = floor
    self.outer = outer
  }

  @inline(__always)
  final func reaches(_ target: Node) -> Bool {
    if target.id < floor {
      guard let outer else { return false }
      return outer.reaches(target)
    }
    return !target.isLeaf || target.wantedBy == id
  }

  final func accumulate(_ target: Node, _ gradient: TensorBody) {
    if target.id < floor {
      outer.unsafelyUnwrapped.accumulate(target, gradient)
      return
    }
    guard target.pass == id else {
      if target.gradient != nil { interrupted.append((target, target.pass, target.gradient)) }
      target.pass = id
      target.gradient = gradient
      if !target.isLeaf { push(target) }
      return
    }
    let sum: TensorBody
    if !createGraph, isKnownUniquelyReferenced(&target.gradient), target.gradient.unsafelyUnwrapped.ownsMemoryAlone {
      sum = target.gradient.unsafelyUnwrapped
      Bridge.accumulate(into: sum, gradient)
    } else {
      sum = (Tensor(target.gradient.unsafelyUnwrapped) + Tensor(gradient)).body
    }
    target.gradient = sum
  }

  func run(_ root: Node, _ seed: TensorBody) {
    let saved = createGraph ? ck_recording_force_on() : ck_recording_depth()
    if !createGraph { ck_recording_push_off() }
    let interval = ProfileRecorder.enter(.backward)
    defer {
      ProfileRecorder.leave(interval)
      ck_recording_restore(saved)
    }
    guard reaches(root) else { return }
    accumulate(root, seed)
    while let node = pop() {
      let isWanted = node.wantedBy == id
      var dy = node.gradient.unsafelyUnwrapped
      if !isWanted { node.gradient = nil }
      if node.isConsumed {
        fatalError(
          "gradients: the graph behind \(type(of: node.primitive)) was already consumed by an earlier backward pass; "
            + "ask that pass for createGraph: true to keep it")
      }
      var sink = GradientSink(node: node, pass: self)
      if createGraph {
        node.primitive.vjp(node, Tensor(dy), &sink)
      } else {
        sink.ownsGradient = isKnownUniquelyReferenced(&dy) && dy.ownsMemoryAlone
        node.primitive.fusedVJP(node, Tensor(dy), &sink)
        node.consume()
      }
    }
  }

  /// Gives nodes that an interrupted pass shares back to it.
  func restoreInterrupted() {
    for entry in interrupted {
      entry.node.pass = entry.pass
      entry.node.gradient = entry.gradient
    }
  }

  // MARK: Heap of nodes, the youngest on top

  private final func push(_ node: Node) {
    heap.append(Unmanaged.passRetained(node))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if heap[parent]._withUnsafeGuaranteedRef({ $0.id }) > node.id { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private final func pop() -> Node? {
    guard let top = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while true {
        var child = 2 * parent + 1
        if child >= heap.count { break }
        if child + 1 < heap.count, id(child + 1) > id(child) { child += 1 }
        if id(child) < id(parent) { break }
        heap.swapAt(child, parent)
        parent = child
      }
    }
    return top.takeRetainedValue()
  }

  @inline(__always)
  private final func id(_ index: Int) -> Int64 { heap[index]._withUnsafeGuaranteedRef { $0.id } }
}

extension TensorBody {
  /// Whether nobody else sees this memory, so that it may be written.
  internal final var ownsMemoryAlone: Bool { node == nil && ck_block_references(block) == 1 }

  /// Whether no other body (a view, a detached copy) shares this memory.
  package final var isOnlyBodyOfMemory: Bool { ck_block_references(block) == 1 }
}
