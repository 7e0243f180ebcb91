import ArgumentParser
import DataKit
import FetchKit
import Foundation
import RunKit

struct Fetch: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Download sets into the data folder and verify them.",
    discussion: """
      A download that was cut or interrupted goes on where it stopped, if the server can. Files that are there and \
      have their hash are left alone; damaged ones are fetched anew.
      """)

  @Argument(help: ArgumentHelp("Sets to fetch.", valueName: "name"))
  var names: [String] = []
  @Flag(help: "Fetch every set; ogbn-products alone is more than a gigabyte.")
  var all = false
  @OptionGroup var options: DataOptions

  func validate() throws {
    guard all != !names.isEmpty else { throw ValidationError("Name the sets to fetch, or give --all.") }
  }

  func run(on console: Console) throws {
    try fetch(all ? DataManifest.all : manifests(names), FetchOptions(), console)
  }

  func fetch(_ sets: [DataManifest], _ patience: FetchOptions, _ console: Console) throws {
    let folder = options.folder
    var results: [JSONValue] = [], problems: [String] = []
    var status = RunStatus.done
    try Interruption.watching {
      for set in sets {
        let view = FetchView(set: set.name, console: console, isQuiet: options.quiet)
        let fetcher = Fetcher(
          folder: folder, options: patience, report: view.show, isCancelled: { Interruption.isRequested })
        defer { view.clear() }
        do throws(FetchError) {
          try fetcher.fetch(set)
        } catch {
          problems.append(error.description)
          status = error.status
          // A server that lacks one set may have the next; a full disk has room for none.
          guard case .unavailable = error else { break }
          continue
        }
        results.append(view.json)
        view.clear()
        if !options.json { try console.writeOutput(view.text(set, folder)) }
      }
    }
    if options.json {
      let object: JSONValue = .object([
        "folder": .string(folder.path), "sets": .array(results), "problems": .array(problems.map(JSONValue.string)),
      ])
      try console.writeOutput(object.text() + "\n")
    }
    if !problems.isEmpty { throw DataProblems(status: status, sentences: problems) }
  }
}

/// Shows the fetch of one set, and keeps what came of it.
private final class FetchView {
  private let set: String
  private let console: Console
  private let isQuiet: Bool
  private var line: ProgressLine
  private var current = ""
  private var first = 0
  private var fetched: [(path: String, bytes: Int, isFirst: Bool)] = []

  init(set: String, console: Console, isQuiet: Bool) {
    self.set = set
    self.console = console
    self.isQuiet = isQuiet
    line = ProgressLine(console, quiet: isQuiet)
  }

  func clear() { line.clear() }

  func show(_ event: FetchEvent) {
    switch event {
    case .progress(let path, let done, let total):
      if path != current {
        line.clear()
        line = ProgressLine(console, quiet: isQuiet)
        (current, first) = (path, done)
      } else if done < first {
        // The server made the download start over.
        first = done
      }
      // A download that starts over has fewer bytes than it found.
      first = min(first, done)
      guard let total, total > first else { return }
      let name = path.split(separator: "/").last ?? ""
      line.update(
        "\(set)  \(name)  \(bytesText(done)) of \(bytesText(total))", bytes: done - first, of: total - first)
    case .waiting(let path): note("\(path): another process is fetching it; waiting")
    case .replacing(let error): note("\(error); fetching it anew")
    case .retrying(let path, let problem, let seconds):
      note("\(path): \(problem); trying again in \(Int(seconds.rounded(.up))) s")
    case .fetched(let path, let bytes, let isFirst): fetched.append((path, bytes, isFirst))
    }
  }

  private func note(_ text: String) {
    guard !isQuiet else { return }
    line.clear()
    console.writeError(text + "\n")
  }

  func text(_ manifest: DataManifest, _ folder: DataFolder) -> String {
    let count = manifest.files.count
    guard !fetched.isEmpty else {
      return "\(set): \(count == 1 ? "its file is" : "all \(count) files are") there\n"
    }
    let bytes = fetched.reduce(0) { $0 + $1.bytes }
    let trusted = fetched.count { $0.isFirst }
    let trust =
      trusted == 0
      ? ""
      : "; \(count == 1 ? "" : "\(trusted) ")without a published hash, trusted as \(trusted == 1 ? "it" : "they") came "
        + "and noted in \(folder.path)\(DataRecords.fileName)"
    let files = count == 1 ? "its file" : "\(fetched.count) of \(count) files"
    return "\(set): fetched \(files), \(bytesText(bytes))\(trust)\n"
  }

  var json: JSONValue {
    .object([
      "name": .string(set),
      "fetched": .array(
        fetched.map {
          .object(["path": .string($0.path), "bytes": .integer($0.bytes), "firstTrust": .bool($0.isFirst)])
        }),
    ])
  }
}
