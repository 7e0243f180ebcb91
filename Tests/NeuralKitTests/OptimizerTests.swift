import TensorKit
import Testing

@testable import NeuralKit

@Suite(.serialized) struct OptimizerTests {
  /// Steps by given gradients; returns the weights after each.
  private func run(_ model: Vector, _ optimizer: Optimizer, _ steps: [[Float]]) -> [[Double]] {
    steps.map { gradient in
      optimizer.step(ParameterGradients([model.$w], [Tensor(gradient)]))
      return model.w.values
    }
  }

  /// torch.optim.Adam(lr 0.1): m and v bias-corrected, decay joined to the gradient.
  @Test func adamMatchesItsFormula() {
    for decoupled in [false, true] {
      let model = Vector([1, -2])
      let decay = 0.1, rate = 0.1
      let optimizer =
        decoupled
        ? Optimizer.adamW(model, learningRate: rate, weightDecay: decay)
        : Optimizer.adam(model, learningRate: rate, weightDecay: decay)
      let steps: [[Float]] = [[0.5, -1], [0.25, 3], [-1, 0]]
      let got = run(model, optimizer, steps)
      var w = [1.0, -2], m = [0.0, 0], v = [0.0, 0], (power1, power2) = (1.0, 1.0)
      for (step, gradient) in steps.enumerated() {
        power1 *= 0.9
        power2 *= 0.999
        for i in 0..<2 {
          var g = Double(gradient[i])
          if decoupled { w[i] *= 1 - rate * decay } else { g += decay * w[i] }
          m[i] = 0.9 * m[i] + 0.1 * g
          v[i] = 0.999 * v[i] + 0.001 * g * g
          w[i] -= rate * (m[i] / (1 - power1)) / ((v[i] / (1 - power2)).squareRoot() + 1e-8)
        }
        #expect(near(got[step], w, 1e-5), "step \(step), decoupled \(decoupled)")
      }
      #expect(optimizer.stepCount == 3)
    }
  }

  /// From w = 1 with gradient 0 and decay 5e-4, coupled decay moves by the rate, decoupled by rate x decay.
  @Test func coupledAgainstDecoupledDecay() {
    let coupled = Vector([1]), decoupled = Vector([1])
    let a = run(coupled, .adam(coupled, learningRate: 0.01, weightDecay: 5e-4), [[0]])[0][0]
    let b = run(decoupled, .adamW(decoupled, learningRate: 0.01, weightDecay: 5e-4), [[0]])[0][0]
    #expect(abs((1 - a) - 0.01) < 1e-6)
    #expect(abs((1 - b) - 0.01 * 5e-4) < 1e-7)
  }

  /// torch.optim.SGD: the first step starts the buffer with the gradient.
  @Test func sgdMatchesPyTorch() {
    let plain = Vector([1])
    #expect(near(run(plain, .sgd(plain, learningRate: 0.1, weightDecay: 0.5), [[1]])[0], [1 - 0.1 * 1.5]))
    let heavy = Vector([1])
    // Buffers: 1, then 0.9 + 2 = 2.9, then 2.61 + 0 = 2.61.
    let path = run(heavy, .sgd(heavy, learningRate: 0.1, momentum: 0.9), [[1], [2], [0]]).map { $0[0] }
    #expect(near(path, [0.9, 0.61, 0.349]))
    let nesterov = Vector([1])
    // Steps: g + 0.9 buffer = 1.9, 2 + 2.61 = 4.61.
    let fast = run(nesterov, .sgd(nesterov, learningRate: 0.1, momentum: 0.9, nesterov: true), [[1], [2]]).map { $0[0] }
    #expect(near(fast, [0.81, 0.349]))
  }

  @Test func groupsByName() {
    let model = Perceptron()
    for box in model.parameters() { box.tensor = .ones(box.shape) }
    let optimizer = Optimizer.sgd(
      model, learningRate: 0.1,
      groups: [
        ParameterGroup(weightDecay: 1) { $0.hasPrefix("hidden.") },
        ParameterGroup(learningRate: 0.5, weightDecay: 2) { $0.hasSuffix("weight") },
      ])
    optimizer.learningRateFactor = 0.5
    let boxes = model.parameters()
    optimizer.step(ParameterGradients(boxes, boxes.map { .zeros($0.shape) }))
    #expect(near(boxes.map { $0.tensor.values[0] }, [0.95, 0.95, 0.5, 1]))
  }

