import Testing

@testable import SparseKit
@testable import TensorKit

@Suite(.serialized) struct GraphAttentionTests {
  private let pattern = SparsePattern.fourByThree

  private func close(_ a: Tensor, _ b: Tensor, _ tolerance: Double) -> Bool {
    a.shape == b.shape
      && zip(a.array(of: Double.self), b.array(of: Double.self)).allSatisfy { Swift.abs($0 - $1) < tolerance }
  }

  /// Head by head and entry by entry.
  private func expected(_ u: Tensor, _ s: Tensor, _ t: Tensor, heads: Int, mask: [Double]) -> Tensor {
    let (u, s, t) = (u.array(of: Double.self), s.array(of: Double.self), t.array(of: Double.self))
    let width = u.count / 3 / heads, starts = pattern.rowPointers, columns = pattern.columnIndices
    var z = [Double](repeating: 0, count: 4 * heads * width)
    for row in 0..<4 {
      for head in 0..<heads {
        let entries = Int(starts[row])..<Int(starts[row + 1])
        let weights = entries.map { e in
          let x = s[Int(columns[e]) * heads + head] + t[row * heads + head]
          return (Tensor(x > 0 ? x : 0.2 * x, dtype: .float64)).exp().item()
        }
        let sum = weights.reduce(0, +)
        for (e, weight) in zip(entries, weights) {
          for k in 0..<width {
            z[(row * heads + head) * width + k] +=
              weight / sum * mask[e * heads + head] * u[(Int(columns[e]) * heads + head) * width + k]
          }
        }
      }
    }
    return Tensor(z, shape: [4, heads * width])
  }

  @Test(arguments: [1, 2, 3]) func agreesWithItsDefinition(heads: Int) {
    let generator = RandomGenerator(seed: 3)
    let u = generator.normal([3, heads * 5], dtype: .float64), s = generator.normal([3, heads], dtype: .float64)
    let t = generator.normal([4, heads], dtype: .float64)
    let ones = [Double](repeating: 1, count: 6 * heads)
    let z = graphAttention(pattern, u, sourceLogits: s, targetLogits: t, heads: heads)
    #expect(close(z, expected(u, s, t, heads: heads, mask: ones), 1e-12))

    let state = generator.state
    let dropped = graphAttention(
      pattern, u, sourceLogits: s, targetLogits: t, heads: heads, dropout: 0.4, using: generator)
    generator.state = state
    let mask = Tensor.ones([6, heads], dtype: .float64).dropout(0.4, using: generator).array(of: Double.self)
    #expect(mask.contains(0))
    #expect(close(dropped, expected(u, s, t, heads: heads, mask: mask), 1e-12))
  }

  @Test func equalLogitsAverage() {
    let u = RandomGenerator(seed: 8).normal([3, 4])
    let z = graphAttention(pattern, u, sourceLogits: .zeros([3, 1]), targetLogits: .ones([4, 1]), heads: 1)
    #expect(close(z, u.gathered(pattern.columnTensor).segmentMean(pattern), 1e-6))
  }

  /// Column 1 is no neighbour then, also with the slope of a plain ReLU.
  @Test(arguments: [0, 0.2, 1]) func minusInfinityWeighsNothing(slope: Double) {
    let generator = RandomGenerator(seed: 8)
    let u = generator.normal([3, 4], dtype: .float64), t = generator.normal([4, 1], dtype: .float64)
    let s = Tensor([0.5, -.infinity, 2], shape: [3, 1])
    let z = graphAttention(pattern, u, sourceLogits: s, targetLogits: t, heads: 1, slope: slope)
    let rest = try! SparsePattern(
      rows: 4, columns: 3, rowPointers: [0, 2, 2, 4, 4], columnIndices: [0, 2, 0, 2])
    #expect(close(z, graphAttention(rest, u, sourceLogits: s, targetLogits: t, heads: 1, slope: slope), 1e-12))
  }

  @Test func hugeLogitsStayFinite() {
    let u = RandomGenerator(seed: 8).normal([3, 4])
    let s = Tensor([1e4, -1e4, 1e4] as [Float], shape: [3, 1]), t = Tensor.full([4, 1], 1e4)
    let z = graphAttention(pattern, u, sourceLogits: s, targetLogits: t, heads: 1)
    let halves = (u.sliced(0..<1) + u.sliced(2..<3)) * 0.5
    #expect(close(z.sliced(0..<1), halves, 1e-6))
    #expect(close(z.sliced(2..<3), halves, 1e-6))
    #expect(close(z.sliced(3..<4), u.sliced(1..<2), 1e-6))
    #expect(z.sliced(1..<2).array(of: Double.self).allSatisfy { $0 == 0 })
  }
}
