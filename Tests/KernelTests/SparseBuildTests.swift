import CKernels.Base
import CKernels.Sparse
import Testing

/// Patterns: building, validation, transposition, row ids, against the obvious constructions.
@Suite(.serialized) struct SparseBuildTests {
  struct Pattern: Equatable {
    var rowStart: [Int64]
    var column: [Int32]
  }
  private static let threadCounts: [Int32] = [1, 2, 7]

  /// What ck_sparse_csr_build promises, by sorting triples.
  private func naive(_ rows: [Int32], _ columns: [Int32], size: Int, options: ck_csr_options) -> Pattern {
    var entries: [(row: Int32, column: Int32)] = []
    for i in rows.indices {
      entries.append((rows[i], columns[i]))
      if options.symmetric && rows[i] != columns[i] { entries.append((columns[i], rows[i])) }
    }
    entries.sort { ($0.row, $0.column) < ($1.row, $1.column) }
    if options.merge_duplicates {
      var seen = Set<Int64>()
      entries = entries.filter { seen.insert(Int64($0.row) << 32 | Int64($0.column)).inserted }
    }
    switch options.self_loops {
    case .keep: break
    case .remove: entries.removeAll { $0.row == $0.column }
    case .add:
      var looped = Set<Int32>()
      entries = entries.filter { $0.row != $0.column || looped.insert($0.row).inserted }
      for r in 0..<Int32(size) where !looped.contains(r) { entries.append((r, r)) }
      entries.sort { ($0.row, $0.column) < ($1.row, $1.column) }
    }
    var rowStart = [Int64](repeating: 0, count: size + 1)
    for entry in entries { rowStart[Int(entry.row) + 1] += 1 }
    for r in 0..<size { rowStart[r + 1] += rowStart[r] }
    return Pattern(rowStart: rowStart, column: entries.map(\.column))
  }

  /// Runs the kernel with a workspace of the size it asks for; guards stand behind every array.
  private func build(
    _ edgeRows: [Int32], _ edgeColumns: [Int32], rows: Int, columns: Int, options: ck_csr_options, threads: Int32
  ) -> (status: ck_status, pattern: Pattern, fault: Int64) {
    let edges = Int64(edgeRows.count)
    let bound = Int(ck_sparse_csr_bound(edges, Int64(rows), options))
    let bytes = ck_sparse_csr_build_workspace(edges, Int64(rows), options)
    var rowStart = [Int64](repeating: -7, count: rows + 2)
    var column = [Int32](repeating: -7, count: bound + 1)
    var nonzeros: Int64 = -7
    var fault: Int64 = -7
    let status = withWorkspace(bytes, threads: threads) { context in
      ck_sparse_csr_build(
        context, &rowStart, &column, &nonzeros, &fault, edgeRows, edgeColumns, edges, Int64(rows), Int64(columns),
        options)
    }
    #expect(rowStart.last == -7 && column.last == -7, "wrote behind an output")
    let count = status == .ok ? Int(nonzeros) : 0
    return (status, Pattern(rowStart: Array(rowStart.dropLast()), column: Array(column[..<count])), fault)
  }

  private static let allOptions: [ck_csr_options] = [false, true].flatMap { symmetric in
    [false, true].flatMap { merge in
      [ck_self_loops.keep, .remove, .add].map {
        ck_csr_options(symmetric: symmetric, merge_duplicates: merge, self_loops: $0)
      }
    }
  }

  @Test(arguments: [
    (size: 1, edges: 5), (size: 3, edges: 40), (size: 7, edges: 0), (size: 50, edges: 300), (size: 255, edges: 900),
    (size: 257, edges: 900), (size: 5000, edges: 3000), (size: 300, edges: 35_000),
  ])
  func buildsWhatSortingBuilds(size: Int, edges: Int) {
    var generator = SplitMix(state: UInt64(size))
    // A third of the edges lie in one row, so that long rows take the radix sort.
    let rows = (0..<edges).map { _ in
      Int.random(in: 0..<3, using: &generator) == 0
        ? Int32(size / 2) : Int32.random(in: 0..<Int32(size), using: &generator)
    }
    let columns = (0..<edges).map { _ in Int32.random(in: 0..<Int32(size), using: &generator) }
    for options in edges > 10_000 ? Array(Self.allOptions.suffix(2)) : Self.allOptions {
      let expected = naive(rows, columns, size: size, options: options)
      for threads in Self.threadCounts {
        let built = build(rows, columns, rows: size, columns: size, options: options, threads: threads)
        #expect(built.status == .ok)
        #expect(built.fault == -1)
        #expect(built.pattern == expected, "size \(size), \(options), \(threads) threads")
      }
    }
  }

