import FileKit
import Foundation

/// Curves over a common axis. A series with several runs is drawn as the mean with a band.
public struct LinePlot: Figure, Sendable {
  /// What the band around a mean shows.
  public enum Band: Sendable {
    case none
    /// From the lowest run to the highest.
    case range
    /// One sample standard deviation each way.
    case std
  }

  /// One named curve, as one or more runs.
  public struct Series: Sendable {
    public let name: String
    public let runs: [[PlotPoint]]

    public init(_ name: String, runs: [[PlotPoint]]) {
      self.name = name
      self.runs = runs
    }
    /// A single run.
    public init(_ name: String, _ points: [PlotPoint]) { self.init(name, runs: [points]) }
  }

  public let name: String
  public let title: String
  public let x: Axis
  public let y: Axis
  public let series: [Series]
  public let band: Band
  /// A sentence of the author's; the report adds what line and band mean.
  public let note: String

  public init(
    name: String, title: String, x: Axis, y: Axis, series: [Series], band: Band = .range, note: String = ""
  ) {
    self.name = name
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.band = band
    self.note = note
  }

  public var caption: String {
    let runs = series.map(\.runs.count).max() ?? 0
    let drawn =
      switch band {
      case _ where runs < 2: ""
      case .none: "Mean over \(runs) seeds."
      case .range: "Mean over \(runs) seeds; the band spans the lowest to the highest."
      case .std: "Mean over \(runs) seeds; the band is one standard deviation each way."
      }
    let isThinned = series.contains { $0.runs.contains { $0.count > Self.mostSamples } }
    let thinned = isThinned ? "Neighbouring steps are averaged\(band == .none ? "" : "; the band holds them all")." : ""
    return [note, drawn, thinned].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Samples that a drawn curve has at most.
  static let mostSamples = 250

  /// A series' runs at one x.
  struct Sample: Equatable {
    var x: Double
    var mean: Double
    var low: Double
    var high: Double
  }

  /// The numbers behind the drawing, in full resolution: series, x, mean, std, min, max, runs.
  public func csv() -> String {
    var table = CSVWriter(columns: ["series", x.label, "mean", "std", "min", "max", "runs"])
    for series in series {
      for (x, values) in Self.columns(of: series.runs) {
        let numbers = [x, Statistics.mean(values), Statistics.std(values), values.min()!, values.max()!]
        table.append([series.name] + numbers.map(\.description) + [String(values.count)])
      }
    }
    return String(decoding: table.bytes, as: UTF8.self)
  }

  /// The values of all runs at each x, ascending. Values that are not finite are left out.
  static func columns(of runs: [[PlotPoint]]) -> [(x: Double, values: [Double])] {
    var values: [Double: [Double]] = [:]
    for point in runs.joined() where point.x.isFinite && point.y.isFinite {
      values[point.x, default: []].append(point.y)
    }
    return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Mean and band at each x that can be drawn on these axes, thinned to about `most` samples.
  func samples(of series: Series, most: Int) -> [Sample] {
    let all = Self.columns(of: series.runs).compactMap { x, values -> Sample? in
      let values = y.scale == .log ? values.filter { $0 > 0 } : values
      guard !values.isEmpty, self.x.scale == .linear || x > 0 else { return nil }
      let mean = Statistics.mean(values)
      switch band {
      case .none: return Sample(x: x, mean: mean, low: mean, high: mean)
      case .range: return Sample(x: x, mean: mean, low: values.min()!, high: values.max()!)
      case .std:
        let std = Statistics.std(values)
        let low = y.scale == .log && mean <= std ? values.min()! : mean - std
        return Sample(x: x, mean: mean, low: low, high: mean + std)
      }
    }
    return Self.thinned(all, most: most)
  }

  /// Joins neighbours until at most `most` samples are left: the line becomes their mean, the band holds all of theirs,
  /// so that no peak is lost. The ends stay where they are.
  static func thinned(_ samples: [Sample], most: Int) -> [Sample] {
    guard samples.count > most, most > 0 else { return samples }
    return (0..<most).map { bucket in
      let part = samples[(samples.count * bucket / most)..<(samples.count * (bucket + 1) / most)]
      let x = bucket == 0 ? part.first!.x : bucket == most - 1 ? part.last!.x : Statistics.mean(part.map(\.x))
      return Sample(
        x: x, mean: Statistics.mean(part.map(\.mean)), low: part.map(\.low).min()!,
        high: part.map(\.high).max()!)
    }
  }
}
