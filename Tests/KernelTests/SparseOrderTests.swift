import CKernels.Base
import CKernels.Sparse
import Testing

/// Orders of nodes and relabelled patterns, against the obvious constructions.
@Suite(.serialized) struct SparseOrderTests {
  private static let threadCounts: [Int32] = [1, 2, 5]

  struct Pattern: Equatable {
    var rowStart: [Int64]
    var column: [Int32]
    var columns: Int
    var rows: Int { rowStart.count - 1 }

    /// Rows of columns, as they are given.
    init(_ rows: [[Int32]], columns: Int) {
      rowStart = rows.reduce(into: [0]) { $0.append($0.last! + Int64($1.count)) }
      column = rows.flatMap { $0 }
      self.columns = columns
    }

    func row(_ r: Int) -> ArraySlice<Int32> { column[Int(rowStart[r])..<Int(rowStart[r + 1])] }
    func degree(_ r: Int) -> Int { row(r).count }

    func withCSR<Result>(_ body: (UnsafePointer<ck_csr>) -> Result) -> Result {
      rowStart.withUnsafeBufferPointer { starts in
        // An empty array has no address of its own.
        (column + [0]).withUnsafeBufferPointer { ids in
          var csr = ck_csr(
            rows: Int64(rows), columns: Int64(columns), row_start: starts.baseAddress!, column: ids.baseAddress!)
          return body(&csr)
        }
      }
    }

    /// An undirected graph of the given edges.
    static func graph(_ n: Int, _ edges: [(Int, Int)]) -> Pattern {
      var rows = [Set<Int32>](repeating: [], count: n)
      for (a, b) in edges where a != b {
        rows[a].insert(Int32(b))
        rows[b].insert(Int32(a))
      }
      return Pattern(rows.map { $0.sorted() }, columns: n)
    }

    /// A random one in which a third of the edges end at node n / 2.
    static func random(_ n: Int, edges: Int) -> Pattern {
      var generator = SplitMix(state: UInt64(n + edges))
      var pairs: [(Int, Int)] = []
      for _ in 0..<edges {
        let isHub = Int.random(in: 0..<3, using: &generator) == 0
        let from = isHub ? n / 2 : Int.random(in: 0..<n, using: &generator)
        pairs.append((from, Int.random(in: 0..<n, using: &generator)))
      }
      return graph(n, pairs)
    }
  }

  typealias Kernel = (
    UnsafePointer<ck_ctx>, UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>, UnsafePointer<ck_csr>
  ) -> ck_status

  /// The nodes by place, the same for every number of threads, of a kernel whose two results belong together.
  private func order(_ pattern: Pattern, _ workspace: (Int64) -> Int64, _ kernel: Kernel) -> [Int32] {
    let n = pattern.rows
    var first: [Int32]?
    for threads in Self.threadCounts {
      var node = [Int32](repeating: -7, count: n + 1), place = [Int32](repeating: -7, count: n + 1)
      let status = pattern.withCSR { csr in
        withWorkspace(workspace(Int64(n)), threads: threads) { kernel($0, &node, &place, csr) }
      }
      #expect(status == .ok)
      #expect(node.removeLast() == -7 && place.removeLast() == -7, "wrote behind an output")
      #expect(node.sorted() == (0..<Int32(n)).map { $0 }, "a permutation")
      #expect(node.enumerated().allSatisfy { place[Int($0.element)] == Int32($0.offset) })
      #expect(first == nil || first == node, "\(threads) threads")
      first = node
    }
    return first!
  }

  private func byDegree(_ pattern: Pattern) -> [Int32] {
    order(pattern, ck_sparse_order_degree_workspace, ck_sparse_order_degree)
  }
  private func cuthillMcKee(_ pattern: Pattern) -> [Int32] {
    order(pattern, ck_sparse_order_rcm_workspace, ck_sparse_order_rcm)
  }
  private func clusters(_ pattern: Pattern, sweeps: Int32 = 8, largest: Int64 = 100) -> [Int32] {
    order(pattern, ck_sparse_order_clusters_workspace) { ck_sparse_order_clusters($0, $1, $2, $3, sweeps, largest) }
  }

