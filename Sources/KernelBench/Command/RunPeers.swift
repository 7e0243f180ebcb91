import ArgumentParser
import CKernels.Base
import FileKit
import Foundation
import RunKit

/// Times the graph kernels beside their Python peers.
struct RunPeers: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "peers",
    abstract: "Time graph kernels in turns with torch, PyG, scipy and others, in one run.",
    discussion: """
      A Python process holds the peers. Both sides get the same arrays and equal threads, take turns, and are compared \
      with float64; a ratio is the peer's median time over ours. `make bench-peers` installs the peers and starts this.
      """)

  @Option(help: ArgumentHelp("Python with the peer libraries: a path or a name in PATH.", valueName: "file"))
  var python = "python3"
  @Option(help: ArgumentHelp("The script that holds the peers.", valueName: "file"), completion: .file())
  var worker = "Benchmarks/peers/worker.py"
  @Flag(help: "A few shapes and short turns.")
  var quick = false
  @Option(help: ArgumentHelp("Only this operation (may be repeated).", valueName: "name"))
  var operation: [String] = []
  @Option(help: ArgumentHelp("Only this graph (may be repeated).", valueName: "name"))
  var graph: [String] = []
  @Option(help: ArgumentHelp("Only shapes whose words contain this, such as \"width 64\".", valueName: "text"))
  var shape: String?
  @Option(help: ArgumentHelp("Threads beside one. (default: CK_THREADS, else all cores)", valueName: "n"))
  var threads: Int?
  @Option(
    help: ArgumentHelp("Folder of data sets, for the real graphs too. (default: GOSSAMER_DATA)", valueName: "dir"),
    completion: .directory)
  var data: String?
  @Option(help: ArgumentHelp("Write the results to this file.", valueName: "file"), completion: .file())
  var json: String?
  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads must be from 1 to 256, not \(threads).")
    }
  }

  func run(on console: Console) throws {
    for name in operation where !PeerShape.operations.contains(name) {
      throw UsageError(
        "--operation \(name): there is no such operation; there are \(PeerShape.operations.joined(separator: ", ")).")
    }
    let folder = data ?? ProcessInfo.processInfo.environment["GOSSAMER_DATA"]
    var graphs = PeerGraph.all(data: folder.flatMap { $0.isEmpty ? nil : $0 })
    for name in graph where !graphs.contains(where: { $0.name == name }) {
      throw UsageError(
        "--graph \(name): there is no such graph; there are \(graphs.map(\.name).joined(separator: ", "))"
          + (folder == nil ? ", and more with --data." : "."))
    }
    guard FileBytes.size(worker) != nil else {
      throw UsageError("--worker \(worker): there is no such file; it lies in Benchmarks/peers of the package.")
    }
    if let json { try ResultFile.checkWritable(json) }

    if !graph.isEmpty {
      graphs.removeAll { !graph.contains($0.name) }
    } else if quick {
      graphs.removeAll { !$0.isQuick }
    }
    let most = threads ?? Int(ck_threads_default())
    let progress = ProgressLine(console, quiet: quiet)
    defer { progress.clear() }
    let run = PeerRun(
      python: python, script: worker, graphs: graphs, shapes: chosenShapes, threads: most > 1 ? [1, most] : [1],
      turns: quick ? .quick : .full, progress: progress)
    let report = try run.report()
    guard !report.rows.isEmpty else { throw UsageError("The options choose no shape.") }
    let text = ([report.header] + report.groups.map(\.text)).joined(separator: "\n")
    try console.writeOutput(text)
    if let json { try AtomicFile.write(report.json.text(indented: true) + "\n", to: json) }
  }

  private func chosenShapes(_ graph: PeerGraph) -> [PeerShape] {
    PeerShape.all(on: graph).filter { candidate in
      (operation.isEmpty || operation.contains(candidate.operation))
        && (shape.map { candidate.shape.localizedCaseInsensitiveContains($0) } ?? (!quick || candidate.isQuick))
    }
  }
}
