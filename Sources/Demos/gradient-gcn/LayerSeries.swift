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

  /// The tables of a report on features, whose rows are layers.
  static func tables(_ report: GradientFlowReport) -> [(LayerSeries, GradientFlowReport.Table)] {
    [(.energy, report.energies), (.distance, report.distances), (.rank, report.ranks)]
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
      name: "\(rawValue)-\(model)", title: "\(title): \(model.words)", x: Axis("epoch"), y: Axis(rowName(of: model)),
      value: Axis(title.lowercased(), scale: scale), values: rows.map { $0.prefix(columns).map(\.y) },
      xValues: first.prefix(columns).map(\.x), yValues: rows.indices.map(Double.init))
  }

  /// What a row stands for: networks that only propagate have weights, but no layers that hold them.
  private func rowName(of model: Variant) -> String {
    guard self == .gradientNorm, case .baseline(let baseline) = model.kind else { return "layer" }
    return [.sgc, .appnp, .dagnn, .gprgnn].contains(baseline) ? "weight matrix" : "layer"
  }
}

/// Frobenius norms of the gradient, one for each graph layer of the model over all its weight matrices, so that rows
/// are those of what layers announce; of a model without graph layers one for each weight matrix.
func layerGradients(_ gradients: ParameterGradients, of model: Module) -> [Double] {
  let flow = gradientFlow(gradients, of: model)
  var layers: [Int: [Double]] = [:]
  for (name, norm) in flow {
    let parts = name.split(separator: ".")
    guard let place = parts.firstIndex(of: "layers"), place + 1 < parts.count, let layer = Int(parts[place + 1]) else {
      continue
    }
    layers[layer, default: []].append(norm)
  }
  guard let last = layers.keys.max() else { return flow.map(\.norm) }
  return (0...last).map { layer in
    let norms = layers[layer] ?? []
    return norms.count == 1 ? norms[0] : norms.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}
