import FileKit
import Foundation
import NeuralKit
import TensorKit
import Testing

@testable import RunKit

/// A unit that trains often, with dropout in the second, and is cut off after any number of epochs.
private struct TwoLoops {
  final class Net: Module {
    @Child var hidden: Linear
    @Child var output: Linear
    let masks: RandomGenerator

    init(using generator: RandomGenerator) {
      masks = generator.split()
      hidden = Linear(4, 8, using: generator)
      output = Linear(8, 1, using: generator)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
      let h = hidden(x).relu()
      return output(isTraining ? h.dropout(0.5, using: masks) : h)
    }
  }
  struct Killed: Error {}

  let folder: URL
  /// Epochs, over both loops, after which the unit dies; nil for none.
  var deathAfter: Int?
  /// Whether the unit dies between its loops.
  var diesBetween = false
  /// By default after every epoch.
  var schedule = SaveSchedule(every: 0)
  /// Epochs, over both loops, after which saves begin.
  var savesFrom: Int?
  /// What sees that a signal has come between the loops; nil for no signal.
  var interrupted: Sight?
  enum Sight { case progress, train }
  private(set) var epochs = 0
  private(set) var searches = 0
  private(set) var weights: [String: [Float]] = [:]
  private(set) var probeWeights: [String: [Float]] = [:]

  init(folder: URL, deathAfter: Int? = nil) {
    self.folder = folder
    self.deathAfter = deathAfter
  }

  /// Runs or resumes.
  mutating func run() throws -> [Metric] {
    let plan = RunPlan(configurations: [.plain], seeds: [3])
    let output = RunOutput { [folder] in RunFolder(url: folder) }
    _ = try output.begin()
    let unit = UnitFolder("seed3", isOnly: true, of: output, schedule: schedule)
    let context = SeedContext(
      plan.units[0], of: plan, epochs: 7, output: output, folder: unit, shared: SharedValues()
    ) { _ in }
    do {
      let metrics = try body(context)
      try unit.finish(metrics)
      return metrics
    } catch {
      unit.close()
      throw error
    }
  }

  private mutating func body(_ context: SeedContext) throws -> [Metric] {
    let generator = RandomGenerator(seed: context.seed), batches = generator.split()
    let x = generator.normal([6, 4]), y = generator.normal([6, 1])
    try context.record(step: 0, ["note": 1])
    let probe = Net(using: generator), sgd = Optimizer.sgd(probe, learningRate: 0.1, momentum: 0.9)
    let first = try context.train("probe", model: probe, optimizer: sgd, epochs: 4) { _ in
      try epoch(context, probe, sgd, x, y)
    }
    probeWeights = values(probe)
    let rate = try context.remember("rate") {
      searches += 1
      return [0.01, first["trainLoss"] / 100, .infinity]
    }
    try context.record(step: 4, ["rate": rate[1]])
    if diesBetween { throw Killed() }
    if interrupted != nil { raise(SIGTERM) }
    if interrupted == .progress { try context.progress(1, of: 2) }
    let net = Net(using: generator), adam = Optimizer.adam(net, learningRate: rate[0] + rate[1])
    let last = try context.train(
      model: net, optimizer: adam, generators: ["batches": batches], select: .loss
    ) { _ in
      try epoch(context, net, adam, x + 0.1 * batches.normal([6, 4]), y)
    } evaluate: { _ in
      ["validationLoss": Double(net.evaluating { (net(x) - y).squared().mean() }.item())]
    }
    weights = values(net)
    return [
      Metric("loss", last["validationLoss"]), Metric("epoch", Double(last.epoch)), Metric("endless", rate[2]),
      Metric("draws", Double(batches.state.draws + net.masks.state.draws)),
    ]
  }

  private mutating func epoch(
    _ context: SeedContext, _ net: Net, _ optimizer: Optimizer, _ x: Tensor, _ y: Tensor
  ) throws -> NamedValues {
    epochs += 1
    if epochs == savesFrom { context.unit.schedule = SaveSchedule(every: 0) }
    if epochs - 1 == deathAfter {
      // What a dying epoch leaves behind must not be seen again.
      try context.record(step: 99, ["lost": 1])
      throw Killed()
    }
    let (loss, gradients) = valueAndGradients(of: net) { (net(x) - y).squared().mean() }
    optimizer.step(gradients)
    return ["trainLoss": loss.item()]
  }

