import GradientGCN

/// Which variants the comparison runs at which depths when none are named.
enum Plan {
  /// Every row of the paper's specification that a claim, a block or an ablation needs.
  static let rows: [(variants: String, depths: [Int])] = [
    ("std,glorot,released,iso,iso_drop", [2, 8, 16, 32, 64]),
    ("std+rewired,released+rewired", [8, 16, 32, 64]),
    ("iso+rewired", [16, 32]),
    ("released-p0.3+rewired", [64]),
    ("glorot+all,iso_drop+all", [16, 32, 64]),
    ("std+random,released+random", [16, 32]),
    ("kipf", [2]),
    ("gcnii,appnp,dagnn,gprgnn,jknet,sgc,residual,initial", [2, 16, 32]),
    ("signal-glorot,signal-released,signal-iso", [64]),
    ("signal-glorot-p0.6,signal-released-p0.6,signal-iso-p0.6", [64]),
  ]

  /// The trials of a run: `variants` at all `depths`, or the plan's rows at those of their depths that are among them.
  /// What is named twice, or differs by a dropout rate that is the run's anyway, runs once.
  static func trials(
    _ variants: [Variant], depths: [Int], epochs: Int, settings: VariantSettings
  ) -> [Trial] {
    let chosen =
      variants.isEmpty
      ? rows.flatMap { row in variantList(row.variants).map { ($0, row.depths.filter(depths.contains)) } }
      : variants.map { ($0, depths) }
    var seen: Set<Work> = []
    var trials: [Trial] = []
    for (variant, depths) in chosen {
      let count = Self.epochs(variant, epochs, settings), dropout = settings.dropout(of: variant)
      for layers in depths where seen.insert(Work(kind: variant.kind, dropout: dropout, layers: layers)).inserted {
        trials.append(Trial(variant: variant, layers: layers, epochs: count, settings: settings))
      }
    }
    markHeatMaps(&trials)
    return trials
  }

  /// What a trial does, whatever it is called.
  private struct Work: Hashable {
    let kind: Variant.Kind
    let dropout: Double
    let layers: Int
  }

  private static func epochs(_ variant: Variant, _ epochs: Int, _ settings: VariantSettings) -> Int {
    switch variant.kind {
    case .method: epochs
    case .kipf: min(Train.defaultEpochs, epochs)
    case .baseline(let baseline):
      settings.baselineEpochs ?? BaselineRecipe(baseline, dataset: settings.dataset).epochs
    case .signal: 0
    }
  }

  /// Two rows of one depth, without and with rewiring where both run, record their gradients.
  private static func markHeatMaps(_ trials: inout [Trial]) {
    let trained = trials.indices.filter { if case .method = trials[$0].variant.kind { true } else { false } }
    guard let depth = trained.map({ trials[$0].layers }).min(by: { abs($0 - 32) < abs($1 - 32) }) else { return }
    let rows = trained.filter { trials[$0].layers == depth }
    let wanted = ["std", "std+rewired"].compactMap { name in rows.first { trials[$0].variant.name == name } }
    for row in wanted.count == 2 ? wanted : Array(rows.prefix(2)) { trials[row].recordsGradients = true }
  }
}

/// The variants of a comma list; texts that name none are left out.
func variantList(_ text: String) -> [Variant] { text.split(separator: ",").compactMap { Variant(String($0)) } }
