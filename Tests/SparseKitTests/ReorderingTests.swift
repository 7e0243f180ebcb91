import Testing

@testable import SparseKit
@testable import TensorKit

@Suite(.serialized) struct ReorderingTests {
  private static let orderings: [GraphOrdering] = [.degree, .reverseCuthillMcKee, .clusters]

  private static func random(_ n: Int, edges: Int, isUndirected: Bool = true) -> Graph {
    var words = SplitMix64(seed: UInt64(n))
    let ids = (0..<2 * edges).map { _ in Int32(words.integer(below: n)) }
    return try! Graph(
      nodeCount: n, sources: Array(ids[..<edges]), targets: Array(ids[edges...]), isUndirected: isUndirected)
  }

  private static func largestGap(_ a: Tensor, _ b: Tensor) -> Float {
    zip(a.array(of: Float.self), b.array(of: Float.self)).map { Swift.abs($0 - $1) }.max() ?? 0
  }

  /// A star around node 2 with an edge apart and a node alone.
  private let star = try! Graph(nodeCount: 7, sources: [0, 1, 2, 2, 4], targets: [2, 2, 3, 5, 6])

  @Test func degreeOrderOfAStar() {
    let moved = star.reordered(.degree)
    #expect(moved.oldIds(of: [0, 1, 2, 3, 4, 5, 6]) == [2, 0, 1, 3, 4, 5, 6])
    #expect(moved.newIds(of: [2, 0, 6]) == [0, 1, 6])
    #expect(moved.graph.degrees == [4, 1, 1, 1, 1, 1, 1])
    #expect(moved.graph.adjacency.columnIndices == [1, 2, 3, 5, 0, 0, 0, 6, 0, 4])
    #expect(moved.ordering == .degree && moved.decision == "degree order, as asked for")
  }

  @Test(arguments: orderings, [true, false])
  func edgesAreTheSameUnderTheirNames(ordering: GraphOrdering, isUndirected: Bool) {
    let graph = Self.random(500, edges: 900, isUndirected: isUndirected), moved = graph.reordered(ordering)
    let nodes = (0..<Int32(500)).map { $0 }
    #expect(moved.newIds(of: moved.oldIds(of: nodes)) == nodes)
    func edges(_ graph: Graph, _ name: ([Int32]) -> [Int32]) -> Set<[Int32]> {
      Set(zip(name(graph.adjacency.rowIndices), name(graph.adjacency.columnIndices)).map { [$0, $1] })
    }
    #expect(edges(moved.graph) { moved.oldIds(of: $0) } == edges(graph) { $0 })
    #expect(moved.graph.adjacency.isSymmetric == isUndirected)
  }

  @Test(arguments: orderings, [true, false])
  func logitsComeBack(ordering: GraphOrdering, isUndirected: Bool) {
    let graph = Self.random(400, edges: 1500, isUndirected: isUndirected), draw = RandomGenerator(seed: 3)
    let x = draw.normal([400, 12]), w1 = draw.normal([12, 16]) * 0.3, w2 = draw.normal([16, 5]) * 0.3
    func logits(_ graph: Graph, _ x: Tensor) -> Tensor {
      let p = graph.propagation()
      return spmm(p, matmul(spmm(p, matmul(x, w1), relu: true), w2))
    }
    let moved = graph.reordered(ordering)
    #expect(Self.largestGap(moved.restore(logits(moved.graph, moved.reorder(x))), logits(graph, x)) < 1e-5)
  }

  @Test func rowsGoThereAndBackWithTheirGradients() {
    let graph = Self.random(60, edges: 100), moved = graph.reordered(.clusters)
    let x = RandomGenerator(seed: 1).normal([60, 3]).differentiable(), dy = RandomGenerator(seed: 2).normal([60, 3])
    let there = moved.reorder(x)
    #expect(moved.restore(there).array(of: Float.self) == x.array(of: Float.self))
    let slope = gradients(of: there, withRespectTo: [x], seed: dy)[0]
    #expect(slope.array(of: Float.self) == moved.restore(dy).array(of: Float.self))
    let labels = Tensor((0..<60).map { Int32($0) }, shape: [60, 1])
    #expect(moved.reorder(labels).array(of: Int32.self) == moved.oldIds(of: (0..<60).map { $0 }))
  }

