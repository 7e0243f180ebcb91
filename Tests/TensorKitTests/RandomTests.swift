import Testing

@testable import TensorKit

@Suite struct RandomTests {
  /// The published generator's first words, and what splits and twins were made from.
  @Test func splitMixKeepsItsBits() {
    var words = SplitMix64(state: 0)
    #expect((0..<3).map { _ in words.next() } == [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f])
    var order = Array(0..<10), stream = SplitMix64(seed: 7, stream: 2)
    stream.shuffle(&order)
    #expect(order == [6, 7, 0, 5, 9, 2, 3, 8, 1, 4])
  }

  @Test func integersAreUniform() {
    var words = SplitMix64(seed: 1), counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[words.integer(below: 7)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 500 }, "\(counts)")
    // A quarter of all words is drawn again for this limit.
    let limit = Int.max / 4 * 3
    let share = Double((0..<20_000).count { _ in words.integer(below: limit) < limit / 2 }) / 20_000
    #expect(abs(share - 0.5) < 0.02)
    #expect(words.integer(below: 1) == 0)
  }

  @Test func permutationsHoldEachIndexOnce() {
    let generator = RandomGenerator(seed: 3)
    let order = generator.permutation(100)
    #expect(order.sorted() == Array(0..<100) && order != Array(0..<100) && generator.state.draws == 1)
    #expect(RandomGenerator(seed: 3).permutation(100) == order && generator.permutation(100) != order)
    #expect((0..<100).contains(generator.integer(below: 100)) && generator.permutation(0).isEmpty)
  }

  @Test func threadsStayInRange() {
    let saved = Runtime.threads
    defer { Runtime.threads = saved }
    for (given, kept) in [(0, 1), (-5, 1), (3_000_000_000, 4096), (.max, 4096), (.min, 1), (2, 2)] {
      Runtime.threads = given
      #expect(Runtime.threads == kept)
    }
  }
}
