import ArgumentParser
import CKernels.Base
import Foundation
import RunKit

/// Measures the machine, then every bench that is asked for.
struct RunBenches: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Measure the machine, then time kernels and print one table a family.",
    discussion: """
      A share is the least time that the measured rates of this machine allow over the median time. GFLOP/s, GB/s and \
      min belong to the largest number of threads; oracle is the speed-up of one thread over the naive reference.
      """)

  enum ElementTypes: String, CaseIterable, ExpressibleByArgument {
    case f32, f64, both
    var list: [ElementType] {
      switch self {
      case .f32: [.f32]
      case .f64: [.f64]
      case .both: [.f32, .f64]
      }
    }
  }

  @Flag(help: "One shape of each kernel and short samples: under a minute.")
  var quick = false
  @Option(
    help: ArgumentHelp("Only this family (may be repeated); machine stands for the probe alone.", valueName: "name"))
  var family: [String] = []
  @Option(help: ArgumentHelp("Only benches whose family, kernel or shape contains this.", valueName: "text"))
  var filter: String?
  @Option(help: "Element type: f32, f64 or both.")
  var dtype: ElementTypes = .f32
  @Option(help: ArgumentHelp("Instruction set of the kernels. (default: CK_ISA, else the widest)", valueName: "set"))
  var isa: String?
  @Option(help: ArgumentHelp("Threads beside one. (default: CK_THREADS, else all cores)", valueName: "n"))
  var threads: Int?
  @Option(help: ArgumentHelp("Write the results to this file.", valueName: "file"), completion: .file())
  var json: String?
  @Option(help: ArgumentHelp("Compare with results that --json wrote.", valueName: "file"), completion: .file())
  var compare: String?
  @Flag(help: "Exit with 1 when --compare finds a loss of more than 10 %.")
  var check = false
  @Flag(help: "List the benches and exit.")
  var list = false
  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads must be from 1 to 256, not \(threads).")
    }
    if check, compare == nil { throw ValidationError("--check needs --compare.") }
  }

  func run() throws {
    let console = Console.standard
    let benches = try chosenBenches()
    if list {
      try console.writeOutput(listing(benches))
      return
    }
    let set = try chosenSet()
    if let refused = ck_isa_refused(), isa == nil {
      let name = String(cString: refused)
      console.writeError("Warning: CK_ISA=\(name) is not available; \(InstructionSet.name(set)) is used.\n")
    }
    if let json { try ResultFile.checkWritable(json) }
    let saved = try compare.map(ResultFile.read)
    warnOfLoad(console)

    let progress = ProgressLine(console, quiet: quiet)
    defer { progress.clear() }
    let threads = threads ?? Int(ck_threads_default())
    let profile = MachineProfile.measure(threads: threads, window: quick ? 0.03 : 0.15) { label, done, total in
      progress.update(label, done: done, of: total, unit: "probes")
    }
    progress.clear()
    let machine = MachineReport(profile: profile)
    try console.writeOutput(machine.header + "\n" + machine.text)

    let measurements = try measure(benches, set, profile, threads, console, progress)
    let rows = machine.rows + measurements.flatMap(\.rows)
    if let json { try ResultFile.write(rows, to: json) }
    warnOfNoise(measurements, console)
    if let saved, let compare { try report(Comparison(rows, against: saved), compare, console) }
  }

  private func measure(
    _ benches: [any Bench], _ set: ck_isa, _ profile: MachineProfile, _ threads: Int, _ console: Console,
    _ progress: ProgressLine
  ) throws -> [Measurement] {
    let plan = quick ? SamplingPlan.quick : .full
    var all: [Measurement] = [], done = 0
    for family in BenchCatalogue.families {
      let members = benches.filter { $0.family == family }
      var measured: [Measurement] = []
      for bench in members {
        progress.update("\(family) \(bench.kernel)", done: done, of: benches.count, unit: "benches")
        for type in dtype.list where bench.dtypes.contains(type) {
          measured.append(
            try Measurement.take(bench, type, isa: set, profile: profile, threads: threads, plan: plan))
        }
        done += 1
      }
      guard !measured.isEmpty else { continue }
      progress.clear()
      try console.writeOutput("\n" + FamilyReport(family: family, measurements: measured).text)
      all += measured
    }
    return all
  }

  private func chosenBenches() throws -> [any Bench] {
    let known = [ResultFile.machineFamily] + BenchCatalogue.families
    for name in family where !known.contains(name) {
      throw UsageError("--family \(name): there is no such family; there are \(known.joined(separator: ", ")).")
    }
    var benches = BenchCatalogue.all
    if !family.isEmpty { benches.removeAll { !family.contains($0.family) } }
    if let filter {
      benches.removeAll { !"\($0.family) \($0.kernel) \($0.shape)".localizedCaseInsensitiveContains(filter) }
      if benches.isEmpty { throw UsageError("--filter \(filter): no bench has this in its family, kernel or shape.") }
    } else if quick {
      benches.removeAll { !$0.isQuick }
    }
    return benches
  }

  private func chosenSet() throws -> ck_isa {
    guard let isa else { return ck_isa_default() }
    guard let set = InstructionSet.named(isa) else {
      let names = InstructionSet.available.map(InstructionSet.name).joined(separator: ", ")
      throw UsageError("--isa \(isa): this processor has \(names).")
    }
    return set
  }

  private func listing(_ benches: [any Bench]) -> String {
    var table = Table("\(benches.count) benches", leading: 3, ["family", "kernel", "shape"])
    for bench in benches { table.add([bench.family, bench.kernel, bench.shape]) }
    return table.text
  }

  private func report(_ comparison: Comparison, _ path: String, _ console: Console) throws {
    try console.writeOutput("\n" + ComparisonReport(comparison: comparison, path: path).text)
    if check, !comparison.losses.isEmpty { throw PerformanceLoss(count: comparison.losses.count, path: path) }
  }

  private func warnOfLoad(_ console: Console) {
    var load = [0.0]
    guard getloadavg(&load, 1) == 1, load[0] > 0.5 else { return }
    console.writeError(
      String(format: "Warning: other programs are running (load %.1f); times and shares suffer from it.\n", load[0]))
  }

  private func warnOfNoise(_ measurements: [Measurement], _ console: Console) {
    let noisy = measurements.filter(\.isNoisy).count
    guard noisy > 0 else { return }
    console.writeError(
      "Warning: \(noisy) of \(measurements.count) times spread by more than "
        + "\(Format.percent(Timing.noisySpread)): the machine is noisy.\n")
  }
}

/// `--check` with `--compare` found losses.
struct PerformanceLoss: RunError {
  let count: Int
  let path: String
  var status: RunStatus { .claimNotMet }
  var description: String {
    "\(count) \(count == 1 ? "row" : "rows") lost more than \(Format.percent(Comparison.allowedLoss)) against \(path)."
  }
}
