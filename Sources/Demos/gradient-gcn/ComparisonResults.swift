import RunKit

/// Tables and figures of the comparison.
struct ComparisonResults {
  private let summary: RunSummary
  /// Those that have results, shallow ones first.
  private let trials: [Trial]

  init(_ summary: RunSummary, _ trials: [Trial]) {
    self.summary = summary
    self.trials = trials.filter { summary[configuration: $0.id] != nil }.sorted { $0.layers < $1.layers }
  }

  private func values(_ metric: String, _ trial: Trial) -> [Double] { summary.values(metric, of: trial.id) }

  private func trials(of block: Variant.Block) -> [Trial] { trials.filter { $0.variant.block == block } }

  // MARK: - Tables

  /// One table of accuracy by depth for each block, then all rows in full.
  var tables: [any ResultTable] {
    let blocks: [Variant.Block] = [.initialization, .skips, .baseline]
    let pivots = blocks.compactMap { block -> (any ResultTable)? in
      let rows = trials(of: block)
      guard !rows.isEmpty else { return nil }
      return table("accuracy-\(block.rawValue)", "Test accuracy, \(block.rawValue)", rows).pivot(
        "testAccuracy", columns: "depth", rows: ["method", "initialisation", "dropout"])
    }
    let trained = trials.filter { $0.variant.block != .signal }
    guard !trained.isEmpty else { return [] }
    let all = table(
      "comparison", "All methods, depth by depth", trained,
      reference: ["method": Variant.Skips.none.title, "initialisation": "std", "dropout": "0.6"],
      note: "The epoch is the first with the highest validation accuracy.")
    return pivots + [all]
  }

  private func table(
    _ name: String, _ title: String, _ rows: [Trial], reference: [String: String] = [:], note: String = ""
  ) -> ComparisonTable {
    let measures: [ComparisonTable.Measure] = [
      .init("testAccuracy", .percent, better: .higher), .init("validationAccuracy", .percent, better: .higher),
      .init("skips", .count), .init("epochMilliseconds", .milliseconds, better: .lower),
    ]
    return ComparisonTable(
      name: name, title: title, labels: Trial.labels, measures: measures,
      rows: rows.map { trial in
        let known = measures.map { ($0.name, values($0.name, trial)) }.filter { !$0.1.isEmpty }
        return .init(trial.configuration.labels.map(\.value), Dictionary(uniqueKeysWithValues: known))
      },
      reference: reference, groupedBy: ["depth"], note: note)
  }

  // MARK: - Figures

  /// Accuracy against depth, bars at the greatest depth, and the gradients of two rows.
  var figures: [any Figure] {
    var figures: [any Figure] = []
    for block in [Variant.Block.initialization, .skips, .baseline] {
      if let plot = accuracyByDepth(block) { figures.append(plot) }
    }
    if let bars = barsAtGreatestDepth { figures.append(bars) }
    let maps = trials.compactMap { trial in
      trial.recordsGradients
        ? summary[configuration: trial.id].flatMap { LayerSeries.gradientNorm.heatMap($0.curves, of: trial.variant) } : nil
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
      name: "accuracy-\(block.rawValue)", title: "Accuracy against depth, \(block.rawValue)",
      x: Axis("layers", scale: .log), y: Axis("test accuracy", unit: "%"), series: series)
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
