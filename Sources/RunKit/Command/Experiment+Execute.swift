import Foundation
import TensorKit

extension Experiment {
  /// Runs every seed of every configuration, writes the run's folder and prints the result. `invocation` is the command
  /// line with the executable's name, for the report and for a later repetition.
  /// - Throws: `ClaimsNotMet` under `--check`, and what the experiment throws.
  @discardableResult
  public func execute(on console: Console, invocation: [String]) throws -> RunSummary? {
    if common.listPresets {
      try console.writeOutput(Self.presets.listing)
      return nil
    }
    if common.worker == nil, let warning = Runtime.refusedInstructionSet { console.writeError("Warning: \(warning)\n") }
    if let threads = common.threads { Runtime.threads = threads }
    // Workers are told by their parent, which speaks for them.
    let notice: StaticString =
      common.worker == nil ? "Stopping after this epoch; Ctrl-C again ends at once.\n" : ""
    return try Interruption.watching(notice: notice) {
      let plan = RunPlan(
        configurations: try configurations, seeds: (0..<UInt64(seedCount)).map { common.seed + $0 })
      if let folder = common.worker {
        let worker = Worker(plan: plan, folder: folder, events: common.events, schedule: schedule, console: console)
        try worker.serve(epochs: epochs, command: Self.self, runUnit)
        return nil
      }
      return try executeRun(of: plan, console: console, invocation: invocation)
    }
  }

  private func executeRun(of plan: RunPlan, console: Console, invocation: [String]) throws -> RunSummary {
    let name = RunName(paper: Self.paper, command: Self._commandName)
    let earlier = try common.resume.flatMap(RecordedRun.toResume)
    if let earlier, let folder = common.resume { try earlier.require(recorded, for: name, option: folder) }
    let session = RunSession(
      path: common.resume ?? common.out ?? RunFolder.defaultPath(paper: Self.paper, command: Self._commandName),
      name: name, options: recorded,
      invocation: earlier.map { [invocation[0]] + $0.arguments(data: common.data) } ?? invocation,
      plan: plan, earlier: earlier, isResumed: common.resume != nil, events: common.events, console: console)
    let result: RunResult
    let tables: [any ResultTable]
    do {
      try session.prepare()
      let profile = try session.isFinished ? nil : profiled { try runUnits(of: session) }
      let summary = try session.summary()
      result = RunResult(summary: summary, claims: claims(summary))
      tables = self.tables(summary)
      if !session.isFinished { try write(result, tables, profile, of: session) }
    } catch {
      throw session.end(with: error, jobs: common.jobs)
    }
    try console.writeOutput(
      common.json
        ? JSONValue.object(result.members).text() + "\n"
        : ResultText(result: result, folder: session.path, tables: tables).text)
    if common.check, !result.unmet.isEmpty { throw ClaimsNotMet(claims: result.unmet.map(\.statement)) }
    return result.summary
  }

  private func runUnits(of session: RunSession) throws {
    let progress = ProgressLine(session.console, quiet: common.quiet)
    defer { progress.clear() }
    let pending = try session.pending()
    let plan = session.plan
    let finished = plan.units.count - pending.count
    progress.skip(1 - plan.part(of: pending))
    var failures = UnitFailures(of: Self.self, plan: plan, console: session.console, progress: progress)
    let jobs = min(common.jobs ?? 1, pending.count)
    if jobs > 1 {
      let threads = common.threads ?? max(1, Runtime.threads / jobs)
      var added = ["--worker", session.path, "--threads", String(threads)]
      if common.events { added.append("--events") }
      if let interval = common.saveInterval { added += ["--save-interval", String(interval)] }
      let arguments = RecordedRun.joined(
        RecordedRun.recordable(Array(session.invocation.dropFirst())), added)
      session.facts = RuntimeFacts(isa: session.facts.isa, threads: threads, jobs: jobs)
      try WorkerPool(
        plan: plan, output: session.output, progress: progress, arguments: arguments, whileRunning: session.noteTime
      ).run(pending, on: jobs, &failures)
    } else {
      let shared = SharedValues()
      for (place, unit) in pending.enumerated() {
        if Interruption.isRequested { throw Interrupted() }
        let folder = UnitFolder(
          plan.name(of: unit), isOnly: plan.units.count == 1, of: session.output, schedule: schedule)
        let context = SeedContext(
          unit, of: plan, epochs: epochs, output: session.output, folder: folder, shared: shared
        ) {
          let left = plan.part(of: pending[place...])
          progress.update(unit, of: plan, place: finished + place, from: 1 - left, $0)
          session.noteTime()
        }
        do { try runUnit(context) } catch { try failures.note(error, of: unit) }
      }
    }
    try failures.throwIfAny()
  }

  private var schedule: SaveSchedule { SaveSchedule(every: common.saveInterval) }

  /// Runs one unit and leaves its result in its folder.
  private func runUnit(_ context: SeedContext) throws {
    do {
      let metrics = try run(context)
      let names = metrics.map(\.name)
      if let name = names.first(where: { name in names.count { $0 == name } > 1 }) {
        trap("run: two metrics of one seed have the name \"\(name)\"", #fileID, #line)
      }
      try context.unit.finish(metrics)
    } catch {
      context.unit.close()
      throw error
    }
  }

  /// Runs `body`, and under `--profile` measures it.
  private func profiled(_ body: () throws -> Void) throws -> ProfileTable? {
    guard common.profile else {
      try body()
      return nil
    }
    return ProfileTable(profile: try Profiler.record(body))
  }

  private func write(
    _ result: RunResult, _ tables: [any ResultTable], _ profile: ProfileTable?, of session: RunSession
  ) throws {
    let folder = try session.output.begin()
    if let profile {
      try writeAtomically(profile.text(), to: folder.file("profile.txt"))
      try writeAtomically(profile.profile.chromeTrace(), to: folder.file("profile.json"))
      if !common.quiet { session.console.writeError(profile.text()) }
    }
    if !tables.isEmpty { try folder.makeFolder("tables") }
    for (stem, table) in named(tables, by: { fileStem($0.name) }) {
      try writeAtomically(table.csv(), to: folder.file("tables/\(stem).csv"))
    }
    let figures = figures(result.summary)
    if !figures.isEmpty { try folder.makeFolder("plots") }
    for (stem, figure) in named(figures, by: \.fileStem) {
      try writeAtomically(figure.svg(), to: folder.file("plots/\(stem).svg"))
      try writeAtomically(figure.csv(), to: folder.file("plots/\(stem).csv"))
    }
    let report = Report(
      result: result, abstract: Self.configuration.abstract, tables: tables, figures: figures, profile: profile,
      machine: .current, facts: session.facts, invocation: session.invocation)
    try writeAtomically(report.html, to: folder.file("report.html"))
    try session.writeRecord(.finished, result.outcome, verdict: result.verdict)
  }

  /// Figures or tables with their file names, told apart by a number where names repeat.
  private func named<Item>(_ items: [Item], by stem: (Item) -> String) -> [(String, Item)] {
    var used: [String: Int] = [:]
    return items.map { item in
      let stem = stem(item)
      used[stem, default: 0] += 1
      return (used[stem] == 1 ? stem : "\(stem)-\(used[stem]!)", item)
    }
  }
}
