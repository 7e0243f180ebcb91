import FileKit
import TensorKit

/// Random splits. Items with a negative label are in no part, and the same seed always gives the same split. `name` is
/// the data set or file that an error names.
extension Split {
  /// `perClass` items of each class to train on, `validation` items of the rest to choose by, and what is left (or
  /// `test` items of it) to measure.
  ///
  /// Throws when a class has fewer items than `perClass`, or too few are left for the other parts: what is left must be
  /// one item at least.
  public static func random(
    labels: [Int32], perClass: Int, validation: Int, test: Int? = nil, seed: UInt64, name: String = "labels"
  ) throws(FileError) -> Split {
    guard perClass > 0, validation >= 0, test ?? 0 >= 0 else {
      throw FileError(
        path: name,
        "a random split of \(perClass) a class, \(validation) for validation and \(test ?? 0) for test "
          + "needs at least 1 a class and no negative size")
    }
    let (train, rest) = try perClassParts(labels, [perClass], seed: seed, name: name)
    let wanted = validation.addingReportingOverflow(test ?? 1)
    guard !wanted.overflow, wanted.partialValue <= rest.count else {
      throw FileError(
        path: name,
        "\(rest.count) labelled items are left after \(perClass) a class, expected at least \(validation) "
          + "for validation and \(test.map(String.init) ?? "one or more") for test")
    }
    let end = test.map { validation + $0 } ?? rest.count
    return Split(train: train[0], validation: Array(rest[..<validation]), test: Array(rest[validation..<end]))
  }

  /// `perClass` items of each class to train on, `validationPerClass` of each to choose by, and what is left to measure
  /// (Shchur et al. 2018 draw 20 and 30).
  ///
  /// Throws when a class has fewer items than both need.
  public static func random(
    labels: [Int32], perClass: Int, validationPerClass: Int, seed: UInt64, name: String = "labels"
  ) throws(FileError) -> Split {
    guard perClass > 0, validationPerClass > 0, perClass <= labels.count, validationPerClass <= labels.count else {
      throw FileError(
        path: name,
        "a random split of \(perClass) and \(validationPerClass) a class needs at least 1 of each and at most as many "
          + "as there are items (\(labels.count))")
    }
    let (parts, rest) = try perClassParts(labels, [perClass, validationPerClass], seed: seed, name: name)
    return Split(train: parts[0], validation: parts[1], test: rest)
  }

  /// The share `train` of the items to train on, the share `validation` to choose by, and what is left to measure: 0.6
  /// and 0.2 for the heterophily sets. Shares are of all labelled items, rounded down.
  ///
  /// Throws unless both shares are positive and leave something.
  public static func random(
    labels: [Int32], trainShare: Double, validationShare: Double, seed: UInt64, name: String = "labels"
  ) throws(FileError) -> Split {
    guard trainShare > 0, validationShare > 0, trainShare + validationShare < 1 else {
      throw FileError(
        path: name,
        "a random split by shares of \(trainShare) and \(validationShare) needs positive shares that leave some for "
          + "test")
    }
    var order = labels.indices.filter { labels[$0] >= 0 }.map(Int32.init)
    var random = SplitMix64(seed: seed)
    random.shuffle(&order)
    // Without this 0.6 of 5 would be 2, since 0.6 lies a little below three fifths.
    func part(_ share: Double) -> Int { Int(share * Double(order.count) + 1e-9) }
    let train = part(trainShare), validation = part(validationShare)
    return Split(
      train: Array(order[..<train]), validation: Array(order[train..<(train + validation)]),
      test: Array(order[(train + validation)...]))
  }

  /// The first items of each class in random order, as many for each part as `sizes` says, and the rest in that order.
  private static func perClassParts(
    _ labels: [Int32], _ sizes: [Int], seed: UInt64, name: String
  ) throws(FileError) -> (parts: [[Int32]], rest: [Int32]) {
    if let wild = labels.firstIndex(where: { Int($0) >= labels.count }) {
      throw FileError(
        path: name, "label \(labels[wild]) of item \(wild) makes more classes than there are items (\(labels.count))")
    }
    let classes = labels.classSizes
    let wanted = sizes.reduce(0, +)
    if let poor = classes.firstIndex(where: { $0 > 0 && $0 < wanted }) {
      throw FileError(
        path: name,
        "class \(poor) has \(classes[poor]) labelled items, fewer than the \(wanted) a class that the "
          + "random split \(sizes.count == 1 ? "trains on" : "trains and validates on")")
    }
    var order = labels.indices.filter { labels[$0] >= 0 }.map(Int32.init)
    var random = SplitMix64(seed: seed)
    random.shuffle(&order)
    var taken = [Int](repeating: 0, count: classes.count)
    var parts = [[Int32]](repeating: [], count: sizes.count)
    var rest: [Int32] = []
    for id in order {
      let label = Int(labels[Int(id)])
      var before = 0
      let part = sizes.firstIndex { size in
        before += size
        return taken[label] < before
      }
      if let part {
        taken[label] += 1
        parts[part].append(id)
      } else {
        rest.append(id)
      }
    }
    return (parts, rest)
  }
}

extension NodeDataset {
  /// A random split over the labelled nodes; see `Split.random`.
  public func randomSplit(
    perClass: Int, validation: Int, test: Int? = nil, seed: UInt64
  ) throws(FileError) -> Split {
    try Split.random(
      labels: labels, perClass: perClass, validation: validation, test: test, seed: seed, name: name)
  }

  /// A random split over the labelled nodes by class; see `Split.random`.
  public func randomSplit(perClass: Int, validationPerClass: Int, seed: UInt64) throws(FileError) -> Split {
    try Split.random(
      labels: labels, perClass: perClass, validationPerClass: validationPerClass, seed: seed, name: name)
  }

  /// A random split over the labelled nodes by shares; see `Split.random`.
  public func randomSplit(trainShare: Double, validationShare: Double, seed: UInt64) throws(FileError) -> Split {
    try Split.random(
      labels: labels, trainShare: trainShare, validationShare: validationShare, seed: seed, name: name)
  }
}
