import CKernels.Dense
import CKernels.Sparse
import RunKit

/// The kernels that have no bodies by instruction set, hence no cases: building and turning patterns, and checks of
/// ids.
struct PatternBench: Bench {
  enum Kernel: String, CaseIterable {
    case build = "csr_build", transpose = "csr_transpose", rowIDs = "row_ids", checkIDs = "check_ids"
  }

  let kind: Kernel
  let rows, edges: Int

  static var all: [any Bench] {
    Kernel.allCases.flatMap { kind in
      [(2708, 5278), (100_000, 1_000_000)].map { PatternBench(kind: kind, rows: $0.0, edges: $0.1) }
    }
  }

  var family: String { kind == .checkIDs ? "dense" : "sparse" }
  var kernel: String { kind.rawValue }
  var shape: String { kind == .checkIDs ? "n \(edges)" : "rows \(rows), edges \(edges), uniform" }
  var isQuick: Bool { rows > 10_000 }
  var dtypes: [ElementType] { [.f32] }
  func prepare(_ dtype: ElementType) -> any Workload { PatternWorkload(self) }
}

private final class PatternWorkload: Workload {
  private let kind: PatternBench.Kernel
  private let rows, edges: Int64
  private let from, to: UnsafeMutablePointer<Int32>
  private let rowStart, otherStart: UnsafeMutablePointer<Int64>
  private let column, other, order: UnsafeMutablePointer<Int32>
  private let options = ck_csr_options(symmetric: false, merge_duplicates: false, self_loops: .keep)
  private let workspace: UnsafeMutableRawBufferPointer
  private var pattern: ck_csr
  let cost: Cost?

  init(_ bench: PatternBench) {
    kind = bench.kind
    rows = Int64(bench.rows)
    edges = Int64(bench.edges)
    func ids() -> UnsafeMutablePointer<Int32> { .allocate(capacity: bench.edges) }
    func starts() -> UnsafeMutablePointer<Int64> { .allocate(capacity: bench.rows + 1) }
    (from, to, column, other, order) = (ids(), ids(), ids(), ids(), ids())
    (rowStart, otherStart) = (starts(), starts())
    var state: UInt64 = 1
    for list in [from, to] {
      for i in 0..<bench.edges {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        list[i] = Int32(state >> 33) % Int32(bench.rows)
      }
    }
    pattern = ck_csr(rows: rows, columns: rows, row_start: UnsafePointer(rowStart), column: UnsafePointer(column))
    let built = ck_sparse_csr_build_workspace(edges, rows, options)
    workspace = .allocate(byteCount: Int(built) + 20 * bench.edges + (1 << 20), alignment: 64)
    // An edge is two ids; an entry of the result its column, of the transposed one its order too.
    let edgeBytes = 8 * Double(edges), frame = 8 * Double(rows)
    cost =
      switch bench.kind {
      case .build:
        Cost(flops: 0, bytes: 1.5 * edgeBytes + frame, limit: .stream, writtenFresh: edgeBytes / 2 + frame)
      case .transpose:
        Cost(flops: 0, bytes: 1.5 * edgeBytes + 2 * frame, limit: .stream, writtenFresh: edgeBytes + frame)
      case .rowIDs: Cost(flops: 0, bytes: edgeBytes / 2 + frame, limit: .stream, writtenFresh: edgeBytes / 2)
      case .checkIDs: Cost(flops: 0, bytes: edgeBytes / 2, limit: .stream)
      }
    var context = ck_ctx()
    _ = build(&context)
  }
  deinit {
    for list in [from, to, column, other, order] { list.deallocate() }
    rowStart.deallocate()
    otherStart.deallocate()
    workspace.deallocate()
  }

  private func build(_ context: inout ck_ctx) -> ck_status {
    context.workspace = workspace.baseAddress
    context.workspace_bytes = Int64(workspace.count)
    var entries: Int64 = 0, fault: Int64 = 0
    return ck_sparse_csr_build(&context, rowStart, column, &entries, &fault, from, to, edges, rows, rows, options)
  }

  func time(calls: Int, _ options: CallOptions) throws -> Double {
    var context = ck_ctx(
      max_threads: Int32(options.threads), isa: options.isa, workspace: workspace.baseAddress,
      workspace_bytes: Int64(workspace.count))
    var place: Int64 = 0
    let start = monotonicSeconds()
    for _ in 0..<calls {
      let status =
        switch kind {
        case .build: build(&context)
        case .transpose: ck_sparse_csr_transpose(&context, otherStart, other, order, &pattern)
        case .rowIDs: ck_sparse_row_ids(&context, other, &pattern)
        case .checkIDs: ck_dense_check_ids(&context, &place, from, edges, rows)
        }
      guard status == .ok else {
        throw BenchFailure(
          "\(kind.rawValue): the kernel refused its case: \(String(cString: ck_status_sentence(status)))")
      }
    }
    return monotonicSeconds() - start
  }
}
