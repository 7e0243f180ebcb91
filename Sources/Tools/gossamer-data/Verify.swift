import ArgumentParser
import DataKit
import FileKit
import RunKit

struct Verify: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Read the files of sets again and compare their hashes.",
    discussion: """
      Without names, every set of which a file is there. Named sets must be complete. Ends with 3 when a file is \
      damaged or missing, and names it with both hashes; of several missing files of a set it names the first.
      """)

  @Argument(help: ArgumentHelp("Sets to verify. (default: those that are there)", valueName: "name"))
  var names: [String] = []
  @OptionGroup var options: DataOptions

  func run(on console: Console) throws {
    let folder = options.folder
    let records = try DataRecords(folder: folder.path)
    let sets =
      try names.isEmpty
      ? DataManifest.all.filter { $0.files.contains { folder.size(of: $0) != nil } } : manifests(names)
    var results: [JSONValue] = [], problems: [String] = []
    try Interruption.watching {
      let line = ProgressLine(console, quiet: options.quiet)
      defer { line.clear() }
      let total = sets.reduce(0) { $0 + $1.files.reduce(0) { $0 + (folder.size(of: $1) ?? 0) } }
      var done = 0
      for set in sets {
        var counts = Counts()
        for file in set.files {
          do throws(FileError) {
            let verification = try folder.verify(file, records) { (bytes) throws(FileError) in
              if Interruption.isRequested { throw FileError(path: file.path, "interrupted") }
              line.update(set.name, bytes: done + bytes, of: total)
            }
            counts.add(verification)
            switch verification {
            case .damaged(let error): problems.append("\(error)")
            case .missing where !names.isEmpty && counts.missing == 1:
              problems.append("\(set.missing(file, in: folder.path))")
            case .missing, .verified, .unknown: break
            }
          } catch {
            if Interruption.isRequested { throw DataProblems(status: .interrupted, sentences: ["\(error)"]) }
            counts.damaged += 1
            problems.append("\(error)")
          }
          done += folder.size(of: file) ?? 0
        }
        results.append(counts.json(set.name))
        line.clear()
        if !options.json { try console.writeOutput(counts.text(set.name)) }
      }
    }
    if options.json {
      let object: JSONValue = .object([
        "folder": .string(folder.path), "sets": .array(results), "problems": .array(problems.map(JSONValue.string)),
      ])
      try console.writeOutput(object.text() + "\n")
    } else if sets.isEmpty {
      try console.writeOutput("No files of a known set in \(folder.path)\n")
    }
    if !problems.isEmpty { throw DataProblems(status: .data, sentences: problems) }
  }
}

/// Files of a set by what became of them.
private struct Counts {
  var verified = 0, unknown = 0, missing = 0, damaged = 0

  mutating func add(_ verification: DataFolder.Verification) {
    switch verification {
    case .verified: verified += 1
    case .unknown: unknown += 1
    case .missing: missing += 1
    case .damaged: damaged += 1
    }
  }

  func text(_ set: String) -> String {
    var parts = ["\(verified) verified"]
    if unknown > 0 { parts.append("\(unknown) with no hash to compare with") }
    if missing > 0 { parts.append("\(missing) missing") }
    if damaged > 0 { parts.append("\(damaged) damaged") }
    return "\(set): \(parts.joined(separator: ", "))\n"
  }

  func json(_ set: String) -> JSONValue {
    .object([
      "name": .string(set), "verified": .integer(verified), "unknown": .integer(unknown), "missing": .integer(missing),
      "damaged": .integer(damaged),
    ])
  }
}
