import DataKit
import Foundation
import NeuralKit
import SparseKit
import TestSupport
import Testing

@testable import GradientGCN
@testable import TensorKit

/// Known answers of section 11 of the paper's specification: items 1-3, 10 and 11.
@Suite(.serialized) struct InitializationTests {
  /// Sets of the shared folder with 1'P1/N, T_hi, T_lo and the released bound.
  static let known: [(set: NodeDatasetName, rowSum: Double, aligned: Double, uncorrelated: Double, bound: Double)] = [
    (.cora, 0.925162, 0.936867, 0.228651, 0.2998969),
    (.citeseer, 0.958064, 0.959720, 0.323658, 0.2948577),
    (.pubmed, 0.829376, 0.859589, 0.216078, 0.3155995),
  ]

  @Test(.needsData, arguments: known.map(\.set))
  func statisticsOfRealGraphs(set: NodeDatasetName) throws {
    let expected = Self.known.first { $0.set == set }!
    let statistics = PropagationStatistics(try set.load(from: TestData.folder).graph.propagation(dtype: .float64))
    #expect(abs(statistics.rowSum - expected.rowSum) < 1e-6)
    #expect(abs(statistics.alignedGain - expected.aligned) < 1e-6)
    #expect(abs(statistics.uncorrelatedGain - expected.uncorrelated) < 1e-6)
    #expect(abs(statistics.releasedBound - expected.bound) < 1e-6)
  }

  @Test func regularGraphsHaveOneBound() throws {
    let ring = try Graph(nodeCount: 10, sources: Array(0..<10), targets: Array(1..<10) + [0])
    let single = try Graph(nodeCount: 1, sources: [], targets: [])
    for graph in [ring, single] {
      let statistics = PropagationStatistics(graph.propagation(dtype: .float64))
      #expect(abs(statistics.releasedBound - 0.2886751) < 1e-6)
      #expect(abs(statistics.alignedGain - 1) < 1e-12)
    }
    let statistics = PropagationStatistics(ring.propagation(dtype: .float64))
    #expect(abs(statistics.uncorrelatedGain - 1.0 / 3) < 1e-12, "T_lo of a k-regular graph is 1 / (k + 1)")
  }

  @Test(.needsData) func theLargestEigenvalueIsOne() throws {
    let propagation = try NodeDatasetName.cora.load(from: TestData.folder).graph.propagation(dtype: .float64)
    var x = RandomGenerator(seed: 1).uniform([propagation.rows, 1], in: 0.5..<1.5, dtype: .float64)
    var ratio = 0.0
    for _ in 0..<300 {
      let next = spmm(propagation, x)
      ratio = (next.squared().sum().item() / x.squared().sum().item()).squareRoot()
      x = next / next.squared().sum().sqrt()
    }
    #expect(abs(ratio - 1) < 1e-6)
  }

  @Test func releasedWeightsHaveTheirVariance() throws {
    let graph = try Graph(nodeCount: 10, sources: Array(0..<10), targets: Array(1..<10) + [0])
    let features = NodeFeatures.dense(.ones([10, 300]))
    let model = GCN(
      widths: [300, 1000, 4], initialization: .released, graph: GraphOperators(graph), features: features,
      using: RandomGenerator(seed: 5))
    let bound = 0.2886751, weights = model.layers[0].weight.array(of: Double.self), count = Double(weights.count)
    let mean = weights.reduce(0, +) / count
    let variance = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    #expect(abs(variance / (bound * bound / 3) - 1) < 0.01)
    #expect(abs(mean) < 4 * bound / (3 * count).squareRoot())
    #expect(weights.allSatisfy { abs($0) <= bound })
    #expect(model.layers[0].bias!.array(of: Double.self).contains { $0 != 0 }, "biases are drawn alike")
  }

  /// A 64-layer GCN of width 64 on Cora with zero biases.
  private func deepModel(
    _ initialization: GCNInitialization, _ task: NodeTask, seed: UInt64, dropout: Double
  ) -> GCN {
    GCN(
      widths: [task.features.width] + Array(repeating: 64, count: 63) + [7], initialization: initialization,
      drawsBiases: false, dropout: dropout, graph: task.graph, features: task.features,
      using: RandomGenerator(seed: seed))
  }

  @Test(
    .needsData,
    arguments: [
      (GCNInitialization.glorot, 0.68, 0.02), (.released, 0.945, 0.02), (.iso, 1.00, 0.03),
    ])
  func amplitudeOfALayerWithoutDropout(initialization: GCNInitialization, expected: Double, tolerance: Double) throws {
    let task = NodeTask(try NodeDatasetName.cora.load(from: TestData.folder))
    let amplitudes = (0..<3).map { seed in
      let model = deepModel(initialization, task, seed: UInt64(seed), dropout: 0)
      var z: [Tensor] = []
      model.observing({ z.append($0.tensor) }) { _ = withoutRecording { model(task.features, task.graph) } }
      let energies = [z[62], z[4]].map { $0.converted(to: .float64).squared().sum().item() }
      return Foundation.pow(energies[0] / energies[1], 0.5 / 58)
    }
    #expect(abs(amplitudes.reduce(0, +) / 3 - expected) < tolerance, "\(amplitudes)")
  }

  @Test(.needsData) func gradientsOfDeepNetworksVanishWithGlorot() throws {
    let task = NodeTask(try NodeDatasetName.cora.load(from: TestData.folder))
    func firstNorm(_ initialization: GCNInitialization, dropout: Double) -> Double {
      let model = deepModel(initialization, task, seed: 1, dropout: dropout)
      let training = NodeTraining(model, task, .kipf(model))
      return gradientFlow(training.lossAndGradients().gradients, of: training.model)[0]
    }
    let glorot = firstNorm(.glorot, dropout: 0)
    #expect(glorot < 1e-10 && glorot >= 0)
    #expect(firstNorm(.std, dropout: 0) == 0, "1 / sqrt(outputs) underflows")
    #expect(firstNorm(.iso, dropout: 0) > 1e-4)
    #expect((1e-5...1e-4).contains(firstNorm(.glorot, dropout: 0.6)), "dropout raises the gain")
  }

  @Test func isoDropLowersTheVariance() throws {
    let task = NodeTask(GraphTwin.make(seed: 0, like: GraphTwin.cora.scaled(toNodes: 300)))
    func bounds(_ initialization: GCNInitialization) -> [Double] {
      initialization.bounds(
        widths: [task.features.width, 16, 16, 7], propagation: task.graph.propagation(), features: task.features, dropout: 0.5)
    }
    let statistics = PropagationStatistics(task.graph.propagation())
    let ratio = bounds(.isoDrop)[1] / bounds(.iso)[1]
    let expected = (statistics.alignedGain / (statistics.alignedGain + statistics.uncorrelatedGain)).squareRoot()
    #expect(abs(ratio - expected) < 1e-9)
  }
}
