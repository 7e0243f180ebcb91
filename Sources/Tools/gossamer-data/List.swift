import ArgumentParser
import DataKit
import FileKit
import RunKit

struct List: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show each set: which of its files are there, their size, the licence.",
    discussion: """
      "present" counts files as published upstream; "recorded" counts those whose size is the one that this folder's \
      manifest.json notes beside the hash of what was fetched. A set that lies there as one .npz of Gossamer's form \
      says so. \
      Nothing is read but sizes: `gossamer-data verify` reads all.
      """)

  @Argument(help: ArgumentHelp("Sets to show. (default: all)", valueName: "name"))
  var names: [String] = []
  @OptionGroup var options: DataOptions

  func run(on console: Console) throws {
    let folder = options.folder
    let records = try DataRecords(folder: folder.path)
    let sets = try (names.isEmpty ? DataManifest.all : manifests(names)).map { SetState($0, folder, records) }
    if options.json {
      let object: JSONValue = .object(["folder": .string(folder.path), "sets": .array(sets.map(\.json))])
      return try console.writeOutput(object.text() + "\n")
    }
    let rows = [["set", "present", "recorded", "size", "licence"]] + sets.map(\.row)
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      let cells = (0..<4).map { column in
        let blanks = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + blanks : blanks + row[column]
      }
      return (cells + [row[4]]).joined(separator: "  ")
    }
    try console.writeOutput(lines.joined(separator: "\n") + "\n\nIn \(folder.path)\n")
  }
}

/// What of one set lies in the folder.
private struct SetState {
  let manifest: DataManifest
  let files: [(file: DataFile, size: Int?, isRecorded: Bool)]
  let hasArchive: Bool

  init(_ manifest: DataManifest, _ folder: DataFolder, _ records: DataRecords) {
    self.manifest = manifest
    files = manifest.files.map { file in
      let size = folder.size(of: file)
      return (file, size, size != nil && records.files[file.path]?.bytes == size)
    }
    hasArchive = manifest.archivePath.map { FileBytes.size(folder.path + $0) != nil } ?? false
  }

  private var present: Int { files.count { $0.size != nil } }
  private var recorded: Int { files.count(where: \.isRecorded) }
  private var bytes: Int { files.reduce(0) { $0 + ($1.size ?? 0) } }

  var row: [String] {
    [
      manifest.name, "\(present)/\(files.count)" + (hasArchive ? " + npz" : ""), "\(recorded)",
      present > 0 ? bytesText(bytes) : "-", manifest.licence,
    ]
  }

  var json: JSONValue {
    .object([
      "name": .string(manifest.name), "licence": .string(manifest.licence), "source": .string(manifest.source),
      "twin": .string(manifest.twin), "npz": hasArchive ? .string(manifest.archivePath ?? "") : .null,
      "bytes": .integer(bytes),
      "files": .array(
        files.map { file, size, isRecorded in
          .object([
            "path": .string(file.path), "address": .string(file.address),
            "member": file.member.map(JSONValue.string) ?? .null, "sha256": file.sha256.map(JSONValue.string) ?? .null,
            "bytes": size.map { .integer($0) } ?? .null,
            "state": .string(size == nil ? "missing" : isRecorded ? "recorded" : "present"),
          ])
        }),
    ])
  }
}