  /// Values, scales and the transposed matrix follow the nodes; features only their rows.
  @Test func matricesFollow() {
    let graph = Self.random(50, edges: 120, isUndirected: false), moved = graph.reordered(.reverseCuthillMcKee)
    let draw = RandomGenerator(seed: 5), x = draw.normal([50, 4])
    let values = draw.normal([graph.edgeCount]).differentiable()
    let matrix = SparseMatrix(
      graph.adjacency, values: values, rowScale: draw.normal([50]), columnScale: draw.normal([50]))
    for a in [matrix, matrix.transposed] {
      let there = spmm(moved.reorder(a), moved.reorder(x)), here = spmm(a, x)
      #expect(Self.largestGap(moved.restore(there), here) < 1e-5)
      let slopes = [moved.restore(there), here].map { gradients(of: $0.sum(), withRespectTo: [values])[0] }
      #expect(Self.largestGap(slopes[0], slopes[1]) < 1e-5)
    }
    let pattern = try! SparsePattern(
      rows: 50, columns: 3, rowPointers: (0...50).map { Int64($0) }, columnIndices: (0..<50).map { Int32($0 % 3) })
    let features = SparseMatrix(pattern, values: draw.normal([50]), columnScale: draw.normal([3]))
    guard case .sparse(let sparse) = moved.reorder(.sparse(features)) else { return #expect(Bool(false)) }
    #expect(moved.restore(sparse.dense()).array(of: Float.self) == features.dense().array(of: Float.self))
  }

  @Test func threadsDoNotChangeTheResult() {
    let graph = Self.random(40_000, edges: 90_000), threads = Runtime.threads
    defer { Runtime.threads = threads }
    for ordering in Self.orderings {
      var first: ReorderedGraph?
      for count in [1, 2, 5] {
        Runtime.threads = count
        let moved = graph.reordered(ordering)
        #expect(first == nil || moved.graph.adjacency.columnIndices == first!.graph.adjacency.columnIndices)
        first = moved
      }
    }
  }

  @Test func namesThatAreNoPermutationAreRefused() {
    func message(_ ids: [Int32]) -> String {
      do { _ = try star.relabelled(ids) } catch { return "\(error)" }
      return "no error"
    }
    #expect(message([0, 1]) == "relabelled: 2 new ids for 7 nodes")
    let expected = "relabelled: new id 1 of node 2 is taken or outside of 0..<7, expected a permutation"
    #expect(message([0, 1, 1, 2, 3, 4, 5]) == expected)
  }

  // MARK: The cost model

  private static func model(
    nodes: Int, entries: Int, width: Int = 64, products: Int = 1000, isSymmetric: Bool = true
  ) -> OrderingModel {
    OrderingModel(
      nodes: nodes, entries: entries, width: width, products: products,
      caches: .init(l2: 1_048_576, l3: 33_554_432), isSymmetric: isSymmetric)
  }

  @Test func smallTablesAreRefused() {
    let model = Self.model(nodes: 2708, entries: 10_556, width: 16)
    #expect(
      model.refusal(model.randomLocality)
        == "kept as it is: 0.2 MB of features fit the second-level cache of 1.0 MB")
    let kept = star.reordered(.automatic)
    #expect(kept.ordering == nil && kept.decision.contains("fit the second-level cache"))
    let x = Tensor.ones([7, 2])
    #expect(kept.reorder(x).array(of: Float.self) == kept.restore(x).array(of: Float.self))
    #expect(kept.newIds(of: [6, 1]) == [6, 1] && kept.oldIds(of: [6, 1]) == [6, 1])
  }

