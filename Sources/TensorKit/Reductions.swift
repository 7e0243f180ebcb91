import CKernels.Dense

/// Sum or mean over neighbouring axes `axes` of `source`; the result keeps them with size 1.
internal final class Reduce: Primitive {
  let op: ck_reduction
  let source: Shape
  let axes: Range<Int>

  init(op: ck_reduction, source: Shape, axes: Range<Int>) {
    self.op = op
    self.source = source
    self.axes = axes
  }

  var saves: SavedTensors { op == .maximum || op == .minimum ? [.input0, .output] : [] }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    switch op {
    case .sum: sink.add(0, dy.broadcast(to: source))
    case .mean:
      let count = axes.reduce(1) { $0 * source[$1] }
      sink.add(0, (dy * (1 / Double(max(count, 1)))).broadcast(to: source))
    case .maximum, .minimum:
      // Elements that share the extreme share its gradient.
      let winners = node.input(0).equal(node.savedOutputValue())
      sink.add(0, winners * (dy / winners.reduced(.sum, axes)))
    }
  }
}

extension Tensor {
  /// Reduction over neighbouring axes, kept with size 1.
  fileprivate func reduced(_ op: ck_reduction, _ axes: Range<Int>) -> Tensor {
    let outer = (0..<axes.lowerBound).reduce(1) { $0 * shape[$1] }
    let n = axes.reduce(1) { $0 * shape[$1] }
    let inner = (axes.upperBound..<rank).reduce(1) { $0 * shape[$1] }
    var target = shape
    for axis in axes { target[axis] = 1 }
    let y = Bridge.reduce(op, self, outer: outer, n: n, inner: inner, shape: target)
    return recorded(Reduce(op: op, source: shape, axes: axes), y, self)
  }

  private func reduced(
    _ op: ck_reduction, _ name: StaticString, _ axes: [Int]?, _ keepingAxes: Bool, _ file: StaticString, _ line: UInt
  ) -> Tensor {
    let chosen = Set((axes ?? Array(0..<rank)).map { shape.axis($0, name, file, line) }).sorted(by: >)
    var y = self
    var rest = chosen[...]
    while let last = rest.first {  // runs of neighbouring axes go in one pass
      var first = last
      rest = rest.dropFirst()
      while let next = rest.first, next == first - 1 {
        first = next
        rest = rest.dropFirst()
      }
      y = y.reduced(op, first..<last + 1)
    }
    if keepingAxes { return y }
    let dropped = Set(chosen)
    return y.reshaped(Shape((0..<rank).filter { !dropped.contains($0) }.map { shape[$0] }))
  }

  /// Sum over all elements.
  public func sum() -> Tensor { reduced(.sum, 0..<rank).reshaped([] as Shape) }
  /// Mean of all elements.
  public func mean() -> Tensor { reduced(.mean, 0..<rank).reshaped([] as Shape) }

  /// Sum over the axes; they stay with size 1 when `keepingAxes`.
  public func sum(
    axes: [Int], keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor { reduced(.sum, "sum", axes, keepingAxes, file, line) }

  public func mean(
    axes: [Int], keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor { reduced(.mean, "mean", axes, keepingAxes, file, line) }

  /// Largest element along the axes (all when nil).
  public func max(
    axes: [Int]? = nil, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor { reduced(.maximum, "max", axes, keepingAxes, file, line) }

  public func min(
    axes: [Int]? = nil, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor { reduced(.minimum, "min", axes, keepingAxes, file, line) }

  /// Place of the first largest element along the last axis, as int32; not differentiable.
  public func argmax(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    guard rank >= 1, shape[-1] >= 1 else {
      trap("argmax: shape \(shape) has no elements along its last axis", file, line)
    }
    let n = shape[-1]
    return Bridge.argmax(self, rows: count / n, n: n, shape: Shape(shape.dropLast().map { $0 }))
  }

  /// Sum over the axes that broadcasting from `target` repeated: the transpose of `broadcast(to:)`.
  package func summed(to target: Shape) -> Tensor {
    if shape == target { return self }
    let missing = rank - target.rank
    let axes = (0..<rank).filter { $0 < missing || (target[$0 - missing] == 1 && shape[$0] != 1) }
    return reduced(.sum, "sum", axes, true, #fileID, #line).reshaped(target)
  }

  /// Sum of products of two tensors of one shape, accumulated in double; not differentiable.
  package func dot(_ other: Tensor) -> Double { Bridge.dot(self, other) }

  /// Place of the first element that is NaN or infinite.
  public var firstNonFinite: Int? { Bridge.firstNonFinite(self) }
}
