import Foundation

/// How a quantity is shown to people. Records always keep the full number.
public struct MetricUnit: Sendable, Hashable {
  /// Written after the number; empty for a plain number.
  public let symbol: String
  /// Digits after the decimal point.
  public let digits: Int

  public init(_ symbol: String, digits: Int) {
    self.symbol = symbol
    self.digits = digits
  }

  public static let none = MetricUnit("", digits: 4)
  /// Values already in percent: 81.5, not 0.815.
  public static let percent = MetricUnit("%", digits: 2)
  public static let seconds = MetricUnit("s", digits: 2)
  public static let milliseconds = MetricUnit("ms", digits: 2)
  public static let nats = MetricUnit("nats", digits: 4)
  public static let count = MetricUnit("", digits: 0)

  /// The number alone, with this unit's digits, or with four significant ones where those would show only zeros.
  public func number(_ value: Double) -> String {
    let vanishes = value != 0 && abs(value) < 0.5 * pow(10, -Double(digits))
    return vanishes ? shortNumber(value) : decimal(value, digits: digits)
  }

  /// The number with its symbol, set apart by a no-break space.
  public func text(_ value: Double) -> String { number(value) + suffix }

  var suffix: String { symbol.isEmpty ? "" : "\u{00A0}" + symbol }
}

/// One result of one seed.
public struct Metric: Sendable {
  /// In camelCase, such as `testAccuracy`.
  public let name: String
  public let value: Double
  public let unit: MetricUnit

  public init(_ name: String, _ value: Double, _ unit: MetricUnit = .none) {
    self.name = name
    self.value = value
    self.unit = unit
  }
}

/// One metric over all seeds of a run.
public struct MetricSummary: Sendable {
  public let name: String
  public let unit: MetricUnit
  /// One value a seed, in the order of the seeds; NaN for a seed that gave none.
  public let values: [Double]

  public var mean: Double { Statistics.mean(values) }
  /// Sample standard deviation (divisor n - 1), 0 for one seed.
  public var std: Double { Statistics.std(values) }

  var json: JSONValue { .object(["mean": .number(mean), "std": .number(std), "values": .numbers(values)]) }

  /// Groups the seeds' metrics by name, in the order of first appearance. A seed without the metric has NaN in its
  /// place, so that values stay with their seeds.
  static func summaries(of seeds: [[Metric]]) -> [MetricSummary] {
    var order: [String] = []
    var groups: [String: (unit: MetricUnit, values: [Double])] = [:]
    for (index, metrics) in seeds.enumerated() {
      for metric in metrics {
        if groups[metric.name] == nil {
          order.append(metric.name)
          groups[metric.name] = (metric.unit, Array(repeating: .nan, count: seeds.count))
        }
        groups[metric.name]!.values[index] = metric.value
      }
    }
    return order.map { MetricSummary(name: $0, unit: groups[$0]!.unit, values: groups[$0]!.values) }
  }
}

enum Statistics {
  static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
  }

  static func std(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let center = mean(values)
    return (values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count - 1)).squareRoot()
  }
}
