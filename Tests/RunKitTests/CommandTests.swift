import ArgumentParser
import Foundation
import NeuralKit
import TensorKit
import TestSupport
import Testing

@testable import RunKit

@Suite struct OptionTests {
  @Test func presetGivesWayToTypedOptions() throws {
    let smoke = try Sample.parsed(["--preset", "smoke"])
    #expect(smoke.epochs == 5 && smoke.depth == 3 && smoke.seedCount == 1)
    let typed = try Sample.parsed(["--epochs", "8", "--preset", "smoke", "--seeds", "2"])
    #expect(typed.epochs == 8 && typed.depth == 3 && typed.seedCount == 2)
    let bare = try Sample.parsed([])
    #expect(bare.epochs == 20 && bare.depth == 2)
  }

  @Test func presetAppliesBelowTheSubcommand() throws {
    let typed = ["train", "--depth", "7", "--preset=paper"]
    let command = try #require(try SampleCommand.parseWithPreset(typed) as? Sample)
    #expect(command.depth == 7 && command.epochs == 50 && command.seedCount == 4)
  }

  @Test func everyPresetParses() throws {
    for preset in Preset.allCases { _ = try Sample.parsed(["--preset", preset.rawValue]) }
  }

  @Test func optionsAreRecordedInOrderWithTheirValues() throws {
    let command = try Sample.parsed(["--preset", "smoke", "--residual", "--flavor", "broken", "--dropout", "0.1"])
    let record = command.recorded
    #expect(
      record.map(\.name) == [
        "depth", "dropout", "flavor", "select", "label", "residual", "claim", "preset", "seed", "seeds", "epochs",
        "threads", "data",
      ])
    let values = Dictionary(uniqueKeysWithValues: record.map { ($0.name, $0.value) })
    #expect(values["depth"] == .integer(3) && values["dropout"] == .number(0.1))
    #expect(values["flavor"] == .string("broken") && values["label"] == .null)
    #expect(values["residual"] == .bool(true) && values["epochs"] == .integer(5))
  }

  @Test(arguments: [
    ["--seeds", "0"], ["--epochs", "-3"], ["--threads", "0"], ["--seed", "-1"], ["--preset", "huge"],
  ])
  func refusesOutOfRange(_ arguments: [String]) {
    let capture = Capture()
    #expect(SampleCommand.status(of: ["train"] + arguments, on: capture.console()) == .usage)
    #expect(capture.error.hasPrefix("Error: ") && capture.output.isEmpty)
  }

  @Test(arguments: [("--threads", 4096, 3_000_000_000), ("--seeds", 1_000_000, 2_000_000_000)])
  func refusesTooMuch(_ option: String, limit: Int, value: Int) {
    let capture = Capture()
    #expect(SampleCommand.status(of: ["train", option, String(value)], on: capture.console()) == .usage)
    #expect(capture.error.hasPrefix("Error: \(option) must be \(limit) or less, not \(value)."))
  }

  @Test func checkpointsThatDoNotFitAreDataErrors() throws {
    let random = RandomGenerator(seed: 1)
    let error = #expect(throws: CheckpointError.self) {
      try Checkpoint(model: Linear(2, 3, using: random)).restore(model: Linear(2, 4, using: random))
    }
    #expect(RunStatus.forError(try #require(error), of: SampleCommand.self) == .data)
    #expect(RunStatus.forError(try #require(error).report, of: SampleCommand.self) == .data)
  }

  @Test func seedsMustNotOverflow() {
    let arguments = ["train", "--seed", String(UInt64.max), "--seeds", "2"]
    #expect(SampleCommand.status(of: arguments, on: Capture().console()) == .usage)
  }

  @Test func dataFolderComesFromOptionThenEnvironmentThenCache() {
    let environment = ["GOSSAMER_DATA": "/sets", "XDG_CACHE_HOME": "/cache"]
    #expect(CommonOptions.dataFolder(option: "/mine", environment: environment).path == "/mine")
    #expect(CommonOptions.dataFolder(option: nil, environment: environment).path == "/sets")
    #expect(CommonOptions.dataFolder(option: nil, environment: ["XDG_CACHE_HOME": "/cache"]).path == "/cache/gossamer")
    #expect(CommonOptions.dataFolder(option: nil, environment: [:]).path.hasSuffix("/.cache/gossamer"))
  }
}

