import Testing

@testable import TensorKit

@Suite(.serialized) struct EngineTests {
  @Test func gradientOfAProduct() {
    let x = Tensor([1, 2, 3] as [Float]).differentiable(), y = Tensor([4, 5, 6] as [Float]).differentiable()
    let results = gradients(of: (x * y + x).sum(), withRespectTo: [x, y])
    #expect(results[0].array(of: Float.self) == [5, 6, 7])
    #expect(results[1].array(of: Float.self) == [1, 2, 3])
  }

  @Test func sharedResultsAddUp() {
    let x = Tensor(3).differentiable()
    var y = x
    for _ in 0..<4 { y = y + y }
    #expect(gradients(of: y, withRespectTo: [x])[0].item() == 16)
  }

  @Test func unreachedTensorsGetZeros() {
    let x = Tensor(2).differentiable(), other = Tensor([1, 1] as [Float]).differentiable()
    #expect(gradients(of: x * x, withRespectTo: [other])[0].array(of: Float.self) == [0, 0])
  }

  @Test func intermediateTensorsHaveGradients() {
    let x = Tensor(2).differentiable()
    let square = x * x
    let y = square * 3 + square.exp() * 0
    #expect(gradients(of: y, withRespectTo: [square])[0].item() == 3)
  }

  @Test func theSameTensorTwice() {
    let x = Tensor(2).differentiable()
    let results = gradients(of: x.squared(), withRespectTo: [x, x])
    #expect(results.map { $0.item() } == [4, 4])
  }

  @Test func stopGradientCuts() {
    let x = Tensor(3).differentiable()
    #expect(gradients(of: x * stopGradient(x), withRespectTo: [x])[0].item() == 3)
  }

  @Test func nothingIsRecordedWhenOff() {
    let x = Tensor(3).differentiable()
    #expect(!withoutRecording { x * x }.isDifferentiable)
    #expect((x * x).isDifferentiable)
  }

  @Test func thirdDerivative() {
    let x = Tensor(2, dtype: .float64).differentiable()
    let first = gradients(of: x.pow(5), withRespectTo: [x], createGraph: true)[0]
    let second = gradients(of: first, withRespectTo: [x], createGraph: true)[0]
    let third = gradients(of: second, withRespectTo: [x])[0]
    #expect(abs(third.item() - 60 * 4) < 1e-9)
  }

  @Test func hessianVectorProduct() {
    // f = x0^2 x1: Hessian [[2 x1, 2 x0], [2 x0, 0]].
    let point = Tensor([3, 5] as [Double]), direction = Tensor([1, 2] as [Double])
    let result = hvp(
      of: { xs in xs[0].sliced(0..<1).squared().sum() * xs[0].sliced(1..<2).sum() }, at: [point], along: [direction])
    #expect(result.value.item() == 45)
    #expect(result.gradients[0].array(of: Double.self) == [30, 9])
    #expect(result.products[0].array(of: Double.self) == [10 + 12, 6])
  }

  @Test func jacobianVectorProduct() {
    let x = Tensor([1, 2, 3] as [Double]), v = Tensor([1, 0, -1] as [Double])
    let result = jvp(of: { $0[0].squared() }, at: [x], along: [v])
    #expect(result.value.array(of: Double.self) == [1, 4, 9])
    #expect(result.product.array(of: Double.self) == [2, 0, -6])
  }

  @Test func checkpointRepeatsDropoutMasks() {
    let x = RandomGenerator(seed: 1).normal([50], dtype: .float64).differentiable()
    func loss(_ generator: RandomGenerator, _ isCheckpointed: Bool) -> Tensor {
      let body = { x.dropout(0.5, using: generator).exp().sum() }
      return isCheckpointed ? checkpointed(generator: generator, body) : body()
    }
    let plain = loss(.init(seed: 9), false), again = loss(.init(seed: 9), true)
    #expect(plain.item() == again.item())
    let expected = gradients(of: plain, withRespectTo: [x])[0], got = gradients(of: again, withRespectTo: [x])[0]
    #expect(expected.array(of: Double.self) == got.array(of: Double.self))
  }

