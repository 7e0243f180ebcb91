import ArgumentParser
import FileKit
import Foundation

/// One run between its command line and its last record: where it stands, what is left to do, and what it leaves.
final class RunSession {
  let path: String
  let plan: RunPlan
  let console: Console
  /// The command line that the run's record and report show.
  let invocation: [String]
  /// Whether an earlier process has finished the run, so that nothing is left but to show it.
  private(set) var isFinished = false
  private(set) lazy var output = RunOutput(events: writesEvents) { [unowned self] in
    let folder = try RunFolder.prepare(path, for: name, option: option, keepsUnits: keepsUnits, lock: lock)
    try writeRunning(in: folder)
    return folder
  }
  private let name: RunName
  private let options: [(name: String, value: JSONValue)]
  private let earlier: RecordedRun?
  private let isResumed: Bool
  private let writesEvents: Bool
  /// Whether units of an earlier process stay.
  private var keepsUnits = false
  /// Wall time of earlier processes.
  private var earlierSeconds = 0.0
  /// What the kernels run with; in workers when they do the work.
  var facts = RuntimeFacts.current
  /// Held from the first look at the folder.
  private var lock: FolderLock?
  private var lastRecorded = 0.0
  private let start = monotonicSeconds()

  /// - Parameters:
  ///   - earlier: the run that `--resume` goes on with.
  ///   - isResumed: whether `--resume` names the folder, which need not hold a run yet.
  init(
    path: String, name: RunName, options: [(name: String, value: JSONValue)], invocation: [String], plan: RunPlan,
    earlier: RecordedRun?, isResumed: Bool, events: Bool = false, console: Console
  ) {
    self.path = path
    self.name = name
    self.options = options
    self.invocation = invocation
    self.plan = plan
    self.earlier = earlier
    self.isResumed = isResumed
    writesEvents = events
    self.console = console
  }

  /// Looks at the folder and, on a resumption, says what is there.
  func prepare() throws {
    try RunFolder.check(path, option: option, for: name)
    lock = try RunFolder.claim(path, option: option) {
      say("workers of a killed run still save; this run waits for them.")
    }
    let folder = RunFolder(url: URL(fileURLWithPath: path, isDirectory: true))
    guard isResumed else { return try refuseResumable(folder) }
    guard let earlier else { return say("holds no run yet: this one starts there.") }
    let results = try plan.units.compactMap { try unitFolder(of: $0).result(in: folder) }
    earlierSeconds = earlier.seconds ?? results.reduce(0) { $0 + $1.seconds }
    if earlier.state == .finished, results.count == plan.units.count {
      isFinished = true
      return say("the run is finished; this is its result.")
    }
    guard !results.isEmpty || plan.units.contains(where: { unitFolder(of: $0).hasCheckpoint(in: folder) }) else {
      earlierSeconds = 0
      return say("holds no checkpoint: the run starts anew.")
    }
    keepsUnits = true
    say(
      plan.units.count == 1
        ? "the run goes on from its checkpoint."
        : "the run goes on; \(results.count) of its \(plan.units.count) units are finished.")
    _ = try output.begin()
  }

  private var option: String { isResumed ? "--resume" : "--out" }

  /// A new run must not silently destroy one that can go on.
  private func refuseResumable(_ folder: RunFolder) throws {
    guard let record = try? RecordedRun(file: folder.file("run.json").path, option: option),
      record.state == .interrupted || record.state == .running
    else { return }
    let units = (try? FileManager.default.contentsOfDirectory(atPath: folder.file("units").path)) ?? []
    guard units.contains(where: { UnitFolder($0, isOnly: false, of: output).hasWork(in: folder) }) else { return }
    throw UsageError(
      "\(option) \(path): the folder holds a run that was stopped before its end and that a new one would replace; "
        + "--resume \(path) goes on with it, or remove the folder.")
  }

  /// Keeps the time spent so far in the record, should the process be killed. Called often, it writes seldom.
  func noteTime() {
    guard let folder = output.existing, monotonicSeconds() - lastRecorded >= 10 else { return }
    // What is lost if this fails is only a count of seconds.
    try? writeRunning(in: folder)
  }

  private func writeRunning(in folder: RunFolder) throws {
    lastRecorded = monotonicSeconds()
    try folder.writeRecord(head + [.init("seconds", .number(seconds))], state: .running, facts: facts)
  }

  private func say(_ words: String) { console.writeError("\(path): \(words)\n") }

  private func unitFolder(of unit: RunUnit) -> UnitFolder {
    UnitFolder(plan.name(of: unit), isOnly: plan.units.count == 1, of: output)
  }

  /// Units without a result.
  func pending() throws -> [RunUnit] {
    guard let folder = output.existing else { return plan.units }
    return try plan.units.filter { try unitFolder(of: $0).result(in: folder) == nil }
  }

  private var seconds: Double { earlierSeconds + (isFinished ? 0 : monotonicSeconds() - start) }
}

// MARK: - Results

