import Foundation

/// The folder of one run: `run.json`, `metrics.csv`, `report.html`, `plots/`, `checkpoints/` and whatever the experiment
/// adds.
public struct RunFolder: Sendable {
  public let url: URL

  /// A place in the folder, for a file of the experiment's own.
  public func file(_ name: String) -> URL { name.isEmpty ? url : url.appendingPathComponent(name) }

  /// Names that a later run into the same folder replaces. `run.json`, which marks the folder, is replaced by renaming.
  private static let ownNames = ["metrics.csv", "report.html", "plots", "checkpoints"]

  /// Refuses a place that holds what no Gossamer run wrote.
  /// - Throws: `UsageError` for a file, or a folder that has content but no `run.json` of Gossamer.
  static func check(_ path: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    guard isFolder.boolValue else {
      throw UsageError("--out \(path): this is a file, expected a folder or a new name.")
    }
    let folder = URL(fileURLWithPath: path, isDirectory: true)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard names.isEmpty || isRun(folder.appendingPathComponent("run.json")) else {
      throw UsageError(
        "--out \(path): the folder has content that no Gossamer run wrote (no run.json of one is in it); "
          + "expected a new, an empty or an earlier run's folder.")
    }
  }

  /// Makes the folder, or takes over an earlier run's and removes what that run wrote; other files stay.
  /// - Throws: `UsageError` as `check`, `OutputError` when the folder cannot be written.
  static func prepare(_ path: String) throws -> RunFolder {
    try check(path)
    let folder = RunFolder(url: URL(fileURLWithPath: path, isDirectory: true))
    try folder.makeFolder("")
    for name in ownNames where FileManager.default.fileExists(atPath: folder.file(name).path) {
      do {
        try FileManager.default.removeItem(at: folder.file(name))
      } catch {
        throw OutputError("\(folder.file(name).path): cannot be replaced: \(error.localizedDescription)")
      }
    }
    return folder
  }

  /// Makes a folder of this name inside, unless it is there.
  public func makeFolder(_ name: String) throws {
    do {
      try FileManager.default.createDirectory(at: file(name), withIntermediateDirectories: true)
    } catch {
      throw OutputError("\(file(name).path): the folder cannot be made: \(error.localizedDescription)")
    }
  }

  /// `runs/<paper>-<command>-<time>`, with a number when two runs start within one second.
  static func defaultPath(paper: String, command: String, date: Date = Date(), in base: String = "runs") -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyyMMdd-HHmmss"
    let stem = "\(base)/\(paper)-\(command)-\(formatter.string(from: date))"
    var path = stem
    var number = 2
    while FileManager.default.fileExists(atPath: path) {
      path = "\(stem)-\(number)"
      number += 1
    }
    return path
  }

  private static func isRun(_ file: URL) -> Bool {
    guard let data = try? Data(contentsOf: file),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let versions = object["versions"] as? [String: Any]
    else { return false }
    return object["paper"] is String && object["command"] is String && versions["package"] is String
  }

  /// What `run.json` says about the run's end.
  enum State: String {
    case running, finished, failed
  }

  /// Writes `run.json`: the given members, then the run's state and circumstances.
  func writeRecord(_ members: [JSONValue.Member], state: State, verdict: String? = nil, facts: RuntimeFacts) throws {
    var all = members
    all.append(.init("state", .string(state.rawValue)))
    if let verdict { all.append(.init("verdict", .string(verdict))) }
    all.append(.init("machine", Machine.current.json))
    all.append(.init("isa", .string(facts.isa)))
    all.append(.init("threads", .integer(facts.threads)))
    all.append(.init("versions", Versions.json))
    try writeAtomically(JSONValue.object(all).text(indented: true) + "\n", to: file("run.json"))
  }
}
