import FileKit
import SparseKit
import TensorKit
import TestSupport
import Testing

@testable import NeuralKit

@Suite(.serialized) struct GraphNetworkTests {
  private let graph = GraphOperators(SmallGraph.graph)
  private let x = NodeFeatures.dense(SmallGraph.features(3))

  private func layers(_ widths: [Int], seed: UInt64 = 3) -> [GraphConvolution] {
    let generator = RandomGenerator(seed: seed)
    return zip(widths, widths.dropFirst()).map { GraphConvolution($0, $1, biases: .uniform(0.5), using: generator) }
  }

  private func network(
    _ widths: [Int] = [3, 3, 3, 3, 3, 2], skip: SkipConnection = .none, dropout: Double = 0,
    sampling: GraphSampling = .none
  ) -> GraphNetwork {
    GraphNetwork(
      layers: layers(widths), skip: skip, dropout: dropout, sampling: sampling, using: RandomGenerator(seed: 6))
  }

  /// Bits of the logits and of all gradients.
  private func bits(_ network: GraphNetwork) -> [[UInt32]] {
    let (_, gradients) = valueAndGradients(of: network) { network(x, graph).squared().sum() }
    return [network(x, graph).bits] + gradients.tensors.map(\.bits)
  }

  @Test func skipsIntoNothingOrOfNothingChangeNoBit() {
    let plain = bits(network())
    #expect(bits(network(skip: .first(into: []))) == plain)
    #expect(bits(network(skip: .first(into: [1, 3], scale: 0))) == plain)
    #expect(bits(network(skip: .first(into: [1, 3]))) != plain)
  }

  @Test func thePlainNetworkIsTheLoopOfItsLayers() {
    let model = network(), p = graph.propagation()
    var h = SmallGraph.features(3)
    for (index, layer) in layers([3, 3, 3, 3, 3, 2]).enumerated() {
      h = spmm(p, matmul(h, layer.weight), bias: layer.bias, relu: index < 4)
    }
    #expect(model(x, graph).bits == h.bits)
    var seen: [Tensor] = []
    let observed = model.observing({ if $0.name == "preactivation" { seen.append($0.tensor) } }) { model(x, graph) }
    #expect(seen.count == 5 && observed.bits == h.bits && seen[4].bits == h.bits, "observing changes no bit")
  }

  /// Observed, the network drops in a pass of its own.
  @Test func droppingInTheLayersPassChangesNoBit() {
    let generator = RandomGenerator(seed: 8)
    let attention = GraphAttention(3, 3, attentionDropout: 0.5, using: generator)
    let output = Linear(3, 2, using: generator)
    for (skip, hasOutput) in [(SkipConnection.none, true), (.first(into: [2, 3], scale: 0.5), false)] {
      func bits(isObserved: Bool) -> [[UInt32]] {
        attention.namedGenerators()[0].generator.state = .init(seed: 9, draws: 0)
        var all: [GraphLayer] = layers([3, 3, 3])
        all.append(attention)
        for layer in layers([3, 3, 2]).prefix(hasOutput ? 1 : 2) { all.append(layer) }
        let model = GraphNetwork(
          layers: all,
          output: hasOutput ? output : nil, skip: skip, dropout: 0.4, using: RandomGenerator(seed: 6))
        func pass() -> [Tensor] {
          let (value, gradients) = valueAndGradients(of: model) { model(x, graph).squared().sum() }
          return [value] + gradients.tensors
        }
        return (isObserved ? model.observing({ _ in }, pass) : pass()).map(\.bits)
      }
      #expect(bits(isObserved: false) == bits(isObserved: true), "skip \(skip)")
    }
  }

