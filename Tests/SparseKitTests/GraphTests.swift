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

  // MARK: Memory

  private static func random() -> Graph { Graph(directed: .rmat(nodes: 300, edges: 2000, seed: 3)) }

  /// The order of a transpose is made when values ask for it, after a product that did without.
  @Test func transposesGetTheirOrderOnDemand() {
    let pattern = Self.random().adjacency, x = RandomGenerator(seed: 1).normal([300, 5])
    let ones = SparseMatrix(pattern).transposed, values = RandomGenerator(seed: 2).normal([pattern.entryCount])
    let weighted = SparseMatrix(pattern, values: values).transposed
    let rest = 8 * 301 + 4 * pattern.entryCount
    #expect(ones.productBytes == 2 * rest && weighted.productBytes == 2 * rest + 8 * pattern.entryCount)
    let bare = spmm(ones, x).array(of: Float.self)
    #expect(pattern.transposed(withOrder: false).order == nil)
    let other = SparsePattern(
      rows: 300, columns: 300, rowStart: pattern.rowStart, column: pattern.column, isSymmetric: false)
    let expected = spmm(SparseMatrix(other, values: values).transposed, x).array(of: Float.self)
    #expect(spmm(weighted, x).array(of: Float.self) == expected)
    #expect(pattern.transposed(withOrder: false).order != nil)
    #expect(spmm(ones, x).array(of: Float.self) == bare)
  }

  @Test func patternsAreFilledAndCheckedInPlace() throws {
    let pattern = Self.random().adjacency
    let copy = try SparsePattern(rows: 300, columns: 300, entryCount: pattern.entryCount) { starts, columns in
      pattern.withUnsafeArrays { _ = (starts.update(from: $0), columns.update(from: $1)) }
    }
    #expect(copy.rowPointers == pattern.rowPointers && copy.columnIndices == pattern.columnIndices)
    let error = #expect(throws: GraphError.self) {
      try SparsePattern(rows: 2, columns: 2, entryCount: 2) { starts, columns in
        _ = (starts.update(from: [0, 2, 2]), columns.update(from: [1, 2]))
      }
    }
    #expect(error?.description == "CSR pattern: column 2 of entry 1 is outside of 0..<2")
  }

  /// A ReLU's gradient takes the place of the one that it is given, but not where somebody else has that.
  @Test func sharedGradientsStayAsTheyAre() {
    let matrix = Self.random().propagation(), draw = RandomGenerator(seed: 4)
    let x = draw.normal([300, 5]), bits = draw.normal([300, 5]).array(of: Float.self)
    func slopes(_ f: (Tensor) -> [Tensor]) -> [[Float]] {
      let leaf = x.differentiable(), values = f(leaf), seed = Tensor(bits, shape: [300, 5])
      let slopes = gradients(of: values[0], withRespectTo: [leaf] + values.dropFirst(), seed: seed)
      #expect(seed.array(of: Float.self) == bits)
      return slopes.map { $0.array(of: Float.self) }
    }
    let fused = { (x: Tensor) in spmm(matrix, x, relu: true) }, apart = { (x: Tensor) in spmm(matrix, x).relu() }
    #expect(slopes { [fused($0)] } == slopes { [apart($0)] })
    // One gradient for two products, for a product and a leaf, and one that is asked for.
    #expect(slopes { [fused($0) + fused($0 * -1)] } == slopes { [apart($0) + apart($0 * -1)] })
    #expect(slopes { [fused($0 * 2) + $0] } == slopes { [apart($0 * 2) + $0] })
    let middle = { (f: (Tensor) -> Tensor) in
      slopes {
        let y = f($0)
        return [y * 3, y]
      }
    }
    #expect(middle(fused) == middle(apart))
  }
}
