import DataKit
import FileKit
import Foundation
import GradientGCN
import NeuralKit
import TensorKit
import TestSupport
import Testing

@testable import RunKit
@testable import gradient_gcn

@Suite struct GradientGCNDemoTests {
  /// Runs the demo; what it wrote to standard error.
  private func run(_ arguments: [String]) -> (status: RunStatus, error: String) {
    var error = ""
    let console = Console(writeOutput: { _ in }, writeError: { error += $0 })
    let status = GradientGCNCommand.status(of: arguments, on: console)
    return (status, error)
  }

  @Test(arguments: [
    ("--layers 100000000", "--layers must lie in 1...4096, not 100000000."),
    ("--layers 0", "--layers must lie in 1...4096, not 0."),
    ("--hidden 5000000000", "--hidden must lie in 1...65536, not 5000000000."),
    ("--patience 0", "--patience must be 1 or more, not 0."),
    ("--patience=-2", "--patience must be 1 or more, not -2."),
    ("--learning-rate inf", "--learning-rate must be above 0 and --weight-decay not below, both finite."),
    ("--validation-nodes 0", "--validation-nodes must be 1 or more, not 0."),
    ("--per-class 0", "--per-class must be 1 or more, not 0."),
    ("--split=-1", "--split must be 0 or more, not -1."),
    ("--dataset twin:texas@60 --split 10", "--split 10: twin:texas has 10 splits, counted from 0."),
    ("--edges e.txt --split 1", "--split chooses among the splits of a --dataset."),
    (
      "--dataset twin:nope",
      "The value 'twin:nope' is invalid for '--dataset <name>': expected \(NodeDatasetChoice.expected)."
    ),
    (
      "--per-class 5",
      "--directed, --per-class, --validation-nodes and files of ids describe your own graph: give its --edges too."
    ),
    (
      "--dataset cora --directed",
      "--directed, --per-class, --validation-nodes and files of ids describe your own graph: give its --edges too."
    ),
    (
      "--dataset cora --train-ids a --validation-ids b --test-ids c",
      "--directed, --per-class, --validation-nodes and files of ids describe your own graph: give its --edges too."
    ),
    (
      "--edges e --labels y --per-class 5 --train-ids a --validation-ids b --test-ids c",
      "--per-class and --validation-nodes draw nodes: leave them out beside files of ids."
    ),
    ("--model sgc --hidden 8", "--hidden: sgc is one linear map and has no hidden units."),
    ("--model gcnii --decay-all", "--initialization, --bias, --skips and --decay-all belong to --model gcn."),
    ("--threads 3000000000", "--threads must be 4096 or less, not 3000000000."),
  ])
  func refusesWhatNoRunCanUse(_ options: String, sentence: String) {
    let (status, error) = run(["train"] + options.split(separator: " ").map(String.init))
    #expect(status == .usage && error.hasPrefix("Error: \(sentence)\n"), "\(error)")
  }

  @Test(arguments: ["twin:actor@300", "twin:tolokers@200", "twin:arxiv@500"])
  func trainsOnTwins(_ name: String) throws {
    try withTemporaryFolder { folder in
      let (status, error) = run(
        ["train", "--dataset", name, "--epochs", "2", "--quiet", "--out", folder + "/run"])
      #expect(status == .done, "\(error)")
      let record = try String(contentsOfFile: folder + "/run/run.json", encoding: .utf8)
      #expect(record.contains("\"dataset\": \"\(name)\""))
    }
  }

