import ArgumentParser
import CKernels.Base
import FileKit
import Foundation
import RunKit

/// Compares thread policies on a machine that is shared.
struct RunContended: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "contended",
    abstract: "Time training steps under each thread policy, alone and beside busy processes.",
    discussion: """
      kernel-bench --contended is the same. The busy processes are started and stopped here. Times are of a step, \
      means over a turn and medians over turns; the policies take turns: one thread, passive workers (asleep between \
      parallel regions), spinning ones, and the library's own policy, which adapts.
      """)

  /// The other spelling of the command.
  static let option = "--contended"

  @Flag(help: "Fewer and shorter turns.")
  var quick = false
  @Option(help: ArgumentHelp("Busy processes. (default: cores + 1)", valueName: "n"))
  var processes: Int?
  @Option(help: ArgumentHelp("Most threads to use. (default: CK_THREADS, else all cores)", valueName: "n"))
  var threads: Int?
  @Option(help: ArgumentHelp("Write the results to this file.", valueName: "file"), completion: .file())
  var json: String?
  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    if let processes, !(1...1024).contains(processes) {
      throw ValidationError("--processes must be from 1 to 1024, not \(processes).")
    }
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads must be from 1 to 256, not \(threads).")
    }
  }

  func run(on console: Console) throws {
    if let json { try ResultFile.checkWritable(json) }
    guard ck_waiting_force(.adaptive) else {
      throw UsageError("KMP_BLOCKTIME or OMP_WAIT_POLICY fixes how threads wait: unset it to compare policies.")
    }
    let machine = Machine.current
    let progress = ProgressLine(console, quiet: quiet)
    defer { progress.clear() }
    let run = ContendedRun(
      processes: processes ?? machine.cores + 1, threads: threads ?? Int(ck_threads_default()),
      turns: quick ? .quick : .full, progress: progress)
    let situations = try run.situations()
    progress.clear()
    try console.writeOutput(
      "\(machine.cpu), \(machine.cores) cores, \(machine.os)\n\n" + situations.map(\.text).joined(separator: "\n"))
    guard let json else { return }
    let report = JSONValue.object([
      "cpu": .string(machine.cpu), "cores": .integer(machine.cores), "os": .string(machine.os),
      "threads": .integer(run.threads), "situations": .array(situations.map(\.json)),
    ])
    try AtomicFile.write(report.text(indented: true) + "\n", to: json)
  }
}