  @Test(arguments: [0, 1, 2, 7, 300, 40_000])
  func degreeIsAStableSort(n: Int) {
    let pattern = n > 0 ? Pattern.random(n, edges: 3 * n) : Pattern([], columns: 0)
    let expected = (0..<Int32(n)).sorted {
      (-pattern.degree(Int($0)), $0) < (-pattern.degree(Int($1)), $1)
    }
    #expect(byDegree(pattern) == expected)
  }

  /// Degrees of three digits, in a pattern of one column that is named often.
  @Test func degreesOfSeveralDigits() {
    let degrees = [3, 70_000, 256, 0, 65_536, 255, 70_000, 257]
    let pattern = Pattern(degrees.map { [Int32](repeating: 0, count: $0) }, columns: 1)
    #expect(byDegree(pattern) == [1, 6, 4, 7, 2, 5, 0, 3])
  }

  /// Reverse Cuthill-McKee as its comment states it.
  private func naiveCuthillMcKee(_ a: Pattern) -> [Int32] {
    let rank = { (v: Int32) in (a.degree(Int(v)), v) }
    var done = Set<Int32>(), order: [Int32] = []
    func levels(_ root: Int32) -> [[Int32]] {
      var seen: Set<Int32> = [root], all = [[root]]
      while true {
        var next: [Int32] = []
        for v in all.last! { for c in a.row(Int(v)) where seen.insert(c).inserted { next.append(c) } }
        if next.isEmpty { return all }
        all.append(next)
      }
    }
    for start in (0..<Int32(a.rows)).sorted(by: { rank($0) < rank($1) }) where !done.contains(start) {
      var root = start, depth = 0
      while true {
        let found = levels(root)
        if found.count <= depth { break }
        depth = found.count
        root = found.last!.min { rank($0) < rank($1) }!
      }
      var queue = [root], at = 0
      done.insert(root)
      while at < queue.count {
        queue += a.row(Int(queue[at])).filter { done.insert($0).inserted }.sorted { rank($0) < rank($1) }
        at += 1
      }
      order += queue
    }
    return order.reversed()
  }

  @Test func cuthillMcKeeOfKnownGraphs() {
    let path = Pattern.graph(6, [(3, 0), (0, 5), (5, 1), (1, 4), (4, 2)])
    #expect([[3, 0, 5, 1, 4, 2], [2, 4, 1, 5, 0, 3]].contains(cuthillMcKee(path)))
    let star = Pattern.graph(5, [(2, 0), (2, 1), (2, 3), (2, 4)])
    #expect(cuthillMcKee(star).firstIndex(of: 2) == 3, "the hub follows the leaf that the walk starts from")
    // A triangle, an edge and two nodes alone: they come last.
    let parts = Pattern.graph(7, [(0, 2), (2, 4), (4, 0), (1, 5)])
    let order = cuthillMcKee(parts)
    #expect(Set(order[..<3]) == [0, 2, 4] && Set(order[3..<5]) == [1, 5] && Set(order[5...]) == [3, 6])
  }

  @Test(arguments: [(n: 1, edges: 0), (n: 40, edges: 30), (n: 500, edges: 900), (n: 3000, edges: 9000)])
  func cuthillMcKeeOfRandomGraphs(n: Int, edges: Int) {
    let pattern = Pattern.random(n, edges: edges)
    #expect(cuthillMcKee(pattern) == naiveCuthillMcKee(pattern))
  }

  @Test func cuthillMcKeeNarrowsAGrid() {
    var ids = (0..<900).map { $0 }, generator = SplitMix(state: 3)
    ids.shuffle(using: &generator)
    var edges: [(Int, Int)] = []
    for i in 0..<900 {
      if i % 30 < 29 { edges.append((ids[i], ids[i + 1])) }
      if i < 870 { edges.append((ids[i], ids[i + 30])) }
    }
    let node = cuthillMcKee(.graph(900, edges))
    var place = [Int](repeating: 0, count: 900)
    for (at, v) in node.enumerated() { place[Int(v)] = at }
    #expect(edges.allSatisfy { abs(place[$0] - place[$1]) <= 31 })
  }

