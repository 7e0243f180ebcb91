import Foundation
import RunKit
import Testing

@testable import KernelBench

@Suite(.serialized) struct ContendedTests {
  /// The letter of the process's state in /proc; nil when it is gone.
  private func state(_ id: pid_t) -> Character? {
    guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8) else { return nil }
    return text.split(separator: ")").last?.dropFirst().first
  }

  @Test func busyProcessesRunUntilStopped() throws {
    let busy = try BusyProcesses(count: 2), ids = busy.ids
    #expect(ids.count == 2 && ids.allSatisfy { state($0) == "R" }, "\(ids.map(state))")
    busy.stop()
    #expect(ids.allSatisfy { state($0) == nil }, "they are reaped")
  }

  @Test func aBusyProcessWhoseReaderIsGoneEnds() throws {
    var process: WorkerProcess? = try BusyProcesses.start()
    let id = process!.id
    _ = process!.lines()
    process = nil  // closes the pipes, as the end of this process would
    let limit = Date(timeIntervalSinceNow: 10)
    while state(id) == "R", Date() < limit { usleep(5000) }
    #expect(state(id) == "Z")
    waitpid(id, nil, 0)
  }

  @Test func errorsLeaveNoProcess() throws {
    var id: pid_t = 0
    #expect(throws: CancellationError.self) {
      let busy = try BusyProcesses(count: 1)
      id = busy.ids[0]
      throw CancellationError()
    }
    #expect(state(id) == nil)
  }

  @Test func policiesTakeTurnsInBothSituations() throws {
    let console = Console(writeOutput: { _ in }, writeError: { _ in })
    let run = ContendedRun(
      processes: 1, threads: 2, turns: .init(rounds: 2, seconds: 0.001), steps: [ContendedRun.steps[0]],
      progress: ProgressLine(console, quiet: true))
    let situations = try run.situations()
    #expect(situations.map(\.processes) == [0, 1])
    #expect(situations.allSatisfy { $0.rows.count == 1 })
    for row in situations.flatMap(\.rows) {
      #expect(Set(row.timings.keys) == Set(ThreadPolicy.allCases))
      #expect(row.overBest > 0 && row.overBest.isFinite)
    }
  }

  @Test func theTableComparesWithTheBestFixedPolicy() {
    let times: [ThreadPolicy: Double] = [.oneThread: 3e-3, .passive: 2e-3, .spinning: 8e-3, .adaptive: 2.5e-3]
    let row = ContendedSituation.Row(shape: "cora", timings: times.mapValues { Timing([$0]) })
    let situation = ContendedSituation(processes: 3, rows: [row])
    #expect(
      situation.text == """
        gcn step, beside 3 busy processes
        shape  one thread  passive  spinning  adaptive  over best fixed  within 1.20x
        cora      3.00 ms  2.00 ms   8.00 ms   2.50 ms            1.25x            no

        """)
    #expect(situation.json.text().contains(#""overBestFixed":1.25"#))
  }

  @Test func bothSpellingsAreTheCommand() throws {
    let words = KernelBenchCommand.spelledOut(["--json", "x.json", "--contended"])
    #expect(words == ["contended", "--json", "x.json"])
    #expect(KernelBenchCommand.spelledOut(["run", "--quick"]) == ["run", "--quick"])
    let command = try #require(try KernelBenchCommand.parseAsRoot(words) as? RunContended)
    #expect(command.json == "x.json")
  }
}
