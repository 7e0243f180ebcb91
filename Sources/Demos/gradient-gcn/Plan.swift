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
  static func trials(
    _ variants: [Variant], depths: [Int], epochs: Int, settings: VariantSettings
  ) -> [Trial] {
    let chosen =
      variants.isEmpty
      ? rows.flatMap { row in variantList(row.variants).map { ($0, row.depths.filter(depths.contains)) } }
      : variants.map { ($0, depths) }
    var trials = chosen.flatMap { variant, depths in
      depths.map { Trial(variant: variant, layers: $0, epochs: Self.epochs(variant, $0, epochs), settings: settings) }
    }
    markHeatMaps(&trials)
    return trials
  }

  /// Deep networks without skips stay at chance whatever the epochs: half of them show it.
  private static func epochs(_ variant: Variant, _ layers: Int, _ epochs: Int) -> Int {
    switch variant.kind {
    case .method(_, .none): layers >= 64 ? max(1, epochs / 2) : epochs
    case .kipf: min(200, epochs)
    case .baseline: epochs >= 300 ? 1000 : epochs  // the recipe's, which stops by its own patience
    case .signal: 0
    case .method: epochs
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