  @Test func rectanglesAndWideIds() {
    var generator = SplitMix(state: 5)
    let keep = ck_csr_options(symmetric: false, merge_duplicates: false, self_loops: .keep)
    let rows = (0..<2000).map { _ in Int32.random(in: 0..<10, using: &generator) }
    let columns = (0..<2000).map { _ in Int32.random(in: 0..<Int32.max, using: &generator) }
    let built = build(rows, columns, rows: 10, columns: Int(Int32.max), options: keep, threads: 2)
    #expect(built.pattern == naive(rows, columns, size: 10, options: keep))
    #expect(build([], [], rows: 0, columns: 0, options: keep, threads: 1).pattern.rowStart == [0])
    #expect(build([], [], rows: 3, columns: 0, options: keep, threads: 1).pattern.rowStart == [0, 0, 0, 0])
    let square = ck_csr_options(symmetric: true, merge_duplicates: false, self_loops: .keep)
    #expect(build([0], [1], rows: 2, columns: 3, options: square, threads: 1).status == .bad_shape)
  }

  /// Beyond 2^24 rows there are more buckets than 256.
  @Test func manyRowsTakeMoreBuckets() {
    let size = 1 << 24 + 70_000, edges = 40_000
    let keep = ck_csr_options(symmetric: false, merge_duplicates: false, self_loops: .keep)
    var generator = SplitMix(state: 6)
    let rows = (0..<edges).map { _ in Int32.random(in: 0..<Int32(size), using: &generator) }
    let columns = (0..<edges).map { _ in Int32.random(in: 0..<Int32(size), using: &generator) }
    let sorted = zip(rows, columns).sorted { $0 < $1 }
    let turned = sorted.indices.sorted { (sorted[$0].1, $0) < (sorted[$1].1, $1) }
    var starts = [Int64](repeating: -7, count: size + 1), ids = [Int32](repeating: -7, count: edges)
    var count: Int64 = 0, fault: Int64 = 0, place: Int64 = 0
    let status = withWorkspace(ck_sparse_csr_build_workspace(Int64(edges), Int64(size), keep), threads: 2) {
      ck_sparse_csr_build(
        $0, &starts, &ids, &count, &fault, rows, columns, Int64(edges), Int64(size), Int64(size), keep)
    }
    #expect(status == .ok && count == edges && ids == sorted.map(\.1))
    var found = [Int32](repeating: -7, count: edges)
    starts.withUnsafeBufferPointer { starts in
      ids.withUnsafeBufferPointer { ids in
        var a = ck_csr(
          rows: Int64(size), columns: Int64(size), row_start: starts.baseAddress!, column: ids.baseAddress!)
        #expect(ck_sparse_csr_validate(&a, Int64(edges), false, &place) == .none)
        withWorkspace(0, threads: 2) { #expect(ck_sparse_row_ids($0, &found, &a) == .ok) }
        #expect(found == sorted.map(\.0))
        var turnedStarts = [Int64](repeating: -7, count: size + 1), turnedIDs = found, order = found
        withWorkspace(ck_sparse_csr_transpose_workspace(&a), threads: 2) {
          #expect(ck_sparse_csr_transpose($0, &turnedStarts, &turnedIDs, &order, &a) == .ok)
        }
        #expect(order == turned.map(Int32.init) && turnedIDs == turned.map { sorted[$0].0 })
        #expect(turnedStarts.last == Int64(edges))
      }
    }
  }

  @Test func namesTheFirstBadEdge() {
    let keep = ck_csr_options(symmetric: false, merge_duplicates: false, self_loops: .keep)
    var rows = [Int32](repeating: 4, count: 200_000)
    var columns = [Int32](repeating: 9, count: 200_000)
    columns[199_999] = -1
    let faults: [(place: Int, row: Int32, column: Int32)] = [
      (199_000, 10, 0), (70_000, 0, 10), (69_999, -1, 0), (0, 0, .min),
    ]
    for (place, row, column) in faults {
      rows[place] = row
      columns[place] = column
      for threads in Self.threadCounts {
        let built = build(rows, columns, rows: 10, columns: 10, options: keep, threads: threads)
        #expect(built.status == .out_of_range)
        #expect(built.fault == Int64(place))
      }
    }
    #expect(build([0], [0], rows: 0, columns: 0, options: keep, threads: 1).fault == 0)
  }

  @Test func asksForItsWorkspace() {
    let keep = ck_csr_options(symmetric: false, merge_duplicates: false, self_loops: .keep)
    var context = ck_ctx(max_threads: 1, isa: 0, workspace: nil, workspace_bytes: 0)
    var rowStart: [Int64] = [0, 0]
    var column: [Int32] = [0]
    var nonzeros: Int64 = 0
    var fault: Int64 = 0
    #expect(
      ck_sparse_csr_build(&context, &rowStart, &column, &nonzeros, &fault, [0], [0], 1, 1, 1, keep) == .workspace)
  }