  @Test func localGraphsAreRefused() throws {
    let model = Self.model(nodes: 1_000_000, entries: 10_000_000)
    let refusal = try #require(model.refusal(GatherLocality(near: 0.99, medium: 1)))
    #expect(
      refusal == "kept as it is: 99 % of the neighbours lie within 2048 places already (0 % in random order)")
    #expect(model.refusal(model.randomLocality) == nil)
  }

  @Test func fewProductsAreRefused() throws {
    let model = Self.model(nodes: 1_000_000, entries: 10_000_000, products: 3)
    let refusal = try #require(model.refusal(model.randomLocality))
    #expect(refusal.hasSuffix("in 3 products of width 64, ordering takes 0.47 s"))
    #expect(Self.model(nodes: 1_000_000, entries: 10_000_000, products: 3, isSymmetric: false).cost(.degree) > 0.4)
  }

  /// Measured on a shuffled R-MAT graph of 1M nodes and 9.7M entries: shares of near and medium neighbours, and the
  /// time of a product in random order over that in the order.
  @Test(arguments: [
    (ordering: GraphOrdering.degree, width: 16, near: 0.28, medium: 0.86, speedup: 1.34...1.7),
    (.reverseCuthillMcKee, 16, 0.17, 0.79, 1.4...1.6), (.clusters, 16, 0.12, 0.56, 1.15...1.3),
    (.degree, 64, 0.11, 0.56, 1.1...1.3), (.reverseCuthillMcKee, 64, 0.06, 0.44, 1.25...1.45),
    (.clusters, 64, 0.09, 0.23, 1.1...1.3),
  ])
  func predictsWhatWasMeasured(
    ordering: GraphOrdering, width: Int, near: Double, medium: Double, speedup: ClosedRange<Double>
  ) {
    let model = Self.model(nodes: 1_000_000, entries: 9_700_000, width: width)
    let now = model.randomLocality, found = GatherLocality(near: near, medium: medium)
    let seconds = model.seconds(now), predicted = seconds / (seconds - model.saving(ordering, from: now, to: found))
    #expect(predicted > speedup.lowerBound - 0.1 && predicted < speedup.upperBound + 0.1)
    #expect(model.accepts(ordering, from: now, to: found) && !model.accepts(ordering, from: now, to: now))
  }

  @Test func ratesFallWithTheTable() {
    for width in [4, 64, 256] {
      let model = Self.model(nodes: 1, entries: 1, width: width)
      let rates = stride(from: 16.0, to: 32, by: 0.25).map { exponent -> Double in
        var bytes = 1.0
        for _ in 0..<Int(exponent) { bytes *= 2 }
        return model.gatherRate(bytes * (1 + exponent.truncatingRemainder(dividingBy: 1)))
      }
      #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 >= $1 } && rates.last! >= 10)
    }
  }

  /// Blocks of 40 nodes under shuffled names, one edge in eight between them: clusters find them, where it pays.
  @Test func automaticTakesWhatPays() throws {
    let n = 4000, block = 40
    var words = SplitMix64(seed: 9), names = (0..<Int32(n)).map { $0 }
    for i in names.indices { names.swapAt(i, words.integer(below: i + 1)) }
    var sources: [Int32] = [], targets: [Int32] = []
    for i in 0..<n {
      for edge in 0..<8 {
        sources.append(names[i])
        targets.append(names[edge == 0 ? words.integer(below: n) : i / block * block + words.integer(below: block)])
      }
    }
    let graph = try Graph(nodeCount: n, sources: sources, targets: targets)
    // Caches as small as the graph, so that it takes the place of a large one.
    var model = OrderingModel(
      nodes: n, entries: graph.edgeCount, width: 64, products: 1_000_000, caches: .init(l2: 65536, l3: 262_144),
      isSymmetric: true)
    let moved = graph.reordered(by: model)
    #expect(moved.ordering == .clusters)
    #expect(moved.decision.hasPrefix("clusters of label propagation: ") && moved.decision.contains("paid back after"))
    let inside = Bridge.locality(moved.graph.adjacency, nil, near: model.nearReach, medium: model.mediumReach)
    #expect(inside.near > 0.7)

    model.products = 0
    #expect(graph.reordered(by: model).decision.contains("would save 0.0 ms in 0 products"))
    let now = Bridge.locality(graph.adjacency, nil, near: model.nearReach, medium: model.mediumReach)
    let most = model.saving(.clusters, from: now, to: GatherLocality(near: 1, medium: 1))
    model.products = Int(1.5 * (model.cost(.degree) + model.movingCost) / most)
    #expect(graph.reordered(by: model).decision.hasSuffix("no order is likely to repay finding it"))
  }
}
