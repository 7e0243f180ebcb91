import DataKit
import NeuralKit
import SparseKit
import TestSupport
import Testing

@testable import GradientGCN
@testable import TensorKit

@Suite(.serialized) struct MethodTests {
  fileprivate static let dataset = GraphTwin.make(seed: 0, like: GraphTwin.cora.scaled(toNodes: 300))
  fileprivate static let task = NodeTask(dataset)

  private func bits(_ model: Module) -> [UInt32] {
    model.parameters().flatMap { $0.tensor.array(of: Float.self).map(\.bitPattern) }
  }

  @Test func skipsAreThoseThatWereAskedFor() {
    func skips(_ choice: GradientGCN.Skips, listed: [Int] = []) -> Set<Int> {
      GradientGCN(layers: 6, skips: choice).skippedLayers(listed: listed, seed: 4)
    }
    #expect(skips(.none).isEmpty)
    #expect(skips(.all) == [1, 2, 3, 4])
    #expect(skips(.into([2])) == [2])
    #expect(skips(.rewired(Rewiring()), listed: [1, 3]) == [1, 3])
    let random = skips(.random(Rewiring()), listed: [1, 3])
    #expect(random.count == 2 && random.isSubset(of: [1, 2, 3, 4]))
    #expect(random == skips(.random(Rewiring()), listed: [2, 4]), "the seed decides, not what was listed")
  }

  @Test func trainingInPhasesIsWhatTheMethodSays() throws {
    let rewiring = Rewiring(threshold: 0.9, probeEpochs: 12)
    var method = GradientGCN(layers: 4, hidden: 8, skips: .rewired(rewiring), dropout: 0.3)
    method.learningRate = 0.05
    var phases: [Bool] = [], best = -1.0
    let result = try method.train(Self.task, epochs: 10, seed: 2) { progress in
      phases.append(progress.isProbe)
      best = max(best, progress.evaluation?.validationAccuracy ?? -1)
    }
    #expect(phases == Array(repeating: true, count: 12) + Array(repeating: false, count: 10))
    #expect(result.evaluation.validationAccuracy == best)
    #expect(Self.task.evaluate(result.model).testAccuracy == result.evaluation.testAccuracy)

    let probe = method.probe(Self.task, seed: 2)
    for epoch in 1...12 { probe.epoch(epoch) }
    #expect(result.record == probe.model.record && result.skips == Set(probe.model.record.layers))
    let model = method.network(Self.task, skips: result.skips, seed: 2)
    let training = NodeTraining(model, Self.task, method.optimizer(model))
    for _ in 0..<result.epoch { training.epoch() }
    #expect(bits(model) == bits(result.model), "a fresh network by the run's seed")
  }

  @Test func withoutSkipsItIsTheVanillaNetwork() {
    let method = GradientGCN(layers: 4, hidden: 8, skips: .none)
    var scaled = method
    scaled.skipScale = 0
    let plain = method.network(Self.task, seed: 1), scaledModel = scaled.network(Self.task, skips: [1, 2], seed: 1)
    for model in [plain, scaledModel] {
      let training = NodeTraining(model, Self.task, method.optimizer(model))
      for _ in 0..<3 { training.epoch() }
    }
    #expect(bits(plain) == bits(scaledModel), "a scale of 0 is no skip")
  }

  private func check(_ result: ExitTest.Result?, says sentence: String) {
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(sentence) && text.contains("MethodTests.swift"), "\(text.prefix(300))")
  }

  @Test func impossibleTrainingsEndTheProgram() async {
    check(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = GradientGCN(layers: 0, skips: .none).network(MethodTests.task, seed: 0)
      }, says: "GradientGCN: 0 layers, expected 1 or more")
    check(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = BaselineRecipe(.gat, dataset: "").make(MethodTests.task, layers: 0, using: RandomGenerator(seed: 0))
      }, says: "BaselineRecipe: 0 layers, expected 1 or more")
    check(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = try GradientGCN(layers: 2, skips: .none).train(MethodTests.task, epochs: 0)
      }, says: "train: 0 epochs, expected 1 or more")
    check(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = try GradientGCN(layers: 3, skips: .rewired(Rewiring(probeEpochs: 0))).train(MethodTests.task)
      }, says: "train: rewiring with 0 probe epochs, expected 1 or more")
    check(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let bare = NodeTask(try MethodTests.dataset.with(splits: []))
        let method = GradientGCN(layers: 2, hidden: 4, skips: .none), model = method.network(bare, seed: 0)
        NodeTraining(model, bare, method.optimizer(model)).epoch()
      }, says: "has no split")
  }

  @Test func failuresAreSentences() throws {
    let bare = NodeTask(try Self.dataset.with(splits: []))
    let method = GradientGCN(layers: 3, hidden: 4, skips: .none)
    #expect(throws: GradientGCN.Failure.self) { try method.train(bare, epochs: 1) }
    #expect(
      "\(GradientGCN.Failure.noSplit(dataset: "mine"))"
        == "mine: the data set has no split, expected training, validation and test nodes")
    struct Stop: Error {}
    #expect(throws: Stop.self) { try method.train(Self.task, epochs: 5) { if $0.epoch == 2 { throw Stop() } } }
    var wild = method
    wild.learningRate = 1e30
    #expect(throws: GradientGCN.Failure.self) { try wild.train(Self.task, epochs: 20) }
  }
}
