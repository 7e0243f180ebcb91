import ArgumentParser
import Foundation
import TensorKit

/// The options that every experiment shares. Values that a preset or the experiment decides are optional here.
public struct CommonOptions: ParsableArguments {
  @Option(help: "How much to run: smoke (seconds), small (minutes) or paper (full size).")
  public var preset: Preset?
  @Flag(help: "Print what each preset stands for and exit.")
  public var listPresets = false
  @Option(help: "First seed.")
  public var seed: UInt64 = 0
  @Option(help: ArgumentHelp("Number of seeds, counted up from the first. (default: 1)", valueName: "n"))
  public var seeds: Int?
  @Option(help: ArgumentHelp("Epochs of training. (default: the experiment's)", valueName: "n"))
  public var epochs: Int?
  @Option(help: ArgumentHelp("Most threads to use. (default: CK_THREADS, else all cores)", valueName: "n"))
  public var threads: Int?
  @Option(
    help: ArgumentHelp("Folder of data sets. (default: GOSSAMER_DATA, else the user's cache)", valueName: "dir"),
    completion: .directory)
  public var data: String?
  @Option(
    help: ArgumentHelp("Folder for results. (default: runs/<paper>-<command>-<time>)", valueName: "dir"),
    completion: .directory)
  public var out: String?
  @Option(
    help: ArgumentHelp("Go on with the run of this folder, with its options.", valueName: "dir"),
    completion: .directory)
  public var resume: String?
  @Option(
    help: ArgumentHelp("Run again with the options of this run.json; typed ones win.", valueName: "file"),
    completion: .file())
  public var replay: String?
  @Option(help: ArgumentHelp("Processes that share seeds and configurations. (default: 1)", valueName: "n"))
  public var jobs: Int?
  @Option(help: .hidden)
  var worker: String?
  /// Seconds between two saves in place of the usual ones, for tests that stop young runs.
  @Option(help: .hidden)
  var saveInterval: Double?
  @Flag(help: "Print the result as one JSON object.")
  public var json = false
  @Flag(help: "Show no progress.")
  public var quiet = false
  @Flag(help: "Write event files for TensorBoard into events/.")
  public var events = false
  @Flag(help: "Measure each operation: profile.txt, profile.json (a trace), and a table in the report.")
  public var profile = false
  @Flag(help: "Exit with 1 when a claim of the paper is not met.")
  public var check = false

  public init() {}

  /// Options about where and how to run and what to print, which no record of the run keeps.
  static let unrecordedFlags: Set = ["listPresets", "json", "quiet", "check", "profile"]
  static let unrecordedValues: Set = ["out", "resume", "replay", "jobs", "worker", "saveInterval"]

  public func validate() throws {
    try require(seeds, "--seeds", atMost: 1_000_000)
    try require(epochs, "--epochs")
    try require(threads, "--threads", atMost: Runtime.mostThreads)
    try require(jobs, "--jobs", atMost: 256)
    // An empty path would stand for the working directory.
    for (option, path) in [("--out", out), ("--resume", resume), ("--replay", replay)] where path?.isEmpty == true {
      throw ValidationError("\(option) needs a name, not an empty text.")
    }
    if profile, (jobs ?? 1) > 1 { throw ValidationError("--profile measures one process: leave --jobs out.") }
    if resume != nil, replay != nil { throw ValidationError("--resume and --replay exclude each other.") }
    if resume != nil, out != nil {
      throw ValidationError("--resume and --out exclude each other: a run goes on in its own folder.")
    }
    guard seed.addingReportingOverflow(UInt64(seedCount)).overflow == false else {
      throw ValidationError("--seed \(seed) leaves no room for \(seedCount) seeds above it.")
    }
  }

  private func require(_ value: Int?, _ option: String, atMost limit: Int = .max) throws {
    guard let value else { return }
    guard value >= 1 else { throw ValidationError("\(option) must be 1 or more, not \(value).") }
    guard value <= limit else { throw ValidationError("\(option) must be \(limit) or less, not \(value).") }
  }

  public var seedCount: Int { seeds ?? 1 }

  /// The folder of data sets: `--data`, else GOSSAMER_DATA, else `gossamer` in the user's cache folder.
  public var dataFolder: URL {
    Self.dataFolder(option: data, environment: ProcessInfo.processInfo.environment)
  }

  package static func dataFolder(option: String?, environment: [String: String]) -> URL {
    if let path = option ?? environment["GOSSAMER_DATA"], !path.isEmpty {
      return URL(fileURLWithPath: path, isDirectory: true)
    }
    if let cache = environment["XDG_CACHE_HOME"], !cache.isEmpty {
      return URL(fileURLWithPath: cache, isDirectory: true).appendingPathComponent("gossamer", isDirectory: true)
    }
    return FileManager.default.homeDirectoryForCurrentUser
      .appendingPathComponent(".cache/gossamer", isDirectory: true)
  }
}
