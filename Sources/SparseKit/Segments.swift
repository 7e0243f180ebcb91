import CKernels.Sparse
import TensorKit

/// Softmax over the entries of each row of a pattern.
internal struct SegmentSoftmax: Primitive {
  let pattern: SparsePattern
  var saves: SavedTensors { .output }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    let y = node.savedOutput()
    sink.add(0, y * (dy - (dy * y).segmentSum(pattern).expandedToEntries(pattern)))
  }

  func fusedVJP(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    sink.add(0, Bridge.segmentSoftmaxGradient(pattern, dy, node.savedOutputValue()))
  }
}

/// Sum of the entries of each row.
internal struct SegmentSum: Primitive {
  let pattern: SparsePattern
  var saves: SavedTensors { [] }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) { sink.add(0, dy.expandedToEntries(pattern)) }
}

/// Each row's value at all of its entries: the transpose of `SegmentSum`.
internal struct ExpandToEntries: Primitive {
  let pattern: SparsePattern
  var saves: SavedTensors { [] }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) { sink.add(0, dy.segmentSum(pattern)) }
}

/// Mean of the entries of each row.
internal struct SegmentMean: Primitive {
  let pattern: SparsePattern
  var saves: SavedTensors { [] }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    let share = Bridge.degreeScale(pattern, values: nil, exponent: -1, dtype: dy.dtype)
    let spread = Shape([pattern.rows] + [Int](repeating: 1, count: dy.rank - 1))
    sink.add(0, (dy * share.reshaped(spread)).expandedToEntries(pattern))
  }

  func fusedVJP(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    sink.add(0, Bridge.segmentReduceGradient(.mean, pattern, dy, winner: nil))
  }
}

/// Largest entry of each row; the first of equals takes the gradient.
internal struct SegmentMaximum: Primitive {
  let pattern: SparsePattern
  let winner: Tensor
  var saves: SavedTensors { [] }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    let mask = Bridge.segmentReduceGradient(.maximum, pattern, .ones(dy.shape, dtype: dy.dtype), winner: winner)
    sink.add(0, dy.expandedToEntries(pattern) * mask)
  }

  func fusedVJP(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    sink.add(0, Bridge.segmentReduceGradient(.maximum, pattern, dy, winner: winner))
  }
}

extension Tensor {
  private func checkEntries(_ name: StaticString, _ pattern: SparsePattern, _ file: StaticString, _ line: UInt) {
    guard rank >= 1, shape[0] == pattern.entryCount else {
      trap("\(name): shape \(shape) does not have one row for each of the \(pattern.entryCount) entries", file, line)
    }
  }

  /// Softmax over the entries of each row of the pattern; self is [entryCount] or [entryCount, heads].
  public func segmentSoftmax(
    _ pattern: SparsePattern, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    checkEntries("segmentSoftmax", pattern, file, line)
    guard rank <= 2 else {
      trap("segmentSoftmax: shape \(shape), expected [entryCount] or [entryCount, heads]", file, line)
    }
    return recorded(SegmentSoftmax(pattern: pattern), Bridge.segmentSoftmax(pattern, self), self)
  }

  /// Sum of the entries of each row: [entryCount, ...] becomes [rows, ...]. An empty row gives 0.
  public func segmentSum(_ pattern: SparsePattern, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    checkEntries("segmentSum", pattern, file, line)
    return recorded(SegmentSum(pattern: pattern), Bridge.segmentReduce(.sum, pattern, self).y, self)
  }

  /// Mean of the entries of each row. An empty row gives 0.
  public func segmentMean(_ pattern: SparsePattern, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    checkEntries("segmentMean", pattern, file, line)
    return recorded(SegmentMean(pattern: pattern), Bridge.segmentReduce(.mean, pattern, self).y, self)
  }

  /// Largest entry of each row. An empty row gives 0.
  public func segmentMaximum(_ pattern: SparsePattern, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    checkEntries("segmentMaximum", pattern, file, line)
    let (y, winner) = Bridge.segmentReduce(.maximum, pattern, self)
    guard let winner else { return y }
    return recorded(SegmentMaximum(pattern: pattern, winner: winner), y, self)
  }

  /// Each row's value at all entries of that row: [rows, ...] becomes [entryCount, ...].
  public func expandedToEntries(
    _ pattern: SparsePattern, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    guard rank >= 1, shape[0] == pattern.rows else {
      trap("expandedToEntries: shape \(shape) does not have the pattern's \(pattern.rows) rows", file, line)
    }
    let y = Bridge.segmentReduceGradient(.sum, pattern, self, winner: nil)
    return recorded(ExpandToEntries(pattern: pattern), y, self)
  }
}
