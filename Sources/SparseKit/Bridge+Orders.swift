import CKernels.Base
import CKernels.Machine
import CKernels.Sparse
import TensorKit

extension Bridge {
  /// Sweeps of label propagation: on graphs with communities the labels hardly move after that.
  private static var clusterSweeps: Int32 { 8 }

  static func degreeOrder(_ pattern: SparsePattern) -> NodeOrder {
    order(pattern, "order by degree", ck_sparse_order_degree_workspace) { ck_sparse_order_degree(context, $0, $1, $2) }
  }

  static func cuthillMcKeeOrder(_ pattern: SparsePattern) -> NodeOrder {
    order(pattern, "reverse Cuthill-McKee", ck_sparse_order_rcm_workspace) { ck_sparse_order_rcm(context, $0, $1, $2) }
  }

  /// Clusters that take no more nodes once they have `largest`; within one sweep they can grow beyond it.
  static func clusterOrder(_ pattern: SparsePattern, largest: Int) -> NodeOrder {
    order(pattern, "order by clusters", ck_sparse_order_clusters_workspace) {
      ck_sparse_order_clusters(context, $0, $1, $2, clusterSweeps, Int64(largest))
    }
  }

  private static func order(
    _ pattern: SparsePattern, _ name: StaticString, _ workspace: (Int64) -> Int64,
    _ kernel: (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>, UnsafePointer<ck_csr>) -> ck_status
  ) -> NodeOrder {
    let nodes = Tensor(uninitialized: [pattern.rows], .int32), places = Tensor(uninitialized: [pattern.rows], .int32)
    PatternView(pattern: pattern, order: nil).withCSR { csr in
      withWorkspace(workspace(Int64(pattern.rows))) { check(kernel(nodes.i32, places.i32, csr), name) }
    }
    return NodeOrder(nodes: nodes, places: places)
  }

  /// The node at each place, or nil with the first node of a bad place in `fault`.
  static func nodes(atPlaces places: Tensor, fault: inout Int64) -> Tensor? {
    let nodes = Tensor(uninitialized: places.shape, .int32)
    let status = ck_sparse_order_invert(context, nodes.i32, &fault, places.i32, places.elements)
    if status == .out_of_range { return nil }
    check(status, "inverse order")
    return nodes
  }

  /// Shares of the entries of a square pattern that join places within each of two reaches.
  static func locality(_ pattern: SparsePattern, _ order: NodeOrder?, near: Int, medium: Int) -> GatherLocality {
    var nearCount: Int64 = 0, mediumCount: Int64 = 0
    PatternView(pattern: pattern, order: nil).withCSR { csr in
      check(
        ck_sparse_order_locality(
          context, &nearCount, &mediumCount, csr, order?.places.i32, Int64(near), Int64(medium)), "locality")
    }
    let entries = Double(max(pattern.entryCount, 1))
    return GatherLocality(near: Double(nearCount) / entries, medium: Double(mediumCount) / entries)
  }

  /// The pattern with its rows, and its columns where `movesColumns`, at other places, and the old place of each entry.
  static func relabel(
    _ pattern: SparsePattern, _ order: NodeOrder, movesColumns: Bool
  ) -> (pattern: SparsePattern, order: IndexBuffer<Int32>) {
    let starts = IndexBuffer<Int64>(count: pattern.rows + 1)
    let ids = IndexBuffer<Int32>(count: pattern.entryCount), entries = IndexBuffer<Int32>(count: pattern.entryCount)
    PatternView(pattern: pattern, order: nil).withCSR { csr in
      withWorkspace(ck_sparse_csr_relabel_workspace(csr)) {
        check(
          ck_sparse_csr_relabel(
            context, starts.start, ids.start, entries.start, csr, order.nodes.i32,
            movesColumns ? order.places.i32 : nil), "CSR relabel")
      }
    }
    let moved = SparsePattern(
      rows: pattern.rows, columns: pattern.columns, rowStart: starts, column: ids,
      isSymmetric: movesColumns && pattern.isSymmetric)
    return (moved, entries)
  }

  /// The square pattern with each entry in both directions.
  static func symmetrized(_ pattern: SparsePattern) -> SparsePattern {
    if pattern.isSymmetric { return pattern }
    let rows = rowIndices(pattern), count = pattern.entryCount
    var fault: Int64 = -1
    let built = buildCSR(
      rows: pattern.rows, columns: pattern.rows, UnsafeBufferPointer(start: rows.start, count: count),
      UnsafeBufferPointer(start: pattern.column.start, count: count), .init(isSymmetric: true), fault: &fault)
    withExtendedLifetime((rows, pattern)) {}
    guard let (starts, ids) = built else { fatalError("symmetrized: entry \(fault) of the pattern is out of range") }
    return SparsePattern(rows: pattern.rows, columns: pattern.rows, rowStart: starts, column: ids, isSymmetric: true)
  }

  /// Bytes of the second-level cache of a core and of the last one; usual sizes where the system does not tell.
  static var caches: OrderingModel.Caches {
    let found = ck_machine_caches()
    return .init(l2: Double(found.l2), l3: Double(found.l3))
  }
}
