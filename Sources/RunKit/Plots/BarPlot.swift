import FileKit
import TensorKit

/// Bars in groups, one of each series a group: the mean over the seeds, with a whisker for the spread.
public struct BarPlot: Figure, Sendable {
  /// Bars of one colour.
  public struct Series: Sendable {
    public let name: String
    /// For each group the values over the seeds; none leaves the bar out.
    public let values: [[Double]]

    public init(_ name: String, _ values: [[Double]]) {
      self.name = name
      self.values = values
    }
  }

  public let name: String
  public let title: String
  /// Title of the horizontal axis; may be empty.
  public let x: String
  /// Bars stand on zero, or on the lower end of this axis' range where it has one that does not hold zero.
  public let y: Axis
  public let groups: [String]
  public let series: [Series]
  /// What the whiskers show.
  public let whisker: LinePlot.Band
  /// A sentence of the author's; the report adds what bars and whiskers mean.
  public let note: String

  /// Traps when a series has not one array of values for each group.
  public init(
    name: String, title: String, x: String = "", y: Axis, groups: [String], series: [Series],
    whisker: LinePlot.Band = .std, note: String = "", file: StaticString = #fileID, line: UInt = #line
  ) {
    for series in series where series.values.count != groups.count {
      trap(
        "BarPlot: series \"\(series.name)\" has values for \(series.values.count) groups, expected \(groups.count)",
        file, line)
    }
    self.name = name
    self.title = title
    self.x = x
    self.y = y
    self.groups = groups
    self.series = series
    self.whisker = whisker
    self.note = note
  }

  public var caption: String {
    let seeds = series.flatMap { $0.values.map(\.count) }.max() ?? 0
    let drawn =
      switch whisker {
      case _ where seeds < 2: ""
      case .none: "Mean over \(seeds) seeds."
      case .range: "Mean over \(seeds) seeds; whiskers span the lowest to the highest."
      case .std: "Mean over \(seeds) seeds; whiskers are one standard deviation each way."
      }
    return [note, drawn].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// One bar; nil where no value can be drawn on the axis.
  func bar(_ series: Series, _ group: Int) -> (mean: Double, low: Double, high: Double)? {
    let values = series.values[group].filter { $0.isFinite && (y.scale == .linear || $0 > 0) }
    guard !values.isEmpty else { return nil }
    let mean = Statistics.mean(values)
    switch whisker {
    case .none: return (mean, mean, mean)
    case .range: return (mean, values.min()!, values.max()!)
    case .std:
      let std = Statistics.std(values)
      return (mean, y.scale == .log && mean <= std ? values.min()! : mean - std, mean + std)
    }
  }

  /// The numbers behind the drawing: group, series, mean, std, min, max, runs.
  public func csv() -> String {
    var table = CSVWriter(columns: [x.isEmpty ? "group" : x, "series", "mean", "std", "min", "max", "runs"])
    for (index, group) in groups.enumerated() {
      for series in series {
        let values = series.values[index].filter(\.isFinite)
        guard let low = values.min(), let high = values.max() else { continue }
        let numbers = [Statistics.mean(values), Statistics.std(values), low, high]
        table.append([group, series.name] + numbers.map(\.description) + [String(values.count)])
      }
    }
    return String(decoding: table.bytes, as: UTF8.self)
  }
}
