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
    #expect(try #require(Variant("std")).kind == .method(.std, .none))
    for baseline in Baseline.allCases { #expect(Variant(baseline.rawValue)?.kind == .baseline(baseline)) }
    for text in [
      "", "foo", "gcn", "std+", "std+none", "std+foo", "std-p1", "std-pfoo", "gcnii+all", "kipf-p0.5", "signal-iso+all",
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
    let epochs = ["std-64": 300, "std+rewired-64": 300, "kipf-2": 200, "gcnii-32": 1000]
    for (id, count) in epochs { #expect(trials.first { $0.id == id }?.epochs == count, "\(id)") }
    #expect(trials.filter(\.recordsGradients).map(\.id) == ["std-32", "std+rewired-32"])
  }

  @Test func whatIsTheSameRunsOnce() throws {
    #expect(try trials("--methods std,std-p0.6,std --depths 2").map(\.id) == ["std-2"])
    #expect(try trials("--methods std,std-p0.6 --depths 2 --dropout 0.3").map(\.id) == ["std-2", "std-p0.6-2"])
    #expect(try trials("--methods gcnii,kipf,gcnii --depths 2").map(\.id) == ["gcnii-2", "kipf-2"])
    let low = try trials("--dropout 0.3")
    #expect(low.contains { $0.id == "released+rewired-64" } && !low.contains { $0.id == "released-p0.3+rewired-64" })
    #expect(low.count == (try trials("--preset small").count) - 1)
  }

  @Test func baselinesTrainByTheirRecipe() throws {
    func epochs(_ options: String) throws -> [Int] { try trials("--methods gcnii --depths 2 " + options).map(\.epochs) }
    #expect(try epochs("--epochs 20") == [1000])
    #expect(try epochs("--baseline-epochs 30") == [30])
    #expect(try trials("--preset smoke").allSatisfy { $0.epochs == 10 })
  }

  @Test func recipesOfOtherSetsAreCalledCoras() throws {
    func titles(_ dataset: String) throws -> [String?] {
      try trials("--methods gcnii,kipf,std --depths 2 --dataset \(dataset)").map { $0.configuration["method"] }
    }
    #expect(try titles("citeseer") == ["GCNII", "GCN, Kipf's recipe", "GCN"])
    #expect(try titles("texas") == ["GCNII (Cora's recipe)", "GCN, Kipf's recipe", "GCN"])
  }

  @Test func seedsGoRoundTheSplits() throws {
    let all = try Reproduce.parsed([]), one = try Reproduce.parsed(["--dataset", "texas", "--split", "3"])
    #expect((8..<12).map { all.split(of: $0, among: 10) } == [8, 9, 0, 1] && all.split(of: 7, among: 1) == 0)
    #expect((8..<12).allSatisfy { one.split(of: $0, among: 10) == 3 })
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
    ("--baseline-epochs 0", "--baseline-epochs must be 1 or more, not 0."),
    ("--methods std,gcn", "--methods: gcn is no method; expected names such as std, iso_drop+all or gcnii."),
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
    let claims = Bars(summary: some, settings: VariantSettings(dataset: "cora"), epochs: 300).claims
    func isMet(_ start: String) -> Bool? {
      let found = claims.filter { $0.statement.hasPrefix(start) }
      return found.count == 1 ? found[0].isMet : nil
    }
    #expect(isMet("16 layers, 1 / sqrt(outputs), no skips") == true)
    #expect(isMet("16 layers, Glorot, no skips") == false)
    #expect(isMet("16 layers: final training loss of Glorot less that of iso") == true)
    #expect(isMet("16 layers, 1 / sqrt(outputs) and rewiring") == true)
    #expect(isMet("64 layers, std and rewiring: deviation") == false)
    #expect(isMet("16 layers, std and rewiring: deviation") == true)
    #expect(isMet("16 layers: rewiring gains") == true)
    #expect(isMet("16 layers, std: listed layers against as many random ones") == false)
    #expect(isMet("32 layers, GCNII") == true)
    #expect(claims.count == 10)
    let elsewhere = Bars(summary: some, settings: VariantSettings(dataset: "texas"), epochs: 300).claims
    #expect(elsewhere.count == 2, "direction and ablation only: \(elsewhere.map(\.statement))")
  }

  private func claims(_ options: String, _ accuracies: [String: [Double]]) throws -> [Claim] {
    let command = try Reproduce.parsed(options.split(separator: " ").map(String.init))
    return command.claims(summary(command.trials, accuracies))
  }

  @Test(arguments: [
    ("", 8), ("--epochs 1000", 8), ("--epochs 200", 3), ("--epochs 100", 2), ("--dropout 0.5", 3),
    ("--threshold 0.5", 3), ("--probe-epochs 100", 3), ("--baseline-epochs 1000", 7),
  ])
  func numbersAreAskedForUnderTheirOptionsOnly(_ options: String, count: Int) throws {
    let accuracies = [
      "std-2": [81.5], "std-16": [30], "std+rewired-16": [30.0], "kipf-2": [81.0], "gcnii-32": [85.0],
      "iso-16": [40], "glorot-16": [36],
    ]
    let found = try claims("--dataset cora " + options, accuracies)
    let direction = found.filter { $0.statement.contains("gains over") }
    #expect(direction.map(\.isMet) == [false], "a tie is no gain, under any options")
    #expect(found.count == count, "\(found.map(\.statement))")
    #expect(found.filter { $0.statement.contains("Kipf") }.allSatisfy { $0.statement.contains("first maximum") })
  }

  @Test func aTieIsNoOrder() throws {
    let equal = ["iso-8": [50.0], "released-8": [50.0], "glorot-8": [50.0], "std-8": [50.0]]
    let order = try claims("--dataset cora", equal).filter { $0.statement.hasPrefix("8 layers: iso >") }
    #expect(order.map(\.isMet) == [false])
    let strict = ["iso-8": [53.0], "released-8": [52.0], "glorot-8": [51.0], "std-8": [50.0]]
    #expect(try claims("--dataset cora", strict).contains { $0.statement.hasPrefix("8 layers: iso >") && $0.isMet })
  }

  @Test(arguments: [("cora", 2), ("pubmed", 1), ("texas", 0), ("twin:cora", 0)])
  func signalsAreJudgedWhereTheirBarsHold(dataset: String, count: Int) throws {
    let signal = ["signal-iso-64": [1.0]]
    #expect(try claims("--dataset \(dataset)", signal).count == count)
  }

  @Test(arguments: ["", "--dropout 0.3", "--dropout 0", "--methods std,std-p0.6,glorot,sgc --depths 2,4"])
  func tablesStandWhateverTheOptions(_ options: String) throws {
    let command = try Reproduce.parsed(options.split(separator: " ").map(String.init)), trials = command.trials
    let accuracies = Dictionary(uniqueKeysWithValues: trials.map { ($0.id, [Double($0.layers), 50]) })
    let tables = command.tables(summary(trials, accuracies))
    let all = try #require(tables.compactMap { $0 as? ComparisonTable }.first)
    let row = try #require(all.rows.firstIndex { $0.labels[0] == "GCN" && $0.labels[1] == "glorot" })
    #expect(all.comparison(row: row, measure: "testAccuracy")?.test.pairs == 2, "against std at the run's dropout")
    #expect(Set(tables.map(\.name)).count == tables.count)
    #expect(!command.figures(summary(trials, accuracies)).isEmpty)
  }

  @Test func tablesAndFiguresOfAComparison() throws {
    let trials = try trials("--preset small")
    let accuracies: [String: [Double]] = [
      "std-2": [81, 82], "std-32": [20, 21], "std+rewired-32": [77, 78], "glorot-2": [80, 81], "sgc-32": [68, 69],
    ]
    let results = ComparisonResults(summary(trials, accuracies), trials, VariantSettings())
    let tables = results.tables
    #expect(
      tables.map(\.title) == [
        "Test accuracy, initialisation only", "Test accuracy, with skips", "Test accuracy, baselines",
        "All methods, depth by depth", "Layers with a skip", "Time of an epoch with evaluation",
      ])
    #expect(
      tables.map(\.name) == [
        "accuracy-initialisation-by-depth", "accuracy-skips-by-depth", "accuracy-baselines-by-depth", "comparison",
        "skips-by-depth", "epoch-times-by-depth",
      ])
    #expect(tables[0].text().contains("81.50"))
    #expect(!tables[0].text().contains("rewiring"), "blocks stand apart")
    let names = results.figures.map(\.name)
    #expect(names == ["accuracy-initialisation", "accuracy-at-32", "gradientNorm-std", "gradientNorm-std+rewired"])
  }
}
