import DataKit
import NeuralKit
import SparseKit
import TestSupport
import Testing

@testable import GradientGCN
@testable import TensorKit

@Suite(.serialized) struct TrainingTests {
  private static let task = NodeTask(GraphTwin.make(seed: 0))

  private func training(
    _ task: NodeTask, hidden: Int = 64, layers: Int = 2, dropout: Double = 0.5
  ) -> NodeTraining<GraphNetwork> {
    let widths = [task.features.width] + Array(repeating: hidden, count: layers - 1) + [task.dataset.classCount]
    let model = GraphNetwork.gcn(
      widths: widths, dropout: dropout, graph: task.graph, features: task.features,
      using: RandomGenerator(seed: 3))
    return NodeTraining(model, task, .kipf(model))
  }

  private func bits(_ model: Module) -> [UInt32] {
    model.parameters().flatMap { $0.tensor.array(of: Float.self).map(\.bitPattern) }
  }

  private func onThreads<Result>(_ threads: Int, _ body: () -> Result) -> Result {
    let saved = Runtime.threads
    Runtime.threads = threads
    defer { Runtime.threads = saved }
    return body()
  }

  @Test func trainingHasTheSameBitsOnAnyNumberOfThreads() {
    let results = [1, 2, 5].map { threads in
      onThreads(threads) {
        let run = training(Self.task, layers: 3)
        let losses = (0..<20).map { _ in run.epoch() }
        return (losses, bits(run.model))
      }
    }
    #expect(Runtime.observedThreads() > 1 || Runtime.threads == 1, "OpenMP is alive")
    for other in results.dropFirst() {
      #expect(other.0 == results[0].0)
      #expect(other.1 == results[0].1)
    }
  }

  @Test func stepsTakeNoMemoryFromTheSystemAfterTheSecond() {
    for layers in [2, 16] {
      let run = training(Self.task, hidden: 16, layers: layers)
      var blocks: [Int] = []
      for _ in 1...10 {
        run.epoch()
        _ = Self.task.evaluate(run.model)
        blocks.append(Runtime.systemBlocks)
      }
      #expect(blocks[1...].allSatisfy { $0 == blocks[1] }, "\(layers) layers: \(blocks)")
    }
  }

  @Test func instructionSetsAgreeToTolerance() throws {
    func losses() -> [Double] {
      let run = training(Self.task)
      return (0..<5).map { _ in run.epoch() }
    }
    let expected = losses(), baseline = try #require(Runtime.forcing(isa: "baseline", losses))
    #expect(baseline != expected || Runtime.instructionSet == "baseline", "another set has other roundings")
    for (a, b) in zip(expected, baseline) { #expect(abs(a - b) < 1e-4 * abs(a)) }
  }

  @Test func theLossFalls() {
    let run = training(Self.task, hidden: 16)
    let first = run.epoch()
    for _ in 0..<60 { run.epoch() }
    #expect(run.epoch() < 0.8 * first)
    #expect(Self.task.evaluate(run.model).testAccuracy > 60)
  }

  @Test func predictionKeepsEachModulesMode() {
    let model = training(Self.task, hidden: 8).model
    let first = Self.task.predict(model).array(of: Float.self)
    #expect(model.isTraining && model.modules().map(\.module).allSatisfy(\.isTraining))
    model.layers[1].eval()
    #expect(Self.task.predict(model).array(of: Float.self) == first)
    #expect(model.isTraining && model.layers.map(\.isTraining) == [true, false])
    model.eval()
    _ = Self.task.evaluate(model)
    #expect(!model.isTraining && model.modules().map(\.module).allSatisfy { !$0.isTraining })
  }

  @Test func relabellingNodesPermutesLogits() throws {
    let dataset = GraphTwin.make(seed: 0, like: GraphTwin.cora.scaled(toNodes: 400))
    let task = NodeTask(dataset)
    let model = training(task, dropout: 0).model
    let order = RandomGenerator(seed: 8).permutation(dataset.nodeCount)  // old node at each new place
    var newIds = [Int32](repeating: 0, count: order.count)
    for (new, old) in order.enumerated() { newIds[old] = Int32(new) }
    let old = Tensor(order.map(Int32.init))
    let moved = GraphOperators(try dataset.graph.relabelled(newIds))
    let direct = withoutRecording { model(.dense(task.features.dense()), task.graph) }.gathered(old)
    let permuted = withoutRecording { model(.dense(task.features.dense().gathered(old)), moved) }
    let pairs = zip(direct.array(of: Float.self), permuted.array(of: Float.self))
    #expect(pairs.allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func dropoutScalesWhatItKeepsAndRepeatsItsMask() {
    let x = Tensor.ones([4000]).differentiable(), generator = RandomGenerator(seed: 2)
    let y = x.dropout(0.6, using: generator)
    let kept = y.array(of: Float.self)
    #expect(kept.allSatisfy { $0 == 0 || abs($0 - 2.5) < 1e-4 })
    #expect(abs(Double(kept.count { $0 != 0 }) / 4000 - 0.4) < 0.04)
    #expect(gradients(of: y.sum(), withRespectTo: [x])[0].array(of: Float.self) == kept, "one mask for both passes")
    #expect(x.dropout(0, using: generator).array(of: Float.self) == x.array(of: Float.self))
    let masks = [1, 2].map { threads in
      onThreads(threads) {
        Tensor.ones([1_000_000]).dropout(0.5, using: RandomGenerator(seed: 4)).array(of: Float.self)
      }
    }
    #expect(masks[0] == masks[1])
  }

  @Test func checkpointsRoundTrip() throws {
    let run = training(Self.task, hidden: 8)
    run.epoch()
    try withTemporaryFolder { folder in
      let path = folder + "/model.safetensors"
      try run.model.save(to: path)
      let again = try GraphNetwork(checkpoint: path)
      #expect(bits(again) == bits(run.model))
      #expect(again.dropout == 0.5)
      let logits = [run.model, again].map { Self.task.predict($0).array(of: Float.self) }
      #expect(logits[0] == logits[1])
    }
  }

  @Test(.needsData, .timeLimit(.minutes(2))) func coraReachesThePublishedAccuracy() throws {
    let task = NodeTask(try NodeDatasetName.cora.load(from: TestData.folder))
    let run = training(task, hidden: 16)
    var best = (validation: 0.0, test: 0.0)
    for _ in 0..<200 {
      run.epoch()
      let values = task.evaluate(run.model)
      if values.validationAccuracy > best.validation { best = (values.validationAccuracy, values.testAccuracy) }
    }
    #expect((79.0...84.5).contains(best.test), "one seed: \(best.test) %")
  }
}