  /// An unrolled inner step inside a checkpoint: the rerun asks for gradients while the outer pass is under way, on
  /// nodes that both use.
  @Test func gradientsInsideACheckpointLeaveTheOuterPassAlone() {
    func loss(_ x: Tensor, _ isCheckpointed: Bool) -> Tensor {
      let shared = x * x  // used by the outer loss and by the inner step
      let inner = {
        let slope = gradients(of: (shared * x).sum(), withRespectTo: [x, shared], createGraph: true)
        return ((x - slope[0] * 0.1).squared() + slope[1]).sum()
      }
      return (isCheckpointed ? checkpointed(inner) : inner()) + shared.exp().sum() + x.sum()
    }
    let point = Tensor([0.3, -0.7] as [Double])
    let results = [false, true].map { isCheckpointed in
      let x = point.differentiable()
      return gradients(of: loss(x, isCheckpointed), withRespectTo: [x])[0].array(of: Double.self)
    }
    #expect(results[0].allSatisfy { $0 != 0 })
    #expect(zip(results[0], results[1]).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test func leavesMayComeFromAnotherThread() async {
    let x = await Task.detached { Tensor([2, 3] as [Double]).differentiable() }.value
    let results = await Task.detached {
      gradients(of: x.squared().sum(), withRespectTo: [x])[0].array(of: Double.self)
    }.value
    #expect(results == [4, 6])
  }

  @Test func powersOfZeroHaveGradients() {
    let x = Tensor([0, 2] as [Double]).differentiable()
    func slopes(_ exponent: Double, _ order: Int) -> [Double] {
      var y = x.pow(exponent)
      for _ in 0..<order { y = gradients(of: y.sum(), withRespectTo: [x], createGraph: true)[0] }
      return y.array(of: Double.self)
    }
    #expect(slopes(1, 1) == [1, 1])
    #expect(slopes(2, 2) == [2, 2])
    #expect(slopes(2, 3) == [0, 0])
  }

  @Test func wrongCustomGradientsAreRefused() async {
    await #expect(processExitsWith: .failure) {
      let x = Tensor([1, 2] as [Float]).differentiable()
      let y = customGradient([x], forward: { $0[0] * 2 }, vjp: { _, _, dy in [dy.sum()] })
      _ = gradients(of: y.sum(), withRespectTo: [x])
    }
  }

  @Test func productsWithoutDepthAreZero() {
    #expect(matmul(.zeros([2, 3, 0]), .zeros([0, 4])).array(of: Float.self) == [Float](repeating: 0, count: 24))
  }

  @Test func straightThroughMask() {
    let x = Tensor([-1, 2] as [Float]).differentiable()
    let y = customGradient([x], forward: { $0[0].step() }, vjp: { _, _, dy in [dy] })
    #expect(y.array(of: Float.self) == [0, 1])
    #expect(gradients(of: y.sum(), withRespectTo: [x])[0].array(of: Float.self) == [1, 1])
  }

  @Test func releasingALongChainNeedsNoStack() {
    let x = Tensor(1).differentiable()
    var y = x
    for _ in 0..<200_000 { y = y * 1.0000001 }
    y = x  // the chain is released here
    #expect(y.item() == 1)
  }

  @Test func backwardThroughALongChain() {
    let x = Tensor(1, dtype: .float64).differentiable()
    var y = x
    for _ in 0..<100_000 { y = y + 1 }
    #expect(gradients(of: y, withRespectTo: [x])[0].item() == 1)
  }

  @Test func aSecondPassOverAConsumedGraphIsRefused() async {
    await #expect(processExitsWith: .failure) {
      let x = Tensor(2).differentiable()
      let y = x.squared()
      _ = gradients(of: y, withRespectTo: [x])
      _ = gradients(of: y, withRespectTo: [x])
    }
  }

  @Test func aWrittenSavedTensorIsRefused() async {
    await #expect(processExitsWith: .failure) {
      let w = Tensor([1, 2] as [Float]).differentiable()
      let y = (w * w).sum()
      OptimizerStep.sgd(
        [.init(weight: w, gradient: .ones([2]), moment1: nil, moment2: nil, weightDecay: 0)], learningRate: 0.1,
        momentum: 0, dampening: 0, step: 1, nesterov: false)
      _ = gradients(of: y, withRespectTo: [w])
    }
  }

  @Test func shapesThatDoNotFitAreRefused() async {
    await #expect(processExitsWith: .failure) { _ = Tensor.zeros([4, 3]) + Tensor.zeros([2]) }
    await #expect(processExitsWith: .failure) { _ = matmul(.zeros([4, 3]), .zeros([5, 2])) }
    await #expect(processExitsWith: .failure) { _ = Tensor.zeros([4, 3]).reshaped([5, 2]) }
    await #expect(processExitsWith: .failure) { _ = Tensor.zeros([4, 3]).gathered(Tensor([4] as [Int32])) }
  }

  /// Nothing of a step stays alive after it: blocks come back to the pool.
  @Test func stepsDoNotLeak() {
    weak var body: TensorBody?
    do {
      let x = Tensor([1, 2, 3] as [Float]).differentiable()
      let y = (x.softmax().exp() * x.tanh()).sum()
      body = y.body
      _ = gradients(of: y, withRespectTo: [x], createGraph: true)
    }
    #expect(body == nil)
  }
}
