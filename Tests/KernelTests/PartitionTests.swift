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

  @Test func heavyRowsAreMoreThanAShare() {
    func heavy(_ counts: [Int64], _ parts: Int32, capacity: Int32 = 8) -> [Int64] {
      var rows = [Int64](repeating: -1, count: 8)
      let count = ck_heavy_rows(starts(counts), Int64(counts.count), 1, parts, &rows, capacity)
      return Array(rows.prefix(Int(count)))
    }
    #expect(heavy([1, 2, 3, 4, 5], 2) == [])
    #expect(heavy([1000, 1, 1, 1], 1) == [])
    #expect(heavy([1000, 1, 1, 1], 2) == [0])
    #expect(heavy([1, 1, 1, 1000], 2) == [3])
    #expect(heavy([10, 400, 10, 10, 400, 5, 300], 4) == [1, 4, 6])
    #expect(heavy([10, 400, 10, 10, 400, 5, 300], 4, capacity: 2) == [1, 4])
    #expect(heavy([], 2) == [] && heavy([0, 0, 0], 2) == [])
    // A random case against the definition.
    let counts = (0..<500 as Range<Int64>).map { $0 % 97 == 5 ? 3000 + $0 : $0 % 13 }
    for parts in [2, 5, 16, 40] as [Int32] {
      let share = (counts.reduce(0, +) + 500) / Int64(parts)
      let expected = counts.indices.filter { counts[$0] + 1 > share }.map(Int64.init)
      #expect(heavy(counts, parts) == expected, "\(parts)")
    }
  }

  @Test(arguments: [1, 2, 3, 7] as [Int32])
  func heavyRowsCountAsNoWork(parts: Int32) {
    let counts = [5000, 3, 3, 3, 3, 9000, 3, 3, 3, 3, 3] as [Int64]
    let cuts = (0...parts).map { ck_split_rows_without(starts(counts), 11, 1, [0, 5], 2, parts, $0) }
    #expect(cuts.first == 0 && cuts.last == 11)
    for (from, to) in zip(cuts, cuts.dropFirst()) {
      #expect(from <= to)
      let work = (from..<to).reduce(0) { $0 + ([0, 5].contains($1) ? 0 : counts[Int($1)] + 1) }
      #expect(work <= 36 / Int64(parts) + 5)
    }
    #expect(
      (0...parts).allSatisfy {
        ck_split_rows_without(starts(counts), 11, 1, [], 0, parts, $0)
          == ck_split_rows(starts(counts), 11, 1, parts, $0)
      })
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
