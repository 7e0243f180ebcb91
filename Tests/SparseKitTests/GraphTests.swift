import Testing

@testable import SparseKit
@testable import TensorKit

@Suite(.serialized) struct GraphTests {
  /// 0 - 1 - 2 and an isolated node 3.
  private let path = try! Graph(nodeCount: 4, sources: [0, 1], targets: [1, 2])

  @Test func undirectedEdgesCountTwice() {
    #expect(path.edgeCount == 4)
    #expect(path.adjacency.rowPointers == [0, 1, 3, 4, 4])
    #expect(path.adjacency.columnIndices == [1, 0, 2, 1])
    #expect(path.degrees == [1, 2, 1, 0])
  }

  @Test func duplicatesAndSelfLoopsAreDropped() throws {
    let graph = try Graph(nodeCount: 3, sources: [0, 1, 0, 2], targets: [1, 0, 1, 2])
    #expect(graph.adjacency.columnIndices == [1, 0])
  }

  @Test func directedEdgesPointAtTheirTarget() throws {
    let graph = try Graph(nodeCount: 3, sources: [0, 1], targets: [2, 2], isUndirected: false)
    #expect(graph.adjacency.rowPointers == [0, 0, 0, 2])
    #expect(graph.adjacency.columnIndices == [0, 1])
  }

  @Test func symmetricPropagation() {
    let dense = path.propagation(dtype: .float64).dense(dtype: .float64).array(of: Double.self)
    let s = 1 / 6.0.squareRoot()
    let expected = [0.5, s, 0, 0, s, 1.0 / 3, s, 0, 0, s, 0.5, 0, 0, 0, 0, 1]
    #expect(zip(dense, expected).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test func rowPropagationAverages() {
    let dense = path.propagation(.row, addingSelfLoops: false, dtype: .float64).dense(dtype: .float64)
    #expect(dense.array(of: Double.self) == [0, 1, 0, 0, 0.5, 0, 0.5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  }

  @Test func productsAgreeWithDenseOnes() throws {
    let generator = RandomGenerator(seed: 4)
    let pattern = try SparsePattern(rows: 3, columns: 4, rowPointers: [0, 2, 2, 4], columnIndices: [0, 3, 1, 2])
    let matrix = SparseMatrix(
      pattern, values: generator.normal([4]), rowScale: generator.normal([3]), columnScale: generator.normal([4]))
    let x = generator.normal([4, 5]), z = generator.normal([3, 5])
    func close(_ a: Tensor, _ b: Tensor) -> Bool {
      zip(a.array(of: Float.self), b.array(of: Float.self)).allSatisfy { Swift.abs($0 - $1) < 1e-5 }
    }
    #expect(close(spmm(matrix, x), matmul(matrix.dense(), x)))
    #expect(close(spmm(matrix.transposed, z), matmul(matrix.dense(), z, transposingLeft: true)))
    #expect(close(spmm(matrix.transposed.transposed, x), spmm(matrix, x)))
  }

  @Test func relabellingPermutesProducts() throws {
    let renamed = try path.relabelled([2, 0, 3, 1])
    let x = RandomGenerator(seed: 2).normal([4, 3])
    let order = Tensor([1, 3, 0, 2] as [Int32])  // old node at each new place
    let direct = spmm(path.propagation(), x).gathered(order), moved = spmm(renamed.propagation(), x.gathered(order))
    let pairs = zip(direct.array(of: Float.self), moved.array(of: Float.self))
    #expect(pairs.allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func faultsAreNamed() {
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "no error"
    }
    #expect(
      message { _ = try Graph(nodeCount: 3, sources: [0, 1], targets: [1, 3]) }
        == "edge 1, counted from 0, leads from 1 to 3, but node ids must lie in 0..<3")
    #expect(message { _ = try Graph(nodeCount: 0, sources: [], targets: []) } == "graph: it has no nodes")
    #expect(
      message { _ = try SparsePattern(rows: 2, columns: 2, rowPointers: [0, 2, 1], columnIndices: [0]) }
        == "CSR pattern: row pointers decrease at row 1, from 2 to 1")
    #expect(
      message { _ = try SparsePattern(rows: 1, columns: 2, rowPointers: [0, 2], columnIndices: [0, 2]) }
        == "CSR pattern: column 2 of entry 1 is outside of 0..<2")
    #expect(
      message { _ = try SparsePattern(rows: 1, columns: 3, rowPointers: [0, 2], columnIndices: [1, 1]) }
        == "CSR pattern: column 1 of entry 1 does not ascend within its row")
    #expect(
      message { _ = try SparsePattern(rows: 2, columns: 3, rowPointers: [0, 1], columnIndices: [1]) }
        == "CSR pattern: 2 row pointers for 2 rows, expected 3")
  }
}
