import ArgumentParser
import Foundation
import NeuralKit
import RunKit

enum Flavor: String, CaseIterable, ExpressibleByArgument {
  case plain, diverging, missing, broken
}

/// A made-up experiment that trains in no time, with each way of ending.
struct Sample: Experiment {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a graph convolutional network on a citation graph.")
  static let paper = "sample"
  static let presets: Presets = [.smoke: "--epochs 5 --depth 3", .paper: "--epochs 50 --seeds 4 --depth 9"]
  static let defaultEpochs = 20

  @Option(help: "Number of layers.") var depth = 2
  @Option(help: "Rate of dropout.") var dropout = 0.5
  @Option(help: "How to end.") var flavor = Flavor.plain
  @Option(help: "Which epoch to report.") var select = SelectionRule.accuracy
  @Option(help: "A name.") var label: String?
  @Flag(help: "A switch.") var residual = false
  @Option(help: "Accuracy to claim.") var claim = 81.0
  @OptionGroup(title: "Common options") var common: CommonOptions

  func run(_ context: SeedContext) throws -> [Metric] {
    if flavor == .missing { throw MissingData() }
    let noise = context.once { [0.3, -0.2, 0.5, -0.6, 0.1, 0.4, -0.1, 0.2, -0.4, 0.0] }
    let offset = noise[Int(context.seed) % noise.count]
    let result = try context.train(model: Module(), select: select) { epoch in
      if flavor == .broken, epoch == 7 { throw BrokenRun() }
      return ["trainLoss": flavor == .diverging && epoch == 3 ? .nan : 1.95 * exp(-Double(epoch) / 40) + 0.01 * offset]
    } evaluate: { epoch in
      let rise = 1 - exp(-Double(epoch) / 12)
      let wiggle = sin(Double(epoch) * (1.3 + offset)) * 0.8
      return [
        "validationLoss": 1.95 - 1.2 * rise + 0.05 * offset, "validationAccuracy": 16 + 63.5 * rise + offset + wiggle,
        "testAccuracy": 15 + 66.5 * rise + 1.5 * offset + wiggle,
      ]
    }
    return [
      Metric("testAccuracy", result["testAccuracy"], .percent),
      Metric("validationAccuracy", result["validationAccuracy"], .percent),
      Metric("epochSeconds", 0.00052 + 1e-5 * offset, MetricUnit("ms", digits: 2)),
      Metric("bestEpoch", Double(result.epoch), .count),
    ]
  }

  func claims(_ summary: RunSummary) -> [Claim] {
    [
      Claim(
        "A two-layer GCN reaches the accuracy that its paper reports", summary.mean("testAccuracy"),
        .within(claim - 0.7...claim + 0.7), .percent),
      Claim("An epoch takes less than a second", summary.mean("epochSeconds"), .atMost(1), .seconds),
    ]
  }
}

/// Three made-up methods at two depths, one of which can fail.
struct Compare: ComparisonExperiment {
  static let configuration = CommandConfiguration(abstract: "Compares methods.")
  static let paper = "sample"
  static let defaultEpochs = 3

  @Option(help: "Method that fails.") var failing: String?
  @OptionGroup(title: "Common options") var common: CommonOptions

  var configurations: [Configuration] {
    ["gcn-2", "gcn-8", "gin-2"].map { id in
      let parts = id.split(separator: "-")
      return Configuration(id: id, labels: [("method", String(parts[0])), ("depth", String(parts[1]))])
    }
  }

  func run(_ configuration: Configuration, _ context: SeedContext) throws -> [Metric] {
    if configuration.id == failing { throw BrokenRun() }
    try context.train(model: Module()) { ["trainLoss": 1 / Double($0)] }
    let depth = Double(configuration["depth"] ?? "") ?? .nan
    return [Metric("accuracy", 10 * depth + Double(context.seed), .percent), Metric("gap", .nan)]
  }

  func claims(_ summary: RunSummary) -> [Claim] {
    [
      Claim(
        "Depth helps", summary.mean("accuracy", of: "gcn-8") - summary.mean("accuracy", of: "gcn-2"), .atLeast(50))
    ]
  }
}

/// Returns one name twice, which is the experiment's fault.
struct Repeating: Experiment {
  static let configuration = CommandConfiguration(commandName: "repeat")
  static let paper = "sample"
  @OptionGroup(title: "Common options") var common: CommonOptions

  func run(_ context: SeedContext) throws -> [Metric] { [Metric("x", 1), Metric("y", 2), Metric("x", 3)] }
}

/// Makes two tables of the same name.
struct TwoTables: Experiment {
  static let configuration = CommandConfiguration(commandName: "tables")
  static let paper = "sample"
  @OptionGroup(title: "Common options") var common: CommonOptions

  func run(_ context: SeedContext) throws -> [Metric] { [Metric("x", 1)] }
  func tables(_ summary: RunSummary) -> [any ResultTable] {
    [1.0, 2.0].map {
      ComparisonTable(
        name: "size", title: "Size", labels: ["kind"], measures: [.init("x")], rows: [.init(["a"], ["x": [$0]])])
    }
  }
}

struct MissingData: RunError {
  let status = RunStatus.data
  let description = "cora.npz: not found; expected the Planetoid set."
}
struct BrokenRun: Error {}

struct SampleCommand: GossamerCommand {
  static let configuration = CommandConfiguration(commandName: "sample", subcommands: [Sample.self, Compare.self])
}
