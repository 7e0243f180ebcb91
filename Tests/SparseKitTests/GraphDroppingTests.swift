import Testing

@testable import SparseKit
@testable import TensorKit

@Suite(.serialized) struct GraphDroppingTests {
  private struct Edge: Hashable {
    let row, column: Int32
  }

  private func random(_ nodes: Int, _ edges: Int) -> Graph {
    var words = SplitMix64(seed: 5)
    let ids = (0..<2 * edges).map { _ in Int32(words.integer(below: nodes)) }
    return try! Graph(nodeCount: nodes, sources: Array(ids[..<edges]), targets: Array(ids[edges...]))
  }

  private func edges(_ graph: Graph) -> [Edge] {
    zip(graph.adjacency.rowIndices, graph.adjacency.columnIndices).map { Edge(row: $0, column: $1) }
  }

  @Test func droppedEdgesAreASubsetOfTheExpectedSize() {
    let graph = random(400, 3000), all = Set(edges(graph))
    let kept = edges(graph.droppingEdges(0.3, using: RandomGenerator(seed: 1)))
    #expect(Set(kept).isSubset(of: all) && Set(kept).count == kept.count)
    #expect(Swift.abs(Double(kept.count) / Double(all.count) - 0.7) < 0.03)
    #expect(edges(graph.droppingEdges(0, using: RandomGenerator(seed: 1))) == edges(graph))
  }

  @Test func pairsStayTogether() {
    let graph = random(400, 3000)
    let kept = graph.droppingEdges(0.5, pairs: true, using: RandomGenerator(seed: 2)), left = Set(edges(kept))
    #expect(left.allSatisfy { left.contains(Edge(row: $0.column, column: $0.row)) })
    #expect(kept.adjacency.isSymmetric)
    #expect(Swift.abs(Double(left.count) / Double(graph.edgeCount) - 0.5) < 0.04)
    #expect(!graph.droppingEdges(0.5, using: RandomGenerator(seed: 2)).adjacency.isSymmetric)
  }

  @Test func drawsFollowTheGeneratorAndNotTheThreads() {
    let graph = random(3000, 40_000), threads = Runtime.threads
    defer { Runtime.threads = threads }
    let generator = RandomGenerator(seed: 3), start = generator.state
    let first = edges(graph.droppingEdges(0.2, using: generator))
    let second = edges(graph.droppingEdges(0.2, using: generator))
    #expect(first != second)
    generator.state = start
    Runtime.threads = threads == 1 ? 2 : 1
    #expect(edges(graph.droppingEdges(0.2, using: generator)) == first)
    // The fate of an edge does not depend on which other edges there are.
    let few = try! Graph(
      nodeCount: 3000, sources: first.prefix(50).map(\.column), targets: first.prefix(50).map(\.row),
      isUndirected: false)
    generator.state = start
    #expect(few.droppingEdges(0.2, using: generator).edgeCount == few.edgeCount)
  }

  @Test func droppedNodesAreIsolated() {
    let graph = random(400, 3000), generator = RandomGenerator(seed: 4), start = generator.state
    let kept = graph.droppingNodes(0.25, using: generator)
    generator.state = start
    let stays = generator.bernoulli([400], probability: 0.75).array(of: Double.self)
    let expected = edges(graph).filter { stays[Int($0.row)] == 1 && stays[Int($0.column)] == 1 }
    #expect(edges(kept) == expected)
    #expect(kept.adjacency.isSymmetric && kept.nodeCount == 400)
  }

  @Test func propagationOfWhatIsLeftIsRenormalised() {
    let graph = random(50, 200).droppingEdges(0.5, using: RandomGenerator(seed: 6))
    let pattern = graph.adjacency.addingSelfLoops(), starts = pattern.rowPointers
    #expect(pattern.entryCount == graph.edgeCount + 50)
    for row in 0..<50 {
      let columns = pattern.columnIndices[Int(starts[row])..<Int(starts[row + 1])]
      #expect(columns.contains(Int32(row)) && Array(columns) == columns.sorted())
    }
    let sums = spmm(graph.propagation(.row), .ones([50, 1])).array(of: Double.self)
    #expect(sums.allSatisfy { Swift.abs($0 - 1) < 1e-6 })
  }

  @Test func energyHasKnownValues() throws {
    func energy(_ z: [Double], _ sources: [Int32], _ targets: [Int32]) throws -> Double {
      let graph = try Graph(nodeCount: z.count, sources: sources, targets: targets)
      return dirichletEnergy(Tensor(z, shape: [z.count, 1]), graph).item()
    }
    #expect(try energy([1, -1], [0], [1]) == 4)
    #expect(try Swift.abs(energy([2, 2, 2, 2], [0, 1, 2, 3], [1, 2, 3, 0])) < 1e-12)
    #expect(try energy([3, 0, 0], [1], [2]) == 9)
  }

  @Test(arguments: [DType.float32, .float64]) func energyIsTheSumOverEdges(dtype: DType) {
    let graph = random(300, 900), z = RandomGenerator(seed: 9).normal([300, 150], dtype: dtype)
    let degrees = graph.degrees.map(Double.init), values = z.array(of: Double.self)
    var sum = 0.0
    for edge in edges(graph) where edge.row < edge.column {
      let (i, j) = (Int(edge.row), Int(edge.column))
      for k in 0..<150 {
        let d = values[i * 150 + k] / degrees[i].squareRoot() - values[j * 150 + k] / degrees[j].squareRoot()
        sum += d * d
      }
    }
    for i in 0..<300 where degrees[i] == 0 { for k in 0..<150 { sum += values[i * 150 + k] * values[i * 150 + k] } }
    let tolerance = dtype == .float32 ? 1e-5 : 1e-12
    #expect(Swift.abs(dirichletEnergy(z, graph).item() / sum - 1) < tolerance)
    let tripled = dirichletEnergy(z * 3, graph).item()
    #expect(Swift.abs(tripled / sum - 9) < 9 * tolerance)
  }

  /// Where s_i z_i is the same at all nodes the energy is 0 up to squares of rounding errors, whatever their number.
  @Test(arguments: [DType.float32, .float64]) func energyOfSmoothSignalsIsResolved(dtype: DType) {
    let graph = random(300, 2000)
    let z = Tensor(graph.degrees.map { Double($0).squareRoot() }, shape: [300, 1]).converted(to: dtype)
    for scale in [1, 3, 0.7] {
      let energy = dirichletEnergy(z * scale, graph).item()
      #expect(energy >= 0 && energy < (dtype == .float32 ? 1e-9 : 1e-26))
    }
  }

  /// 1 <- 0, 2 <- 1 and 1 <- 2: z' z - z' D^-1/2 A D^-1/2 z, written out and by its gradient.
  @Test func energyOfDirectedGraphs() throws {
    let graph = try Graph(nodeCount: 3, sources: [0, 1, 2], targets: [1, 2, 1], isUndirected: false)
    let z = Tensor([2.0, 3, -1], shape: [3, 1]).differentiable(), cross = 1 / 2.0.squareRoot()
    let energy = dirichletEnergy(z, graph)
    #expect(Swift.abs(energy.item() - (14 + 6 * cross)) < 1e-12)
    let slope = gradients(of: energy, withRespectTo: [z])[0].array(of: Double.self)
    let expected = [4, 6 + 2 * cross, -2 - 6 * cross]
    #expect(zip(slope, expected).allSatisfy { Swift.abs($0 - $1) < 1e-12 })
  }
}
