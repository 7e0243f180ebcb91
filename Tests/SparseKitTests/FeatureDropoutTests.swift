import Testing

@testable import SparseKit
@testable import TensorKit

/// Dropout of a matrix without values against that of one whose values are ones.
@Suite(.serialized) struct FeatureDropoutTests {
  private static let pattern: SparsePattern = {
    var words = SplitMix64(seed: 5)
    let rows = (0..<40_000).map { _ in Int32(words.integer(below: 1000)) }
    let columns = (0..<40_000).map { _ in Int32(words.integer(below: 777)) }
    return try! SparsePattern(rows: 1000, columns: 777, rowIndices: rows, columnIndices: columns)
  }()
  private static let ones = Tensor.ones([pattern.entryCount])
  private static let scale = RandomGenerator(seed: 1).uniform([1000], in: 0.5..<2)
  private static let x = RandomGenerator(seed: 2).normal([777, 16])
  private static let dy = RandomGenerator(seed: 3).normal([1000, 16])

  private func product(_ a: SparseMatrix) -> [[Float]] {
    let x = Self.x.differentiable(), y = spmm(a, x)
    return ([y] + gradients(of: y, withRespectTo: [x], seed: Self.dy)).map { $0.array(of: Float.self) }
  }

  /// At one half the scale is a power of two, so that where it is multiplied does not show.
  @Test func entriesThatGoHaveTheBitsOfValuesThatBecomeZero() {
    let threads = Runtime.threads
    defer { Runtime.threads = threads }
    let zeroed = SparseMatrix(Self.pattern, values: Self.ones, rowScale: Self.scale)
      .dropout(0.5, using: RandomGenerator(seed: 4))
    let expected = product(zeroed)
    for count in [1, 2, 5] {
      Runtime.threads = count
      let thinned = SparseMatrix(Self.pattern, rowScale: Self.scale).dropout(0.5, using: RandomGenerator(seed: 4))
      #expect(thinned.values == nil && thinned.pattern.entryCount < 21_000)
      #expect(product(thinned) == expected, "\(count) threads")
    }
  }

  @Test(arguments: [0.2, 0.9, 0.999_999_9]) func otherRatesAgreeToRounding(rate: Double) {
    func dense(_ values: Tensor?) -> [Float] {
      SparseMatrix(Self.pattern, values: values, rowScale: Self.scale)
        .dropout(rate, using: RandomGenerator(seed: 4)).dense().array(of: Float.self)
    }
    for (a, b) in zip(dense(nil), dense(Self.ones)) { #expect(abs(a - b) <= 1e-6 * abs(b)) }
  }

  @Test func partsOfPartsAndTransposesAreConsistent() {
    let once = SparseMatrix(Self.pattern).dropout(0.5, using: RandomGenerator(seed: 4))
    let twice = once.dropout(0.5, using: RandomGenerator(seed: 5))
    let turned = SparseMatrix(Self.pattern).transposed.dropout(0.5, using: RandomGenerator(seed: 4))
    #expect(twice.pattern.entryCount < once.pattern.entryCount)
    for matrix in [once, twice] {
      #expect(matrix.dense().transposed().array(of: Float.self) == matrix.transposed.dense().array(of: Float.self))
    }
    #expect(turned.dense().array(of: Float.self) == once.transposed.dense().array(of: Float.self))
    let values = RandomGenerator(seed: 6).normal([twice.pattern.entryCount])
    let valued = twice.withValues(values)
    #expect(valued.transposed.dense().array(of: Float.self) == valued.dense().transposed().array(of: Float.self))
    let sorted = twice.pattern.transposed(withOrder: false).pattern
    #expect(twice.pattern.transposedPattern.columnIndices == sorted.columnIndices)
  }
}