  private func values(_ net: Net) -> [String: [Float]] { net.snapshot().mapValues { $0.array(of: Float.self) } }
}

@Suite struct ResumeTests {
  /// Rows of `metrics.csv` without their times.
  private func rows(_ folder: URL) throws -> [String] {
    try contents(folder, "metrics.csv").split(separator: "\n").map { line in
      let fields = line.split(separator: ",")
      return "\(fields[0]) \(fields[2]) \(fields[3])"
    }
  }

  @Test func everyEpochIsASafePlaceToDie() throws {
    try withTemporaryFolder { folder in
      func place(_ name: String) throws -> URL {
        let url = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
      }
      let whole = try place("whole")
      var uninterrupted = TwoLoops(folder: whole)
      let expected = try uninterrupted.run()
      #expect(uninterrupted.epochs == 11 && expected[2].value == .infinity)
      #expect(try names(in: whole.appendingPathComponent("units/seed3")) == ["result.json"])

      for death in [0, 1, 3, 4, 5, 8, 10] {
        let cut = try place("cut\(death)")
        var killed = TwoLoops(folder: cut, deathAfter: death)
        #expect(throws: TwoLoops.Killed.self) { try killed.run() }
        var resumed = TwoLoops(folder: cut)
        let metrics = try resumed.run()
        #expect(resumed.epochs == 11 - death, "after \(death)")
        #expect(resumed.searches + killed.searches == 1)
        #expect(metrics.map(\.value) == expected.map(\.value))
        #expect(resumed.weights == uninterrupted.weights && resumed.probeWeights == uninterrupted.probeWeights)
        #expect(try rows(cut) == rows(whole))
      }

      // Three times in one run: in each loop, then between them.
      let often = try place("often")
      for death in [2, 6, nil] {
        var killed = TwoLoops(folder: often, deathAfter: death)
        killed.diesBetween = death == nil
        #expect(throws: TwoLoops.Killed.self) { try killed.run() }
      }
      var resumed = TwoLoops(folder: often)
      #expect(try resumed.run().map(\.value) == expected.map(\.value))
      #expect(resumed.epochs == 11 - 2 - 6)
      #expect(resumed.weights == uninterrupted.weights)
      #expect(try rows(often) == rows(whole))
    }
  }

  @Test func loopsThatEndBetweenSavesAreKeptByTheNext() throws {
    try withTemporaryFolder { folder in
      var uninterrupted = TwoLoops(folder: folder.appendingPathComponent("whole"))
      try FileManager.default.createDirectory(at: uninterrupted.folder, withIntermediateDirectories: true)
      let expected = try uninterrupted.run()
      // The first loop ends unsaved; the second saves at its second epoch.
      var killed = TwoLoops(folder: folder, deathAfter: 6)
      killed.schedule = SaveSchedule(every: .infinity)
      killed.savesFrom = 6
      #expect(throws: TwoLoops.Killed.self) { try killed.run() }
      var resumed = TwoLoops(folder: folder)
      #expect(try resumed.run().map(\.value) == expected.map(\.value))
      #expect(resumed.epochs == 11 - 6 && resumed.searches == 0)
      #expect(resumed.weights == uninterrupted.weights && resumed.probeWeights == uninterrupted.probeWeights)
      #expect(try rows(folder) == rows(uninterrupted.folder))
    }
  }

  /// In a process of its own, as the signal is for all runs of a process.
  @Test func signalsBetweenLoopsSaveThoseThatEnded() async {
    await #expect(processExitsWith: .success) {
      for sight in [TwoLoops.Sight.progress, .train] {
        try withTemporaryFolder { folder in
          var stopped = TwoLoops(folder: folder)
          stopped.schedule = SaveSchedule(every: .infinity)
          stopped.interrupted = sight
          let error = Interruption.watching { #expect(throws: Interrupted.self) { try stopped.run() } }
          try Interruption.watching {
            var resumed = TwoLoops(folder: folder)
            _ = try resumed.run()
            guard error != nil, stopped.epochs == 4, resumed.epochs == 7, resumed.searches == 0 else { abort() }
          }
        }
      }
    }
  }