  @Test func frozenParametersStayAndStartFreshLater() {
    let model = Perceptron(), optimizer = Optimizer.adam(model, learningRate: 0.1, weightDecay: 0.1)
    let before = model.snapshot()
    func step() {
      let boxes = model.parameters()
      optimizer.step(ParameterGradients(boxes, boxes.map { .ones($0.shape) }))
    }
    model.hidden.freeze()
    step()
    step()
    #expect(model.hidden.weight.values == before["hidden.weight"]!.values)
    model.unfreeze()
    step()
    // The first update of an Adam parameter moves by the rate, whatever the age of the others.
    #expect(near(model.hidden.weight.values, before["hidden.weight"]!.values.map { $0 - 0.1 }, 1e-4))
  }

  @Test func assignedWeightsAreNotWrittenFromOutside() {
    let mine = Tensor([1, 1] as [Float]), model = Vector([0, 0])
    model.w = mine
    _ = run(model, .sgd(model, learningRate: 1), [[1, 1]])
    #expect(mine.values == [1, 1] && model.w.values == [0, 0])
  }

  /// Nobody else holds the weights between steps of a plain loop, so no step copies them.
  @Test func plainLoopsUpdateInPlace() {
    let model = Perceptron(), optimizer = Optimizer.adam(model, learningRate: 0.1)
    func addresses() -> [UnsafeRawPointer?] {
      model.parameters().map { $0.tensor.withUnsafeBytes { $0.baseAddress } }
    }
    let start = addresses(), values = model.hidden.weight.values
    for _ in 0..<3 {
      let (loss, gradients) = valueAndGradients(of: model) { model(.ones([2, 3])).squared().mean() }
      optimizer.step(gradients)
      #expect(loss.item() > 0)
    }
    #expect(addresses() == start)
    #expect(model.hidden.weight.values != values)
  }

  /// A graph that is kept over a step still gives the gradient of the old weights.
  @Test func keptGraphsSeeOldWeights() {
    let model = Vector([3]), old = model.w
    let y = old.squared().sum()
    _ = run(model, .sgd(model, learningRate: 1), [[1]])
    #expect(gradients(of: y, withRespectTo: [old])[0].values == [6])
  }

  @Test func clipping() {
    let model = Perceptron()
    let boxes = Array(model.parameters().prefix(2))
    func make() -> ParameterGradients {
      ParameterGradients(
        boxes, [.full([4, 3], 0), Tensor([3, -4, 0, 0] as [Float])])
    }
    var gradients = make()
    #expect(gradients.clip(norm: 10) == 5)
    #expect(gradients.tensors[1].values == [3, -4, 0, 0])
    #expect(gradients.clip(norm: 1) == 5)
    #expect(near(gradients.tensors[1], [0.6, -0.8, 0, 0]))
    gradients = make()
    #expect(gradients.clip(value: 3.5) == 5)
    #expect(gradients.tensors[1].values == [3, -3.5, 0, 0])
    var wild = ParameterGradients([boxes[1]], [Tensor([.infinity, 0, 0, 0] as [Float])])
    #expect(wild.clip(norm: 1) == .infinity)
    #expect(wild.tensors[0].values[0] == .infinity)
  }

  @Test func trainingLearnsXor() {
    let generator = RandomGenerator(seed: 11)
    let model = Sequential(Linear(2, 8, using: generator), ActivationLayer(.tanh), Linear(8, 2, using: generator))
    let x = Tensor([0, 0, 0, 1, 1, 0, 1, 1] as [Float], shape: [4, 2]), labels = Tensor([0, 1, 1, 0] as [Int32])
    let optimizer = Optimizer.adam(model, learningRate: 0.05)
    var loss = 0.0
    for _ in 0..<200 {
      let (value, gradients) = valueAndGradients(of: model) { meanCrossEntropy(model(x), labels: labels) }
      optimizer.step(gradients)
      loss = value.item()
    }
    #expect(loss < 0.05)
    #expect(accuracy(model(x), labels: labels) == 100)
  }
}