  @Test func validatesWithPlaces() {
    func check(
      _ rowStart: [Int64], _ column: [Int32], columns: Int64 = 4, entries: Int64? = nil, strict: Bool = true
    ) -> (ck_csr_fault, Int64) {
      var place: Int64 = -7
      let fault = rowStart.withUnsafeBufferPointer { starts in
        column.withUnsafeBufferPointer { ids in
          var pattern = ck_csr(
            rows: Int64(rowStart.count - 1), columns: columns, row_start: starts.baseAddress!, column: ids.baseAddress!)
          return ck_sparse_csr_validate(&pattern, entries ?? Int64(column.count), strict, &place)
        }
      }
      return (fault, place)
    }
    #expect(check([0, 2, 2, 3], [0, 3, 1]) == (.none, 0))
    #expect(check([1, 2], [0, 1]) == (.first_start, 0))
    #expect(check([0, 2, 1, 3], [0, 1, 2]) == (.descending, 1))
    #expect(check([0, 2, 3], [0, 1, 2], entries: 4) == (.entries, 2))
    #expect(check([0, 2, 3], [0, 4, 2]) == (.column_range, 1))
    #expect(check([0, 2, 3], [0, 1, -1]) == (.column_range, 2))
    #expect(check([0, 2, 3], [1, 1, 0]) == (.unsorted, 1))
    #expect(check([0, 2, 3], [2, 1, 0], strict: false) == (.none, 0))
  }

  @Test(arguments: [
    (rows: 1, columns: 1, edges: 1), (rows: 4, columns: 9, edges: 0), (rows: 40, columns: 7, edges: 100),
    (rows: 7, columns: 3000, edges: 500), (rows: 900, columns: 500, edges: 35_000), (rows: 0, columns: 3, edges: 0),
  ])
  func transposesWithOrder(rows: Int, columns: Int, edges: Int) {
    var generator = SplitMix(state: UInt64(rows + columns))
    let keep = ck_csr_options(symmetric: false, merge_duplicates: false, self_loops: .keep)
    let from = (0..<edges).map { _ in Int32.random(in: 0..<Int32(rows), using: &generator) }
    let to = (0..<edges).map { _ in
      Bool.random(using: &generator) ? Int32(columns / 2) : Int32.random(in: 0..<Int32(columns), using: &generator)
    }
    let pattern = build(from, to, rows: rows, columns: columns, options: keep, threads: 1).pattern
    let rowOf = (0..<rows).flatMap { r in
      (pattern.rowStart[r]..<pattern.rowStart[r + 1]).map { _ in Int32(r) }
    }
    let expectedOrder = pattern.column.indices.sorted { (pattern.column[$0], $0) < (pattern.column[$1], $1) }
    var expectedStart = [Int64](repeating: 0, count: columns + 1)
    for c in pattern.column { expectedStart[Int(c) + 1] += 1 }
    for c in 0..<columns { expectedStart[c + 1] += expectedStart[c] }

    for threads in Self.threadCounts {
      var rowStart = [Int64](repeating: -7, count: columns + 1)
      var column = [Int32](repeating: -7, count: edges)
      var order = [Int32](repeating: -7, count: edges)
      var ids = [Int32](repeating: -7, count: edges)
      var alone = (rowStart, column)
      pattern.rowStart.withUnsafeBufferPointer { starts in
        // An empty array has no address of its own.
        (pattern.column + [0]).withUnsafeBufferPointer { columnIds in
          var a = ck_csr(
            rows: Int64(rows), columns: Int64(columns), row_start: starts.baseAddress!, column: columnIds.baseAddress!)
          withWorkspace(ck_sparse_csr_transpose_workspace(&a), threads: threads) { context in
            #expect(ck_sparse_csr_transpose(context, &alone.0, &alone.1, nil, &a) == .ok)
            #expect(ck_sparse_csr_transpose(context, &rowStart, &column, &order, &a) == .ok)
            #expect(ck_sparse_row_ids(context, &ids, &a) == .ok)
          }
        }
      }
      #expect(rowStart == expectedStart && alone == (rowStart, column))
      #expect(order == expectedOrder.map(Int32.init))
      #expect(column == expectedOrder.map { rowOf[$0] })
      #expect(ids == rowOf)
    }
  }
}
