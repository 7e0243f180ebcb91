import Foundation

/// The results of a run over all its configurations and seeds.
public struct RunSummary: Sendable {
  public let paper: String
  public let command: String
  public let options: [(name: String, value: JSONValue)]
  public let seeds: [UInt64]
  /// One a configuration, in the experiment's order; a plain experiment has one.
  public let groups: [Group]
  /// Wall time, that of interrupted processes included.
  public let seconds: Double
  /// Most memory that one process held.
  public let peakBytes: Int

  /// The results of one configuration.
  public struct Group: Sendable {
    public let configuration: Configuration
    /// In the order in which the experiment gave them, each with one value a seed in the order of the seeds.
    public let metrics: [MetricSummary]
    /// What was recorded step by step, one curve a seed.
    public let curves: RecordedCurves

    public subscript(name: String) -> MetricSummary? { metrics.first { $0.name == name } }
  }

  /// The group of a configuration.
  public subscript(configuration id: String) -> Group? { groups.first { $0.configuration.id == id } }

  /// All metrics; among several configurations under names such as `gcn-8/testAccuracy`.
  public var metrics: [MetricSummary] {
    guard groups.count > 1 else { return groups.first?.metrics ?? [] }
    return groups.flatMap { group in
      group.metrics.map {
        MetricSummary(name: "\(group.configuration.id)/\($0.name)", unit: $0.unit, values: $0.values)
      }
    }
  }

  /// Everything recorded step by step, under the same names as `metrics`.
  public var curves: RecordedCurves {
    guard groups.count > 1 else { return groups.first?.curves ?? RecordedCurves() }
    var all = RecordedCurves()
    for group in groups { all.add(group.curves, prefix: group.configuration.id + "/") }
    return all
  }

  public subscript(name: String) -> MetricSummary? { metrics.first { $0.name == name } }

  /// Mean over the seeds; NaN, which meets no claim, when the run has no such metric.
  public func mean(_ name: String) -> Double { self[name]?.mean ?? .nan }

  /// Mean over the seeds of one configuration; NaN when there is no such metric or configuration.
  public func mean(_ name: String, of id: String) -> Double { self[configuration: id]?[name]?.mean ?? .nan }

  /// One value a seed of one configuration, NaN where a seed gave none; empty when there is no such metric or
  /// configuration.
  public func values(_ name: String, of id: String) -> [Double] { self[configuration: id]?[name]?.values ?? [] }
}

extension RunSummary {
  /// The summary of a plain experiment.
  init(
    paper: String, command: String, options: [(name: String, value: JSONValue)], seeds: [UInt64],
    metrics: [MetricSummary], curves: RecordedCurves, seconds: Double, peakBytes: Int
  ) {
    self.init(
      paper: paper, command: command, options: options, seeds: seeds,
      groups: [Group(configuration: .plain, metrics: metrics, curves: curves)], seconds: seconds, peakBytes: peakBytes)
  }
}

/// A run with its verdict: what `--json` prints and `run.json` keeps.
struct RunResult {
  let summary: RunSummary
  let claims: [Claim]

  /// Members that `--json` prints.
  var members: [JSONValue.Member] {
    [
      .init("paper", .string(summary.paper)), .init("command", .string(summary.command)),
      .init("options", .object(summary.options.map { .init($0.name, $0.value) })),
    ] + outcome
  }

  /// Those that are known at the end only.
  var outcome: [JSONValue.Member] {
    [
      summary.groups.count > 1
        ? .init("configurations", .array(summary.groups.map(\.json)))
        : .init("metrics", metricsJSON(summary.metrics)),
      .init("claims", .array(claims.map(\.json))),
      .init("seconds", .number(summary.seconds)),
      .init("peakBytes", .integer(summary.peakBytes)),
    ]
  }

  var unmet: [Claim] { claims.filter { !$0.isMet } }

  var verdict: String {
    claims.isEmpty ? "no claims" : unmet.isEmpty ? "met" : "not met"
  }
}

private func metricsJSON(_ metrics: [MetricSummary]) -> JSONValue { .object(metrics.map { .init($0.name, $0.json) }) }

extension RunSummary.Group {
  fileprivate var json: JSONValue {
    .object([
      "id": .string(configuration.id),
      "labels": .object(configuration.labels.map { .init($0.name, .string($0.value)) }),
      "metrics": metricsJSON(metrics),
    ])
  }
}
