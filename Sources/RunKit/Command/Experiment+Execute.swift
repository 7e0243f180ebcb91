import Foundation
import TensorKit

extension Experiment {
  /// Runs every seed, writes the run's folder and prints the result. `invocation` is the command line, for the report.
  /// - Throws: `ClaimsNotMet` under `--check`, and what the experiment throws.
  @discardableResult
  public func execute(on console: Console, invocation: [String]) throws -> RunSummary? {
    if common.listPresets {
      try console.writeOutput(Self.presets.listing)
      return nil
    }
    if let warning = Runtime.refusedInstructionSet { console.writeError("Warning: \(warning)\n") }
    if let threads = common.threads { Runtime.threads = threads }
    let path = common.out ?? RunFolder.defaultPath(paper: Self.paper, command: Self._commandName)
    let output = try RunOutput(
      path: path, name: RunName(paper: Self.paper, command: Self._commandName),
      options: .object(recorded.map { .init($0.name, $0.value) }), events: common.events, facts: { .current })
    let result: RunResult
    let tables: [any ResultTable]
    let folder: RunFolder
    do {
      let (summary, profile) = try profiled { try runSeeds(output: output, console: console) }
      result = RunResult(summary: summary, claims: claims(summary))
      tables = self.tables(summary)
      folder = try output.begin().folder
      try output.begin().log.close()
      try output.events?.close()
      if let profile { try write(profile, into: folder, console: console) }
      try write(result, tables, profile, into: folder, invocation: invocation, facts: .current)
    } catch {
      output.fail()
      throw error
    }
    try console.writeOutput(
      common.json
        ? JSONValue.object(result.members).text() + "\n"
        : ResultText(result: result, folder: path, tables: tables).text)
    if common.check, !result.unmet.isEmpty { throw ClaimsNotMet(claims: result.unmet.map(\.statement)) }
    return result.summary
  }

  private func runSeeds(output: RunOutput, console: Console) throws -> RunSummary {
    let progress = ProgressLine(console, quiet: common.quiet)
    defer { progress.clear() }
    let shared = SharedValues()
    let seeds = (0..<UInt64(seedCount)).map { common.seed + $0 }
    let start = monotonicSeconds()
    let metrics = try seeds.enumerated().map { index, seed in
      try run(
        SeedContext(
          seed: seed, index: index, seeds: seeds.count, epochs: epochs, output: output, progressLine: progress,
          shared: shared))
    }
    return RunSummary(
      paper: Self.paper, command: Self._commandName, options: recorded, seeds: seeds,
      metrics: MetricSummary.summaries(of: metrics), curves: try output.begin().log.curves,
      seconds: monotonicSeconds() - start, peakBytes: Machine.peakBytes)
  }

  /// Runs `body`, under `--profile` with a profile of it.
  private func profiled(_ body: () throws -> RunSummary) throws -> (RunSummary, ProfileTable?) {
    guard common.profile else { return (try body(), nil) }
    var summary: RunSummary?
    let profile = try Profiler.record { summary = try body() }
    return (summary!, ProfileTable(profile: profile))
  }

  private func write(_ table: ProfileTable, into folder: RunFolder, console: Console) throws {
    try writeAtomically(table.text(), to: folder.file("profile.txt"))
    try writeAtomically(table.profile.chromeTrace(), to: folder.file("profile.json"))
    if !common.quiet { console.writeError(table.text()) }
  }

  private func write(
    _ result: RunResult, _ tables: [any ResultTable], _ profile: ProfileTable?, into folder: RunFolder,
    invocation: [String], facts: RuntimeFacts
  ) throws {
    if !tables.isEmpty { try folder.makeFolder("tables") }
    for table in tables { try writeAtomically(table.csv(), to: folder.file("tables/\(fileStem(table.name)).csv")) }
    let figures = figures(result.summary)
    if !figures.isEmpty { try folder.makeFolder("plots") }
    for (stem, figure) in namedFiles(figures) {
      try writeAtomically(figure.svg(), to: folder.file("plots/\(stem).svg"))
      try writeAtomically(figure.csv(), to: folder.file("plots/\(stem).csv"))
    }
    let report = Report(
      result: result, abstract: Self.configuration.abstract, tables: tables, figures: figures, profile: profile,
      machine: .current, facts: facts, invocation: invocation)
    try writeAtomically(report.html, to: folder.file("report.html"))
    try folder.writeRecord(result.members, state: .finished, verdict: result.verdict, facts: facts)
  }

  /// Figures with their file names, told apart by a number where names repeat.
  private func namedFiles(_ figures: [any Figure]) -> [(String, any Figure)] {
    var used: [String: Int] = [:]
    return figures.map { figure in
      let stem = figure.fileStem
      used[stem, default: 0] += 1
      return (used[stem] == 1 ? stem : "\(stem)-\(used[stem]!)", figure)
    }
  }
}
