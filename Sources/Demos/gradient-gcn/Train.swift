import ArgumentParser
import DataKit
import GradientGCN
import NeuralKit
import RunKit

extension GCNInitialization: ExpressibleByArgument {}
extension GradientGCN.Bias: ExpressibleByArgument {}
extension Variant.Skips: ExpressibleByArgument {}

/// What `train` trains: a GCN whose parts are options, or a baseline by its recipe.
enum TrainedModel: ExpressibleByArgument, Equatable, CustomStringConvertible {
  case gcn
  case baseline(Baseline)

  init?(argument: String) {
    if argument == "gcn" {
      self = .gcn
    } else if let baseline = Baseline(rawValue: argument) {
      self = .baseline(baseline)
    } else {
      return nil
    }
  }

  var description: String {
    switch self {
    case .gcn: "gcn"
    case .baseline(let baseline): baseline.rawValue
    }
  }

  static let allValueStrings = ["gcn"] + Baseline.allCases.map(\.rawValue)
}

/// Trains a GCN, by default by Kipf and Welling's recipe, or a baseline.
struct Train: Experiment {
  static let configuration = CommandConfiguration(
    abstract: "Train a network on a citation graph or on your own.",
    discussion: """
      `gcn` is a GCN, by default with Kipf and Welling's recipe. Every other model is a baseline: what is not typed \
      comes from its published recipe, also epochs (1,000), patience (100) and selection (lowest loss). Recipes \
      are published for cora, citeseer and pubmed; other sets get Cora's recipe, not tuned.
      """)
  static let paper = "gradient-gcn"
  static let presets: Presets = [.smoke: "--epochs 20", .small: "--seeds 3", .paper: "--seeds 10"]
  static let defaultEpochs = 200

  @OptionGroup(title: "Graph") var graph: DatasetOptions
  @Option(help: "Kind of network.") var model = TrainedModel.gcn
  @Option(help: "Number of layers or hops.") var layers = 2
  @Option(
    help: ArgumentHelp(
      "Hidden units of each layer, which sgc has none of. (default: 16, or the recipe's)", valueName: "n"))
  var hidden: Int?
  @Option(help: "How the weights of a gcn start. (default: glorot)") var initialization: GCNInitialization?
  @Option(help: "How its biases start. (default: as in the initialisation's source)") var bias: GradientGCN.Bias?
  @Option(help: "Skips from its first layer. (default: none)") var skips: Variant.Skips?
  @Option(help: "Dropout rate at the input of each layer. (default: 0.5, or the recipe's)") var dropout: Double?
  @Option(help: "Adam's learning rate. (default: 0.01, or the recipe's)") var learningRate: Double?
  @Option(help: "Coupled weight decay, of a baseline that of all parameters. (default: 5e-4, or the recipe's)")
  var weightDecay: Double?
  @Flag(help: "Decay all layers of a gcn instead of the first only.") var decayAll = false
  @Option(
    help:
      "Epoch that is reported: last, accuracy or loss (first best on validation). (default: accuracy; baselines: loss)")
  var select: SelectionRule?
  @Option(
    help: ArgumentHelp(
      "Stop after so many epochs without a new best on validation. (default: never; baselines: 100)", valueName: "n"))
  var patience: Int?
  @OptionGroup(title: "Common options") var common: CommonOptions

  func validate() throws {
    guard 1...4096 ~= layers else { throw ValidationError("--layers must lie in 1...4096, not \(layers).") }
    if let hidden, !(1...65536 ~= hidden) {
      throw ValidationError("--hidden must lie in 1...65536, not \(hidden).")
    }
    if let dropout, !(0..<1).contains(dropout) {
      throw ValidationError("--dropout must lie in 0..<1, not \(dropout).")
    }
    guard learningRate ?? 1 > 0, weightDecay ?? 0 >= 0, learningRate?.isFinite ?? true, weightDecay?.isFinite ?? true
    else { throw ValidationError("--learning-rate must be above 0 and --weight-decay not below, both finite.") }
    if let patience, patience < 1 { throw ValidationError("--patience must be 1 or more, not \(patience).") }
    guard model == .gcn || (initialization == nil && bias == nil && skips == nil && !decayAll) else {
      throw ValidationError("--initialization, --bias, --skips and --decay-all belong to --model gcn.")
    }
    guard model != .baseline(.sgc) || hidden == nil else {
      throw ValidationError("--hidden: sgc is one linear map and has no hidden units.")
    }
  }

