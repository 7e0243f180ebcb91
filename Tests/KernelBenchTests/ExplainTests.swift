import CKernels.Base
import DataKit
import Foundation
import RunKit
import SparseKit
import Testing

@testable import KernelBench

@Suite struct ExplainTests {
  private static let caches = ck_caches(l1: 32 << 10, l2: 1 << 20, l3: 8 << 20)

  /// Rows of 2, 0 and 1 entries over 3 columns.
  private func small() throws -> PatternArrays {
    PatternArrays(try SparsePattern(rows: 3, columns: 3, rowPointers: [0, 2, 2, 3], columnIndices: [0, 2, 2]))
  }

  @Test func explainsASmallGraph() throws {
    var explanation = SpMMExplanation(
      "small.mtx", try small(), width: 40, context: ck_ctx_forcing(.baseline, 1), caches: Self.caches)
    explanation.prediction = .init(gather: 2e-6, stream: 1e-6, compute: 1e-9, rowEnds: 5e-7, region: 0, imbalance: 1)
    explanation.measured = Timing([1.5e-6, 1.5e-6, 1.5e-6])
    #expect(
      explanation.text == """
        SpMM on small.mtx, width 40, float32, 1 thread, baseline

        graph      3 rows, 3 entries; degree mean 1.00, largest 2; 1 empty row
        bytes      36 B of A streamed, 480 B of X gathered, 480 B of Y written
        body       1 strip of 8 vectors, 1 strip of 2 vectors of 4 floats; all strips of 32 rows before the next rows
        prefetch   none: X (480 B) is not beyond 1.5 MiB, near the second cache (1 MiB)
        predicted  3.50 us (gather 2.00 us, stream 1.00 us, row ends 500 ns)
        measured   1.50 us, 0.43x the prediction

        Partition by entries + 4 a row, imbalance 1.00x
        thread  rows  entries  work
        0          3        3    15

        """)
    let json = explanation.json.text()
    #expect(json.contains(#""partition":[{"rows":3,"entries":3,"work":15}]"#), "\(json)")
    #expect(json.contains(#""strips":[{"count":1,"vectors":8,"lanes":4,"ahead":0},"#), "\(json)")
  }

  @Test func threadsAndPrefetchAreTold() {
    let pattern = PatternArrays(RandomGraph.uniform(nodes: 40_000, edges: 200_000).adjacency)
    ck_thread_set_grain(1)
    defer { ck_thread_set_grain(0) }
    let explanation = SpMMExplanation(
      "g", pattern, width: 16, context: ck_ctx_forcing(.baseline, 2), caches: Self.caches)
    #expect(explanation.parts.count == 2 && explanation.imbalance < 1.01)
    #expect(explanation.parts.reduce(0) { $0 + $1.rows } == 40_000)
    #expect(
      explanation.prefetch == "32 entries ahead: X (2.4 MiB) is beyond 1.5 MiB, far from the second cache (1 MiB)")
    #expect(explanation.strips == "1 strip of 4 vectors of 4 floats")
  }

  @Test func aCommandPrintsIt() throws {
    var output = ""
    let console = Console(writeOutput: { output += $0 }, writeError: { _ in })
    let command = try ExplainSpMM.parse(["--graph", "uniform:50:200", "--width", "8", "--threads", "1"])
    try command.run(on: console)
    #expect(output.hasPrefix("SpMM on uniform:50:200, width 8, float32, 1 thread, "))
    #expect(output.contains("\nmeasured   "))
  }

  /// A node joined to all others, and a cycle of these.
  @Test func hubsAreShared() throws {
    let others = Array(1..<1000 as Range<Int32>)
    let graph = try Graph(
      nodeCount: 1000, sources: [Int32](repeating: 0, count: 999) + others,
      targets: others + others.map { $0 % 999 + 1 })
    ck_thread_set_grain(1)
    defer { ck_thread_set_grain(0) }
    func explained(_ threads: Int32, width: Int = 64) -> SpMMExplanation {
      SpMMExplanation(
        "g", PatternArrays(graph.adjacency), width: width, context: ck_ctx_forcing(.baseline, threads),
        caches: Self.caches)
    }
    // 999 of 3996 entries and 4 a row, of 7996 in all.
    #expect(explained(7).hubRows == [] && explained(8).hubRows == [0] && explained(8, width: 16).hubRows == [])
    #expect(explained(8).text.contains("; 1 row of more than a thread's"))
    #expect(abs(explained(8).parts.reduce(0) { $0 + $1.entries } - 3996) < 8 && explained(8).imbalance < 1.02)
  }

  // MARK: The model

  @Test func evenTablesAreServedInProportion() {
    let reuse = GatherReuse(uses: [Int32](repeating: 7, count: 1000) + [0, 0])
    #expect(reuse.groups == [.init(uses: 7, rows: 1000)] && reuse.uses == 7000)
    #expect(abs(reuse.hits(cacheBytes: 16_000, rowBytes: 64) - 0.25) < 1e-6)
    #expect(reuse.hits(cacheBytes: 65_000, rowBytes: 64) == 1)
    // What streams past takes the place of rows.
    let beside = GatherReuse(uses: [Int32](repeating: 7, count: 1000), streamedBytes: 1e6)
    #expect(beside.hits(cacheBytes: 16_000, rowBytes: 64) < 0.2)
  }

  @Test func hubsAreServedBySmallCaches() {
    let uses = [1_000_000, 1_000_000] + [Int32](repeating: 1, count: 100_000)
    let hits = GatherReuse(uses: uses).hits(cacheBytes: 64 * 50, rowBytes: 64)
    #expect(0.95 < hits && hits < 0.96)  // 2.0 of 2.1 million uses are the hubs'
    // Groups of close numbers keep their sums.
    let close = GatherReuse(uses: [1000, 1001, 1002, 1023])
    #expect(close.groups.count < 4 && close.uses == 4026)
  }

  /// Rows of 64 bytes: 1 ns in the second cache, 2 ns in the last, 10 ns in memory; 16 MiB of the last cache are ours.
  @Test func gathersCostWhatServesThem() {
    let mega = Double(1 << 20)
    let probes = [(0.25, 1.0), (4, 2), (16, 2), (32, 6), (64, 8), (256, 10)].map { table, nanoseconds in
      MachineRates.Gather(tableBytes: table * mega, rowBytes: 64, rate: 64e9 / nanoseconds)
    }
    let caches = ck_caches(l1: 32 << 10, l2: 1 << 20, l3: 32 << 20)
    let levels = GatherLevels(probes, rowBytes: 64, caches)
    #expect(abs(levels.near - 1e-9) < 1e-15 && abs(levels.last - 2e-9) < 1e-15 && abs(levels.memory - 1e-8) < 1e-15)
    #expect(abs(levels.lastBytes / mega - 16) < 1e-6)
    // A table of 32 MiB: a 32nd in the second cache, half in the last.
    let reuse = GatherReuse(uses: [Int32](repeating: 1, count: 1 << 19))
    let seconds = reuse.seconds(rowBytes: [64], probes, caches)
    #expect(abs(seconds / Double(1 << 19) * 1e9 - (1.0 / 32 + 2 * 15.0 / 32 + 10 * 0.5)) < 1e-3)
    #expect(reuse.seconds(rowBytes: [64, 4], probes, caches) > 2 * seconds)
  }

  // MARK: Graphs by name

  @Test func graphsAreFoundByName() throws {
    let folder = URL(filePath: "nowhere")
    let (name, pattern) = try BenchGraph.load("rmat:1k:4k", data: folder)
    #expect(name == "rmat:1k:4k" && pattern.rows == 1000 && 3000...4000 ~= pattern.entryCount)
    #expect(try BenchGraph.load("twin:texas", data: folder).pattern.rows == 183)
    let path = FileManager.default.temporaryDirectory.path + "/edges-\(UUID().uuidString).txt"
    try Data("0 1\n2 1\n".utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try BenchGraph.load(path, data: folder).pattern.rowPointers == [0, 0, 2, 2])
  }

  @Test(arguments: [
    ("rmat:10", "expected rmat:NODES:EDGES"), ("uniform:1:5", "at least 2 nodes and 1 edge"),
    ("rmat:9000000M:5", "expected rmat:NODES:EDGES"), ("rmat::", "expected rmat:NODES:EDGES"),
    ("nothing", "expected rmat:NODES:EDGES, uniform:NODES:EDGES, a file"), ("absent.npz", "absent.npz"),
    ("absent.mtx", "absent.mtx"),
  ])
  func otherNamesAreRefused(text: String, sentence: String) {
    let error = #expect(throws: (any Error).self) { try BenchGraph.load(text, data: URL(filePath: "nowhere")) }
    #expect("\(error!)".contains(sentence), "\(error!)")
  }

  @Test func sizesTakeSuffixes() {
    #expect(BenchGraph.count("2708", from: 1) == 2708)
    #expect(BenchGraph.count("100k", from: 1) == 100_000)
    #expect(BenchGraph.count("10M", from: 1) == 10_000_000)
    for bad in ["", "k", "-1", "1.5M", "3000M", "1", "0"] { #expect(BenchGraph.count(bad, from: 2) == nil, "\(bad)") }
  }
}
