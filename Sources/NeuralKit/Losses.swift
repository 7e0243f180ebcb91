import TensorKit

/// Mean cross-entropy of logits [n, classes] against the int32 classes `labels` [n] of all rows, over the chosen `rows`
/// (int32 ids; all when nil). Labels of other rows are not looked at.
public func meanCrossEntropy(
  _ logits: Tensor, labels: Tensor, rows: Tensor? = nil, smoothing: Double = 0, file: StaticString = #fileID,
  line: UInt = #line
) -> Tensor {
  let chosen = rows.map { labels.gathered($0, file: file, line: line) } ?? labels
  return crossEntropy(logits, rows: rows, labels: chosen, smoothing: smoothing, file: file, line: line).mean()
}

/// Mean over all elements of -t log s(x) - (1 - t) log(1 - s(x)) with s the sigmoid, for logits x and targets t in
/// 0...1 of one shape; stable for logits of any size.
public func binaryCrossEntropyWithLogits(
  _ logits: Tensor, targets: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  requireSameShape("binaryCrossEntropyWithLogits", logits, targets, file, line)
  return (logits.softplus() - logits * targets).mean()
}

/// Mean squared difference over all elements of two tensors of one shape.
public func meanSquaredError(
  _ predictions: Tensor, targets: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  requireSameShape("meanSquaredError", predictions, targets, file, line)
  return (predictions - targets).squared().mean()
}

/// Broadcasting would make a wrong loss out of [n] against [n, 1].
private func requireSameShape(
  _ name: StaticString, _ a: Tensor, _ b: Tensor, _ file: StaticString, _ line: UInt
) {
  guard a.shape == b.shape, a.dtype == b.dtype else {
    trap("\(name): predictions \(a.shape) \(a.dtype) and targets \(b.shape) \(b.dtype) disagree", file, line)
  }
}
