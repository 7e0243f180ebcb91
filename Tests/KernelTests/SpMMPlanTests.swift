import CKernels.Base
import CKernels.Sparse
import Testing

/// Plans of SpMM for given sizes and caches.
@Suite(.serialized) struct SpMMPlanTests {
  private static let caches = ck_caches(l1: 32 << 10, l2: 1 << 20, l3: 32 << 20)

  private func plan(
    rows: Int64 = 100, columns: Int64 = 100, entries: Int64 = 1000, width: Int64, stride: Int64? = nil,
    isa: ck_isa = .v4, threads: Int32 = 1, f64: Bool = false, bf16: Bool = false, hasValues: Bool = false,
    caches: ck_caches = Self.caches
  ) -> ck_spmm_plan {
    var context = ck_ctx_forcing(isa, threads)
    var shape = ck_spmm_shape(
      rows: rows, columns: columns, entries: entries, width: width, stride: stride ?? width, f64: f64,
      bf16: bf16, has_values: hasValues)
    return ck_sparse_spmm_plan(&context, &shape, caches)
  }

  /// Strips as (count, vectors, lanes), without those that are absent.
  private func strips(_ plan: ck_spmm_plan) -> [[Int32]] {
    [plan.eight, plan.four, plan.last].filter { $0.count > 0 }.map { [$0.count, $0.vectors, $0.lanes] }
  }

  @Test func stripsCoverTheWidth() {
    #expect(strips(plan(width: 0)) == [])
    #expect(strips(plan(width: 3)) == [[1, 1, 4]])
    #expect(strips(plan(width: 5)) == [[1, 1, 8]])
    #expect(strips(plan(width: 9)) == [[1, 1, 16]])
    #expect(strips(plan(width: 64)) == [[1, 4, 16]])
    #expect(strips(plan(width: 65)) == [[1, 4, 16], [1, 1, 16]])
    #expect(strips(plan(width: 128)) == [[1, 8, 16]])
    #expect(strips(plan(width: 500)) == [[3, 8, 16], [1, 4, 16], [1, 4, 16]])
    #expect(strips(plan(width: 20, isa: .baseline)) == [[1, 4, 4], [1, 1, 4]])
    #expect(strips(plan(width: 3, isa: .v3, f64: true)) == [[1, 1, 4]])
    #expect(strips(plan(width: 3, isa: .baseline, f64: true)) == [[1, 2, 2]])
    for isa in (0..<UInt32(CK_ISA_COUNT)).compactMap({ ck_isa(rawValue: $0) }) {
      for width in 1...300 as ClosedRange<Int64> {
        let all = strips(plan(width: width, isa: isa)), last = Int64(all.last![2])
        let covered = all.reduce(0) { $0 + Int64($1[0] * $1[1] * $1[2]) }
        #expect(covered >= width && covered - width < last, "\(width) on \(isa)")
      }
    }
  }

  @Test func oneStripTakesAllRowsAtOnce() {
    #expect(plan(width: 64).block_rows == 100)
    #expect(plan(width: 128).block_rows == 100)
    #expect(plan(width: 65).block_rows == 32)
    #expect(plan(width: 256).block_rows == 32)
  }

  /// X of 24576 x 16 floats is 1.5 MiB, of 131072 x 8 4 MiB.
  @Test func tablesBeyondTheSecondCacheArePrefetched() {
    #expect(plan(columns: 24576, width: 16).last.ahead == 0)
    #expect(plan(columns: 24577, width: 16).last.ahead == 32)
    #expect(plan(columns: 131072, width: 8).last.ahead == 0)
    #expect(plan(columns: 131073, width: 8).last.ahead == 32)
    #expect(plan(columns: 24577, width: 64).last.ahead == 16)
    #expect(plan(columns: 24577, width: 128).eight.ahead == 8)
    var large = Self.caches
    large.l2 = 2 << 20
    #expect(plan(columns: 24577, width: 16, caches: large).last.ahead == 0)
    #expect(plan(columns: 12288, width: 16, stride: 32).last.ahead == 0)
    #expect(plan(columns: 12289, width: 16, stride: 32).last.ahead == 32)
  }

  @Test func bytesCountEachKind() {
    let plan = plan(rows: 10, columns: 20, entries: 30, width: 5, hasValues: true)
    #expect(plan.streamed_bytes == 30 * 8 + 10 * 8)
    #expect(plan.gathered_bytes == 30 * 20)
    #expect(plan.table_bytes == 20 * 20)
    #expect(plan.written_bytes == 10 * 20)
    #expect(self.plan(rows: 10, entries: 30, width: 5, f64: true).streamed_bytes == 30 * 4 + 10 * 8)
    let half = self.plan(rows: 10, columns: 20, entries: 30, width: 5, bf16: true)
    #expect(half.gathered_bytes == 30 * 10 && half.table_bytes == 20 * 10 && half.written_bytes == 10 * 20)
  }

  @Test func theStoredTableDecidesThePrefetch() {
    #expect(plan(columns: 30_000, width: 16).last.ahead == 32)
    #expect(plan(columns: 30_000, width: 16, bf16: true).last.ahead == 0)
    #expect(plan(columns: 40_000, width: 64, bf16: true).last.ahead == 16)
    #expect(plan(columns: 40_000, width: 64, f64: true).last.ahead == 0)
  }

  @Test func threadsGoByTheWork() {
    withGrain(1e6) {
      #expect(plan(width: 64, threads: 4).threads == 1)
      #expect(plan(rows: 100_000, entries: 1_000_000, width: 64, threads: 4).threads == 2)
      #expect(plan(rows: 1_000_000, entries: 10_000_000, width: 64, threads: 4).threads == 4)
    }
  }

  @Test func cachesThatAreNotToldGetCommonSizes() {
    let none = ck_caches_completed(ck_caches())
    #expect(none.l1 == 32 << 10 && none.l2 == 512 << 10 && none.l3 == 2 << 20)
    let some = ck_caches_completed(ck_caches(l1: 64 << 10, l2: 2 << 20, l3: 0))
    #expect(some.l1 == 64 << 10 && some.l2 == 2 << 20 && some.l3 == 8 << 20)
    let own = ck_machine_caches()
    #expect(0 < own.l1 && own.l1 < own.l2 && own.l2 < own.l3)
  }
}
