import SparseKit
import TensorKit
import Testing

@testable import NeuralKit

/// Layers and models against their formulas, written out.
@Suite(.serialized) struct GraphLayerTests {
  private let graph = GraphOperators(SmallGraph.graph)
  private let generator = RandomGenerator(seed: 7)

  /// The adjacency as a dense matrix.
  private func adjacency(_ normalization: Graph.Normalization, selfLoops: Bool) -> Tensor {
    graph.propagation(normalization, addingSelfLoops: selfLoops).dense()
  }

  @Test func productsGoInEitherOrder() {
    let x = SmallGraph.features(3), p = adjacency(.symmetric, selfLoops: true)
    for outputs in [2, 3, 5] {
      let layer = GraphConvolution(3, outputs, biases: .uniform(1), using: generator)
      let want = matmul(p, matmul(x, layer.weight)) + layer.bias!
      #expect(near(layer(.dense(x), graph), want.values, 1e-5))
      let residual = SmallGraph.features(outputs, seed: 3)
      let z = layer(.dense(x), graph, residual: (residual, 0.5), relu: true)
      #expect(near(z, (want + residual * 0.5).relu().values, 1e-5))
    }
  }

  @Test func identityMappingMixesTheWeightWithTheIdentity() {
    let layer = GraphConvolution(3, 3, hasBias: false, identityMapping: 0.25, using: generator)
    let x = SmallGraph.features(3), px = matmul(adjacency(.symmetric, selfLoops: true), x)
    #expect(near(layer(.dense(x), graph), (px * 0.75 + matmul(px, layer.weight) * 0.25).values, 1e-5))
  }

  @Test(arguments: [1, 2]) func attentionIsASoftmaxOverNeighbours(heads: Int) {
    let layer = GraphAttention(3, 2, heads: heads, biases: .uniform(1), using: generator)
    let averaged = GraphAttention(3, 2, heads: heads, averagesHeads: true, hasBias: false, using: generator)
    averaged.weight = layer.weight
    averaged.source = layer.source
    averaged.target = layer.target
    let x = SmallGraph.features(3), present = adjacency(.none, selfLoops: true).values
    let u = matmul(x, layer.weight).values, source = layer.source.values, target = layer.target.values
    var want = [Double](repeating: 0, count: SmallGraph.nodes * heads * 2)
    for i in 0..<SmallGraph.nodes {
      for head in 0..<heads {
        func dot(_ a: [Double], _ node: Int) -> Double {
          (0..<2).reduce(0) { $0 + a[head * 2 + $1] * u[node * heads * 2 + head * 2 + $1] }
        }
        let neighbours = (0..<SmallGraph.nodes).filter { present[i * SmallGraph.nodes + $0] != 0 }
        let logits = neighbours.map { j -> Double in
          let e = dot(source, j) + dot(target, i)
          return e < 0 ? 0.2 * e : e
        }
        let weights = Tensor(logits).softmax().values
        for (j, weight) in zip(neighbours, weights) {
          for k in 0..<2 { want[(i * heads + head) * 2 + k] += weight * u[(j * heads + head) * 2 + k] }
        }
      }
    }
    let z = Tensor(want, shape: [SmallGraph.nodes, heads * 2]).converted(to: .float32)
    #expect(near(layer(.dense(x), graph), (z + layer.bias!).values, 1e-5))
    let mean = z.reshaped([SmallGraph.nodes, heads, 2] as Shape).mean(axes: [1])
    #expect(near(averaged(.dense(x), graph), mean.values, 1e-5))
  }

  @Test func attentionDropsOnlyInTraining() {
    let layer = GraphAttention(3, 2, attentionDropout: 0.5, using: generator), x = SmallGraph.features(3)
    let runs = (0..<2).map { _ in layer(.dense(x), graph).bits }
    #expect(runs[0] != runs[1])
    layer.eval()
    #expect(layer(.dense(x), graph).bits == layer(.dense(x), graph).bits)
  }

  @Test func isomorphismCountsTheNodeItself() {
    let x = SmallGraph.features(3), a = adjacency(.none, selfLoops: false), mean = adjacency(.row, selfLoops: false)
    let sum = GraphIsomorphism(3, 2, epsilon: 0.5, biases: .uniform(1), using: generator)
    #expect(near(sum(.dense(x), graph), (matmul(x * 1.5 + matmul(a, x), sum.weight) + sum.bias!).values, 1e-5))
    let learned = GraphIsomorphism(
      3, 2, hidden: 4, aggregation: .mean, epsilon: 0.5, learnsEpsilon: true, using: generator)
    let hidden = (matmul(x * 1.5 + matmul(mean, x), learned.weight) + learned.bias!).relu()
    #expect(near(learned(.dense(x), graph), learned.second!(hidden).values, 1e-5))
    #expect(learned.namedParameters().map(\.name) == ["weight", "bias", "eps", "second.weight", "second.bias"])
  }

