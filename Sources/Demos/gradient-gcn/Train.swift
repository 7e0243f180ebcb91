import ArgumentParser
import DataKit
import GradientGCN
import RunKit
import TensorKit

extension GCNInitialization: ExpressibleByArgument {}

enum ModelName: String, CaseIterable, ExpressibleByArgument { case gcn }

/// Trains a GCN by Kipf and Welling's recipe, at any depth and with any initialisation of the paper.
struct Train: Experiment {
  static let configuration = CommandConfiguration(abstract: "Train a GCN on a citation graph or on your own.")
  static let paper = "gradient-gcn"
  static let presets: Presets = [.smoke: "--epochs 20", .small: "--seeds 3", .paper: "--seeds 10"]
  static let defaultEpochs = 200

  @OptionGroup(title: "Graph") var graph: DatasetOptions
  @Option(help: "Kind of network.") var model = ModelName.gcn
  @Option(help: "Number of layers.") var layers = 2
  @Option(help: "Hidden units of each layer.") var hidden = 16
  @Option(help: "How weights start.") var initialization = GCNInitialization.glorot
  @Option(help: "Dropout rate at the input of each layer.") var dropout = 0.5
  @Option(help: "Adam's learning rate.") var learningRate = 0.01
  @Option(help: "Coupled weight decay.") var weightDecay = 5e-4
  @Flag(help: "Decay all layers instead of the first only.") var decayAll = false
  @Option(help: "Epoch that is reported: last, accuracy or loss (first best on validation).")
  var select = SelectionRule.accuracy
  @Option(help: ArgumentHelp("Stop after so many epochs without a new best on validation.", valueName: "n"))
  var patience: Int?
  @OptionGroup(title: "Common options") var common: CommonOptions

  func validate() throws {
    guard 1...4096 ~= layers else { throw ValidationError("--layers must lie in 1...4096, not \(layers).") }
    guard 1...65536 ~= hidden else { throw ValidationError("--hidden must lie in 1...65536, not \(hidden).") }
    guard (0..<1).contains(dropout) else { throw ValidationError("--dropout must lie in 0..<1, not \(dropout).") }
    guard learningRate > 0, weightDecay >= 0, learningRate.isFinite, weightDecay.isFinite else {
      throw ValidationError("--learning-rate must be above 0 and --weight-decay not below, both finite.")
    }
    if let patience, patience < 1 { throw ValidationError("--patience must be 1 or more, not \(patience).") }
  }

  func run(_ context: SeedContext) throws -> [Metric] {
    let task = try context.once {
      NodeTask(try graph.load(from: common.dataFolder, seed: common.seed), split: graph.split)
    }
    let widths = [task.features.width] + Array(repeating: hidden, count: layers - 1) + [task.dataset.classCount]
    let network = GCN(
      widths: widths, initialization: initialization, dropout: dropout, graph: task.graph,
      features: task.features, using: RandomGenerator(seed: context.seed))
    let training = NodeTraining(
      network, task,
      decayAll
        ? .adam(network, learningRate: learningRate, weightDecay: weightDecay)
        : .kipf(network, learningRate: learningRate, weightDecay: weightDecay))

    let result = try context.train(
      model: network, optimizer: training.optimizer, select: select, patience: patience
    ) { _ in
      ["trainLoss": training.epoch()]
    } evaluate: { _ in
      let values = task.evaluate(network)
      return [
        "validationLoss": values.validationLoss, "validationAccuracy": values.validationAccuracy,
        "testAccuracy": values.testAccuracy,
      ]
    }

    try network.save(to: context.checkpoint.path, metadata: ["dataset": task.dataset.name, "seed": "\(context.seed)"])
    return [
      Metric("testAccuracy", result["testAccuracy"], .percent),
      Metric("validationAccuracy", result["validationAccuracy"], .percent),
      Metric("trainLoss", result["trainLoss"], .nats),
      Metric("epochMilliseconds", 1000 * result.seconds / Double(result.epochs), .milliseconds),
    ]
  }

  /// The published accuracies hold for Kipf's recipe, which is the default, alone.
  func claims(_ summary: RunSummary) -> [Claim] {
    guard isKipfsRecipe else { return [] }
    let band: (dataset: String, range: ClosedRange<Double>)? =
      switch graph.dataset {
      case .files(.cora): ("Cora", 80.8...82.2)
      case .files(.citeseer): ("Citeseer", 70.3...72)
      case .files(.pubmed): ("Pubmed", 78.3...79.7)
      default: nil
      }
    guard let band else { return [] }
    return [
      Claim(
        "A two-layer GCN by Kipf's recipe, taken at the first maximum of validation accuracy, reaches its published "
          + "accuracy on \(band.dataset)",
        summary.mean("testAccuracy"), .within(band.range), .percent)
    ]
  }

  private var isKipfsRecipe: Bool {
    layers == 2 && hidden == 16 && initialization == .glorot && dropout == 0.5 && learningRate == 0.01
      && weightDecay == 5e-4 && !decayAll && select == .accuracy && patience == nil
      && (common.epochs ?? Self.defaultEpochs) == Self.defaultEpochs
  }
}
