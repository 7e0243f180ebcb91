import ArgumentParser

/// One command of a paper's demo: options in, metrics of one seed out. RunKit does the rest: seeds, progress, records,
/// statistics, claims, figures, the report and the exit code.
///
/// Every `@Option`, `@Flag` and `@Argument` that the command declares is recorded under its name.
public protocol Experiment: ParsableCommand {
  /// The paper's name in commands and folders, such as `gradient-gcn`.
  static var paper: String { get }
  /// What `--preset` stands for.
  static var presets: Presets { get }
  /// Epochs without `--epochs`.
  static var defaultEpochs: Int { get }
  /// Declared as `@OptionGroup(title: "Common options") var common: CommonOptions`.
  var common: CommonOptions { get }

  /// What the experiment runs, each with every seed; by default one configuration. See `ComparisonExperiment`.
  var configurations: [Configuration] { get throws }

  /// Runs one seed of one configuration, `context.configuration`.
  func run(_ context: SeedContext) throws -> [Metric]
  /// What the paper says about these options, judged by the results of all seeds.
  func claims(_ summary: RunSummary) -> [Claim]
  /// Tables of the result and the report; by default none.
  func tables(_ summary: RunSummary) -> [any ResultTable]
  /// Figures of the report; by default one for each kind of recorded value.
  func figures(_ summary: RunSummary) -> [any Figure]
}

/// An experiment that runs several configurations side by side; `RunSummary.groups` holds the results of each.
public protocol ComparisonExperiment: Experiment {
  var configurations: [Configuration] { get throws }
  /// Runs one seed of one configuration.
  func run(_ configuration: Configuration, _ context: SeedContext) throws -> [Metric]
}

extension ComparisonExperiment {
  public func run(_ context: SeedContext) throws -> [Metric] { try run(context.configuration, context) }
}

extension Experiment {
  public static var presets: Presets { [:] }
  public var configurations: [Configuration] { [.plain] }
  public static var defaultEpochs: Int { 100 }
  public func claims(_ summary: RunSummary) -> [Claim] { [] }
  public func tables(_ summary: RunSummary) -> [any ResultTable] { [] }
  public func figures(_ summary: RunSummary) -> [any Figure] { summary.curves.plots() }

  /// Parses the arguments that follow the command's name, with the options of their preset beneath them.
  /// - Throws: ArgumentParser's errors.
  public static func parsed(_ arguments: [String]) throws -> Self {
    let typed = try parse(arguments)
    guard let preset = typed.common.preset else { return typed }
    return try parse(presets.arguments(of: preset) + arguments)
  }

  /// Runs every seed on the process's streams.
  public func run() throws { try execute(on: .standard, invocation: CommandLine.arguments) }

  var seedCount: Int { common.seedCount }
  var epochs: Int { common.epochs ?? Self.defaultEpochs }

  /// Options as a run records them, with the counts that apply in place of absent ones.
  var recorded: [(name: String, value: JSONValue)] {
    // Event files change no result, but what goes on with a run or works for it writes them too.
    let asides = CommonOptions.unrecordedFlags.union(CommonOptions.unrecordedValues).union(["events"])
    return recordedOptions(of: self, leavingOut: asides).map { name, value in
      switch name {
      case "seeds": (name, .integer(seedCount))
      case "epochs": (name, .integer(epochs))
      default: (name, value)
      }
    }
  }
}