  @Test func sageSeesTheMeanOfTheNeighboursBesideTheNode() {
    let x = SmallGraph.features(3), layer = SampleAndAggregate(3, 2, biases: .uniform(1), using: generator)
    let both = Tensor.concatenated([x, matmul(adjacency(.row, selfLoops: false), x)], axis: 1)
    let y = layer(.dense(x), graph)
    #expect(near(y, (matmul(both, layer.weight) + layer.bias!).values, 1e-5))
    let residual = SmallGraph.features(2, seed: 3)
    let z = layer(.dense(x), graph, residual: (residual, 2), relu: true)
    #expect(near(z, (y + residual * 2).relu().values, 1e-5))
    #expect(y.values.allSatisfy { $0.isFinite }, "node 5 has no neighbours")
  }

  @Test func sageTakesTheMaximumOfTheNeighbours() {
    let x = SmallGraph.features(3)
    let layer = SampleAndAggregate(3, 2, aggregation: .maximum, biases: .uniform(1), using: generator)
    let messages = matmul(x, layer.weight.sliced(3..<6)).values, present = adjacency(.none, selfLoops: false).values
    var best = [Double](repeating: 0, count: SmallGraph.nodes * 2)
    for i in 0..<SmallGraph.nodes {
      let nodes = (0..<SmallGraph.nodes).filter { present[i * SmallGraph.nodes + $0] != 0 }
      for k in 0..<2 { best[i * 2 + k] = nodes.map { messages[$0 * 2 + k] }.max() ?? 0 }
    }
    let neighbours = Tensor(best, shape: [SmallGraph.nodes, 2]).converted(to: .float32)
    let want = matmul(x, layer.weight.sliced(0..<3)) + neighbours
    let y = layer(.dense(x), graph)
    #expect(near(y, (want + layer.bias!).values, 1e-5))
    let residual = SmallGraph.features(2, seed: 3)
    let z = layer(.dense(x), graph, residual: (residual, 2), relu: true)
    #expect(near(z, (y + residual * 2).relu().values, 1e-5))
  }