  /// The baseline's recipe with what was typed; nil for a GCN.
  var recipe: BaselineRecipe? {
    guard case .baseline(let baseline) = model else { return nil }
    var recipe = BaselineRecipe(baseline, dataset: graph.datasetName)
    if let hidden { recipe.hidden = hidden }
    if let dropout { recipe.dropout = dropout }
    if let learningRate { recipe.learningRate = learningRate }
    if let weightDecay { (recipe.weightDecay, recipe.otherWeightDecay) = (weightDecay, weightDecay) }
    if let patience { recipe.patience = patience }
    if let epochs = common.epochs { recipe.epochs = epochs }
    return recipe
  }

  private func trainee(_ task: NodeTask, _ context: SeedContext) throws -> Trainee {
    if let recipe {
      var trainee = Trainee(recipe, layers: layers, task, context)
      if let select { trainee.select = select }
      return trainee
    }
    let chosen = (skips ?? .none).choice(Rewiring())
    var method = GradientGCN(
      layers: layers, hidden: hidden ?? 16, initialization: initialization ?? .glorot, bias: bias, skips: chosen,
      dropout: dropout ?? 0.5)
    method.learningRate = learningRate ?? 0.01
    method.weightDecay = weightDecay ?? 5e-4
    method.decaysAllLayers = decayAll
    var trainee = try Trainee(method, task, context)
    trainee.select = select ?? .accuracy
    trainee.patience = patience
    return trainee
  }

  func run(_ context: SeedContext) throws -> [Metric] {
    let task = try context.once {
      NodeTask(try graph.load(from: common.dataFolder, seed: common.seed), split: graph.split ?? 0)
    }
    let trainee = try trainee(task, context)
    let result = try trainee.train(task, context, epochs: recipe?.epochs ?? context.epochs)
    var notes = ["dataset": task.dataset.name, "seed": "\(context.seed)"]
    notes["split"] = task.dataset.splitOrigin
    let saved = try SavedModel(trainee.trained(), recipe, layers: layers, task)
    try saved.save(to: context.checkpoint.path, notes: notes)
    var metrics = [
      Metric("testAccuracy", result["testAccuracy"], .percent),
      Metric("validationAccuracy", result["validationAccuracy"], .percent),
      Metric("trainLoss", result["trainLoss"], .nats),
      Metric("epochMilliseconds", 1000 * result.seconds / Double(result.epochs), .milliseconds),
    ]
    if recipe != nil { metrics.append(Metric("epochs", Double(result.epochs), .count)) }
    if skips != nil, let skips = trainee.skips() { metrics.append(Metric("skips", Double(skips.count), .count)) }
    return metrics
  }

  /// The published accuracies hold for Kipf's recipe, which is the default, alone.
  func claims(_ summary: RunSummary) -> [Claim] {
    guard isKipfsRecipe, let band = Bars.kipf[graph.datasetName] else { return [] }
    return [
      Claim(
        "A two-layer GCN by Kipf's recipe, taken at the first maximum of validation accuracy, reaches its published "
          + "accuracy on \(graph.datasetName.capitalized)",
        summary.mean("testAccuracy"), .within(band), .percent)
    ]
  }

  private var isKipfsRecipe: Bool {
    model == .gcn && layers == 2 && hidden ?? 16 == 16 && initialization ?? .glorot == .glorot
      && bias ?? .zero == .zero && dropout ?? 0.5 == 0.5 && learningRate ?? 0.01 == 0.01
      && weightDecay ?? 5e-4 == 5e-4 && !decayAll && select ?? .accuracy == .accuracy && patience == nil
      && (common.epochs ?? Self.defaultEpochs) == Self.defaultEpochs
  }
}
