import GradientGCN
import TestSupport
import Testing

@testable import RunKit
@testable import gradient_gcn

@Suite struct ComparisonTests {
  @Test func variantsAreReadFromTheirNames() throws {
    let plain = try #require(Variant("iso_drop"))
    #expect(plain.kind == .method(.isoDrop, .none) && plain.dropout == nil && plain.block == .initialization)
    let rewired = try #require(Variant("released-p0.3+rewired"))
    #expect(rewired.kind == .method(.released, .rewired) && rewired.dropout == 0.3 && rewired.block == .skips)
    #expect(try #require(Variant("signal-glorot-p0.6")).kind == .signal(.glorot))
    #expect(try #require(Variant("gcnii")).title.method == "GCNII")
    #expect(try #require(Variant("pairnorm")).title.method == "PairNorm")
    #expect(try #require(Variant("std")).kind == .method(.std, .none), "the paper's recipe, not the baseline's")
    for text in [
      "", "foo", "std+", "std+none", "std+foo", "std-p1", "std-pfoo", "gcnii+all", "kipf-p0.5", "signal-iso+all",
    ] {
      #expect(Variant(text) == nil, "\(text)")
    }
  }

  @Test func settingsMakeTheMethod() throws {
    let settings = VariantSettings(dropout: 0.6, rewiring: Rewiring(threshold: 0.5, probeEpochs: 7))
    func method(_ name: String) throws -> GradientGCN {
      let variant = Variant(name)!
      guard case .method(let initialization, let skips) = variant.kind else { throw Failure() }
      return settings.method(variant, initialization, skips, layers: 16)
    }
    struct Failure: Error {}
    #expect(try method("std").skips == .none)
    #expect(try method("glorot+all").skips == .all)
    #expect(try method("std+rewired").skips == .rewired(settings.rewiring))
    #expect(try method("std+online").rewiring?.mode == .online)
    #expect(try method("std+gradient").rewiring?.criterion == .gradient)
    #expect(try method("released-p0.3+random").dropout == 0.3)
    #expect(try method("released+random").dropout == 0.6)
  }

  private func trials(_ options: String) throws -> [Trial] {
    try Reproduce.parsed(options.split(separator: " ").map(String.init)).trials
  }

  @Test func thePlanHasEveryRowOnce() throws {
    let trials = try trials("--preset small")
    #expect(Set(trials.map(\.id)).count == trials.count)
    for id in ["std-64", "std+rewired-64", "glorot+all-64", "released-p0.3+rewired-64", "gcnii-32", "signal-iso-64"] {
      #expect(trials.contains { $0.id == id }, "\(id)")
    }
    #expect(trials.allSatisfy { Set($0.configuration.labels.map(\.name)) == Set(Trial.labels) })
    #expect(trials.first { $0.id == "std-64" }?.epochs == 150, "half, and the table says so")
    #expect(trials.first { $0.id == "std+rewired-64" }?.epochs == 300)
    #expect(trials.filter(\.recordsGradients).map(\.id) == ["std-32", "std+rewired-32"])
  }

  @Test func namedMethodsRunAtAllDepths() throws {
    let ids = try trials("--methods iso+all,appnp --depths 3,5").map(\.id)
    #expect(ids == ["iso+all-3", "iso+all-5", "appnp-3", "appnp-5"])
    #expect(try trials("--depths 2").allSatisfy { $0.layers == 2 })
  }

  @Test(arguments: [
    ("--depths 0", "--depths must be numbers of layers such as 2,8,16, each in 1...4096, not 0."),
    ("--depths 2,x", "--depths must be numbers of layers such as 2,8,16, each in 1...4096, not 2,x."),
    ("--methods std,foo", "--methods: foo is no method; expected names such as std, iso_drop+all or gcnii."),
    ("--dropout 1", "--dropout must lie in 0..<1, not 1.0."),
    ("--probe-epochs 0", "--probe-epochs must be 1 or more, not 0."),
    ("--threshold 0", "--threshold must be above 0, not 0.0."),
    ("--depths 3", "--depths 3: the paper's plan has no row at these depths; name --methods."),
    (
      "--methods std,signal-iso --depths 2,16",
      "--methods: signal-iso measures networks of 16 layers or more, not 2."
    ),
  ])
  func refusesWhatNoComparisonCanUse(_ options: String, sentence: String) {
    var error = ""
    let console = Console(writeOutput: { _ in }, writeError: { error += $0 })
    let arguments = ["reproduce"] + options.split(separator: " ").map(String.init)
    let status = GradientGCNCommand.status(of: arguments, on: console)
    #expect(status == .usage && error.hasPrefix("Error: \(sentence)\n"), "\(error)")
  }

