import ArgumentParser
import DataKit
import FileKit
import Foundation
import RunKit
import SparseKit
import TensorKit

/// The part of `scale` that runs in a process of its own, whose memory the system limits: propagates the features of a
/// folder in panels. It tells its progress and its result in lines of JSON.
struct ScalePanels: ConsoleCommand {
  static let configuration = CommandConfiguration(commandName: "scale-panels", shouldDisplay: false)

  @Option var folder: String
  @Option var hops: Int
  /// Bytes of the whole process.
  @Option var memory: Int

  /// Memory that threads and the system take on the way.
  private static let reserve = 8 << 20

  static func features(_ folder: String) -> String { folder + "/x.npy" }
  static func result(_ folder: String) -> String { folder + "/y.npy" }

  func run(on console: Console) throws {
    _ = Runtime.observedThreads()  // their stacks count
    let own = ProcessMemory.writable + Self.reserve
    guard own < memory else {
      throw ScaleFailure("the program takes \(Format.bytes(Double(own))) by itself, libraries and stacks included.")
    }
    let isLimited = ProcessMemory.limit(to: memory)
    let pattern = try SparsePattern(squareOf: folder)
    let matrix = try Graph(adjacency: pattern).propagation(addingSelfLoops: false)
    let others = ProcessMemory.writable - matrix.productBytes
    let propagation = PanelPropagation(matrix, memoryLimit: memory - others - Self.reserve)
    let start = monotonicSeconds()
    let plan = try propagation.run(Self.features(folder), results: [hops: Self.result(folder)]) { progress in
      // Nobody waits for the result of a process whose parent is gone.
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      if poll(&input, 1, 0) > 0, input.revents & Int16(POLLHUP) != 0 { Foundation.exit(RunStatus.interrupted.rawValue) }
      let done = (progress.panel - 1) * progress.hops + progress.hop
      try? console.writeOutput(
        JSONValue.object(["share": .number(Double(done) / Double(progress.panels * progress.hops))]).text() + "\n")
    }
    let result: JSONValue = .object([
      "seconds": .number(monotonicSeconds() - start), "peak": .integer(ProcessMemory.peak),
      "planned": .integer(plan.bytes), "panelWidth": .integer(plan.panelWidth), "panels": .integer(plan.panelCount),
      "limited": .bool(isLimited),
    ])
    try console.writeOutput(result.text() + "\n")
  }
}

/// A process that runs `ScalePanels`.
struct ScaleChild {
  struct Result: Equatable {
    let seconds: Double
    /// Most main memory that the process held, and what its plan takes, in bytes.
    let peak, planned: Int
    let panelWidth, panels: Int
    /// Whether the system enforced the limit.
    let isLimited: Bool
  }

  /// Of `kernel-bench`; nil for the program that runs.
  var executable: String?
  let folder: String
  let hops, memory, threads: Int

  /// Waits for the result; a process that fails or is ended by the system's limit gives one sentence.
  func run(progress: (Double) -> Void) throws -> Result {
    let log = folder + "/errors.txt"
    let errors = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard errors >= 0 else { throw OutputError("\(log): cannot be written: \(String(cString: strerror(errno))).") }
    defer { close(errors) }
    let process = try WorkerProcess(
      executable: executable,
      arguments: ["scale-panels", "--folder", folder, "--hops", String(hops), "--memory", String(memory)],
      environment: ["CK_THREADS": String(threads), "OPENBLAS_NUM_THREADS": "1", "SWIFT_BACKTRACE": "enable=no"],
      errors: errors, group: 0)
    var result: Result?, isOver = false
    while !isOver {
      if Interruption.isRequested {
        kill(process.id, SIGKILL)
        _ = process.wait()
        throw Interrupted()
      }
      // A signal that comes while the child is silent must be seen.
      var output = pollfd(fd: process.output, events: Int16(POLLIN), revents: 0)
      guard poll(&output, 1, 200) > 0 else { continue }
      for line in process.lines() {
        guard let line else {
          isOver = true
          break
        }
        guard let object = OrderedJSON(text: line) else { continue }
        if let share = object["share"]?.double { progress(share) }
        func integer(_ name: String) -> Int { object[name]?.double.map { Int($0) } ?? 0 }
        guard let seconds = object["seconds"]?.double else { continue }
        result = Result(
          seconds: seconds, peak: integer("peak"), planned: integer("planned"), panelWidth: integer("panelWidth"),
          panels: integer("panels"), isLimited: line.contains("\"limited\":true"))
      }
    }
    let end = process.wait()
    guard let result else {
      let said = (try? String(contentsOfFile: log, encoding: .utf8))?.split(separator: "\n").first.map(String.init)
      let reason = said.map { String($0.trimmingPrefix("Error: ")) } ?? "it \(end)"
      throw ScaleFailure("--memory \(Format.bytes(Double(memory))): the propagation from disk failed: \(reason)")
    }
    return result
  }
}

/// A step of `scale` that did not end well, in one sentence.
struct ScaleFailure: RunError {
  let description: String
  var status: RunStatus { .failed }
  init(_ sentence: String) { description = sentence }
}
