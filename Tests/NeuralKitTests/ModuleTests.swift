import TensorKit
import Testing

@testable import NeuralKit

/// A module with everything that a walk can meet.
private class Base: Module {
  @Parameter var scale: Tensor
  @Buffer("running") var average: Tensor

  override init() {
    scale = .ones([2])
    super.init()
    average = .zeros([2])
  }
}

private final class Derived: Base {
  @Parameter("weight") var w: Tensor
  @Parameter var shift: Tensor?
  @Child var layers: [Linear]
  @Child("head") var top: Linear?
  @Child("tail") var bottom: Linear?
  @Child var missing: Linear?

  override init() {
    let generator = RandomGenerator(seed: 3)
    layers = [Linear(2, 2, using: generator), Linear(2, 2, hasBias: false, using: generator)]
    super.init()
    w = .zeros([3])
    top = Linear(2, 1, using: generator)
  }
}

private final class Tied: Module {
  @Child var encoder: Linear
  @Child var again: Linear
  @Parameter var weight: Tensor

  override init() {
    let shared = Linear(2, 2, hasBias: false, using: RandomGenerator(seed: 1))
    encoder = shared
    again = shared
    _weight = shared.$weight
  }
}

@Suite(.serialized) struct ModuleTests {
  @Test func namesAreDottedPathsInOrderSuperclassFirst() {
    let model = Derived()
    #expect(
      model.namedParameters().map(\.name) == [
        "scale", "weight", "layers.0.weight", "layers.0.bias", "layers.1.weight", "head.weight", "head.bias",
      ])
    #expect(model.namedBuffers().map(\.name) == ["running"])
    #expect(model.children.map(\.name) == ["layers.0", "layers.1", "head"])
    let named = model.namedParameters().map { ObjectIdentifier($0.parameter) }
    #expect(model.parameters().map(ObjectIdentifier.init) == named)
    #expect(model.parameterCount == 2 + 3 + 6 + 4 + 3)
  }

  @Test func generatorsAreFoundOnceWhereverModulesHoldThem() {
    class Noisy: Module {
      var first: RandomGenerator? = RandomGenerator(seed: 1)
    }
    final class Outer: Noisy {
      @Child var inner = Noisy()
      let list = [RandomGenerator(seed: 2), RandomGenerator(seed: 3)]
      lazy var again = list[1]
    }
    let outer = Outer()
    _ = outer.again
    outer.inner.first = RandomGenerator(seed: 4)
    let found = outer.namedGenerators()
    #expect(found.map(\.name) == ["first", "list.0", "list.1", "inner.first"])
    #expect(found.map(\.generator.state.seed) == [1, 2, 3, 4])
  }

  @Test func sequentialNamesAreIndices() {
    let generator = RandomGenerator(seed: 1)
    let model = Sequential(Linear(2, 3, using: generator), ActivationLayer(.relu), BatchNorm1d(3))
    #expect(model.namedParameters().map(\.name) == ["0.weight", "0.bias", "2.weight", "2.bias"])
    #expect(model.namedBuffers().map(\.name) == ["2.running_mean", "2.running_var"])
  }

  @Test func assignmentsAreSeenByLaterWalks() {
    let model = Derived()
    let count = model.parameters().count
    #expect(model.bottom == nil && model.missing == nil && model.shift == nil)
    model.shift = .ones([4])
    model.layers.append(Linear(1, 1, using: RandomGenerator(seed: 1)))
    model.top = nil
    #expect(model.parameters().count == count + 1 + 2 - 2)
    #expect(model.shift!.isDifferentiable)
    model.w = Tensor([1, 2, 3] as [Float])
    #expect(model.w.isDifferentiable)
    #expect(model.namedParameters()[1].parameter.tensor.values == [1, 2, 3])
  }

  @Test func sharedParametersAreWalkedOnce() {
    let model = Tied()
    #expect(model.namedParameters().map(\.name) == ["weight"])
    #expect(model.modules().map(\.name) == ["", "encoder"])
    #expect(model.parameterCount == 4)
    // Any of its names loads it.
    for name in ["weight", "encoder.weight", "again.weight"] {
      #expect(throws: Never.self) { try model.load([name: .full([2, 2], 7)]) }
      #expect(model.encoder.weight.values == [7, 7, 7, 7])
    }
  }

  @Test func freezingCutsGradients() {
    let model = Perceptron(), x = Tensor.ones([1, 3])
    model.freeze { $0.hasPrefix("hidden.") }
    #expect(!model.hidden.weight.isDifferentiable)
    let (_, gradients) = valueAndGradients(of: model) { model(x).sum() }
    #expect(gradients.parameters.count == 2)
    #expect(gradients[model.hidden.$weight] == nil)
    #expect(gradients[model.output.$bias]?.values == [1, 1])
    model.hidden.weight = .zeros([4, 3])
    #expect(!model.hidden.weight.isDifferentiable)
    model.unfreeze()
    #expect(model.parameters().allSatisfy { $0.tensor.isDifferentiable })
  }

  @Test func trainAndEvalReachEveryModule() {
    let model = Derived()
    model.eval()
    #expect(model.modules().allSatisfy { !$0.module.isTraining })
    model.train()
    #expect(model.modules().allSatisfy { $0.module.isTraining })
  }

  @Test func conversionChangesParametersAndBuffers() {
    let model = Derived()
    model.convert(to: .float64)
    #expect(model.parameters().allSatisfy { $0.tensor.dtype == .float64 && $0.tensor.isDifferentiable })
    #expect(model.average.dtype == .float64)
  }

  @Test func printedTree() {
    let model = Perceptron()
    model.output.freeze()
    #expect(
      model.description == """
        Perceptron: 26 parameters
          hidden: Linear(3 -> 4) weight [4, 3] bias [4]
          output: Linear(4 -> 2) weight [2, 4] frozen bias [2] frozen
        """)
  }

  @Test func snapshotsSurviveTrainingAndComeBack() {
    let model = Perceptron(), optimizer = Optimizer.sgd(model, learningRate: 0.5)
    let best = model.snapshot(), kept = model.hidden.weight
    let values = kept.values
    for _ in 0..<2 {
      optimizer.step(valueAndGradients(of: model) { model(.ones([1, 3])).sum() }.gradients)
    }
    #expect(kept.values == values)
    #expect(best["hidden.weight"]!.values == values)
    #expect(model.hidden.weight.values != values)
    model.restore(best)
    #expect(model.hidden.weight.values == values)
    optimizer.step(valueAndGradients(of: model) { model(.ones([1, 3])).sum() }.gradients)
    #expect(best["hidden.weight"]!.values == values)
  }
}

