import Foundation

/// The results of a run over all its seeds.
public struct RunSummary: Sendable {
  public let paper: String
  public let command: String
  public let options: [(name: String, value: JSONValue)]
  public let seeds: [UInt64]
  /// In the order in which the experiment gave them.
  public let metrics: [MetricSummary]
  /// What the run recorded step by step.
  public let curves: RecordedCurves
  /// Wall time of all seeds.
  public let seconds: Double
  /// Most memory that the process held.
  public let peakBytes: Int

  public subscript(name: String) -> MetricSummary? { metrics.first { $0.name == name } }

  /// Mean over the seeds; NaN, which meets no claim, when the run has no such metric.
  public func mean(_ name: String) -> Double { self[name]?.mean ?? .nan }
}

/// A run with its verdict: what `--json` prints and `run.json` keeps.
struct RunResult {
  let summary: RunSummary
  let claims: [Claim]

  /// Members that `--json` prints.
  var members: [JSONValue.Member] {
    [
      .init("paper", .string(summary.paper)),
      .init("command", .string(summary.command)),
      .init("options", .object(summary.options.map { .init($0.name, $0.value) })),
      .init("metrics", .object(summary.metrics.map { .init($0.name, $0.json) })),
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
