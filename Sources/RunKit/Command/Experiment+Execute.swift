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
      options: .object(recorded.map { .init($0.name, $0.value) }), facts: { .current })
    let result: RunResult
    let folder: RunFolder
    do {
      let summary = try runSeeds(output: output, console: console)
      result = RunResult(summary: summary, claims: claims(summary))
      folder = try output.begin().folder
      try output.begin().log.close()
      try write(result, into: folder, invocation: invocation, facts: .current)
    } catch {
      output.fail()
      throw error
    }
    try console.writeOutput(
      common.json ? JSONValue.object(result.members).text() + "\n" : ResultText(result: result, folder: path).text)
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

  private func write(_ result: RunResult, into folder: RunFolder, invocation: [String], facts: RuntimeFacts) throws {
    let figures = figures(result.summary)
    if !figures.isEmpty { try folder.makeFolder("plots") }
    for (stem, figure) in namedFiles(figures) {
      try writeAtomically(figure.svg(), to: folder.file("plots/\(stem).svg"))
      try writeAtomically(figure.csv(), to: folder.file("plots/\(stem).csv"))
    }
    let report = Report(
      result: result, abstract: Self.configuration.abstract, figures: figures, machine: .current, facts: facts,
      invocation: invocation)
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
