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

extension Split {
  /// A random split with `perClass` items of each class to train on, `validation` items of the rest to choose by, and
  /// what is left (or `test` items of it) to measure. Items with a negative label are in no part. The same seed always
  /// gives the same split.
  ///
  /// Throws when a class has fewer items than `perClass`, or too few are left for the other parts; `name` is the data
  /// set or file that the sentence names.
  public static func random(
    labels: [Int32], perClass: Int, validation: Int, test: Int? = nil, seed: UInt64, name: String = "labels"
  ) throws(FileError) -> Split {
    guard perClass > 0, validation >= 0, test ?? 0 >= 0 else {
      throw FileError(
        path: name,
        "a random split of \(perClass) a class, \(validation) for validation and \(test ?? 0) for test "
          + "needs at least 1 a class and no negative size")
    }
    if let wild = labels.firstIndex(where: { Int($0) >= labels.count }) {
      throw FileError(
        path: name, "label \(labels[wild]) of item \(wild) makes more classes than there are items (\(labels.count))")
    }
    let classes = labels.classSizes
    if let poor = classes.firstIndex(where: { $0 > 0 && $0 < perClass }) {
      throw FileError(
        path: name,
        "class \(poor) has \(classes[poor]) labelled items, fewer than the \(perClass) a class that the "
          + "random split trains on")
    }
    var order = labels.indices.filter { labels[$0] >= 0 }.map(Int32.init)
    var random = SplitMix64(seed: seed)
    random.shuffle(&order)
    var taken = [Int](repeating: 0, count: classes.count)
    var train: [Int32] = [], rest: [Int32] = []
    for id in order {
      let label = Int(labels[Int(id)])
      if taken[label] < perClass {
        taken[label] += 1
        train.append(id)
      } else {
        rest.append(id)
      }
    }
    let wanted = validation.addingReportingOverflow(test ?? 0)
    guard !wanted.overflow, wanted.partialValue <= rest.count else {
      throw FileError(
        path: name,
        "\(rest.count) labelled items are left after \(perClass) a class, expected at least \(validation) "
          + "for validation and \(test ?? 0) for test")
    }
    let end = test.map { validation + $0 } ?? rest.count
    return Split(train: train, validation: Array(rest[..<validation]), test: Array(rest[validation..<end]))
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
