import DataKit
import NeuralKit
import SparseKit
import TestSupport
import Testing

@testable import GradientGCN
@testable import TensorKit

/// Known answers of section 11 of the paper's specification: items 4, 5, 6 and 9, and what rewiring does to training.
@Suite(.serialized) struct RewiringTests {
  private static let task = NodeTask(GraphTwin.make(seed: 0, like: GraphTwin.cora.scaled(toNodes: 300)))

  private func energy(_ z: [Double], width: Int = 1, _ graph: Graph) -> Double {
    dirichletEnergy(Tensor(z, shape: [graph.nodeCount, width]).converted(to: .float64), graph).item()
  }

  private func ring(_ nodes: Int) throws -> Graph {
    let ids = (0..<nodes).map(Int32.init)
    return try Graph(nodeCount: nodes, sources: ids, targets: Array(ids[1...]) + [0])
  }

  @Test func energiesByHand() throws {
    let pair = try Graph(nodeCount: 2, sources: [0], targets: [1])
    #expect(abs(energy([1, -1], pair) - 4) < 1e-12)
    #expect(abs(energy([1, 1], pair)) < 1e-12)
    #expect(abs(energy([2, 2, 2, 2, 2], try ring(5))) < 1e-12)
    #expect(
      abs(energy([0, 0, 3], try Graph(nodeCount: 3, sources: [0], targets: [1])) - 9) < 1e-12, "an isolated node")
  }

  @Test func energyIsASumOverEdges() {
    let graph = Self.task.graph.graph, width = 3
    let z = RandomGenerator(seed: 1).normal([graph.nodeCount, width], dtype: .float64), x = z.array(of: Double.self)
    let degrees = graph.degrees.map { Double($0).squareRoot() }, starts = graph.adjacency.rowPointers
    var sum = 0.0
    for node in 0..<graph.nodeCount {
      for edge in Int(starts[node])..<Int(starts[node + 1]) {
        let other = Int(graph.adjacency.columnIndices[edge])
        for k in 0..<width {
          let difference = x[node * width + k] / degrees[node] - x[other * width + k] / degrees[other]
          sum += difference * difference / 2  // each edge is met twice
        }
      }
      if degrees[node] == 0 { for k in 0..<width { sum += x[node * width + k] * x[node * width + k] } }
    }
    #expect(abs(dirichletEnergy(z, graph).item() - sum) < 1e-9 * sum)
    let single = dirichletEnergy(z.converted(to: .float32), graph).item()
    #expect(abs(single - sum) < 1e-5 * sum)
  }

  @Test func energyScalesAndPropagationLowersIt() throws {
    let graph = try ring(12), z = RandomGenerator(seed: 2).normal([12, 4], dtype: .float64)
    let before = dirichletEnergy(z, graph).item()
    #expect(abs(dirichletEnergy(z * 3, graph).item() - 9 * before) < 1e-10)
    #expect(dirichletEnergy(spmm(graph.propagation(dtype: .float64), z), graph).item() <= before)
  }

  @Test func gradientFlowOfOneLayerByHand() throws {
    let graph = GraphOperators(try Graph(nodeCount: 2, sources: [0], targets: [1]))
    let layer = GraphConvolution(weight: .zeros([2, 2]), bias: .zeros([2]))
    let model = GraphNetwork(layers: [layer], using: RandomGenerator(seed: 0))
    let features = NodeFeatures.dense(Tensor([Float(1), 0, 0, 1], shape: [2, 2]))
    func norms(_ weight: Double) -> [Double] {
      let (_, gradients) = valueAndGradients(of: model) {
        meanCrossEntropy(model(features, graph), labels: Tensor([Int32(0), 1]), rows: Tensor([Int32(0)])) * weight
      }
      return gradientFlow(gradients, of: model).map(\.norm)
    }
    // P = 1/2 everywhere, dZ = (-1/2, 1/2) at node 0: P' dZ has rows (-1/4, 1/4), and dW = X' P dZ the same.
    #expect(norms(1).count == 1 && abs(norms(1)[0] - 0.5) < 1e-6)
    #expect(norms(0) == [0])
  }

  @Test func aLayerIsListedBelowItsThreshold() {
    var record = RewiringRecord(layerCount: 5, threshold: 0.4)
    let energies: [[Double]] = [[10, 10, 10, 10, 10], [9, 9, 9, 9, 9], [0, 4.0, 3.9, 9, 0], [0, 3.99, 1, 20, 0]]
    for (index, values) in energies.enumerated() {
      for (layer, value) in values.enumerated() { record.observe(value, layer: layer, epoch: index + 1) }
    }
    #expect(record.layers == [1, 2], "neither the first layer nor the output layer, and not at 4.0 of 10")
    #expect(record.listedIn == [nil, 4, 3, nil, nil])
    #expect(record.references == [nil, 10, 10, 10, nil], "the first value stays the reference")
    #expect(!record.observe(0, layer: 2, epoch: 9) && record.listedIn[2] == 3, "a layer is listed once")
  }

  @Test(arguments: [1, 2])
  func shallowNetworksHaveNoCandidates(layers: Int) {
    var record = RewiringRecord(layerCount: layers)
    for epoch in 1...3 { for layer in 0..<layers { record.observe(1 / Double(epoch * 9), layer: layer, epoch: epoch) } }
    #expect(record.layers.isEmpty && record.candidates.isEmpty)
  }

  /// A probe's energies are those of its training passes, and only listed from the second epoch on.
  @Test func theProbeListsWhatCollapses() {
    var method = GradientGCN(layers: 5, hidden: 8, skips: .rewired(Rewiring(threshold: 0.9, probeEpochs: 30)))
    method.learningRate = 0.05
    let probe = method.probe(Self.task, seed: 1), twin = method.network(Self.task, seed: GradientGCN.probeSeed(of: 1))
    var first: [Int: Double] = [:]
    twin.observing({ result in
      if result.name == "preactivation" {
        first[result.index] = dirichletEnergy(result.tensor.detached(), Self.task.graph.graph).item()
      }
    }) { _ = twin(Self.task.features, Self.task.graph) }
    probe.epoch(1)
    #expect(probe.model.record.references == [nil, first[1], first[2], first[3], nil])
    #expect(probe.model.record.layers.isEmpty)
    for epoch in 2...30 { probe.epoch(epoch) }
    #expect(probe.model.network.skip == .none, "the probe records, it does not rewire")
    #expect(!probe.model.record.layers.isEmpty, "weight decay at this rate shrinks some layer: \(probe.model.record)")
    let record = probe.model.record
    probe.epoch(31)
    #expect(probe.model.record == record, "nothing is watched after the probe's epochs")
  }

  @Test func theGradientCriterionWatchesGradients() {
    var method = GradientGCN(
      layers: 4, hidden: 8, skips: .rewired(Rewiring(criterion: .gradient, threshold: 2, probeEpochs: 2)))
    method.dropout = 0
    let probe = method.probe(Self.task, seed: 1)
    probe.epoch(1)
    #expect(probe.model.record.references.map { $0 != nil } == [false, true, true, false])
    #expect(probe.model.energies.isEmpty)
    probe.epoch(2)
    #expect(probe.model.record.layers == [1, 2], "the second norm is below twice the first")
  }

  @Test func onlineRewiringKeepsTheSkipsOfItsBestEpoch() throws {
    let online = Rewiring(mode: .online, threshold: 2, probeEpochs: 5)  // lists every layer in the second epoch
    let method = GradientGCN(layers: 5, hidden: 8, skips: .rewired(online))
    let training = method.onlineTraining(Self.task, seed: 3), model = training.model
    training.epoch(1)
    let before = model.snapshot(), logits = Self.task.predict(model).array(of: Float.self)
    training.epoch(2)
    #expect(model.record.layers == [1, 2, 3])
    #expect(Self.task.predict(model).array(of: Float.self) != logits)
    #expect(model.network.skip == .first(into: [1, 2, 3]))
    model.restore(before)
    #expect(model.record.layers.isEmpty && Self.task.predict(model).array(of: Float.self) == logits)
    let result = try method.train(Self.task, epochs: 8, seed: 3)
    #expect(result.skips.isSubset(of: [1, 2, 3]) && result.model.skip == .first(into: result.skips))
  }

  /// Section 2.4: under dropout the energy grows with depth at initialisation, without it it decays.
  @Test(.needsData, arguments: [(0.6, 7.6e2), (0, 39)])
  func energiesOfUntrainedNetworksOnCora(dropout: Double, first: Double) throws {
    let task = NodeTask(try NodeDatasetName.cora.load(from: TestData.folder))
    var method = GradientGCN(layers: 16, initialization: .released, dropout: dropout)
    if dropout == 0 { method.bias = .zero }  // else what one sees is the energy of the biases
    var energies: [Int: [Double]] = [:]
    for seed in 0..<3 {
      let model = method.network(task, seed: UInt64(seed))
      model.observing({ result in
        guard result.name == "preactivation" else { return }
        energies[result.index, default: []].append(dirichletEnergy(result.tensor.detached(), task.graph.graph).item())
      }) { _ = withoutRecording { model(task.features, task.graph) } }
    }
    let (start, end) = (energies[0]!.sorted()[1], energies[14]!.sorted()[1])
    #expect((first / 2...first * 2).contains(start), "\(start)")
    #expect(dropout == 0 ? end < start / 30 : end > start * 30, "\(start) to \(end)")
  }
}