  @Test func damagedCheckpointsAreOneSentence() throws {
    try withTemporaryFolder { folder in
      var killed = TwoLoops(folder: folder, deathAfter: 6)
      #expect(throws: TwoLoops.Killed.self) { try killed.run() }
      let path = folder.path + "/units/seed3/train.safetensors"
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      var resumed = TwoLoops(folder: folder)
      let hint = " (without the folder units/seed3 this part starts anew)"
      for length in [0, 7, 100, whole.count - 1] {
        try whole.prefix(length).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: FileError.self) { try resumed.run() }
        #expect(error?.description.hasPrefix("\(path): ") == true && error?.description.hasSuffix(hint) == true)
      }
      try Checkpoint(model: Linear(2, 2, using: RandomGenerator(seed: 1))).save(to: path)
      let foreign = #expect(throws: FileError.self) { try resumed.run() }
      #expect(
        foreign?.description
          == "\(path): loop.epoch: is missing or no number, expected the state of a loop\(hint)")
      let net = Linear(2, 2, using: RandomGenerator(seed: 1))
      var loop = ["bestValue": Tensor([Double.nan], shape: [])]
      for name in ["epoch", "bestEpoch", "finished", "stoppedEarly", "seconds", "logLength", "logSeconds"] {
        loop[name] = Tensor([0.0], shape: [])
      }
      try Checkpoint(model: net, loop: loop, metadata: ["seed": "4"]).save(to: path)
      let other = #expect(throws: FileError.self) { try resumed.run() }
      #expect(other?.description == "\(path): metadata: is of seed 4, expected 3\(hint)")
      try Checkpoint(model: net, loop: loop).save(to: path)
      let unfit = #expect(throws: FileError.self) { try resumed.run() }
      #expect(unfit?.description.hasPrefix("\(path): lacks ") == true && unfit?.description.hasSuffix(hint) == true)
      try whole.write(to: URL(fileURLWithPath: path))
      try Data("step,".utf8).write(to: folder.appendingPathComponent("metrics.csv"))
      let short = #expect(throws: FileError.self) { try resumed.run() }
      #expect(short?.problem.hasPrefix("holds 5 bytes, but the checkpoint beside it has seen ") == true)
      #expect(RunStatus.forError(try #require(short), of: SampleCommand.self) == .data)
    }
  }

  @Test func savingIsSeldomAndNotTooSeldom() {
    var schedule = SaveSchedule(now: 0)
    #expect(!schedule.isDue(at: 1.9, epochSeconds: 0.05) && schedule.isDue(at: 1.96, epochSeconds: 0.05))
    schedule.saved(from: 2, to: 2.05)
    #expect(!schedule.isDue(at: 7, epochSeconds: 0) && schedule.isDue(at: 7.1, epochSeconds: 0))
    schedule.saved(from: 8, to: 8.001)
    #expect(!schedule.isDue(at: 8.2, epochSeconds: 0) && schedule.isDue(at: 8.3, epochSeconds: 0))
    schedule.saved(from: 10, to: 15)
    #expect(!schedule.isDue(at: 22, epochSeconds: 2) && schedule.isDue(at: 22, epochSeconds: 3))
  }
}

@Suite struct ResumeCommandTests {
  private func run(_ arguments: [String]) -> (status: RunStatus, capture: Capture) {
    let capture = Capture()
    return (SampleCommand.status(of: arguments, on: capture.console()), capture)
  }