@Suite struct ExecutionTests {
  private func run(_ arguments: [String], in folder: URL) -> (status: RunStatus, capture: Capture) {
    let capture = Capture()
    let all = ["train", "--out", folder.appendingPathComponent("run").path] + arguments
    return (SampleCommand.status(of: all, on: capture.console()), capture)
  }

  @Test func writesTheFolder() throws {
    try withTemporaryFolder { folder in
      let (status, capture) = run(["--seeds", "3"], in: folder)
      #expect(status == .done)
      #expect(capture.output.contains("testAccuracy") && capture.error.isEmpty)
      let out = folder.appendingPathComponent("run")
      #expect(try names(in: out) == ["metrics.csv", "plots", "report.html", "run.json", "units"])
      #expect(
        try names(in: out.appendingPathComponent("plots"))
          == ["accuracy.csv", "accuracy.svg", "loss.csv", "loss.svg"])
      let lines = try contents(out, "metrics.csv").split(separator: "\n")
      #expect(lines[0] == "step,wall,name,value" && lines.count == 1 + 3 * 20 * 4)
      #expect(lines[1].hasPrefix("1,") && lines[1].contains(",seed0/trainLoss,"))
    }
  }

  @Test func jsonIsOneObjectAndTheRecordHoldsItToo() throws {
    try withTemporaryFolder { folder in
      let (status, capture) = run(["--json", "--seeds", "2", "--seed", "5"], in: folder)
      #expect(status == .done)
      let printed = try jsonObject(capture.output)
      #expect(
        Set(printed.keys) == ["paper", "command", "options", "metrics", "claims", "seconds", "peakBytes"])
      #expect(printed["paper"] as? String == "sample" && printed["command"] as? String == "train")
      let accuracy = try #require((printed["metrics"] as? [String: Any])?["testAccuracy"] as? [String: Any])
      #expect(Set(accuracy.keys) == ["mean", "std", "values"] && (accuracy["values"] as? [Double])?.count == 2)
      let claim = try #require((printed["claims"] as? [[String: Any]])?.first)
      #expect(Set(claim.keys) == ["claim", "met", "value", "band"])
      #expect((printed["peakBytes"] as? Int ?? 0) > 1 << 20)

      let record = try jsonObject(try contents(folder.appendingPathComponent("run"), "run.json"))
      #expect(Set(record.keys).isSuperset(of: printed.keys))
      #expect(record["state"] as? String == "finished" && record["verdict"] as? String == "not met")
      for key in ["machine", "isa", "threads", "versions"] { #expect(record[key] != nil) }
    }
  }

  @Test func checkMakesAMissedClaimAnError() throws {
    try withTemporaryFolder { folder in
      #expect(run(["--check", "--epochs", "2"], in: folder).status == .claimNotMet)
      let met = run(["--check", "--epochs", "2", "--claim", "25.6"], in: folder)
      #expect(met.status == .done, "\(met.capture.output)")
      #expect(run(["--epochs", "2"], in: folder).status == .done)
    }
  }

  @Test func missingDataLeaveNothingAndKeepAnEarlierRun() throws {
    try withTemporaryFolder { folder in
      let missing = run(["--flavor", "missing"], in: folder)
      #expect(missing.status == .data)
      #expect(missing.capture.error == "Error: cora.npz: not found; expected the Planetoid set.\n")
      #expect(try names(in: folder).isEmpty)
      #expect(run(["--quiet"], in: folder).status == .done)
      let report = try contents(folder.appendingPathComponent("run"), "report.html")
      #expect(run(["--flavor", "missing"], in: folder).status == .data)
      #expect(try contents(folder.appendingPathComponent("run"), "report.html") == report)
    }
  }

  @Test func failedRunKeepsWhatItRecorded() throws {
    try withTemporaryFolder { folder in
      #expect(run(["--flavor", "broken"], in: folder).status == .failed)
      let out = folder.appendingPathComponent("run")
      #expect(try names(in: out) == ["metrics.csv", "run.json", "units"])
      let lines = try contents(out, "metrics.csv").split(separator: "\n")
      #expect(lines.count == 1 + 6 * 4 && lines.last?.hasPrefix("6,") == true)
      #expect(try jsonObject(try contents(out, "run.json"))["state"] as? String == "failed")
      #expect(run([], in: folder).status == .done)
    }
  }

  @Test func divergenceNamesEpochAndValue() throws {
    try withTemporaryFolder { folder in
      let (status, capture) = run(["--flavor", "diverging"], in: folder)
      #expect(status == .failed)
      #expect(capture.error.contains("trainLoss is nan in epoch 3"))
    }
  }

  @Test func helpAndPresetListingAreResults() {
    for arguments in [["train", "--help"], ["train", "--list-presets"], []] {
      let capture = Capture()
      #expect(SampleCommand.status(of: arguments, on: capture.console()) == .done)
      #expect(!capture.output.isEmpty && capture.error.isEmpty)
    }
    #expect(SampleCommand.status(of: ["--bogus"], on: Capture().console()) == .usage)
  }

  @Test func lostResultIsAnError() throws {
    try withTemporaryFolder { folder in
      var console = Capture().console()
      console.writeOutput = { _ in throw OutputError("standard output: full.") }
      let out = folder.appendingPathComponent("run").path
      #expect(SampleCommand.status(of: ["train", "--epochs", "2", "--out", out], on: console) == .failed)
    }
  }

  @Test func checkpointsGoWithTheirRun() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("x").path
      let output = RunOutput { try RunFolder.prepare(path, for: Self.name) }
      let context = Self.context(seed: 4, output, SharedValues())
      let file = try context.checkpoint
      #expect(file.path == path + "/checkpoints/seed4.safetensors")
      try writeAtomically("state", to: file)
      try writeAtomically(Self.marker, to: context.folder.file("run.json"))
    }
    try withTemporaryFolder { folder in
      try writeAtomically(Self.marker, to: folder.appendingPathComponent("run.json"))
      for name in ["checkpoints", "units"] {
        try FileManager.default.createDirectory(
          at: folder.appendingPathComponent(name), withIntermediateDirectories: false)
      }
      _ = try RunFolder.prepare(folder.path, for: Self.name, keepsUnits: true)
      #expect(try names(in: folder) == ["checkpoints", "run.json", "units"])
      _ = try RunFolder.prepare(folder.path, for: Self.name)
      #expect(try names(in: folder) == ["run.json"])
    }
  }

  private static let name = RunName(paper: "p", command: "c")
  private static let marker = #"{"paper": "p", "command": "c", "versions": {"package": "0.1.0"}}"#

  private static func context(seed: UInt64, _ output: RunOutput, _ shared: SharedValues) -> SeedContext {
    let plan = RunPlan(configurations: [.plain], seeds: [seed])
    return SeedContext(
      plan.units[0], of: plan, epochs: 1, output: output, folder: UnitFolder("u", isOnly: true, of: output),
      shared: shared
    ) { _ in }
  }

  @Test func sharedValuesAreMadeOnceForEachKey() throws {
    try withTemporaryFolder { folder in
      var made = 0
      let output = RunOutput { RunFolder(url: folder) }
      let shared = SharedValues()
      for key in ["a", "b"] {
        for seed in 0..<3 {
          let value: Int = Self.context(seed: UInt64(seed), output, shared).once(key) {
            made += 1
            return made
          }
          #expect(value == (key == "a" ? 1 : 2))
        }
      }
    }
  }
}
