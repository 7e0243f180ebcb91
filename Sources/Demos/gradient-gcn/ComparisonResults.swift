import RunKit

/// Tables and figures of the comparison.
struct ComparisonResults {
  private let summary: RunSummary
  /// Those that have results, shallow ones first.
  private let trials: [Trial]
  private let settings: VariantSettings

  init(_ summary: RunSummary, _ trials: [Trial], _ settings: VariantSettings) {
    self.summary = summary
    self.settings = settings
    self.trials = trials.filter { summary[configuration: $0.id] != nil }.sorted { $0.layers < $1.layers }
  }

  private func values(_ metric: String, _ trial: Trial) -> [Double] { summary.values(metric, of: trial.id) }

  private func trials(of block: Variant.Block) -> [Trial] { trials.filter { $0.variant.block == block } }

  // MARK: - Tables

  /// Accuracy by depth for each block, all rows with their differences, then skips and times by depth.
  var tables: [any ResultTable] {
    let trained = trials.filter { $0.variant.block != .signals }
    guard !trained.isEmpty else { return [] }
    let accuracy = ComparisonTable.Measure("testAccuracy", .percent, better: .higher)
    var tables: [any ResultTable] = [Variant.Block.initialization, .skips, .baselines].compactMap { block in
      let rows = trials(of: block)
      return rows.isEmpty ? nil : byDepth(accuracy, "accuracy-\(block.rawValue)", "Test accuracy, \(block.words)", rows)
    }
    tables.append(
      table(
        "comparison", "All methods, depth by depth", trained, accuracy,
        reference: [
          "method": Variant.Skips.none.title, "initialisation": "std", "dropout": shortText(settings.dropout),
        ],
        note: "The paper's methods count at the first highest validation accuracy, baselines at the lowest loss."))
    let skips = trials(of: .skips)
    if !skips.isEmpty { tables.append(byDepth(.init("skips", .count), "skips", "Layers with a skip", skips)) }
    let times = ComparisonTable.Measure("epochMilliseconds", .milliseconds)
    return tables + [byDepth(times, "epoch-times", "Time of an epoch with evaluation", trained)]
  }

  private func byDepth(
    _ measure: ComparisonTable.Measure, _ name: String, _ title: String, _ rows: [Trial]
  ) -> PivotTable {
    table(name, title, rows, measure).pivot(
      measure.name, columns: "depth", rows: ["method", "initialisation", "dropout"])
  }

  private func table(
    _ name: String, _ title: String, _ rows: [Trial], _ measure: ComparisonTable.Measure,
    reference: [String: String] = [:], note: String = ""
  ) -> ComparisonTable {
    ComparisonTable(
      name: name, title: title, labels: Trial.labels, measures: [measure],
      rows: rows.map { trial in
        let values = values(measure.name, trial)
        return .init(trial.configuration.labels.map(\.value), values.isEmpty ? [:] : [measure.name: values])
      },
      reference: reference, groupedBy: ["depth"], note: note)
  }

  // MARK: - Figures

  /// Accuracy against depth, bars at the greatest depth, and the gradients of two rows.
  var figures: [any Figure] {
    var figures: [any Figure] = []
    for block in [Variant.Block.initialization, .skips, .baselines] {
      if let plot = accuracyByDepth(block) { figures.append(plot) }
    }
    if let bars = barsAtGreatestDepth { figures.append(bars) }
    let maps = trials.compactMap { trial in
      trial.recordsGradients
        ? summary[configuration: trial.id].flatMap { LayerSeries.gradientNorm.heatMap($0.curves, of: trial.variant) }
        : nil
    }
    return figures + HeatMap.sharingRange(maps)
  }

  private func accuracyByDepth(_ block: Variant.Block) -> LinePlot? {
    let rows = trials(of: block)
    guard Set(rows.map(\.layers)).count > 1 else { return nil }
    var names: [String] = []
    for row in rows where !names.contains(row.variant.name) { names.append(row.variant.name) }
    let series = names.map { name in
      let points = rows.filter { $0.variant.name == name }
      let seeds = points.map { values("testAccuracy", $0).count }.min() ?? 0
      return LinePlot.Series(
        name,
        runs: (0..<seeds).map { seed in
          points.map { PlotPoint(x: Double($0.layers), y: values("testAccuracy", $0)[seed]) }
        })
    }
    return LinePlot(
      name: "accuracy-\(block.rawValue)", title: "Accuracy against depth, \(block.words)",
      x: Axis("layers", scale: .log), y: Axis("test accuracy", unit: "%", range: 0...100), series: series)
  }

  private var barsAtGreatestDepth: BarPlot? {
    let trained = trials.filter { $0.variant.block == .initialization || $0.variant.block == .skips }
    guard let depth = trained.map(\.layers).max() else { return nil }
    let rows = trained.filter { $0.layers == depth }
    return BarPlot(
      name: "accuracy-at-\(depth)", title: "Accuracy at \(depth) layers",
      y: Axis("test accuracy", unit: "%", range: 0...100), groups: rows.map(\.variant.name),
      series: [.init("test accuracy", rows.map { values("testAccuracy", $0) })])
  }
}