  @Test func firstIsAddedBeforeTheActivation() {
    let model = network(skip: .first(into: [1, 3], scale: 0.5)), ls = layers([3, 3, 3, 3, 3, 2])
    var z: [Tensor] = [], h = x
    for (index, layer) in ls.enumerated() {
      let y = layer(h, graph)
      z.append([1, 3].contains(index) ? y + z[0] * 0.5 : y)
      h = .dense(z[index].relu())
    }
    #expect(near(model(x, graph), z[4].values, 1e-6))
    let seen = announcements("preactivation", of: model) { model(x, graph) }
    for index in 0..<5 { #expect(near(seen[index]!, z[index].values, 1e-6)) }
    #expect(announcements("hidden", of: model) { model(x, graph) }.count == 4)
    model.skip = .none
    #expect(model(x, graph).bits == network()(x, graph).bits, "the skip may change between steps")
  }

  @Test func connectionsFollowTheirFormulas() {
    let generator = RandomGenerator(seed: 8)
    let input = Linear(3, 4, using: generator), output = Linear(4, 2, using: generator)
    let mixers = [Linear(8, 4, using: generator), Linear(12, 4, using: generator)]
    let jump = Linear(12, 2, using: generator), ls = layers([4, 4, 4])
    func make(_ skip: SkipConnection) -> GraphNetwork {
      GraphNetwork(
        input: input, layers: ls, output: skip == .jumping ? nil : output, skip: skip,
        mixers: skip == .dense ? mixers : skip == .jumping ? [jump] : [], using: generator)
    }
    let start = input(x).relu()
    func h(_ layer: Int, _ x: Tensor) -> Tensor { ls[layer](.dense(x), graph).relu() }
    let h0 = h(0, start)
    let mixed = h0 * 0.8 + start * 0.2
    let h1 = h(1, mixed)
    #expect(near(make(.residual(0.2))(x, graph), output(h1 * 0.8 + h0 * 0.2).values, 1e-6))
    #expect(near(make(.initial(0.2))(x, graph), output(h1 * 0.8 + start * 0.2).values, 1e-6))
    let side = mixers[0](.concatenated([start, h0], axis: 1)), d1 = h(1, side)
    #expect(near(make(.dense)(x, graph), output(mixers[1](.concatenated([start, h0, d1], axis: 1))).values, 1e-5))
    let j1 = h(1, h0)
    #expect(near(make(.jumping)(x, graph), jump(.concatenated([start, h0, j1], axis: 1)).values, 1e-5))
  }

  @Test func normsStandBeforeTheActivation() {
    let ls = layers([3, 3, 2])
    let model = GraphNetwork(layers: ls, norms: [MeanNorm(), PairNorm()], using: RandomGenerator(seed: 1))
    let want = PairNorm()(ls[1](.dense(MeanNorm()(ls[0](x, graph)).relu()), graph))
    #expect(near(model(x, graph), want.values, 1e-6))
  }

  @Test func droppedGraphsAreRenormalised() {
    for sampling in [GraphSampling.dropEdge(0.5), .dropNode(0.5)] {
      let model = network([3, 3, 2], sampling: sampling), generator = RandomGenerator(seed: 6)
      let kept =
        sampling == .dropEdge(0.5)
        ? SmallGraph.graph.droppingEdges(0.5, using: generator) : SmallGraph.graph.droppingNodes(0.5, using: generator)
      #expect(kept.edgeCount < SmallGraph.graph.edgeCount)
      let plain = network([3, 3, 2])
      #expect(model(x, graph).bits == plain(x, GraphOperators(kept)).bits, "one draw for all layers")
      let p = GraphOperators(kept).propagation().dense().values
      for (node, degree) in kept.degrees.enumerated() {
        #expect(abs(p[node * SmallGraph.nodes + node] - 1 / Double(degree + 1)) < 1e-6)
      }
      model.eval()
      #expect(model(x, graph).bits == plain(x, graph).bits, "evaluation sees the whole graph")
    }
  }

  @Test func sampledPropagationIsRightOnAverage() {
    let model = network([3, 2], sampling: .fastGCN(0.3)), plain = network([3, 2])(x, graph)
    withoutRecording {
      let draws = 4000
      let sum = (0..<draws).reduce(Tensor.zeros(plain.shape)) { sum, _ in sum + model(x, graph) }
      #expect(near(sum / Double(draws), plain.values, 0.06))
      #expect(model(x, graph).bits != plain.bits)
    }
    for sampling in [GraphSampling.fastGCN(0.3), .ladies(0.3)] {
      let deep = network([3, 3, 3, 2], sampling: sampling)
      #expect(deep(x, graph).values.allSatisfy { $0.isFinite })
      deep.eval()
      #expect(deep(x, graph).bits == network([3, 3, 3, 2])(x, graph).bits)
    }
  }

  /// Every layer's rows sum to what they do in the P that evaluation uses, the last one's too.
  @Test func ladiesKeepsRowSums() {
    let ones = Tensor.ones([SmallGraph.nodes, 1]), whole = spmm(graph.propagation(), ones).values
    let generator = RandomGenerator(seed: 6)
    for _ in 0..<20 {
      let seen = GraphSampling.ladies(0.5).operators(graph, layers: 3, using: generator)
      for (layer, operators) in seen.enumerated() {
        let sampled = operators.propagation(), sums = spmm(sampled, ones).values
        let entries = sampled.pattern.rowPointers
        for row in 0..<SmallGraph.nodes {
          let isRead = entries[row + 1] > entries[row]
          #expect(Swift.abs(sums[row] - (isRead ? whole[row] : 0)) < 1e-5, "layer \(layer), row \(row)")
        }
      }
    }
  }

  @Test func generatorsAreFoundByName() {
    let shared = RandomGenerator(seed: 1), other = RandomGenerator(seed: 2)
    let attention = GraphAttention(3, 2, attentionDropout: 0.5, using: other)
    let model = GraphNetwork(layers: [attention, GraphConvolution(2, 2, using: other)], dropout: 0.5, using: shared)
    #expect(model.namedGenerators().map(\.name) == ["generator", "layers.0.generator"])
    #expect(model.namedGenerators()[0].generator === shared)
    let dropout = Sequential(Dropout(0.1, using: shared), Dropout(0.2, using: shared))
    #expect(dropout.namedGenerators().map(\.name) == ["0.generator"], "a shared generator once")
    #expect(GPRGNN(3, 4, 2, hops: 1, using: other).namedGenerators().map(\.name) == ["generator"])
  }

  @Test func checkpointsHoldSizesAndSkips() throws {
    let generator = RandomGenerator(seed: 8)
    let models = [
      network(skip: .first(into: [3, 1], scale: 0.5), dropout: 0.25),
      GraphNetwork(
        input: Linear(3, 4, using: generator), layers: layers([4, 4, 4]), output: Linear(4, 2, using: generator),
        skip: .dense, mixers: [Linear(8, 4, using: generator), Linear(12, 4, using: generator)], using: generator),
      GraphNetwork(
        input: Linear(3, 4, hasBias: false, using: generator), layers: layers([4, 4]), skip: .jumping,
        mixers: [Linear(8, 2, using: generator)], using: generator),
    ]
    try withTemporaryFolder { folder in
      for model in models {
        model.eval()
        let path = folder + "/model.safetensors"
        try model.save(to: path)
        let again = try GraphNetwork(checkpoint: path)
        again.eval()
        #expect(again.skip == model.skip && again.dropout == model.dropout && again.inputWidth == 3)
        #expect(again(x, graph).bits == model(x, graph).bits)
      }
      try Checkpoint(model: SGC(3, 2, hops: 1, using: generator)).save(to: folder + "/sgc.safetensors")
      #expect(throws: (any Error).self) { try GraphNetwork(checkpoint: folder + "/sgc.safetensors") }
    }
  }

  @Test func filesThatDoNotFitTogetherAreRefused() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model.safetensors"
      func check(_ sentence: String, _ change: (inout [String: Tensor], inout [String: String]) -> Void) throws {
        var tensors = ["layers.0.weight": Tensor.zeros([3, 4]), "layers.1.weight": .zeros([4, 2])]
        var notes = ["format": "gossamer-checkpoint", "skip": "none"]
        change(&tensors, &notes)
        try SafetensorsFile.write(tensors.map { ("model." + $0.key, $0.value) }, metadata: notes, to: path)
        do {
          _ = try GraphNetwork(checkpoint: path)
          #expect(sentence.isEmpty)
        } catch { #expect("\(error)".contains(sentence) && !sentence.isEmpty, "\(error)") }
      }
      try check("") { _, _ in }
      try check("takes 5 inputs, but is given 4") { tensors, _ in tensors["layers.1.weight"] = .zeros([5, 2]) }
      try check("takes 3 inputs, but is given 6") { tensors, _ in tensors["input.weight"] = .zeros([6, 3]) }
      try check("takes 3 inputs, but is given 2") { tensors, _ in tensors["output.weight"] = .zeros([2, 3]) }
      try check("adds 4 values to the 2 outputs of layer 1") { _, notes in notes["skip"] = "first(1; 1.0)" }
      try check("names a layer outside of 1..<2") { _, notes in notes["skip"] = "first(7; 1.0)" }
      try check("is \"dense\" beside 0 maps") { _, notes in notes["skip"] = "dense" }
      try check("takes 5 inputs, but is given 6") { tensors, notes in
        notes["skip"] = "jumping"
        tensors["mixers.0.weight"] = .zeros([2, 5])
      }
      try check("is no rate") { _, notes in notes["dropout"] = "1.5" }
      try check("expected a float32 matrix") { tensors, _ in tensors["layers.0.weight"] = .zeros([3]) }
      try check("unknown") { tensors, _ in tensors["norms.0.weight"] = .zeros([4]) }
    }
  }

  @Test func skipsReadWhatTheyPrint() {
    let all: [SkipConnection] = [
      .none, .first(into: []), .first(into: [3, 1], scale: 0.5), .residual(0.1), .initial(0.2), .dense, .jumping,
    ]
    for skip in all { #expect(SkipConnection("\(skip)") == skip) }
    for text in ["", "first", "first(1)", "first(a; 1)", "first(1; b)", "residual", "residual(x)", "dense(1)", "skip"] {
      #expect(SkipConnection(text) == nil, "\(text)")
    }
  }
}