  /// Along rows of a directed pattern, where an end may not lead back: still a permutation.
  @Test func cuthillMcKeeOfDirectedPatterns() {
    _ = cuthillMcKee(Pattern([[1], [2], [], [0, 1], [3]], columns: 5))
    var generator = SplitMix(state: 8)
    let rows = (0..<400).map { _ in
      Set((0..<2).map { _ in Int32.random(in: 0..<400, using: &generator) }).sorted()
    }
    _ = cuthillMcKee(Pattern(rows, columns: 400))
  }

  @Test func clustersAreContiguous() {
    // Twenty cliques of 15 nodes i, i + 20, ..., a ring of single edges between them.
    let cliques = 20, size = 15
    var edges: [(Int, Int)] = []
    for c in 0..<cliques {
      for i in 0..<size { for j in 0..<i { edges.append((c + cliques * i, c + cliques * j)) } }
      edges.append((c, (c + 1) % cliques))
    }
    let pattern = Pattern.graph(cliques * size, edges), order = clusters(pattern)
    let sequence = order.map { Int($0) % cliques }
    let changes = zip(sequence, sequence.dropFirst()).filter { $0 != $1 }.count
    #expect(changes == cliques - 1, "each clique in one run")
    for run in 0..<cliques {
      let degrees = order[run * size..<(run + 1) * size].map { pattern.degree(Int($0)) }
      #expect(degrees == degrees.sorted(by: >), "larger degrees first")
    }
  }

  @Test func withoutSweepsClustersAreDegreeOrder() {
    let pattern = Pattern.random(700, edges: 2000)
    #expect(clusters(pattern, sweeps: 0) == byDegree(pattern))
    #expect(clusters(pattern, largest: 1) == byDegree(pattern), "no cluster takes a second node")
  }

  @Test(arguments: [0, 1, 30, 5000, 30_000])
  func clustersOfRandomGraphs(n: Int) {
    _ = clusters(n > 0 ? .random(n, edges: 3 * n) : Pattern([], columns: 0))
  }

  @Test func inversesNameTheFirstBadPlace() {
    func invert(_ place: [Int32]) -> (ck_status, [Int32], Int64) {
      var node = [Int32](repeating: -7, count: place.count), fault: Int64 = -7, context = ck_ctx()
      return (ck_sparse_order_invert(&context, &node, &fault, place, Int64(place.count)), node, fault)
    }
    let good = invert([2, 0, 3, 1])
    #expect(good.0 == .ok && good.1 == [1, 3, 0, 2] && good.2 == -1)
    #expect(invert([]).0 == .ok)
    let faults: [([Int32], Int64)] = [([0, 2, 2, 1], 2), ([0, 4, 1, 2], 1), ([-1, 1, 2, 3], 0)]
    for (place, fault) in faults {
      #expect(invert(place).0 == .out_of_range && invert(place).2 == fault)
    }
  }

  @Test func localityCounts() {
    let pattern = Pattern.random(2000, edges: 6000), place = byDegree(pattern)
    for names in [nil, place] {
      for threads in Self.threadCounts {
        var near: Int64 = -7, medium: Int64 = -7
        let status = pattern.withCSR { csr in
          withWorkspace(0, threads: threads) { ck_sparse_order_locality($0, &near, &medium, csr, names, 3, 400) }
        }
        var expected: (near: Int64, medium: Int64) = (0, 0)
        for r in 0..<2000 {
          for c in pattern.row(r) {
            let own = names?[r] ?? Int32(r), other = names?[Int(c)] ?? c
            if abs(own - other) <= 3 { expected.near += 1 }
            if abs(own - other) <= 400 { expected.medium += 1 }
          }
        }
        #expect(status == .ok)
        #expect(near == expected.near && medium == expected.medium)
      }
    }
  }