  @Test func resumeOfNothingStartsThereAndOfAFinishedRunShowsIt() throws {
    try withTemporaryFolder { folder in
      let out = folder.path + "/run"
      let first = run(["train", "--seeds", "2", "--json", "--resume", out])
      #expect(first.status == .done)
      #expect(first.capture.error == "\(out): holds no run yet: this one starts there.\n")
      let report = try contents(folder, "run/report.html"), record = try contents(folder, "run/run.json")
      let again = run(["train", "--json", "--resume", out])
      #expect(again.status == .done && again.capture.output == first.capture.output)
      #expect(again.capture.error == "\(out): the run is finished; this is its result.\n")
      // The command's name may be left out, and the recorded options may be repeated.
      #expect(run(["--resume", out]).status == .done)
      #expect(run(["train", "--seeds", "2", "--threads", "1", "--quiet", "--resume", out]).status == .done)
      #expect(run(["--check", "--claim=81", "--resume", out]).status == .claimNotMet)
      #expect(try contents(folder, "run/report.html") == report)
      #expect(try contents(folder, "run/run.json") == record)
    }
  }

  @Test func contradictionsAreRefused() throws {
    try withTemporaryFolder { folder in
      let out = folder.path + "/run"
      #expect(run(["train", "--preset", "smoke", "--out", out]).status == .done)
      let advice = "; --replay \(out)/run.json starts a new run with other options."
      let cases: [([String], String)] = [
        (["train", "--depth", "4"], "the run has depth 3 and cannot go on with 4" + advice),
        (["train", "--preset", "paper"], "the run has preset \"smoke\" and cannot go on with \"paper\"" + advice),
        (["train", "--label", "x"], "the run has label null and cannot go on with \"x\"" + advice),
        (["compare"], "this is a run of sample train, not of sample compare."),
      ]
      for (arguments, sentence) in cases {
        let (status, capture) = run(arguments + ["--resume", out])
        #expect(status == .usage && capture.error == "Error: --resume \(out): \(sentence)\n")
      }
      let both = run(["train", "--resume", out, "--out", out])
      #expect(both.status == .usage)
      #expect(
        both.capture.error.hasPrefix(
          "Error: --resume and --out exclude each other: a run goes on in its own folder.\n"))
      #expect(run(["train", "--resume", out, "--replay", out + "/run.json"]).status == .usage)
      let foreign = run(["train", "--resume", folder.path])
      #expect(
        foreign.capture.error
          == "Error: --resume \(folder.path)/run.json: cannot be opened: No such file or directory.\n")
      #expect(foreign.status == .usage)
    }
  }

  @Test func failedRunWithoutCheckpointStartsAnew() throws {
    try withTemporaryFolder { folder in
      let out = folder.path + "/run"
      #expect(run(["train", "--flavor", "broken", "--out", out]).status == .failed)
      let again = run(["train", "--resume", out])
      #expect(again.status == .failed)
      #expect(
        again.capture.error
          == "\(out): holds no checkpoint: the run starts anew.\nError: BrokenRun()\n")
      let units = folder.appendingPathComponent("run/units/seed0")
      try Data("half".utf8).write(to: units.appendingPathComponent("train.safetensors"))
      let damaged = run(["train", "--resume", out])
      #expect(damaged.status == .data)
      #expect(
        damaged.capture.error
          == "\(out): the run goes on from its checkpoint.\nError: \(units.path)/train.safetensors: offset 0: "
          + "expected 8 bytes of header length, but only 4 follow (without the folder units/seed0 this part starts "
          + "anew)\n")
    }
  }

  @Test func replayRunsTheSameOptionsElsewhere() throws {
    try withTemporaryFolder { folder in
      let first = folder.path + "/a", second = folder.path + "/b"
      #expect(run(["train", "--preset", "smoke", "--seed", "4", "--out", first, "--quiet"]).status == .done)
      let replay = run(["--replay", first + "/run.json", "--out", second, "--label", "again"])
      #expect(replay.status == .done)
      let record = try jsonObject(try contents(folder, "b/run.json"))
      let words = ["train", "--preset", "smoke", "--seed", "4"]
      #expect(try jsonObject(try contents(folder, "a/run.json"))["arguments"] as? [String] == words)
      #expect(record["arguments"] as? [String] == words + ["--label", "again"])
      let curves = try ["a", "b"].map { try contents(folder, "\($0)/plots/loss.csv") }
      #expect(curves[0] == curves[1])
      let missing = run(["train", "--replay", folder.path + "/none.json"])
      #expect(missing.status == .usage)
      #expect(
        missing.capture.error
          == "Error: --replay \(folder.path)/none.json: cannot be opened: No such file or directory.\n")
    }
  }

  @Test func addedOptionsStayBeforeTheRest() {
    #expect(RecordedRun.joined(["a", "--b"], ["--c"]) == ["a", "--b", "--c"])
    #expect(RecordedRun.joined(["a", "--", "-x"], ["--c", "1"]) == ["a", "--c", "1", "--", "-x"])
    #expect(RecordedRun.joined(["a", "--", "x"], ["--c", "--", "y"]) == ["a", "--c", "--", "x", "y"])
    #expect(RecordedRun.recordable(["a", "--list-presets", "--save-interval", "0", "--save-interval=1"]) == ["a"])
  }

  @Test func theDataMayHaveMoved() throws {
    try withTemporaryFolder { folder in
      let out = folder.path + "/run"
      #expect(run(["train", "--flavor", "broken", "--data", "/old", "--out", out]).status == .failed)
      #expect(run(["train", "--data", "/new", "--resume", out]).status == .failed)
      let record = try jsonObject(try contents(folder, "run/run.json"))
      #expect(record["arguments"] as? [String] == ["train", "--flavor", "broken", "--data", "/new"])
      #expect((record["options"] as? [String: Any])?["data"] as? String == "/new")
    }
  }

  @Test func emptyPathsAreRefused() throws {
    for option in ["--out", "--resume", "--replay"] {
      let (status, capture) = run(["train", option, ""])
      #expect(status == .usage)
      #expect(capture.error.hasPrefix("Error: \(option) needs a name, not an empty text.\n"))
    }
    #expect(throws: UsageError.self) { try RunFolder.check("", for: RunName(paper: "p", command: "c")) }
  }

  @Test func aStoppedRunIsNotReplaced() throws {
    try withTemporaryFolder { folder in
      let out = folder.path + "/run"
      #expect(run(["train", "--seeds", "2", "--out", out]).status == .done)
      let record = try contents(folder, "run/run.json")
      for state in ["interrupted", "running"] {
        let text = record.replacingOccurrences(of: "\"finished\"", with: "\"\(state)\"")
        try writeAtomically(text, to: folder.appendingPathComponent("run/run.json"))
        let (status, capture) = run(["train", "--out", out])
        #expect(status == .usage)
        #expect(
          capture.error == "Error: --out \(out): the folder holds a run that was stopped before its end and that a new "
            + "one would replace; --resume \(out) goes on with it, or remove the folder.\n")
        #expect(try names(in: folder.appendingPathComponent("run/units")) == ["seed0", "seed1"])
      }
      try FileManager.default.removeItem(at: folder.appendingPathComponent("run/units"))
      #expect(run(["train", "--out", out]).status == .done)
    }
  }

  @Test func timeOfAKilledRunCounts() throws {
    try withTemporaryFolder { folder in
      let out = folder.path + "/run"
      #expect(run(["train", "--seeds", "2", "--out", out]).status == .done)
      // As a kill leaves it: the record of the last moments, and one unit without its result.
      let record = try contents(folder, "run/run.json").replacingOccurrences(of: "\"finished\"", with: "\"running\"")
      let start = try #require(record.range(of: "\"seconds\": "))
      let end = try #require(record[start.upperBound...].firstIndex(of: ","))
      let text = record.replacingCharacters(in: start.upperBound..<end, with: "1234.5")
      try writeAtomically(text, to: folder.appendingPathComponent("run/run.json"))
      try FileManager.default.removeItem(at: folder.appendingPathComponent("run/units/seed1"))
      let abandoned = ["run/.run.json.1z.tmp", "run/units/seed1/.train.safetensors.a0.tmp", "run/plots/.a.svg.9.tmp"]
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("run/units/seed1"), withIntermediateDirectories: true)
      for name in abandoned { try Data().write(to: folder.appendingPathComponent(name)) }
      let (status, capture) = run(["train", "--resume", out])
      #expect(status == .done)
      #expect(capture.error == "\(out): the run goes on; 1 of its 2 units are finished.\n")
      let seconds = try #require(try jsonObject(contents(folder, "run/run.json"))["seconds"] as? Double)
      #expect(seconds >= 1234.5 && seconds < 1300)
      for name in abandoned { #expect(!FileManager.default.fileExists(atPath: folder.path + "/" + name)) }
    }
  }

  @Test func recordedArgumentsLeaveOutWhereAndHow() {
    let typed = "train --out x --depth=3 --jobs=4 --quiet --resume y --json --check -- --out"
    #expect(RecordedRun.recordable(typed.components(separatedBy: " ")) == ["train", "--depth=3", "--", "--out"])
  }
}

