import TensorKit
import Testing

@testable import NeuralKit

@Suite(.serialized) struct LayerTests {
  @Test func linearMultipliesByTheTransposedWeight() {
    let layer = Linear(2, 3, using: RandomGenerator(seed: 1))
    #expect(layer.weight.shape == [3, 2])
    layer.weight = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])
    layer.bias = Tensor([10, 20, 30] as [Float])
    #expect(layer(Tensor([1, -1] as [Float], shape: [1, 2])).values == [9, 19, 29])
    let batch = layer(.ones([2, 2, 2]))
    #expect(batch.shape == [2, 2, 3] && batch.values == [13, 27, 41, 13, 27, 41, 13, 27, 41, 13, 27, 41])
    #expect(Linear(2, 3, hasBias: false, using: RandomGenerator(seed: 1)).bias == nil)
  }

  @Test func initialisersHaveTheirBoundsAndVariances() {
    let generator = RandomGenerator(seed: 4), shape: Shape = [200, 300]
    func moments(_ initializer: Initializer) -> (bound: Double, variance: Double) {
      let values = initializer(shape, fanIn: 300, fanOut: 200, using: generator).values
      return (values.map(abs).max()!, values.reduce(0) { $0 + $1 * $1 } / Double(values.count))
    }
    for (initializer, bound) in [
      (Initializer.fanIn, 1 / 300.0.squareRoot()), (.glorot, (6 / 500.0).squareRoot()), (.he, (6 / 300.0).squareRoot()),
      (.uniform(0.25), 0.25),
    ] {
      let (largest, variance) = moments(initializer)
      #expect(largest <= bound * (1 + 1e-6) && largest > 0.99 * bound)
      #expect(abs(variance / (bound * bound / 3) - 1) < 0.02)
    }
    #expect(abs(moments(.normal(deviation: 0.1)).variance / 0.01 - 1) < 0.02)
    #expect(moments(.zeros).bound == 0)
    #expect(Initializer.uniform(0)([2], fanIn: 1, fanOut: 1, using: generator).values == [0, 0])
  }

  @Test func dropoutOnlyInTraining() {
    let layer = Dropout(0.5, using: RandomGenerator(seed: 2)), x = Tensor.ones([1000])
    let dropped = layer(x).values
    #expect(Set(dropped) == [0, 2])
    layer.eval()
    #expect(layer(x).values == x.values)
  }

  @Test func layerNormRows() {
    let layer = LayerNorm(4)
    layer.weight = Tensor([1, 2, 1, 1] as [Float])
    layer.bias = Tensor([0, 0, 1, 0] as [Float])
    // Mean 2.5, variance 1.25: (x - 2.5) / sqrt(1.25 + 1e-5).
    let y = layer(Tensor([1, 2, 3, 4] as [Float], shape: [1, 4]))
    #expect(near(y, [-1.3416354, -0.8944236, 1.4472118, 1.3416354]))
  }

  @Test func batchNormTrainsAndEvaluatesAsPyTorch() {
    let layer = BatchNorm1d(2), x = Tensor([1, 10, 2, 20, 3, 60] as [Float], shape: [3, 2])
    // Column 0: mean 2, biased variance 2/3, unbiased 1. Column 1: mean 30, biased 1400/3, unbiased 700.
    let y = layer(x)
    #expect(near(y, [-1.2247357, -0.9258201, 0, -0.46291, 1.2247357, 1.38873], 1e-5))
    #expect(near(layer.runningMean, [0.2, 3]))
    #expect(near(layer.runningVariance, [0.9 + 0.1, 0.9 + 70]))
    #expect(!layer.runningMean.isDifferentiable)
    layer.eval()
    let z = layer(x)
    #expect(near(z, [0.799996, 0.8313349, 1.799991, 2.0189562, 2.799986, 6.7694414], 1e-5))
    #expect(near(layer.runningMean, [0.2, 3]))
  }

  @Test func embeddingKeepsTheShapeOfIds() {
    let layer = Embedding(3, 2, using: RandomGenerator(seed: 1))
    layer.weight = Tensor([0, 1, 10, 11, 20, 21] as [Float], shape: [3, 2])
    let y = layer(Tensor([2, 0, 0, 1] as [Int32], shape: [2, 2]))
    #expect(y.shape == [2, 2, 2])
    #expect(y.values == [20, 21, 0, 1, 0, 1, 10, 11])
    let (_, gradients) = valueAndGradients(of: layer) { layer(Tensor([2, 2] as [Int32])).sum() }
    #expect(gradients.tensors[0].values == [0, 0, 0, 0, 2, 2])
  }

  @Test func sequentialComposes() {
    let model = Sequential(ActivationLayer(.relu), ActivationLayer(Activation("twice") { $0 * 2 }))
    #expect(model(Tensor([-1, 3] as [Float])).values == [0, 6])
    #expect(model.description.contains("1: ActivationLayer(twice)"))
  }
}

