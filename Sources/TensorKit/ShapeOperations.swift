/// The same elements under another shape: a view.
internal final class Reshape: Primitive {
  let source: Shape
  init(source: Shape) { self.source = source }
  var saves: SavedTensors { [] }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) { sink.add(0, dy.reshaped(source)) }
}

/// A copy that repeats axes of size 1.
internal final class Broadcast: Primitive {
  let source: Shape
  init(source: Shape) { self.source = source }
  var saves: SavedTensors { [] }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) { sink.add(0, dy.summed(to: source)) }
}

/// A copy with axes in another order.
internal final class Permute: Primitive {
  let inverse: [Int]
  init(inverse: [Int]) { self.inverse = inverse }
  var saves: SavedTensors { [] }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) { sink.add(0, dy.permuted(inverse)) }
}

/// A range of one axis.
internal final class Slice: Primitive {
  let axis: Int
  let start: Int
  let source: Shape
  init(axis: Int, start: Int, source: Shape) {
    self.axis = axis
    self.start = start
    self.source = source
  }
  var saves: SavedTensors { [] }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    sink.add(0, dy.padded(axis: axis, before: start, total: source[axis]))
  }
}

/// Zeros around one axis: the transpose of `Slice`.
internal final class Pad: Primitive {
  let axis: Int
  let range: Range<Int>
  init(axis: Int, range: Range<Int>) {
    self.axis = axis
    self.range = range
  }
  var saves: SavedTensors { [] }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) { sink.add(0, dy.sliced(axis: axis, range)) }
}

/// Tensors side by side along one axis.
internal final class Concatenate: Primitive {
  let axis: Int
  let sizes: [Int]
  init(axis: Int, sizes: [Int]) {
    self.axis = axis
    self.sizes = sizes
  }
  var saves: SavedTensors { [] }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    var start = 0
    for (index, size) in sizes.enumerated() {
      if sink.needs(index) { sink.add(index, dy.sliced(axis: axis, start..<start + size)) }
      start += size
    }
  }
}

extension Tensor {
  /// The same elements under another shape; one axis may be -1, which takes what remains. Copies nothing.
  public func reshaped(_ sizes: [Int], file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    guard let open = sizes.firstIndex(of: -1) else { return reshaped(Shape(sizes), file: file, line: line) }
    let rest = sizes.enumerated().reduce(1) { $1.offset == open ? $0 : $0 * $1.element }
    guard rest > 0, count % rest == 0 else {
      trap("reshaped: \(count) elements of shape \(shape) do not fill \(sizes)", file, line)
    }
    var full = sizes
    full[open] = count / rest
    return reshaped(Shape(full), file: file, line: line)
  }

  public func reshaped(_ target: Shape, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    if target == shape { return self }
    guard target.elementCount == count else {
      trap("reshaped: shape \(shape) has \(count) elements, \(target) has \(target.elementCount)", file, line)
    }
    return recorded(Reshape(source: shape), Tensor(body.viewed(as: target)), self)
  }

  /// A copy in which axes of size 1 repeat; axes are aligned at the end.
  public func broadcast(to target: Shape, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    if target == shape { return self }
    guard Shape.broadcast(shape, target) == target else {
      trap("broadcast: shape \(shape) does not broadcast to \(target)", file, line)
    }
    let strides = shape.broadcastStrides(to: target)
    return recorded(Broadcast(source: shape), Bridge.copy(self, offset: 0, strides: strides, shape: target), self)
  }

  /// A copy whose axis i is axis `axes[i]` of self.
  public func permuted(_ axes: [Int], file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    guard axes.sorted() == Array(0..<rank) else {
      trap("permuted: \(axes) is no order of the \(rank) axes of shape \(shape)", file, line)
    }
    if axes == Array(0..<rank) { return self }
    var inverse = axes
    for (to, from) in axes.enumerated() { inverse[from] = to }
    let strides = shape.strides
    let y = Bridge.copy(self, offset: 0, strides: axes.map { strides[$0] }, shape: Shape(axes.map { shape[$0] }))
    return recorded(Permute(inverse: inverse), y, self)
  }

  /// A copy with the last two axes exchanged.
  public func transposed(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    guard rank >= 2 else { trap("transposed: shape \(shape) has fewer than two axes", file, line) }
    return permuted(Array(0..<rank - 2) + [rank - 1, rank - 2])
  }

  /// A copy of a range of one axis.
  public func sliced(axis: Int = 0, _ range: Range<Int>, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    let axis = shape.axis(axis, "sliced", file, line)
    guard range.lowerBound >= 0, range.upperBound <= shape[axis] else {
      trap("sliced: axis \(axis) of shape \(shape) does not hold \(range)", file, line)
    }
    if range.count == shape[axis] { return self }
    var target = shape
    target[axis] = range.count
    let strides = shape.strides
    let y = Bridge.copy(self, offset: range.lowerBound * Int(strides[axis]), strides: strides, shape: target)
    return recorded(Slice(axis: axis, start: range.lowerBound, source: shape), y, self)
  }

  /// A copy with zeros along one axis: `before` of them in front, `total` elements in all.
  public func padded(
    axis: Int, before: Int, total: Int, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    let axis = shape.axis(axis, "padded", file, line)
    guard dtype != .uint8 else { trap("padded: uint8 is not supported; convert to int32 first", file, line) }
    guard before >= 0, before + shape[axis] <= total else {
      trap("padded: axis \(axis) of shape \(shape) does not fit at \(before) of \(total)", file, line)
    }
    var target = shape
    target[axis] = total
    let y = Tensor.zeros(target, dtype: dtype), strides = target.strides
    Bridge.write(self, into: y, offset: before * Int(strides[axis]), strides: strides)
    return recorded(Pad(axis: axis, range: before..<before + shape[axis]), y, self)
  }

  /// Tensors side by side along one axis; their other axes agree.
  public static func concatenated(
    _ parts: [Tensor], axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    guard let first = parts.first else { trap("concatenated: no tensors", file, line) }
    guard first.dtype != .uint8 else {
      trap("concatenated: uint8 is not supported; convert to int32 first", file, line)
    }
    let axis = first.shape.axis(axis, "concatenated", file, line)
    var target = first.shape
    target[axis] = 0
    for part in parts {
      guard part.rank == first.rank, part.dtype == first.dtype,
        (0..<first.rank).allSatisfy({ $0 == axis || part.shape[$0] == first.shape[$0] })
      else {
        trap(
          "concatenated: \(first.shape) \(first.dtype) and \(part.shape) \(part.dtype) disagree off axis \(axis)", file,
          line)
      }
      target[axis] += part.shape[axis]
    }
    let y = Tensor(uninitialized: target, first.dtype), strides = target.strides
    var start = 0
    for part in parts {
      Bridge.write(part, into: y, offset: start * Int(strides[axis]), strides: strides)
      start += part.shape[axis]
    }
    return recorded(Concatenate(axis: axis, sizes: parts.map { $0.shape[axis] }), y, parts)
  }
}