  /// Every kernel of a step states what it costs.
  @Test func profilesOfAttentionKnowTheirCost() {
    let model = GraphNetwork(
      layers: [
        GraphAttention(3, 4, heads: 2, attentionDropout: 0.5, using: generator), GraphAttention(8, 2, using: generator),
        SampleAndAggregate(2, 2, aggregation: .maximum, using: generator),
      ], dropout: 0.5, sampling: .dropEdge(0.3), using: generator)
    let optimizer = Optimizer.adam(model), x = NodeFeatures.dense(SmallGraph.features(3))
    let profile = Profiler.record {
      let (_, slopes) = valueAndGradients(of: model) {
        let y = model(x, GraphOperators(SmallGraph.graph))
        return y.squared().sum() + dirichletEnergy(y, SmallGraph.graph)
      }
      optimizer.step(slopes)
    }
    let names = Set(profile.operations.map(\.name))
    let expected: Set = ["graphAttention", "spmmMaximum", "dirichletEnergy", "CSR filter"]
    #expect(names.isSuperset(of: expected), "\(names)")
    for operation in profile.operations { #expect(operation.bytes > 0, "\(operation.name), \(operation.phase)") }
  }

  @Test func sparseFeaturesGiveWhatDenseOnesGive() throws {
    let sparse = try SmallGraph.sparseFeatures(4), dense = NodeFeatures.dense(sparse.dense())
    let layers: [GraphLayer] = [
      GraphConvolution(4, 2, using: generator), GraphConvolution(4, 6, using: generator),
      GraphAttention(4, 3, heads: 2, using: generator), GraphIsomorphism(4, 2, hidden: 3, using: generator),
      SampleAndAggregate(4, 3, using: generator),
      SampleAndAggregate(4, 3, aggregation: .maximum, using: generator),
    ]
    for layer in layers { #expect(near(layer(.sparse(sparse), graph), layer(dense, graph).values, 1e-5)) }
    let models: [GraphModel] = [
      SGC(4, 2, hops: 2, using: generator), APPNP(4, 3, 2, hops: 2, dropout: 0, using: generator),
      GCNII(4, 3, 2, layers: 2, dropout: 0, using: generator), JKNet(4, 3, 2, layers: 2, dropout: 0, using: generator),
    ]
    for model in models { #expect(near(model(.sparse(sparse), graph), model(dense, graph).values, 1e-5)) }
  }

  // MARK: Models

  @Test func withoutHopsOrWithAllOfItselfAPPNPIsItsPerceptron() {
    let x = SmallGraph.features(3)
    for (hops, alpha) in [(0, 0.1), (4, 1.0)] {
      let model = APPNP(3, 4, 2, hops: hops, alpha: alpha, dropout: 0, using: generator)
      #expect(model(.dense(x), graph).values == model.lin2(model.lin1(x).relu()).values)
    }
  }

  @Test func oneHopOfSGCIsOneLinearConvolution() {
    let model = SGC(3, 2, hops: 1, using: generator), x = NodeFeatures.dense(SmallGraph.features(3))
    let layer = GraphConvolution(weight: model.weight, bias: nil)
    #expect(near(model(x, graph), layer(x, graph).values, 1e-6))
  }

  @Test func theKeptProductOfSGCFollowsFeaturesAndGraph() {
    let model = SGC(3, 2, hops: 2, using: generator), other = SGC(3, 2, hops: 2, using: generator)
    let x = NodeFeatures.dense(SmallGraph.features(3)), directed = GraphOperators(SmallGraph.directed)
    let first = model(x, graph).values
    #expect(model(x, graph).values == first)
    other.weight = model.weight
    #expect(model(x, directed).values == other(x, directed).values && model(x, directed).values != first)
    let moved = NodeFeatures.dense(SmallGraph.features(3, seed: 12))
    #expect(model(moved, directed).values != other(x, directed).values)
    #expect(model(x, graph).values == first)
  }

  @Test func theProductOfDifferentiableFeaturesIsNotKept() throws {
    let model = SGC(3, 2, hops: 2, using: generator), p = adjacency(.symmetric, selfLoops: true)
    let x = SmallGraph.features(3).differentiable()
    // Looked at once without recording, as an evaluation does, then asked for the gradient of the sum: P' P' 1 W'.
    let logits = withoutRecording { model(.dense(x), graph) }
    let slope = gradients(of: model(.dense(x), graph).sum(), withRespectTo: [x])[0]
    #expect(!logits.isDifferentiable)
    #expect(
      near(slope, matmul(matmul(p, matmul(p, .ones([6, 2]))), model.weight, transposingRight: true).values, 1e-5))
    let sparse = try SmallGraph.sparseFeatures(3), values = sparse.values!.differentiable()
    let words = NodeFeatures.sparse(sparse.withValues(values))
    _ = withoutRecording { model(words, graph) }
    #expect(gradients(of: model(words, graph).squared().sum(), withRespectTo: [values])[0].values.contains { $0 != 0 })
  }

  @Test func theKeptProductOfSGCHasTheTypeOfTheWeight() {
    let model = SGC(3, 2, hops: 2, using: generator), x = NodeFeatures.dense(SmallGraph.features(3))
    let single = model(x, graph)
    model.convert(to: .float64)
    let double = model(x, graph)
    #expect(double.dtype == .float64 && near(double, single.values, 1e-5))
  }

  @Test func whatSGCAnnouncesAreItsLogits() {
    let model = SGC(3, 2, hops: 2, dropout: 0, using: generator), x = NodeFeatures.dense(SmallGraph.features(3))
    let hidden = announcements("hidden", of: model) { model(x, graph) }
    #expect(hidden.count == 1 && hidden[0]!.values == model(x, graph).values)
  }

  @Test func pageRankByWeightsIsAPPNP() {
    let pagerank = APPNP(3, 4, 2, hops: 5, alpha: 0.2, dropout: 0, using: RandomGenerator(seed: 9))
    let general = GPRGNN(3, 4, 2, hops: 5, alpha: 0.2, dropout: 0, using: RandomGenerator(seed: 9))
    let x = NodeFeatures.dense(SmallGraph.features(3))
    #expect(near(general.gamma, [0.2, 0.16, 0.128, 0.1024, 0.08192, 0.32768], 1e-6))
    #expect(near(general(x, graph), pagerank(x, graph).values, 1e-5))
  }

  @Test func gatesOfDAGNNWeighEachHop() {
    let model = DAGNN(3, 4, 2, hops: 2, dropout: 0, weights: .fanIn, biases: .fanIn, using: generator)
    let x = SmallGraph.features(3), p = adjacency(.symmetric, selfLoops: true)
    let h = model.lin2(model.lin1(x).relu())
    let powers = [h, matmul(p, h), matmul(p, matmul(p, h))]
    let want = powers.map { $0 * model.gate($0).sigmoid() }.reduce(Tensor.zeros(h.shape), +)
    #expect(near(model(.dense(x), graph), want.values, 1e-5))
    let hidden = announcements("hidden", of: model) { model(.dense(x), graph) }
    #expect(hidden.count == 3 && near(hidden[2]!, powers[2].values, 1e-5))
  }

  @Test func withoutInitialResidualAndIdentityGCNIIIsAGCN() {
    let layer = InitialResidualConvolution(3, alpha: 0, strength: 1, using: generator), x = SmallGraph.features(3)
    let plain = GraphConvolution(weight: layer.weight, bias: nil)
    #expect(near(layer(x, initial: x * 5, graph), plain(.dense(x), graph).values, 1e-6))
    let model = GCNII(3, 3, 2, layers: 3, alpha: 0.1, lambda: 0.5, dropout: 0, using: generator)
    var h = model.input(x).relu()
    let start = h, p = adjacency(.symmetric, selfLoops: true)
    for (layer, strength) in zip(model.layers, [0.4054651, 0.2231436, 0.1541507]) {
      let mixed = matmul(p, h) * 0.9 + start * 0.1
      h = (mixed * (1 - strength) + matmul(mixed, layer.weight) * strength).relu()
    }
    #expect(near(model(.dense(x), graph), model.output(h).values, 1e-5))
  }

  @Test func jumpingKnowledgeSeesAllLayers() {
    let model = JKNet(3, 4, 2, layers: 3, dropout: 0, using: generator), x = SmallGraph.features(3)
    var h = NodeFeatures.dense(x), all: [Tensor] = []
    for layer in model.layers {
      all.append(layer(h, graph).relu())
      h = .dense(all.last!)
    }
    #expect(near(model(.dense(x), graph), model.output(.concatenated(all, axis: 1)).values, 1e-5))
    let hidden = announcements("hidden", of: model) { model(.dense(x), graph) }
    #expect(near(hidden[1]!, all[1].values, 1e-6))
  }

  // MARK: Norms

  @Test func normsHaveTheirMoments() {
    let x = RandomGenerator(seed: 4).normal([50, 8], mean: 3, deviation: 2)
    let pair = PairNorm()(x)
    #expect(near(pair.mean(axes: [0]), [Double](repeating: 0, count: 8), 1e-5))
    #expect(abs(pair.squared().sum(axes: [1]).mean().item() - 1) < 1e-5)
    #expect(near(MeanNorm()(x).mean(axes: [0]), [Double](repeating: 0, count: 8), 1e-5))
    let node = NodeNorm()(x)
    #expect(near(node.mean(axes: [1]), [Double](repeating: 0, count: 50), 1e-5))
    #expect(near(node.squared().mean(axes: [1]), [Double](repeating: 1, count: 50), 1e-4))
  }

  @Test func groupNormAddsEachGroupsNorm() {
    let norm = GroupNorm(3, groups: 2, strength: 0.5, using: generator), x = SmallGraph.features(3)
    let shares = norm.assignment(x).softmax()
    let batch = BatchNorm1d(3)
    let groups = (0..<2).map { batch(shares.sliced(axis: 1, $0..<$0 + 1) * x) }
    #expect(near(norm(x), (x + (groups[0] + groups[1]) * 0.5).values, 1e-5))
    #expect(norm.namedParameters().map(\.name) == ["group_func.weight", "group_func.bias", "bn.weight", "bn.bias"])
    let comb = Sequential.combNorm(3, groups: 2, strength: 0.5, using: RandomGenerator(seed: 1))(x)
    #expect(near(comb.mean(axes: [1]), [Double](repeating: 0, count: 6), 1e-5))
  }

  @Test(arguments: [[4, 9], [9, 4], [5, 5]]) func orthogonalWeights(shape: [Int]) {
    let w = Initializer.orthogonal(gain: 2)(Shape(shape), fanIn: 1, fanOut: 1, using: generator)
    let gram = shape[0] <= shape[1] ? matmul(w, w, transposingRight: true) : matmul(w, w, transposingLeft: true)
    #expect(w.shape == Shape(shape) && near(gram, (Tensor.identity(shape.min()!) * 4).values, 1e-5))
  }
}
