import ArgumentParser
import Foundation

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
  @Flag(help: "Print the result as one JSON object.")
  public var json = false
  @Flag(help: "Show no progress.")
  public var quiet = false
  @Flag(help: "Exit with 1 when a claim of the paper is not met.")
  public var check = false

  public init() {}

  public func validate() throws {
    try requirePositive(seeds, "--seeds")
    try requirePositive(epochs, "--epochs")
    try requirePositive(threads, "--threads")
    guard seed.addingReportingOverflow(UInt64(seedCount)).overflow == false else {
      throw ValidationError("--seed \(seed) leaves no room for \(seedCount) seeds above it.")
    }
  }

  private func requirePositive(_ value: Int?, _ option: String) throws {
    if let value, value < 1 { throw ValidationError("\(option) must be 1 or more, not \(value).") }
  }

  public var seedCount: Int { seeds ?? 1 }

  /// The folder of data sets: `--data`, else GOSSAMER_DATA, else `gossamer` in the user's cache folder.
  public var dataFolder: URL {
    Self.dataFolder(option: data, environment: ProcessInfo.processInfo.environment)
  }

  static func dataFolder(option: String?, environment: [String: String]) -> URL {
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