  /// Results with these accuracies over two seeds, and a falling loss.
  private func summary(_ trials: [Trial], _ accuracies: [String: [Double]]) -> RunSummary {
    let groups = trials.compactMap { trial -> RunSummary.Group? in
      guard let values = accuracies[trial.id] else { return nil }
      var curves = RecordedCurves()
      for seed in values.indices {
        for step in 1...12 {
          let loss = (trial.variant.name == "iso" ? 1 : 2) / Double(step)
          curves.add(step: step, name: "trainLoss", value: loss, seed: UInt64(seed))
          curves.add(step: step, name: "gradientNorm.0", value: loss, seed: UInt64(seed))
        }
      }
      let metrics = [MetricSummary(name: "testAccuracy", unit: .percent, values: values)]
      return RunSummary.Group(configuration: trial.configuration, metrics: metrics, curves: curves)
    }
    return RunSummary(
      paper: Reproduce.paper, command: "reproduce", options: [], seeds: [0, 1], groups: groups, seconds: 1,
      peakBytes: 1)
  }

  @Test func onlyClaimsThatRanAreJudged() throws {
    let trials = try trials("--preset small")
    let some = summary(
      trials,
      [
        "std-16": [20, 22], "glorot-16": [36, 38], "iso-16": [40, 40], "std+rewired-16": [78, 80],
        "std+random-16": [79, 81], "std+rewired-64": [80, 70], "gcnii-32": [84, 85],
      ])
    let claims = Bars(summary: some, dataset: "cora", epochs: 300).claims
    func isMet(_ start: String) -> Bool? {
      let found = claims.filter { $0.statement.hasPrefix(start) }
      return found.count == 1 ? found[0].isMet : nil
    }
    #expect(isMet("16 layers, 1 / sqrt(outputs), no skips") == true)
    #expect(isMet("16 layers, Glorot, no skips") == false)
    #expect(isMet("16 layers: final training loss of Glorot less that of iso") == true)
    #expect(isMet("16 layers, 1 / sqrt(outputs) and rewiring") == true)
    #expect(isMet("64 layers, 1 / sqrt(outputs) and rewiring: deviation") == false)
    #expect(isMet("16 layers: rewiring gains") == true)
    #expect(isMet("16 layers, std: listed layers against as many random ones") == false)
    #expect(isMet("32 layers, GCNII") == true)
    #expect(claims.count == 9)
    let elsewhere = Bars(summary: some, dataset: "texas", epochs: 300).claims
    #expect(elsewhere.count == 2, "direction and ablation only: \(elsewhere.map(\.statement))")
  }

  @Test func tablesAndFiguresOfAComparison() throws {
    let trials = try trials("--preset small")
    let accuracies: [String: [Double]] = [
      "std-2": [81, 82], "std-32": [20, 21], "std+rewired-32": [77, 78], "glorot-2": [80, 81], "sgc-32": [68, 69],
    ]
    let results = ComparisonResults(summary(trials, accuracies), trials)
    let tables = results.tables
    #expect(tables.map(\.title) == [
      "Test accuracy, initialisation only", "Test accuracy, with skips", "Test accuracy, baselines",
      "All methods, depth by depth", "Layers with a skip", "Time of an epoch with evaluation",
    ])
    #expect(tables[0].text().contains("81.50"))
    #expect(!tables[0].text().contains("rewiring"), "blocks stand apart")
    let names = results.figures.map(\.name)
    #expect(names == ["accuracy-initialisation only", "accuracy-at-32", "gradientNorm-std", "gradientNorm-std+rewired"])
  }
}
