import TensorKit
import Testing

@testable import NeuralKit

private final class Forgetful: Module {
  var layer = Linear(1, 1, using: RandomGenerator(seed: 1))
}

/// Programmer errors end the program with one sentence.
@Suite(.serialized) struct TrapTests {
  private func check(_ result: ExitTest.Result?, says sentence: String) {
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(sentence), "\(text.prefix(300))")
  }

  @Test func modulesOutsideOfChildren() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Forgetful().parameters()
    }
    check(result, says: "Forgetful: property layer holds modules but is no @Child, so walks would miss it")
  }

  @Test func unknownSubstitution() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Perceptron().withParameters(["hidden.wieght": Tensor.zeros([4, 3])]) {}
    }
    check(
      result, says: "withParameters: there is no parameter \"hidden.wieght\"; the nearest is \"hidden.weight\"")
  }

  @Test func misshapenSubstitution() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Perceptron().withParameters(["hidden.bias": Tensor.zeros([5])]) {}
    }
    check(result, says: "withParameters: a tensor [5] float32 cannot stand for a parameter [4] float32")
  }

  @Test func stepsWhileSubstituted() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = Vector([1]), optimizer = Optimizer.adam(model)
      model.withParameters([Tensor([2] as [Float])]) {
        optimizer.step(ParameterGradients([model.$w], [Tensor([1] as [Float])]))
      }
    }
    check(result, says: "step: parameter \"w\" is replaced by withParameters at the moment")
  }

  @Test func gradientsOfAnotherModel() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = Vector([1]), other = Vector([1])
      Optimizer.adam(model).step(ParameterGradients([other.$w], [Tensor([1] as [Float])]))
    }
    check(result, says: "step: a gradient of shape [1] belongs to no parameter of this optimizer")
  }
}