  @Test(.needsData) func trainsOnAStoredSplit() throws {
    try withTemporaryFolder { folder in
      let options = ["--data", TestData.folder, "--epochs", "2", "--quiet"]
      for split in 0..<2 {
        let out = "\(folder)/\(split)"
        let (status, error) = run(["train", "--dataset", "texas", "--split", "\(split)", "--out", out] + options)
        #expect(status == .done, "\(error)")
      }
      let tables = try (0..<2).map { try String(contentsOfFile: "\(folder)/\($0)/metrics.csv", encoding: .utf8) }
      func losses(_ table: String) -> [Substring?] {
        table.split(separator: "\n").filter { $0.contains("trainLoss") }.map { $0.split(separator: ",").last }
      }
      #expect(losses(tables[0]) != losses(tables[1]), "other training nodes")
    }
  }

  private func claims(_ options: String) throws -> [Claim] {
    let command = try Train.parsed(options.split(separator: " ").map(String.init))
    return command.claims(
      RunSummary(
        paper: Train.paper, command: "train", options: [], seeds: [0],
        metrics: [MetricSummary(name: "testAccuracy", unit: .percent, values: [71])], curves: RecordedCurves(),
        seconds: 1, peakBytes: 1))
  }

  @Test func claimsNameTheSelectionRule() throws {
    for options in ["--dataset citeseer", "--dataset citeseer --epochs 200 --seeds 5 --select accuracy"] {
      let claim = try #require(try claims(options).first)
      #expect(
        claim.isMet
          && claim.statement == "A two-layer GCN by Kipf's recipe, taken at the first maximum of validation "
            + "accuracy, reaches its published accuracy on Citeseer"
      )
    }
  }

  @Test(arguments: [
    "--epochs 20", "--preset smoke", "--learning-rate 0.02", "--weight-decay 0", "--select last", "--select loss",
    "--patience 10", "--layers 3", "--hidden 64", "--dropout 0.6", "--initialization iso", "--decay-all",
  ])
  func otherRecipesClaimNothing(_ options: String) throws {
    #expect(try claims("--dataset cora " + options).isEmpty)
  }

  private func recipe(_ options: String) throws -> BaselineRecipe? {
    try Train.parsed(options.split(separator: " ").map(String.init)).recipe
  }

  @Test func onlyWhatIsTypedChangesARecipe() throws {
    #expect(try recipe("--model gcn") == nil)
    #expect(try recipe("--model appnp --dataset cora") == BaselineRecipe(.appnp, dataset: "cora"))
    var changed = BaselineRecipe(.gcnii, dataset: "pubmed")
    (changed.weightDecay, changed.otherWeightDecay, changed.patience, changed.epochs) = (0.1, 0.1, 7, 30)
    let typed = "--weight-decay 0.1 --patience 7 --epochs 30"
    #expect(try recipe("--model gcnii --dataset pubmed " + typed) == changed)
  }

  @Test(arguments: [(Baseline.gcnii, "citeseer"), (.groupNorm, "pubmed"), (.combNorm, "citeseer"), (.plain, "cora")])
  func aSavedBaselineIsTheOneThatWasTrained(baseline: Baseline, dataset: String) throws {
    let task = NodeTask(GraphTwin.make(seed: 0, like: GraphTwin.cora.scaled(toNodes: 300)))
    var recipe = BaselineRecipe(baseline, dataset: dataset)
    recipe.hidden = 24
    let (model, optimizer) = recipe.make(task, layers: 6, using: RandomGenerator(seed: 4))
    let training = NodeTraining(model, task, optimizer)
    for _ in 0..<3 { training.epoch() }
    try withTemporaryFolder { folder in
      try SavedModel(model, recipe, layers: 6, task).save(to: folder + "/m.safetensors", notes: ["seed": "4"])
      let loaded = try SavedModel(from: folder + "/m.safetensors")
      let (before, after) = (task.predict(model), task.predict(loaded.model))
      #expect(loaded.inputs == task.features.width && before.array(of: Float.self) == after.array(of: Float.self))
      try Checkpoint(model: model, metadata: ["recipe": "{}"]).save(to: folder + "/bad.safetensors")
      let error = #expect(throws: FileError.self) { try SavedModel(from: folder + "/bad.safetensors") }
      #expect(error?.place == "recipe")
    }
  }

  @Test(arguments: [Baseline.gin, .gat, .dense, .gcnii, .jknet])
  func gradientsHaveARowForEachLayer(baseline: Baseline) {
    let task = NodeTask(GraphTwin.make(seed: 0, like: GraphTwin.cora.scaled(toNodes: 200)))
    var recipe = BaselineRecipe(baseline, dataset: "cora")
    recipe.hidden = 8
    let (model, optimizer) = recipe.make(task, layers: 4, using: RandomGenerator(seed: 4))
    let gradients = NodeTraining(model, task, optimizer).lossAndGradients().gradients
    let rows = layerGradients(gradients, of: model)
    var squares = 0.0
    for (name, norm) in gradientFlow(gradients, of: model) where name.hasPrefix("layers.2.") { squares += norm * norm }
    #expect(rows.count == 4 && abs(rows[2] - squares.squareRoot()) < 1e-9 * rows[2] && squares > 0)
  }

  @Test func predictionsWithoutASplitAreOnAllLabelledNodes() throws {
    try withTemporaryFolder { folder in
      let ring = (0..<40).map { "\($0) \(($0 + 1) % 40)" }.joined(separator: "\n")
      let files = [("edges.txt", ring), ("y.txt", (0..<40).map { "\($0 / 20)" }.joined(separator: "\n"))]
      for (name, text) in files { try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
      let graph = ["--edges", folder + "/edges.txt", "--features", "identity", "--labels", folder + "/y.txt"]
      let training = ["train", "--epochs", "2", "--per-class", "5", "--validation-nodes", "10", "--quiet"]
      let (status, error) = run(training + graph + ["--out", folder + "/run"])
      #expect(status == .done, "\(error)")
      let checkpoint = ["--checkpoint", folder + "/run/checkpoints/seed0.safetensors"]
      #expect(run(["predict", "--quiet", "--out", folder + "/p"] + checkpoint + graph).status == .done)
      let record = try String(contentsOfFile: folder + "/p/run.json", encoding: .utf8)
      #expect(record.contains("\"accuracy\"") && !record.contains("testAccuracy"), "\(record)")
    }
  }

  @Test func predictionKeepsTheCheckpointsOfItsTraining() throws {
    try withTemporaryFolder { folder in
      let out = folder + "/run", checkpoint = out + "/checkpoints/seed0.safetensors"
      #expect(run(["train", "--epochs", "1", "--quiet", "--out", out]).status == .done)
      let (status, error) = run(["predict", "--checkpoint", checkpoint, "--out", out])
      #expect(status == .usage)
      #expect(
        error == "Error: --out \(out): the folder holds a run of gradient-gcn train, which a run of gradient-gcn "
          + "predict must not replace; expected a new or an empty folder, or one of an earlier gradient-gcn predict.\n")
      #expect(FileManager.default.fileExists(atPath: checkpoint))
      for _ in 0..<2 {
        #expect(run(["predict", "--checkpoint", checkpoint, "--quiet", "--out", folder + "/p"]).status == .done)
      }
    }
  }

  @Test func emptyPartsAreDataErrors() throws {
    try withTemporaryFolder { folder in
      let files = [
        ("edges.txt", "0 1\n1 2\n2 3\n"), ("y.txt", "0\n1\n0\n1\n"), ("a.txt", "0\n1\n"), ("b.txt", "2\n"),
        ("none.txt", ""),
      ]
      for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
      let (status, error) = run(
        ["train", "--edges", folder + "/edges.txt", "--features", "identity", "--labels", folder + "/y.txt"]
          + ["--train-ids", folder + "/a.txt", "--validation-ids", folder + "/none.txt"]
          + ["--test-ids", folder + "/b.txt", "--out", folder + "/run"])
      #expect(status == .data && error == "Error: \(folder)/none.txt: names no node, expected at least one\n")
      #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
    }
  }
}