@Suite struct ComparisonTests {
  private func run(_ arguments: [String], in folder: URL) -> (status: RunStatus, capture: Capture) {
    let capture = Capture()
    let all = ["compare", "--out", folder.path + "/run"] + arguments
    return (SampleCommand.status(of: all, on: capture.console()), capture)
  }

  @Test func groupsHoldEachConfigurationsSeeds() throws {
    try withTemporaryFolder { folder in
      let experiment = try Compare.parsed(["--seeds", "2", "--seed", "5", "--out", folder.path + "/run"])
      let summary = try #require(try experiment.execute(on: Capture().console(), invocation: ["sample", "compare"]))
      #expect(summary.groups.map(\.configuration.id) == ["gcn-2", "gcn-8", "gin-2"])
      #expect(summary.values("accuracy", of: "gcn-8") == [85, 86] && summary.mean("accuracy", of: "gcn-2") == 25.5)
      #expect(summary["gcn-8/accuracy"]?.values == [85, 86] && summary.mean("accuracy").isNaN)
      #expect(summary.values("accuracy", of: "none").isEmpty && summary.groups[0]["gap"]?.values.count == 2)
      #expect(summary.groups[2].curves.runs("trainLoss").map(\.count) == [3, 3])
      #expect(summary.curves.runs("gin-2/trainLoss").count == 2)
      let lines = try contents(folder, "run/metrics.csv").split(separator: "\n")
      #expect(lines.count == 1 + 3 * 2 * 3 && lines[1].contains(",gcn-2/seed5/trainLoss,1"))
      let record = try jsonObject(try contents(folder, "run/run.json"))
      let configurations = try #require(record["configurations"] as? [[String: Any]])
      #expect(configurations[1]["labels"] as? [String: String] == ["method": "gcn", "depth": "8"])
      #expect(record["verdict"] as? String == "met" && record["metrics"] == nil)
    }
  }

