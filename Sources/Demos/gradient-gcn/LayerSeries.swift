import NeuralKit
import RunKit

/// A quantity of every layer that is recorded epoch by epoch and drawn as a heat map.
enum LayerSeries: String, CaseIterable {
  case gradientNorm, energy, distance, rank

  var title: String {
    switch self {
    case .gradientNorm: "Gradient norm"
    case .energy: "Dirichlet energy"
    case .distance: "Mean average distance"
    case .rank: "Effective rank"
    }
  }

  /// Norms and energies differ by powers of ten from layer to layer.
  var scale: Axis.Scale { self == .gradientNorm || self == .energy ? .log : .linear }

  /// Recorded values of one epoch, named `energy.0`, `energy.1`, ...
  func values(_ layers: [Double]) -> NamedValues {
    var values = NamedValues()
    for (layer, value) in layers.enumerated() { values["\(rawValue).\(layer)"] = value }
    return values
  }

  /// The tables of a report.
  static func tables(_ report: GradientFlowReport) -> [(LayerSeries, GradientFlowReport.Table)] {
    [
      (.gradientNorm, report.gradientNorms), (.energy, report.energies), (.distance, report.distances),
      (.rank, report.ranks),
    ]
  }

  /// Most epochs that are recorded: what a heat map can show.
  private static let mostColumns = 100

  /// Whether an epoch, counted from 1, is among those that are recorded.
  static func isRecorded(_ epoch: Int, of epochs: Int) -> Bool {
    (epoch - 1) % max(1, (epochs + mostColumns - 1) / mostColumns) == 0
  }

  /// The recorded values of the first seed as a map; nil where there are none.
  func heatMap(_ curves: RecordedCurves, of model: Variant) -> HeatMap? {
    var rows: [[PlotPoint]] = []
    while let points = curves.runs("\(rawValue).\(rows.count)").first { rows.append(points) }
    guard let first = rows.first, !first.isEmpty else { return nil }
    let columns = rows.map(\.count).min()!
    return HeatMap(
      name: "\(rawValue)-\(model)", title: "\(title): \(model.words)", x: Axis("epoch"), y: Axis("layer"),
      value: Axis(title.lowercased(), scale: scale), values: rows.map { $0.prefix(columns).map(\.y) },
      xValues: first.prefix(columns).map(\.x), yValues: rows.indices.map(Double.init))
  }
}
