import TensorKit

/// Counts of predictions against labels over chosen rows.
public struct ConfusionMatrix: Sendable, Equatable {
  /// `counts[label][prediction]`.
  public let counts: [[Int]]

  /// From logits [n, classes], the int32 classes `labels` [n] of all rows, and the ids of the rows that count (all when
  /// nil). The prediction is the first largest logit.
  public init(
    logits: Tensor, labels: Tensor, rows: Tensor? = nil, file: StaticString = #fileID, line: UInt = #line
  ) {
    guard logits.rank == 2, labels.shape == [logits.shape[0]], labels.dtype == .int32 else {
      trap(
        "ConfusionMatrix: logits \(logits.shape) and labels \(labels.shape) \(labels.dtype); expected [n, classes] and "
          + "int32 [n]", file, line)
    }
    let classes = logits.shape[1]
    let predictions = classes > 0 ? logits.argmax().array(of: Int32.self) : []
    let truth = labels.array(of: Int32.self)
    var counts = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    for row in rows?.array(of: Int32.self).map(Int.init) ?? Array(truth.indices) {
      guard truth.indices.contains(row) else {
        trap("ConfusionMatrix: row \(row) is outside of 0..<\(truth.count)", file, line)
      }
      let label = Int(truth[row])
      guard counts.indices.contains(label) else {
        trap("ConfusionMatrix: label \(label) of row \(row) is outside of the \(classes) classes", file, line)
      }
      counts[label][Int(predictions[row])] += 1
    }
    self.counts = counts
  }

  /// Number of rows counted.
  public var total: Int { counts.joined().reduce(0, +) }

  /// Share of right predictions, in percent; NaN when no row was counted.
  public var accuracy: Double { 100 * Double(counts.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(total) }

  /// Mean F1 in 0...1 over the classes that occur among labels or predictions; NaN when there is none.
  public var macroF1: Double {
    let scores = counts.indices.compactMap { index -> Double? in
      let labelled = counts[index].reduce(0, +), predicted = counts.reduce(0) { $0 + $1[index] }
      return labelled + predicted > 0 ? 2 * Double(counts[index][index]) / Double(labelled + predicted) : nil
    }
    return scores.reduce(0, +) / Double(scores.count)
  }
}

/// Share of the chosen rows (all when nil) whose largest logit is their label's, in percent; NaN for no rows.
public func accuracy(
  _ logits: Tensor, labels: Tensor, rows: Tensor? = nil, file: StaticString = #fileID, line: UInt = #line
) -> Double {
  withoutRecording {
    let predictions = rows.map { logits.gathered($0, file: file, line: line) }.map { $0.argmax() } ?? logits.argmax()
    let truth = rows.map { labels.gathered($0, file: file, line: line) } ?? labels
    guard truth.dtype == .int32, truth.shape == predictions.shape else {
      trap(
        "accuracy: logits \(logits.shape) and labels \(labels.shape) \(labels.dtype); expected [n, classes] and "
          + "int32 [n]",
        file, line)
    }
    let hits = predictions.withUnsafeElements(of: Int32.self) { predicted in
      truth.withUnsafeElements(of: Int32.self) { labels in zip(predicted, labels).count { $0 == $1 } }
    }
    return 100 * Double(hits) / Double(truth.count)
  }
}
