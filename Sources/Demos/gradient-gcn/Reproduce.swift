import ArgumentParser
import DataKit
import GradientGCN
import RunKit

/// Trains every method at every depth and judges the paper's claims.
struct Reproduce: ComparisonExperiment {
  static let configuration = CommandConfiguration(
    abstract: "Compare the paper's method with vanilla GCNs and other deep networks over depths and seeds.",
    discussion: """
      Methods are named by initialisation (std, glorot, released, iso, iso_drop), dropout where it differs, and skips: \
      `std+rewired`, `released-p0.3+rewired`, `glorot+all`, `iso+random`, `std+online`, `std+gradient`. \
      `kipf` is the GCN of Kipf and Welling by their recipe, of 200 epochs at most. Baselines: \
      \(Baseline.allCases.map(\.rawValue).joined(separator: ", ")). They train by their own recipe (1,000 epochs, \
      patience 100) unless --baseline-epochs says otherwise, whatever --epochs is. Recipes are published for cora, \
      citeseer and pubmed; other sets get Cora's recipe, not tuned, and tables say so.
      """)
  static let paper = "gradient-gcn"
  static let presets: Presets = [
    .smoke:
      "--depths 2,4 --methods std,glorot,iso,iso+rewired,gcnii --epochs 10 --probe-epochs 10 --baseline-epochs 10",
    .small: "--seeds 3 --epochs 300",
    .paper: "--seeds 10 --epochs 1000",
  ]
  static let defaultEpochs = 300

  @OptionGroup(title: "Graph") var graph: DatasetOptions
  @Option(help: ArgumentHelp("Numbers of layers.", valueName: "list")) var depths = "2,8,16,32,64"
  @Option(help: ArgumentHelp("Methods, at every depth. (default: the paper's plan)", valueName: "list"))
  var methods: String?
  @Option(help: "Dropout rate of methods that name none.") var dropout = 0.6
  @Option(help: ArgumentHelp("Epochs of the probe that lists collapsing layers.", valueName: "n"))
  var probeEpochs = 200
  @Option(help: ArgumentHelp("Epochs of a baseline at most. (default: its recipe's)", valueName: "n"))
  var baselineEpochs: Int?
  @Option(help: "A layer is listed below this share of its first value.") var threshold = 0.4
  @OptionGroup(title: "Common options") var common: CommonOptions

  func validate() throws {
    guard let layers = depthList, !layers.isEmpty, layers.allSatisfy({ 1...4096 ~= $0 }) else {
      throw ValidationError("--depths must be numbers of layers such as 2,8,16, each in 1...4096, not \(depths).")
    }
    for name in methods?.split(separator: ",") ?? [] where Variant(String(name)) == nil {
      throw ValidationError("--methods: \(name) is no method; expected names such as std, iso_drop+all or gcnii.")
    }
    guard methods == nil || !variantList(methods!).isEmpty else { throw ValidationError("--methods names no method.") }
    guard (0..<1).contains(dropout) else { throw ValidationError("--dropout must lie in 0..<1, not \(dropout).") }
    guard probeEpochs >= 1 else { throw ValidationError("--probe-epochs must be 1 or more, not \(probeEpochs).") }
    if let baselineEpochs, baselineEpochs < 1 {
      throw ValidationError("--baseline-epochs must be 1 or more, not \(baselineEpochs).")
    }
    guard threshold > 0, threshold.isFinite else {
      throw ValidationError("--threshold must be above 0, not \(threshold).")
    }
    guard !trials.isEmpty else {
      throw ValidationError("--depths \(depths): the paper's plan has no row at these depths; name --methods.")
    }
    if let shallow = trials.first(where: { $0.variant.block == .signals && $0.layers < SignalTest.leastLayers }) {
      throw ValidationError(
        "--methods: \(shallow.variant) measures networks of \(SignalTest.leastLayers) layers or more, not "
          + "\(shallow.layers).")
    }
  }

  private var depthList: [Int]? {
    let parts = depths.split(separator: ","), numbers = parts.compactMap { Int($0) }
    return numbers.count == parts.count ? Array(Set(numbers)).sorted() : nil
  }

  private var epochs: Int { common.epochs ?? Self.defaultEpochs }

  var settings: VariantSettings {
    VariantSettings(
      dataset: graph.datasetName, dropout: dropout,
      rewiring: Rewiring(threshold: threshold, probeEpochs: probeEpochs), baselineEpochs: baselineEpochs)
  }

  var trials: [Trial] {
    Plan.trials(variantList(methods ?? ""), depths: depthList ?? [], epochs: epochs, settings: settings)
  }

  var configurations: [Configuration] { trials.map(\.configuration) }

  func run(_ configuration: Configuration, _ context: SeedContext) throws -> [Metric] {
    guard let trial = trials.first(where: { $0.id == configuration.id }) else { return [] }
    let dataset = try context.once { try graph.load(from: common.dataFolder, seed: common.seed) }
    let split = self.split(of: context.seed, among: dataset.splits.count)
    let task = context.once("split \(split)") { NodeTask(dataset, split: split) }
    return try trial.run(task, context)
  }

  /// Every seed has a split of its own, as far as the set has splits, unless one was named.
  func split(of seed: UInt64, among count: Int) -> Int { graph.split ?? Int(seed % UInt64(max(1, count))) }

  func claims(_ summary: RunSummary) -> [Claim] { Bars(summary: summary, settings: settings, epochs: epochs).claims }

  func figures(_ summary: RunSummary) -> [any Figure] { ComparisonResults(summary, trials, settings).figures }

  func tables(_ summary: RunSummary) -> [any ResultTable] { ComparisonResults(summary, trials, settings).tables }
}
