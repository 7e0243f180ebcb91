import ArgumentParser
import CKernels.Base
import FileKit
import Foundation
import RunKit
import TensorKit

/// `scale`.
struct Scale: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "scale",
    abstract: "Time a large graph from its edges to a training epoch and a propagation from disk, with peak memory.",
    discussion: """
      Peaks stand beside what each step's inputs and results take. The propagation from disk runs in a process of its \
      own that may not take more than --memory; its result must have the bits of the product in memory. rmat:10M:100M \
      takes 10 GiB of memory and, under --memory 2G, 6 GiB of disk.
      """)

  @Option(help: ArgumentHelp("rmat:NODES:EDGES or uniform:NODES:EDGES, as in 1M and 100M.", valueName: "graph"))
  var graph = "rmat:1M:10M"
  @Option(
    help: ArgumentHelp(
      "Memory of the process that propagates from disk, such as 512M or 2G. (default: half of what it takes in memory)",
      valueName: "bytes"))
  var memory: String?
  @Option(
    help: ArgumentHelp("Columns of the features on disk. (default: their file exceeds --memory)", valueName: "n"))
  var width: Int?
  @Option(help: ArgumentHelp("Hops of the propagation from disk.", valueName: "n"))
  var hops = 2
  @Option(
    help: ArgumentHelp("Where its files lie meanwhile. (default: the system's folder)", valueName: "dir"),
    completion: .directory)
  var folder: String?
  @Option(help: ArgumentHelp("Most threads to use. (default: CK_THREADS, else all cores)", valueName: "n"))
  var threads: Int?
  @Option(help: ArgumentHelp("Write the results to this file.", valueName: "file"), completion: .file())
  var json: String?
  @Flag(help: "Show no progress.")
  var quiet = false

  /// Least memory of the process that propagates from disk by default: the program itself takes some.
  private static let leastMemory = 256 << 20

  func validate() throws {
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads must be from 1 to 256, not \(threads).")
    }
    if let width, !(1...65_536).contains(width) {
      throw ValidationError("--width must be from 1 to 65536, not \(width).")
    }
    guard 1...100 ~= hops else { throw ValidationError("--hops must be from 1 to 100, not \(hops).") }
    if let memory, Self.bytes(memory) == nil {
      throw ValidationError("--memory must be a number of bytes of 1M or more, such as 512M or 2G, not \(memory).")
    }
  }

  func run(on console: Console) throws { try run(on: console, executable: nil) }

  /// - Parameter executable: `kernel-bench` for the child process; nil for the program that runs.
  func run(on console: Console, executable: String?) throws {
    guard let (kind, nodes, edges) = try BenchGraph.random(graph) else {
      throw UsageError("--graph \(graph): expected rmat:NODES:EDGES or uniform:NODES:EDGES, such as rmat:1M:10M.")
    }
    if let json { try ResultFile.checkWritable(json) }
    let saved = Runtime.threads
    Runtime.threads = threads ?? saved
    defer { Runtime.threads = saved }
    let inMemory = 4 * (edges + nodes) + 12 * nodes + 2 * 4 * 64 * nodes
    let progress = ProgressLine(console, quiet: quiet)
    defer { progress.clear() }
    let run = ScaleRun(
      name: graph, kind: kind, nodes: nodes, edges: edges,
      memory: memory.flatMap(Self.bytes) ?? max(Self.leastMemory, inMemory / 2), width: width, hops: hops,
      folder: folder ?? FileManager.default.temporaryDirectory.path, executable: executable, progress: progress)
    let report = try run.report()
    progress.clear()
    try console.writeOutput(report.text)
    if let json { try AtomicFile.write(report.json.text(indented: true) + "\n", to: json) }
  }

  /// "2G", "512M" or a plain number of bytes, in binary units.
  static func bytes(_ text: String) -> Int? {
    let shift = text.hasSuffix("G") ? 30 : text.hasSuffix("M") ? 20 : 0
    guard let number = Int(shift == 0 ? text : String(text.dropLast())) else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
    return !overflow && 1 << 20..<1 << 50 ~= bytes ? bytes : nil
  }
}
