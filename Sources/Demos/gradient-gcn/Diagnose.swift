import ArgumentParser
import DataKit
import GradientGCN
import NeuralKit
import RunKit

/// Shows how gradients and features fare in every layer of a model while it is trained.
struct Diagnose: ComparisonExperiment {
  static let configuration = CommandConfiguration(
    abstract: "Heat maps of gradient norm, Dirichlet energy, mean average distance and effective rank, layer by epoch.",
    discussion: """
      Gradients are those of training, the other measures those of the hidden features without dropout. Models are \
      named as in `reproduce`: `std`, `std+rewired`, `gcnii`, ... All train for --epochs; baselines may stop before, by \
      their recipe's patience.
      """)
  static let paper = "gradient-gcn"
  static let presets: Presets = [
    .smoke: "--layers 4 --epochs 8 --probe-epochs 8", .small: "--epochs 200", .paper: "--epochs 1000",
  ]
  static let defaultEpochs = 200

  @OptionGroup(title: "Graph") var graph: DatasetOptions
  @Option(help: "The model.", transform: variant) var model = Variant("std")!
  @Option(help: "A second model to set beside the first.", transform: variant) var against: Variant?
  @Option(help: "Number of layers.") var layers = 32
  @Option(help: "Dropout rate of methods that name none.") var dropout = 0.6
  @Option(help: ArgumentHelp("Epochs of the probe that lists collapsing layers.", valueName: "n"))
  var probeEpochs = 200
  @OptionGroup(title: "Common options") var common: CommonOptions

  private static func variant(_ name: String) throws -> Variant {
    guard let variant = Variant(name), variant.block != .signals else {
      throw ValidationError("\(name) is no model; expected a name such as std, iso_drop+all or gcnii.")
    }
    return variant
  }

  func validate() throws {
    guard 2...4096 ~= layers else { throw ValidationError("--layers must lie in 2...4096, not \(layers).") }
    guard (0..<1).contains(dropout) else { throw ValidationError("--dropout must lie in 0..<1, not \(dropout).") }
    guard probeEpochs >= 1 else { throw ValidationError("--probe-epochs must be 1 or more, not \(probeEpochs).") }
    guard model != against else { throw ValidationError("--against names the model itself.") }
  }

  private var trials: [Trial] {
    let settings = VariantSettings(
      dataset: graph.datasetName, dropout: dropout, rewiring: Rewiring(probeEpochs: probeEpochs))
    return [model, against].compactMap { $0 }.map {
      Trial(variant: $0, layers: layers, epochs: common.epochs ?? Self.defaultEpochs, settings: settings)
    }
  }

  var configurations: [Configuration] { trials.map(\.configuration) }

  func run(_ configuration: Configuration, _ context: SeedContext) throws -> [Metric] {
    guard let trial = trials.first(where: { $0.id == configuration.id }) else { return [] }
    let task = try context.once {
      NodeTask(try graph.load(from: common.dataFolder, seed: common.seed), split: graph.split ?? 0)
    }
    let trainee = try Trainee(trial.variant, layers: layers, trial.settings, task, context)
    let result = try trainee.train(task, context, epochs: trial.epochs) { epoch, gradients in
      guard context.index == 0, LayerSeries.isRecorded(epoch, of: trial.epochs) else { return }
      let report = GradientFlowReport(of: trainee.model, graph: task.dataset.graph)
      report.record(epoch: epoch, gradients) { _ = task.predict(trainee.model) }
      try context.record(
        step: epoch, LayerSeries.gradientNorm.values(layerGradients(gradients, of: trainee.model)))
      for (series, table) in LayerSeries.tables(report) {
        try context.record(step: epoch, series.values(table.column(0)))
      }
    }
    return [
      Metric("testAccuracy", result["testAccuracy"], .percent), Metric("epoch", Double(result.epoch), .count),
      Metric("epochMilliseconds", 1000 * result.seconds / Double(result.epochs), .milliseconds),
    ]
  }

  func figures(_ summary: RunSummary) -> [any Figure] {
    LayerSeries.allCases.flatMap { series in
      HeatMap.sharingRange(
        trials.compactMap { trial in
          summary[configuration: trial.id].flatMap { series.heatMap($0.curves, of: trial.variant) }
        })
    }
  }
}
