import DataKit
import Foundation
import NeuralKit
import SparseKit
import TestSupport
import Testing

@testable import GradientGCN
@testable import TensorKit

/// Every baseline of the comparison as its recipe makes it.
@Suite(.serialized) struct BaselineTests {
  private static let dataset = GraphTwin.make(seed: 0, like: GraphTwin.cora.scaled(toNodes: 400))
  private static let task = NodeTask(dataset)

  private func make(
    _ baseline: Baseline, layers: Int = 4, seed: UInt64 = 3
  ) -> (training: NodeTraining<GraphModel>, optimizer: Optimizer) {
    var recipe = BaselineRecipe(baseline, dataset: "cora")
    recipe.hidden = 16
    recipe.groups = 3
    let (model, optimizer) = recipe.make(Self.task, layers: layers, using: RandomGenerator(seed: seed))
    return (NodeTraining(model, Self.task, optimizer), optimizer)
  }

  private func bits(_ model: Module) -> [UInt32] {
    model.parameters().flatMap { $0.tensor.array(of: Float.self).map(\.bitPattern) }
  }

  @Test(arguments: Baseline.allCases) func trainsToTheSameBitsOnAnyNumberOfThreads(baseline: Baseline) {
    let saved = Runtime.threads
    defer { Runtime.threads = saved }
    let results = [1, 2, 5].map { threads in
      Runtime.threads = threads
      let run = make(baseline).training
      let losses = (0..<2).map { _ in run.epoch() }
      return (losses: losses, bits: bits(run.model))
    }
    #expect(results[0].losses.allSatisfy { $0.isFinite } && results[0].losses[0] != results[0].losses[1])
    for other in results.dropFirst() {
      #expect(other.losses == results[0].losses)
      #expect(other.bits == results[0].bits)
    }
  }

  @Test(arguments: Baseline.allCases) func relabellingNodesPermutesLogits(baseline: Baseline) throws {
    let model = make(baseline).training.model
    model.eval()
    let order = RandomGenerator(seed: 8).permutation(Self.dataset.nodeCount)  // old node at each new place
    var newIds = [Int32](repeating: 0, count: order.count)
    for (new, old) in order.enumerated() { newIds[old] = Int32(new) }
    let old = Tensor(order.map(Int32.init)), x = Self.task.features.dense()
    let moved = GraphOperators(try Self.dataset.graph.relabelled(newIds))
    let (direct, permuted) = withoutRecording {
      (model(.dense(x), Self.task.graph).gathered(old), model(.dense(x.gathered(old)), moved))
    }
    let pairs = zip(direct.array(of: Float.self), permuted.array(of: Float.self))
    #expect(pairs.allSatisfy { abs($0 - $1) < 1e-5 * max(1, abs($0)) })
  }

  @Test(arguments: Baseline.allCases) func goesOnFromACheckpointToTheSameBits(baseline: Baseline) throws {
    func generators(_ model: Module) -> [String: RandomGenerator] {
      Dictionary(uniqueKeysWithValues: model.namedGenerators().map { ($0.name, $0.generator) })
    }
    let first = make(baseline).training
    first.epoch()
    try withTemporaryFolder { folder in
      let path = folder + "/run.safetensors"
      try Checkpoint(model: first.model, optimizer: first.optimizer, generators: generators(first.model)).save(to: path)
      let again = make(baseline, seed: 77).training
      try Checkpoint.load(path).restore(
        model: again.model, optimizer: again.optimizer, generators: generators(again.model))
      #expect(first.epoch() == again.epoch())
      #expect(bits(first.model) == bits(again.model))
    }
  }

  @Test func recipesHoldThePublishedValues() throws {
    let gcnii = BaselineRecipe(.gcnii, dataset: "citeseer")
    #expect(gcnii.hidden == 256 && gcnii.dropout == 0.7 && gcnii.lambda == 0.6 && gcnii.weightDecay == 0.01)
    let appnp = BaselineRecipe(.appnp, dataset: "pubmed")
    #expect(appnp.hidden == 64 && appnp.weightDecay == 0.005 && appnp.otherWeightDecay == 0)
    let plain = BaselineRecipe(.plain, dataset: "pubmed")
    #expect(plain.hidden == 256 && plain.dropout == 0.5 && plain.learningRate == 0.01 && plain.weightDecay == 5e-4)
    #expect([Baseline.groupNorm, .dropEdge].allSatisfy { BaselineRecipe($0, dataset: "cora").weightDecay == 5e-4 })
    let residual = BaselineRecipe(.residual, dataset: "cora")
    #expect(residual.weightDecay == 0.01 && residual.otherWeightDecay == 5e-4 && residual.decayPrefix == "layers.")
    #expect(BaselineRecipe(.gcnii, dataset: "texas") == BaselineRecipe(.gcnii, dataset: "Cora"))
    #expect(
      ["cora", "Pubmed", "texas", "twin:cora", ""].map(BaselineRecipe.arePublished) == [
        true, true, false, false, false,
      ])
    let stored = try JSONDecoder().decode(BaselineRecipe.self, from: try JSONEncoder().encode(gcnii))
    #expect(stored.lambda == 0.6 && stored.baseline == .gcnii && stored.decayPrefix == "layers.")
    for baseline in Baseline.allCases { #expect(make(baseline, layers: 1).training.epoch().isFinite, "\(baseline)") }
  }

  @Test func decaysReachTheParametersThatTheyName() {
    // With a gradient of zero, Adam with coupled decay moves exactly the parameters that decay.
    var recipe = BaselineRecipe(.appnp, dataset: "cora")
    recipe.hidden = 4
    let (model, optimizer) = recipe.make(Self.task, layers: 2, using: RandomGenerator(seed: 1))
    let before = model.snapshot()
    let boxes = model.parameters()
    optimizer.step(ParameterGradients(boxes, boxes.map { .zeros($0.shape) }))
    for (name, parameter) in model.namedParameters() {
      let isSame = parameter.tensor.array(of: Float.self) == before[name]!.array(of: Float.self)
      #expect(isSame == name.hasPrefix("lin2."), "\(name)")
    }
  }
}
