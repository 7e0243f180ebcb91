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
    let method = GradientGCN(
      layers: 8, hidden: 16, initialization: .std, skips: .rewired(Rewiring(probeEpochs: 50)), dropout: 0.3)
    let result = try method.train(task, epochs: 50, seed: 0) { progress in
      if progress.epoch % 10 == 0 { print(progress.isProbe ? "probe" : "training", progress.epoch, progress.trainLoss) }
    }
    print("layers with a skip", result.skips.sorted(), "best epoch", result.epoch)
    print("test accuracy", result.evaluation.testAccuracy)
    try result.model.save(to: folder + "/model.safetensors")

    let report = GradientFlowReport(of: result.model, graph: dataset.graph)
    let training = NodeTraining(result.model, task, method.optimizer(result.model))
    report.record(epoch: 1, training.lossAndGradients().gradients) { _ = task.predict(result.model) }
    print("gradient norms", report.gradientNorms.column(0), "effective ranks", report.ranks.column(0))
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
