import DataKit
import GradientGCN
import NeuralKit
import RunKit
import TensorKit

/// Whole training steps: what a user waits for. The graph is the generated twin of Cora, so that nothing is downloaded.
struct ModelBench: Bench {
  let family = "model"
  let kernel: String
  let shape: String
  private let make: () -> any Workload

  static var all: [any Bench] {
    [
      ModelBench(kernel: "gcn step", shape: "cora twin 1433-16-7") { GCNStep(hidden: 16, layers: 2, budget: 0.35e-3) },
      ModelBench(kernel: "gcn run of 200 epochs", shape: "cora twin 1433-16-7") {
        GCNStep(hidden: 16, layers: 2, epochs: 200, evaluates: true, budget: 0.15)
      },
      ModelBench(kernel: "gcn step", shape: "cora twin 1433-64x15-7") { GCNStep(hidden: 64, layers: 16, budget: nil) },
      ModelBench(kernel: "gcn epoch", shape: "cora twin 1433-64x63-7") {
        GCNStep(hidden: 64, layers: 64, evaluates: true, budget: 120e-3)
      },
    ]
  }

  var dtypes: [ElementType] { [.f32] }
  func prepare(_ dtype: ElementType) -> any Workload { make() }
}

/// Forward, backward and Adam over the full graph, dropout 0.5, as many times as a call has epochs; with an evaluation
/// after each where asked for.
final class GCNStep: Workload {
  let budget: Double?
  var cost: Cost? { nil }
  private let training: NodeTraining<GraphNetwork>
  private let epochs: Int
  private let evaluates: Bool

  init(hidden: Int, layers: Int, epochs: Int = 1, evaluates: Bool = false, budget: Double?) {
    self.epochs = epochs
    self.evaluates = evaluates
    self.budget = budget
    let task = NodeTask(GraphTwin.make())
    let widths = [task.features.width] + Array(repeating: hidden, count: layers - 1) + [task.dataset.classCount]
    let model = GraphNetwork.gcn(
      widths: widths, graph: task.graph, features: task.features, using: RandomGenerator(seed: 0))
    training = NodeTraining(model, task, .kipf(model))
  }

  func time(calls: Int, _ options: CallOptions) throws -> Double {
    let saved = Runtime.threads
    Runtime.threads = options.threads
    defer { Runtime.threads = saved }
    let start = monotonicSeconds()
    for _ in 0..<calls * epochs {
      training.epoch()
      if evaluates { _ = training.task.evaluate(training.model) }
    }
    return monotonicSeconds() - start
  }
}
