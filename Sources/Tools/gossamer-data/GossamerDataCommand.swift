import ArgumentParser
import DataKit
import FetchKit
import Foundation
import RunKit

struct GossamerDataCommand: GossamerCommand {
  static let configuration = CommandConfiguration(
    commandName: "gossamer-data",
    abstract: "List, fetch and verify the data sets that Gossamer knows.",
    discussion: """
      A file is hashed before it takes its name. Where upstream's SHA-256 is known it must match; where it is not, the \
      first download is trusted, noted in manifest.json of the data folder and held to ever after. To accept a file \
      that upstream has changed, remove its line there.
      """,
    subcommands: [List.self, Fetch.self, Verify.self])
}

/// What the three commands share.
struct DataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Folder of data sets. (default: GOSSAMER_DATA, else the user's cache)", valueName: "dir"),
    completion: .directory)
  var data: String?
  @Flag(help: "Print the result as one JSON object.")
  var json = false
  @Flag(help: "Show no progress.")
  var quiet = false

  var folder: DataFolder {
    DataFolder(CommonOptions.dataFolder(option: data, environment: ProcessInfo.processInfo.environment).path)
  }
}

/// The manifests of the named sets, each once.
func manifests(_ names: [String]) throws -> [DataManifest] {
  var result: [DataManifest] = []
  for name in names {
    guard let manifest = DataManifest.named(name) else {
      throw UsageError(
        "There is no set \"\(name)\"; expected \(DataManifest.all.map(\.name).joined(separator: ", ")).")
    }
    if !result.contains(manifest) { result.append(manifest) }
  }
  return result
}

extension FetchError: RunError {
  public var status: RunStatus {
    switch self {
    case .unavailable: .data
    case .storage: .failed
    case .cancelled: .interrupted
    }
  }
}

extension ProgressLine {
  /// Shows that `done` of `total` bytes are done, in a unit that suits the total.
  func update(_ label: String, bytes done: Int, of total: Int) {
    let isLarge = total >= 100 << 20
    let shift = isLarge ? 20 : 10
    update(label, done: done >> shift, of: max(1, total >> shift), unit: isLarge ? "MiB" : "KiB")
  }
}

/// What went wrong with several files, a sentence each on a line of its own.
struct DataProblems: RunError {
  let status: RunStatus
  let sentences: [String]
  var description: String { sentences.joined(separator: "\nError: ") }
}
