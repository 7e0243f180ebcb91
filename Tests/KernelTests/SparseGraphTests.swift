import CKernels.Base
import CKernels.Sparse
import Testing

/// What the graph kernels refuse.
@Suite(.serialized) struct SparseGraphTests {
  private static let rowStart: [Int64] = [0, 1, 2]
  private static let column: [Int32] = [1, 0]

  /// Runs `body` with a pattern of two rows.
  private func withPattern<Result>(
    columns: Int64 = 3, _ body: (UnsafePointer<ck_csr>, UnsafePointer<ck_ctx>) -> Result
  ) -> Result {
    Self.rowStart.withUnsafeBufferPointer { starts in
      Self.column.withUnsafeBufferPointer { column in
        var csr = ck_csr(rows: 2, columns: columns, row_start: starts.baseAddress!, column: column.baseAddress!)
        var context = ck_ctx()
        return body(&csr, &context)
      }
    }
  }

  private func filter(_ change: (inout ck_csr_filter) -> Void) -> ck_status {
    var filter = ck_csr_filter(), rowStart = [Int64](repeating: -7, count: 3)
    change(&filter)
    let status = withPattern { ck_sparse_csr_filter_rows($1, &rowStart, $0, &filter) }
    if status != .ok { #expect(rowStart == [-7, -7, -7], "wrote although it refused") }
    return status
  }

  @Test func filterRefusesWhatItCannotDo() {
    #expect(filter { _ in } == .ok)
    #expect(filter { $0.drop = 1 } == .ok)
    #expect(filter { $0.drop = 1.5 } == .bad_option)
    #expect(filter { $0.drop = .nan } == .bad_option)
    #expect(filter { $0.pairs = true } == .bad_shape)
    #expect(filter { $0.self_loops = .add } == .bad_shape)
    #expect(filter { $0.self_loops = .remove } == .ok)
  }

  private func attend(_ change: (inout ck_attention_options) -> Void) -> ck_status {
    var options = ck_attention_options(heads: 1, width: 1, slope: 0.2, drop: 0, key: 0, stream: 0)
    change(&options)
    var z: [Float] = [0, 0]
    return withPattern {
      ck_sparse_graph_attention_f32($1, &z, nil, nil, $0, [1, 2, 3], [0, 0, 0], [0, 0], &options)
    }
  }

  @Test func attentionRefusesOptionsOutOfRange() {
    #expect(attend { _ in } == .ok)
    #expect(attend { $0.slope = 1.1 } == .bad_option)
    #expect(attend { $0.slope = .nan } == .bad_option)
    #expect(attend { $0.drop = 1 } == .bad_option)
    #expect(attend { $0.heads = -1 } == .bad_shape)
  }

  @Test func attentionGradientAsksForItsWorkspaceAndOrder() {
    var options = ck_attention_options(heads: 1, width: 1, slope: 0.2, drop: 0.5, key: 0, stream: 0)
    var (du, dsource, dtarget): ([Float], [Float], [Float]) = ([0, 0], [0, 0], [0, 0, 0])
    let rows: [Float] = [0, 0, 0], state = [Float](repeating: 0, count: 12)
    func run(_ context: UnsafePointer<ck_ctx>) -> ck_status {
      withPattern { csr, _ in
        ck_sparse_graph_attention_bwd_f32(
          context, &du, &dsource, &dtarget, rows, rows, rows, state, csr, nil, [0, 0], [0, 0], &options)
      }
    }
    let bytes = ck_sparse_graph_attention_bwd_workspace_f32(3, &options)
    #expect(bytes == 48)
    #expect(withWorkspace(bytes - 1, threads: 1) { run($0) } == .workspace)
    #expect(withWorkspace(bytes, threads: 1) { run($0) } == .bad_option, "dropout without an order")
    options.drop = 0
    #expect(withWorkspace(bytes, threads: 1) { run($0) } == .ok)
  }

  @Test func energyAsksForASquareAndItsWorkspace() {
    var energy: Float = 0
    #expect(withPattern { ck_sparse_dirichlet_f32($1, &energy, $0, [1, 1], [1, 2, 3], 1) } == .bad_shape)
    #expect(withPattern(columns: 2) { ck_sparse_dirichlet_f32($1, &energy, $0, [1, 1], [1, 2], 1) } == .workspace)
  }

  /// Places of entries are 32 bits wide.
  @Test func entriesBeyond32BitsAreRefused() {
    let rowStart: [Int64] = [0, 1 << 31], column: [Int32] = [0], kept: [Int64] = [0, 0]
    var y: [Float] = [-7], order: [Int32] = [-7], ids: [Int32] = [-7], filter = ck_csr_filter(), context = ck_ctx()
    rowStart.withUnsafeBufferPointer { starts in
      column.withUnsafeBufferPointer { column in
        var csr = ck_csr(rows: 1, columns: 1, row_start: starts.baseAddress!, column: column.baseAddress!)
        #expect(ck_sparse_spmm_max_f32(&context, &y, nil, &csr, [1], 1) == .bad_shape)
        #expect(ck_sparse_spmm_max_bwd_f32(&context, &y, [1], [0], &csr, [0], 1) == .bad_shape)
        #expect(ck_sparse_csr_filter(&context, &ids, &order, kept, &csr, &filter) == .bad_shape)
      }
    }
    #expect(y == [-7] && order == [-7] && ids == [-7])
  }
}
