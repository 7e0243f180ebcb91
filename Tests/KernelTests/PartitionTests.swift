import CKernels.Base
import Testing

/// Cuts of rows by equal work.
@Suite struct PartitionTests {
  private func starts(_ counts: [Int64]) -> [Int64] { counts.reduce(into: [0]) { $0.append($0.last! + $1) } }

  @Test(
    arguments: [
      [], [5], [0, 0, 0], [1, 2, 3, 4, 5], [1000, 1, 1, 1], [1, 1, 1, 1000], [0, 7, 0, 0, 7, 7, 0],
      (0..<1000).map { $0 % 17 },
    ] as [[Int64]], [1, 2, 3, 7, 64] as [Int32])
  func coversAllRowsWithEqualWork(counts: [Int64], parts: Int32) {
    let rowStart = starts(counts)
    let rows = Int64(counts.count)
    for rowCost in [0, 1, 16] as [Int64] {
      let cuts = (0...parts).map { ck_split_rows(rowStart, rows, rowCost, parts, $0) }
      #expect(cuts.first == 0)
      #expect(cuts.last == rows)
      #expect(zip(cuts, cuts.dropFirst()).allSatisfy { $0 <= $1 })
      let total = rowStart.last! + rows * rowCost
      let largest = (counts.max() ?? 0) + rowCost
      for (from, to) in zip(cuts, cuts.dropFirst()) {
        let work = rowStart[Int(to)] - rowStart[Int(from)] + (to - from) * rowCost
        // No part exceeds its share by more than one row (and the rounding of its two goals).
        #expect(work <= total / Int64(parts) + largest + 1)
      }
    }
  }

  @Test func workNearTheLimitOfInt64DoesNotOverflow() {
    let rowStart: [Int64] = [0, .max / 4, .max / 2]
    #expect(ck_split_rows(rowStart, 2, 0, 64, 32) == 1)
  }

  @Test(arguments: [0, 1, 6, 7, 8, 1000] as [Int64], [1, 2, 7] as [Int32])
  func evenCutsDifferByOne(items: Int64, parts: Int32) {
    let cuts = (0...parts).map { ck_split_even(items, parts, $0) }
    #expect(cuts.first == 0 && cuts.last == items)
    let lengths = zip(cuts, cuts.dropFirst()).map { $1 - $0 }
    #expect(lengths.max()! - lengths.min()! <= 1)
  }
}