  @Test func aFailingUnitIsNamedAndTheOthersFinish() throws {
    try withTemporaryFolder { folder in
      let (status, capture) = run(["--seeds", "2", "--failing", "gcn-8"], in: folder)
      #expect(status == .failed && capture.output.isEmpty)
      #expect(
        capture.error == """
          gcn-8 seed 0 failed: BrokenRun()
          gcn-8 seed 1 failed: BrokenRun()
          Error: 2 of 6 units of the run failed (gcn-8 seed 0, gcn-8 seed 1); the results of the others are in its \
          folder.

          """)
      let units = folder.appendingPathComponent("run/units")
      for name in ["gcn-2-seed0", "gin-2-seed1"] {
        #expect(try names(in: units.appendingPathComponent(name)) == ["metrics.csv", "result.json"])
      }
      let rows = try contents(folder, "run/metrics.csv").split(separator: "\n")
      #expect(rows.count == 1 + 4 * 3)
      let capture2 = Capture()
      let again = SampleCommand.status(of: ["--resume", folder.path + "/run"], on: capture2.console())
      #expect(again == .failed)
      #expect(capture2.error.hasPrefix("\(folder.path)/run: the run goes on; 4 of its 6 units are finished.\n"))
    }
  }

  @Test func presetsListAndCheckWork() throws {
    try withTemporaryFolder { folder in
      #expect(run(["--list-presets"], in: folder).status == .done)
      #expect(run(["--check"], in: folder).status == .done)
    }
  }
}