// MARK: - Substitution

@Suite(.serialized) struct SubstitutionTests {
  private struct Stop: Error {}

  @Test func parametersComeBackEvenAfterAnError() {
    let model = Perceptron(), before = model.snapshot()
    #expect(throws: Stop.self) {
      try model.withParameters(["hidden.bias": .full([4], 9)]) {
        #expect(model.hidden.bias!.values == [9, 9, 9, 9])
        model.hidden.bias = .zeros([4])
        model.hidden.freeze()
        throw Stop()
      }
    }
    #expect(model.hidden.bias!.values == before["hidden.bias"]!.values)
    #expect(model.hidden.bias!.isDifferentiable)
    let ones = model.parameters().map { Tensor.ones($0.shape) }
    let y = model.withParameters(ones) { model(.zeros([1, 3])) }
    #expect(near(y, [Double](repeating: 4 * 0.7615941559557649 + 1, count: 2)))
  }

  @Test func scopesNest() {
    let model = Vector([1])
    model.withParameters([Tensor([2] as [Float])]) {
      model.withParameters(["w": Tensor([3] as [Float])]) { #expect(model.w.values == [3]) }
      #expect(model.w.values == [2])
    }
    #expect(model.w.values == [1])
  }

  /// d/dr of the loss after one inner gradient step of rate r, against central differences.
  @Test func gradientsFlowThroughAnInnerStep() {
    let model = Perceptron()
    model.convert(to: .float64)
    let x = RandomGenerator(seed: 5).normal([6, 3], dtype: .float64)
    let t = RandomGenerator(seed: 6).normal([6, 2], dtype: .float64)
    func outerLoss(_ rate: Tensor) -> Tensor {
      let (_, inner) = valueAndGradients(of: model, createGraph: true) { meanSquaredError(model(x), targets: t) }
      let stepped = zip(inner.parameters, inner.tensors).map { $0.tensor - rate * $1 }
      return model.withParameters(stepped) { meanSquaredError(model(x), targets: t) }
    }
    let rate = Tensor(0.3, dtype: .float64).differentiable()
    let got = gradients(of: outerLoss(rate), withRespectTo: [rate])[0].item()
    let width = 1e-5
    let want =
      (outerLoss(Tensor(0.3 + width, dtype: .float64)).item() - outerLoss(Tensor(0.3 - width, dtype: .float64)).item())
      / (2 * width)
    #expect(abs(got - want) < 1e-8 * max(1, abs(want)))
    #expect(got < 0)
  }
}
