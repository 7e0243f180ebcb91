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
  private static let twin = NodeTask(GraphTwin.make(seed: 0, like: GraphTwin.cora.scaled(toNodes: 300)))

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
    let model = GraphNetwork.gcn(
      widths: [300, 1000, 4], initialization: .released, graph: GraphOperators(graph), features: features,
      using: RandomGenerator(seed: 5))
    let layer = try #require(model.layers[0] as? GraphConvolution)
    let bound = 0.2886751, weights = layer.weight.array(of: Double.self), count = Double(weights.count)
    let mean = weights.reduce(0, +) / count
    let variance = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    #expect(abs(variance / (bound * bound / 3) - 1) < 0.01)
    #expect(abs(mean) < 4 * bound / (3 * count).squareRoot())
    #expect(weights.allSatisfy { abs($0) <= bound })
    #expect(layer.bias!.array(of: Double.self).contains { $0 != 0 }, "biases are drawn alike")
  }

  /// Signals in an untrained 64-layer network of width 64 on Cora with zero biases.
  private func signals(_ initialization: GCNInitialization, dropout: Double, seeds: UInt64) throws -> [SignalTest] {
    let task = NodeTask(try NodeDatasetName.cora.load(from: TestData.folder))
    let method = GradientGCN(layers: 64, initialization: initialization, skips: .none, dropout: dropout)
    return (0..<seeds).map { SignalTest(method, task, seed: $0) }
  }

  /// Item 10, and the component that grows fastest under dropout (section 2.3).
  @Test(
    .needsData,
    arguments: [
      (GCNInitialization.glorot, 0.0, 0.684), (.released, 0.0, 0.948), (.iso, 0.0, 1.0), (.glorot, 0.6, 0.935),
      (.released, 0.6, 1.296),
    ])
  func amplitudeOfALayer(initialization: GCNInitialization, dropout: Double, expected: Double) throws {
    let signals = try signals(initialization, dropout: dropout, seeds: 3)
    #expect(abs(signals[0].predicted - expected) < 0.002, "\(signals[0].predicted)")
    let mean = signals.reduce(0) { $0 + $1.amplitude } / 3
    #expect(abs(mean / expected - 1) < (dropout == 0 ? 0.03 : 0.08), "\(mean)")
  }

  /// Item 11.
  @Test(.needsData) func gradientsOfDeepNetworksVanishWithGlorot() throws {
    func firstNorm(_ initialization: GCNInitialization, dropout: Double) throws -> Double {
      try signals(initialization, dropout: dropout, seeds: 1)[0].firstGradient
    }
    let glorot = try firstNorm(.glorot, dropout: 0)
    #expect(glorot < 1e-10 && glorot >= 0)
    // In single precision the squares of these are 0; the norm here is taken in double.
    #expect(try firstNorm(.std, dropout: 0) < 1e-24)
    #expect(try firstNorm(.iso, dropout: 0) > 1e-4)
    #expect((1e-5...1e-4).contains(try firstNorm(.glorot, dropout: 0.6)), "dropout raises the gain")
  }

  /// Against dense products, for features of both kinds and values and scales of all kinds.
  @Test func inputGainByHand() throws {
    let graph = Self.twin.graph.graph, propagation = graph.propagation(), features = Self.twin.features
    guard case .sparse(let sparse) = features else { throw GraphError("the twin's features are sparse") }
    let weighted = NodeFeatures.sparse(
      sparse.withValues(RandomGenerator(seed: 6).uniform([sparse.pattern.entryCount], in: -1..<1)))
    for x in [features, weighted, .dense(weighted.dense()), .dense(.ones([graph.nodeCount, 3]))] {
      let p = propagation.dense(dtype: .float64), dense = x.dense(dtype: .float64)
      let aligned = matmul(p, dense).squared().sum().item(), energy = dense.squared().sum().item()
      let spread = matmul(p.squared(), dense.squared()).sum().item()
      for (rate, q) in [(0.0, 0.0), (0.5, 1), (0.6, 1.5)] {
        let expected = (aligned + q * spread) / energy
        let gain = PropagationStatistics.inputGain(propagation, x, dropout: rate)
        #expect(abs(gain - expected) < 1e-7 * expected, "\(gain) instead of \(expected)")
      }
    }
  }

  @Test func isoDropLowersTheVariance() throws {
    let task = NodeTask(GraphTwin.make(seed: 0, like: GraphTwin.cora.scaled(toNodes: 300)))
    func bounds(_ initialization: GCNInitialization) -> [Double] {
      initialization.bounds(
        widths: [task.features.width, 16, 16, 7], propagation: task.graph.propagation(), features: task.features,
        dropout: 0.5)
    }
    let statistics = PropagationStatistics(task.graph.propagation())
    let ratio = bounds(.isoDrop)[1] / bounds(.iso)[1]
    let expected = (statistics.alignedGain / (statistics.alignedGain + statistics.uncorrelatedGain)).squareRoot()
    #expect(abs(ratio - expected) < 1e-9)
  }
}
