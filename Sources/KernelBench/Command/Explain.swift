import ArgumentParser
import CKernels.Base
import Foundation
import RunKit

/// Says what a kernel does with given data, and why.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say how a kernel works on your data: plan, bytes, predicted and measured time.",
    subcommands: [ExplainSpMM.self])
}

/// `explain spmm`.
struct ExplainSpMM: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "spmm",
    abstract: "Explain the product of a graph's normalised adjacency and a dense matrix.",
    discussion: """
      The prediction goes by the measured rates of this machine and by how often each row of X is used; it leaves out \
      that neighbours may lie close together. A directed graph is taken as it is: row i gathers what leads to i.
      """)

  @Option(
    help: ArgumentHelp(
      "rmat:NODES:EDGES, uniform:NODES:EDGES (as in 100k and 10M), a set of the data folder, twin:NAME, or a file "
        + "(.npz, .mtx or an edge list).", valueName: "graph"))
  var graph: String
  @Option(help: ArgumentHelp("Columns of the dense matrix.", valueName: "n"))
  var width = 64
  @Option(help: ArgumentHelp("Most threads to use. (default: CK_THREADS, else all cores)", valueName: "n"))
  var threads: Int?
  @Option(
    help: ArgumentHelp("Folder of data sets. (default: GOSSAMER_DATA, else the user's cache)", valueName: "dir"),
    completion: .directory)
  var data: String?
  @Flag(help: "Print one JSON object.")
  var json = false
  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    guard 1...65_536 ~= width else { throw ValidationError("--width must be from 1 to 65536, not \(width).") }
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads must be from 1 to 256, not \(threads).")
    }
  }

  func run(on console: Console) throws {
    let progress = ProgressLine(console, quiet: quiet)
    defer { progress.clear() }
    progress.update("graph", done: 0, of: 4, unit: "steps")
    let folder = CommonOptions.dataFolder(option: data, environment: ProcessInfo.processInfo.environment)
    let (name, loaded) = try BenchGraph.load(graph, data: folder)
    let pattern = PatternArrays(loaded)
    var context = ck_ctx()
    context.max_threads = Int32(threads ?? Int(ck_threads_default()))
    let caches = ck_machine_caches()
    var explanation = SpMMExplanation(name, pattern, width: width, context: context, caches: caches)

    progress.update("machine", done: 1, of: 4, unit: "steps")
    let used = Int(explanation.plan.threads)
    let profile = MachineProfile.measure(threads: used, window: 0.05) { _, _, _ in }
    let cost = SpMMWorkload.cost(pattern, width: width)
    let reuse = GatherReuse(
      uses: pattern.columnCounts, streamedBytes: cost.bytes - explanation.plan.gathered_bytes)
    explanation.predict(reuse, cost, profile)

    progress.update("product", done: 2, of: 4, unit: "steps")
    let workload = SpMMWorkload(pattern, width: width)
    explanation.measured = try SamplingPlan.full.time(workload, [CallOptions(threads: used)])[0]
    progress.clear()
    try console.writeOutput(json ? explanation.json.text() + "\n" : explanation.text)
  }
}