extension RunSession {
  /// The results of all units, read from their folders. Several units' logs are put together in the run's own.
  func summary() throws -> RunSummary {
    let folder = isFinished ? RunFolder(url: URL(fileURLWithPath: path, isDirectory: true)) : try output.begin()
    var groups: [RunSummary.Group] = []
    var peak = isFinished ? earlier?.peakBytes ?? 0 : Machine.peakBytes
    for configuration in plan.configurations {
      var metrics: [[Metric]] = []
      var curves = RecordedCurves()
      for unit in plan.units where unit.configuration.id == configuration.id {
        guard let result = try unitFolder(of: unit).result(in: folder) else {
          throw OutputError("\(path): the result of \(plan.title(of: unit)) is gone.")
        }
        metrics.append(result.metrics)
        peak = max(peak, result.peakBytes)
        let table = try CSVTable(unitFolder(of: unit).metricsFile(in: folder).path)
        let steps = try table.integers("step"), names = try table.strings("name"), values = try table.numbers("value")
        for row in names.indices {
          curves.add(step: steps[row], name: names[row], value: values[row], seed: unit.seed)
        }
      }
      groups.append(
        .init(configuration: configuration, metrics: MetricSummary.summaries(of: metrics), curves: curves))
    }
    if !isFinished { try joinMetrics(in: folder) }
    return RunSummary(
      paper: name.paper, command: name.command, options: options, seeds: plan.seeds, groups: groups, seconds: seconds,
      peakBytes: peak)
  }

  /// Writes the run's `metrics.csv` from those of its units, as far as they have come.
  private func joinMetrics(in folder: RunFolder) throws {
    guard plan.units.count > 1 else { return }
    var text = "step,wall,name,value\n"
    for unit in plan.units {
      let path = unitFolder(of: unit).metricsFile(in: folder).path
      guard FileManager.default.fileExists(atPath: path) else { continue }
      let table = try CSVTable(path)
      let steps = try table.strings("step"), walls = try table.strings("wall")
      let names = try table.strings("name"), values = try table.strings("value")
      let prefix = plan.prefix(of: unit)
      for row in names.indices {
        text += "\(steps[row]),\(walls[row]),\(CSVWriter.quoted(prefix + names[row])),\(values[row])\n"
      }
    }
    try writeAtomically(text, to: folder.file("metrics.csv"))
  }
}

// MARK: - Records

extension RunSession {
  /// What `run.json` begins with, from the run's start to its end.
  private var head: [JSONValue.Member] {
    [
      .init("paper", .string(name.paper)), .init("command", .string(name.command)),
      .init("arguments", .array(RecordedRun.recordable(Array(invocation.dropFirst())).map(JSONValue.string))),
      .init("options", .object(options.map { .init($0.name, $0.value) })),
    ]
  }

  func writeRecord(
    _ state: RunFolder.State, _ members: [JSONValue.Member], verdict: String? = nil
  ) throws {
    try output.begin().writeRecord(head + members, state: state, verdict: verdict, facts: facts)
  }

  /// Completes what there is before an error ends the run; gives the error that the user sees. `jobs` is part of the
  /// command that goes on.
  func end(with error: any Error, jobs: Int?) -> any Error {
    guard let folder = output.existing else { return error }
    try? joinMetrics(in: folder)
    let state: RunFolder.State = error is Interrupted ? .interrupted : .failed
    try? writeRecord(state, [.init("seconds", .number(seconds))])
    guard error is Interrupted else { return error }
    // The word after the executable names the command, unless it is the executable itself.
    var words = invocation.prefix(2).filter { !$0.hasPrefix("-") } + ["--resume", path]
    if let jobs { words += ["--jobs", String(jobs)] }
    return Interrupted(command: words.map(\.shellQuoted).joined(separator: " "))
  }
}

/// Units that failed while the others go on.
struct UnitFailures {
  let console: Console
  let progress: ProgressLine
  let plan: RunPlan
  let command: any ParsableCommand.Type
  private var titles: [String] = []
  private var status = RunStatus.failed

  init(of command: any ParsableCommand.Type, plan: RunPlan, console: Console, progress: ProgressLine) {
    self.command = command
    self.plan = plan
    self.console = console
    self.progress = progress
  }

  /// Names the unit and its error. Rethrows what ends the whole run: the only unit's error, an interruption, and bad
  /// options or data, which all units share.
  mutating func note(_ error: any Error, of unit: RunUnit) throws {
    let status = RunStatus.forError(error, of: command)
    let isShared = status == .usage || status == .data || status == .interrupted
    if plan.units.count == 1 || isShared { throw error }
    if titles.isEmpty { self.status = status }
    titles.append(plan.title(of: unit))
    progress.clear()
    console.writeError("\(plan.title(of: unit)) failed: \(RunStatus.sentence(for: error, of: command))\n")
  }

  func throwIfAny() throws {
    if !titles.isEmpty { throw UnitsFailed(titles: titles, of: plan.units.count, status: status) }
  }
}

/// A run some of whose units failed; the others have their results.
struct UnitsFailed: RunError {
  let titles: [String]
  let count: Int
  let status: RunStatus

  init(titles: [String], of count: Int, status: RunStatus) {
    self.titles = titles
    self.count = count
    self.status = status
  }

  var description: String {
    let others = titles.count == count ? "" : "; the results of the others are in its folder"
    return "\(titles.count) of \(count) units of the run failed (\(titles.joined(separator: ", ")))\(others)."
  }
}

extension ProgressLine {
  /// Shows how far a unit that runs in this process has come, after `place` others that were the part `start` of the
  /// run's work.
  func update(_ unit: RunUnit, of plan: RunPlan, place: Int, from start: Double, _ progress: UnitProgress) {
    let done = String(progress.done).leftPadding(toWidth: String(progress.total).count)
    let count = plan.units.count, part = plan.part(of: [unit])
    if progress.isEarlier { return skip(part * Double(progress.done) / Double(max(1, progress.total))) }
    let title =
      plan.configurations.count > 1
      ? "\(place + 1)/\(count) \(plan.title(of: unit))  " : count > 1 ? "seed \(unit.index + 1)/\(count)  " : ""
    update(
      "\(title)\(done)/\(progress.total) \(progress.unit)", done: progress.done, of: progress.total,
      share: start..<start + part, unit: progress.unit, values: progress.values)
  }
}
