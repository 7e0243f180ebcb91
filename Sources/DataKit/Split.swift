import FileKit
import TensorKit

/// Which nodes (or other items) are learned from, which choose the model and which measure it: three lists of ids
/// without a common member.
public struct Split: Sendable, Equatable {
  /// Ids in ascending order.
  public let train: [Int32]
  public let validation: [Int32]
  public let test: [Int32]

  /// The ids may come in any order; `NodeDataset` checks them.
  public init(train: [Int32], validation: [Int32], test: [Int32]) {
    self.train = train.sorted()
    self.validation = validation.sorted()
    self.test = test.sorted()
  }

  /// The ids as int32 tensors [count].
  public var trainIndices: Tensor { Tensor(train) }
  public var validationIndices: Tensor { Tensor(validation) }
  public var testIndices: Tensor { Tensor(test) }

  /// Sizes of the parts, as `140/500/1000`.
  public var summary: String { "\(train.count)/\(validation.count)/\(test.count)" }

  internal var parts: [(name: String, ids: [Int32])] {
    [("train", train), ("validation", validation), ("test", test)]
  }
}

extension [Int32] {
  /// Number of items of each class 0...largest; negative labels count nowhere.
  internal var classSizes: [Int] {
    var sizes = [Int](repeating: 0, count: Swift.max(0, Int(self.max() ?? -1) + 1))
    for label in self where label >= 0 { sizes[Int(label)] += 1 }
    return sizes
  }
}