  /// What ck_sparse_csr_relabel promises, by sorting.
  private func relabelled(_ a: Pattern, rowNode: [Int32]?, columnPlace: [Int32]?) -> (Pattern, order: [Int32]) {
    var order: [Int32] = []
    var rows: [[Int32]] = []
    for r in 0..<a.rows {
      let old = Int(rowNode?[r] ?? Int32(r))
      var pairs: [(column: Int32, entry: Int32)] = []
      for e in Int(a.rowStart[old])..<Int(a.rowStart[old + 1]) {
        let c = a.column[e]
        pairs.append((columnPlace?[Int(c)] ?? c, Int32(e)))
      }
      pairs.sort { $0 < $1 }
      order += pairs.map(\.entry)
      rows.append(pairs.map(\.column))
    }
    return (Pattern(rows, columns: a.columns), order)
  }

  private static let shapes: [(rows: Int, columns: Int, longest: Int)] = [
    (0, 4, 0), (5, 0, 0), (9, 9, 3), (300, 70_000, 130), (800, 800, 49), (3, 40, 9000),
  ]

  /// Rows of up to `longest` entries, duplicates among them.
  @Test(arguments: shapes)
  func relabelsWhatSortingRelabels(rows: Int, columns: Int, longest: Int) {
    var generator = SplitMix(state: UInt64(rows + longest))
    var lists: [[Int32]] = []
    for _ in 0..<rows {
      let count = Int.random(in: 0...longest, using: &generator)
      let list: [Int32] = (0..<count).map { _ in Int32.random(in: 0..<Int32(columns), using: &generator) }
      lists.append(list.sorted())
    }
    let pattern = Pattern(lists, columns: columns)
    let rowNode = (0..<Int32(rows)).shuffled(using: &generator)
    let columnPlace = (0..<Int32(columns)).shuffled(using: &generator)
    let names: [(rows: [Int32]?, columns: [Int32]?)] = [
      (rowNode, columnPlace), (rowNode, nil), (nil, columnPlace), (nil, nil),
    ]
    for (rowNode, columnPlace) in names {
      let expected = relabelled(pattern, rowNode: rowNode, columnPlace: columnPlace)
      for threads in Self.threadCounts {
        var rowStart = [Int64](repeating: -7, count: rows + 1)
        var column = [Int32](repeating: -7, count: pattern.column.count + 1), order = column
        let status = pattern.withCSR { csr in
          withWorkspace(ck_sparse_csr_relabel_workspace(csr), threads: threads) {
            ck_sparse_csr_relabel($0, &rowStart, &column, &order, csr, rowNode, columnPlace)
          }
        }
        #expect(status == .ok)
        #expect(column.removeLast() == -7 && order.removeLast() == -7, "wrote behind an output")
        #expect(rowStart == expected.0.rowStart && column == expected.0.column && order == expected.order)
      }
    }
  }

  @Test func refusals() {
    let wide = Pattern([[1, 2], [0]], columns: 3), square = Pattern([[1], [0]], columns: 2)
    var node: [Int32] = [-7, -7], place = node, order: [Int32] = [-7, -7, -7], column = order
    var rowStart: [Int64] = [-7, -7, -7], near: Int64 = -7, medium: Int64 = -7, context = ck_ctx()
    wide.withCSR {
      #expect(ck_sparse_order_rcm(&context, &node, &place, $0) == .bad_shape)
      #expect(ck_sparse_order_clusters(&context, &node, &place, $0, 1, 1) == .bad_shape)
      #expect(ck_sparse_order_locality(&context, &near, &medium, $0, nil, 1, 1) == .bad_shape)
      #expect(ck_sparse_csr_relabel(&context, &rowStart, &column, &order, $0, nil, nil) == .workspace)
    }
    square.withCSR {
      #expect(ck_sparse_order_degree(&context, &node, &place, $0) == .workspace)
      #expect(ck_sparse_order_rcm(&context, &node, &place, $0) == .workspace)
      #expect(ck_sparse_order_clusters(&context, &node, &place, $0, 1, 1) == .workspace)
      #expect(ck_sparse_order_clusters(&context, &node, &place, $0, -1, 1) == .bad_option)
      #expect(ck_sparse_order_clusters(&context, &node, &place, $0, 1, 0) == .bad_option)
    }
    #expect(node == [-7, -7] && place == [-7, -7] && rowStart == [-7, -7, -7], "wrote although it refused")
  }
}
