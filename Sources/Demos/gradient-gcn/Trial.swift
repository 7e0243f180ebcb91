import GradientGCN
import NeuralKit
import RunKit

/// A variant at a depth: one configuration of the comparison.
struct Trial {
  let variant: Variant
  let layers: Int
  let epochs: Int
  let settings: VariantSettings
  /// Whether the first seed records the gradient norms of its layers.
  var recordsGradients = false

  var id: String { "\(variant.name)-\(layers)" }

  static let labels = ["method", "initialisation", "dropout", "depth", "epochs"]

  var configuration: Configuration {
    let texts = [
      settings.methodTitle(of: variant), variant.title.initialization, shortText(dropout), "\(layers)", "\(epochs)",
    ]
    return Configuration(id: id, labels: zip(Self.labels, texts).map { (name: $0, value: $1) }, work: work)
  }

  /// Epochs times layers, those of wide baselines counted by their width.
  private var work: Double {
    var width = 64
    if case .baseline(let baseline) = variant.kind {
      width = BaselineRecipe(baseline, dataset: settings.dataset).hidden
    }
    return Double(max(1, epochs) * (layers + 2)) * max(1, Double(width) / 64)
  }

  var dropout: Double { settings.dropout(of: variant) }

  /// Trains, or measures an untrained network.
  func run(_ task: NodeTask, _ context: SeedContext) throws -> [Metric] {
    if case .signal(let initialization) = variant.kind {
      let method = GradientGCN(layers: layers, initialization: initialization, skips: .none, dropout: dropout)
      let signal = SignalTest(method, task, seed: context.seed)
      return [
        Metric("amplitude", signal.amplitude), Metric("predictedAmplitude", signal.predicted),
        Metric("firstGradient", signal.firstGradient),
      ]
    }
    let trainee = try Trainee(variant, layers: layers, settings, task, context)
    let result = try trainee.train(task, context, epochs: epochs) { epoch, gradients in
      guard recordsGradients, context.index == 0, LayerSeries.isRecorded(epoch, of: epochs) else { return }
      try context.record(
        step: epoch, LayerSeries.gradientNorm.values(layerGradients(gradients, of: trainee.model)))
    }
    var metrics = [
      Metric("testAccuracy", result["testAccuracy"], .percent),
      Metric("validationAccuracy", result["validationAccuracy"], .percent),
      Metric("epoch", Double(result.epoch), .count),
      Metric("epochMilliseconds", 1000 * result.seconds / Double(result.epochs), .milliseconds),
    ]
    if let skips = trainee.skips() { metrics.append(Metric("skips", Double(skips.count), .count)) }
    return metrics
  }
}

/// A rate without trailing zeros.
func shortText(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }
