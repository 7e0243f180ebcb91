import Gossamer

/// The Swift code of the README, word for word: `ReadmeTests` compares the two and runs these.
enum ReadmeExamples {
  static func gradientsOfGradients() throws {
    let x = Tensor([1, 2, 3] as [Float]).differentiable()
    let y = (x.squared() * x).sum()
    let slope = gradients(of: y, withRespectTo: [x], createGraph: true)[0]
    let curvature = gradients(of: slope.sum(), withRespectTo: [x])[0]
    print(slope, curvature)  // 3 x^2 and 6 x
  }

  static func yourOwnGraph(folder: String) throws {
    let dataset = try UserGraph.load(
      edges: folder + "/edges.txt", features: .file(folder + "/features.npy"), labels: folder + "/labels.npy",
      split: .random(perClass: 2, validation: 4, seed: 0))
    let task = NodeTask(dataset)
    let model = GCN(
      widths: [task.features.width, 16, dataset.classCount], initialization: .glorot, dropout: 0.5,
      graph: task.graph, features: task.features, using: RandomGenerator(seed: 0))
    let training = NodeTraining(model, task, .kipf(model))
    for _ in 0..<50 { training.epoch() }
    print("test accuracy", task.evaluate(model).testAccuracy)
    try model.save(to: folder + "/model.safetensors")
  }

  static func yourOwnModule() throws {
    final class TwoHops: Module {
      @Parameter var weight: Tensor
      @Child var output: Linear

      init(_ inputs: Int, _ classes: Int, using generator: RandomGenerator) {
        weight = generator.normal([inputs, 32], deviation: 0.1)
        output = Linear(32, classes, using: generator)
      }

      func callAsFunction(_ features: NodeFeatures, _ propagation: SparseMatrix) -> Tensor {
        output(spmm(propagation, spmm(propagation, features.times(weight)), relu: true))
      }
    }

    let data = GraphTwin.make(like: .cora.scaled(toNodes: 500))
    let network = TwoHops(data.features.width, data.classCount, using: RandomGenerator(seed: 1))
    let optimizer = Optimizer.adam(network, learningRate: 0.01)
    for _ in 0..<20 {
      let (loss, gradients) = valueAndGradients(of: network) {
        meanCrossEntropy(
          network(data.features, data.graph.propagation()), labels: data.labelTensor, rows: data.splits[0].trainIndices)
      }
      optimizer.step(gradients)
      print(loss.item())
    }
  }
}