// MARK: - Gradients

/// Every layer in float64 against central differences, by fused and composed rules and to second order, with respect to
/// the input and all parameters.
@Suite(.serialized) struct LayerGradientTests {
  private static let layers: [(String, Shape, @Sendable () -> Layer)] = [
    ("Linear", [5, 3], { Linear(3, 4, using: RandomGenerator(seed: 1)) }),
    ("Linear batched", [2, 2, 3], { Linear(3, 2, using: RandomGenerator(seed: 1)) }),
    ("LayerNorm", [4, 5], { LayerNorm(5) }),
    ("BatchNorm1d", [5, 3], { BatchNorm1d(3) }),
    (
      "BatchNorm1d evaluating", [5, 3],
      {
        let layer = BatchNorm1d(3)
        layer.runningMean = Tensor([0.5, -1, 2] as [Float])
        layer.runningVariance = Tensor([2, 0.5, 1] as [Float])
        layer.eval()
        return layer
      }
    ),
    (
      "Sequential", [4, 3],
      {
        let generator = RandomGenerator(seed: 9)
        return Sequential(
          Linear(3, 4, using: generator), ActivationLayer(.gelu), LayerNorm(4), ActivationLayer(.tanh),
          Linear(4, 2, using: generator))
      }
    ),
  ]

  @Test(arguments: layers.indices)
  func agreesWithDifferences(index: Int) {
    let (name, shape, make) = Self.layers[index]
    let check = PrimitiveCase(
      label: name,
      inputs: {
        let layer = make(), generator = RandomGenerator(seed: 21)
        return [generator.normal(shape, dtype: .float64)]
          // Away from ones and zeros, where some gradients vanish.
          + layer.parameters().map {
            $0.tensor.detached().converted(to: .float64) + generator.uniform($0.shape, dtype: .float64)
          }
      },
      function: { xs in
        let layer = make()
        layer.convert(to: .float64)
        return layer.withParameters(Array(xs.dropFirst())) { layer(xs[0]) }
      })
    #expect(GradientCheck.firstOrder(check, composed: false) < 1e-6)
    #expect(GradientCheck.firstOrder(check, composed: true) < 1e-6)
    #expect(GradientCheck.secondOrder(check) < 1e-5)
  }

  @Test func lossesAgreeWithDifferences() {
    let targets = RandomGenerator(seed: 3).uniform([4, 3], dtype: .float64)
    let labels = Tensor([0, 2, -1, 1] as [Int32]), rows = Tensor([0, 3, 1] as [Int32])
    let losses: [(String, @Sendable (Tensor) -> Tensor)] = [
      ("cross-entropy", { meanCrossEntropy($0, labels: labels, rows: rows, smoothing: 0.1) }),
      ("binary", { binaryCrossEntropyWithLogits($0, targets: targets) }),
      ("squared", { meanSquaredError($0, targets: targets) }),
    ]
    for (name, loss) in losses {
      let check = PrimitiveCase(
        label: name, inputs: { [RandomGenerator(seed: 8).normal([4, 3], dtype: .float64)] }, function: { loss($0[0]) })
      #expect(GradientCheck.firstOrder(check, composed: false) < 1e-6, "\(name)")
      #expect(GradientCheck.secondOrder(check) < 1e-5, "\(name)")
    }
  }
}
