/// y = softmax(x) or log softmax(x) along the last axis.
internal struct Softmax: Primitive {
  let isLogarithm: Bool

  var saves: SavedTensors { .output }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    let y = node.savedOutput()
    sink.add(
      0,
      isLogarithm
        ? dy - y.exp() * dy.sum(axes: [-1], keepingAxes: true)
        : y * (dy - (dy * y).sum(axes: [-1], keepingAxes: true)))
  }

  func fusedVJP(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    let y = node.savedOutputValue()
    sink.add(0, Bridge.rowsGradient(isLogarithm ? .logSoftmax : .softmax, dy, y, n: y.shape[-1]))
  }
}

extension Tensor {
  /// Softmax along the last axis. A row of -infinity gives zeros.
  public func softmax(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    guard rank >= 1 else { trap("softmax: a scalar has no axis", file, line) }
    return recorded(Softmax(isLogarithm: false), Bridge.rows(.softmax, self, n: shape[-1]), self)
  }

  /// Logarithm of the softmax along the last axis.
  public func logSoftmax(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    guard rank >= 1 else { trap("logSoftmax: a scalar has no axis", file, line) }
    return recorded(Softmax(isLogarithm: true), Bridge.rows(.logSoftmax, self, n: shape[-1]), self)
  }
}

/// Cross-entropy of chosen rows of logits.
internal final class CrossEntropy: ComposedPrimitive {
  let rows: Tensor?
  let labels: Tensor
  let smoothing: Double
  let logSumExp: Tensor

  init(rows: Tensor?, labels: Tensor, smoothing: Double, logSumExp: Tensor) {
    self.rows = rows
    self.labels = labels
    self.smoothing = smoothing
    self.logSumExp = logSumExp
  }

  var saves: SavedTensors { .input0 }

  func composed(_ node: Node) -> Tensor {
    let logits = node.input(0), classes = logits.shape[1]
    var target = [Double](repeating: smoothing / Double(classes), count: labels.count * classes)
    for (row, label) in labels.array(of: Int32.self).enumerated() {
      target[row * classes + Int(label)] += 1 - smoothing
    }
    let weights = Tensor(target, shape: [labels.count, classes]).converted(to: logits.dtype)
    let chosen = rows.map { logits.gathered($0) } ?? logits
    return -(chosen.logSoftmax() * weights).sum(axes: [1])
  }

  func fusedVJP(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    sink.add(0, Bridge.crossEntropyGradient(dy, node.input(0), logSumExp, rows, labels, smoothing))
  }
}

/// Cross-entropy of rows of `logits` [n, classes] against class labels, one loss for each label (not averaged).
///
/// - Parameters:
///   - rows: int32 ids of the rows that count, one for each label; all rows in order when nil.
///   - labels: int32 classes.
///   - smoothing: share of the target spread evenly over the classes.
public func crossEntropy(
  _ logits: Tensor, rows: Tensor? = nil, labels: Tensor, smoothing: Double = 0,
  file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  guard logits.rank == 2, labels.dtype == .int32, labels.rank == 1, labels.count == rows?.count ?? logits.shape[0],
    rows == nil || (rows!.dtype == .int32 && rows!.rank == 1)
  else {
    trap(
      "crossEntropy: logits \(logits.shape), rows \(rows.map { "\($0.shape)" } ?? "all"), labels \(labels.shape) "
        + "\(labels.dtype); expected [n, classes] and int32 vectors of one length", file, line)
  }
  guard smoothing >= 0, smoothing <= 1 else {
    trap("crossEntropy: smoothing \(smoothing) is outside of 0...1", file, line)
  }
  if let place = Bridge.firstIdOutside(labels, limit: logits.shape[1]) {
    let label = labels.array(of: Int32.self)[place]
    trap("crossEntropy: label \(label) at place \(place) is outside of the \(logits.shape[1]) classes", file, line)
  }
  if let rows, let place = Bridge.firstIdOutside(rows, limit: logits.shape[0]) {
    trap(
      "crossEntropy: row \(rows.array(of: Int32.self)[place]) at place \(place) is outside of 0..<\(logits.shape[0])",
      file, line)
  }
  let (loss, logSumExp) = Bridge.crossEntropy(logits, rows, labels, smoothing)
  return recorded(
    CrossEntropy(rows: rows, labels: labels, smoothing: smoothing, logSumExp: logSumExp), loss, logits)
}
