import FileKit
import Foundation

/// The folder of one run: `run.json`, `metrics.csv`, `report.html`, `plots/`, `tables/`, `checkpoints/`, `units/`, what
/// `--events` and `--profile` ask for, and what the experiment adds.
public struct RunFolder: Sendable {
  public let url: URL
  /// Held by the process whose run it is.
  private let lock: FolderLock?

  init(url: URL, lock: FolderLock? = nil) {
    self.url = url
    self.lock = lock
  }

  /// A place in the folder, for a file of the experiment's own.
  public func file(_ name: String) -> URL { name.isEmpty ? url : url.appendingPathComponent(name) }

  /// Names that a later run into the same folder replaces. `run.json`, which marks the folder, is replaced by renaming.
  private static let ownNames = [
    "metrics.csv", "report.html", "plots", "tables", "checkpoints", "units", "events", "profile.txt", "profile.json",
  ]

  /// Refuses a place that holds what no run of `name` wrote: what another command keeps there, such as the checkpoints
  /// of a training run, is not this run's to replace.
  /// - Throws: `UsageError` for a file, a folder that has content but no `run.json` of Gossamer, or another command's.
  static func check(_ path: String, option: String = "--out", for name: RunName) throws {
    let folder = URL(fileURLWithPath: path, isDirectory: true)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else { return }
    guard isFolder.boolValue else {
      throw UsageError("\(option) \(path): this is a file, expected a folder or a new name.")
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    if names.isEmpty { return }
    guard let owner = RunName(ofRecord: folder.appendingPathComponent("run.json").path) else {
      throw UsageError(
        "\(option) \(path): the folder has content that no Gossamer run wrote (no run.json of one is in it); "
          + "expected a new, an empty or an earlier run's folder.")
    }
    guard owner == name else {
      throw UsageError(
        "\(option) \(path): the folder holds a run of \(owner), which a run of \(name) must not replace; "
          + "expected a new or an empty folder, or one of an earlier \(name).")
    }
  }

  /// Keeps other runs out of the folder, and waits for workers that outlive their killed parent by the epoch that they
  /// still save. `waits` is told once if there are any. Nil when there is no such folder yet.
  /// - Throws: `UsageError` when another process runs in the folder, an interruption when a signal comes meanwhile.
  static func claim(_ path: String, option: String = "--out", waits: () -> Void = {}) throws -> FolderLock? {
    let url = URL(fileURLWithPath: path, isDirectory: true)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    guard let lock = FolderLock(url.path) else {
      throw UsageError("\(option) \(path): another process is running in this folder.")
    }
    let units = url.appendingPathComponent("units").path
    var isWaiting = false
    for unit in (try? FileManager.default.contentsOfDirectory(atPath: units)) ?? [] {
      while FolderLock(units + "/" + unit) == nil {
        if !isWaiting { waits() }
        isWaiting = true
        if Interruption.isRequested { throw Interrupted() }
        usleep(20_000)
      }
    }
    return lock
  }

  /// Makes the folder, or takes over an earlier run's: what that run wrote is removed unless its units are to stay;
  /// other files stay. `lock` is what `claim` gave.
  /// - Throws: `UsageError` as `check` and `claim`, `OutputError` when the folder cannot be written.
  static func prepare(
    _ path: String, for name: RunName, option: String = "--out", keepsUnits: Bool = false, lock: FolderLock? = nil
  ) throws -> RunFolder {
    try check(path, option: option, for: name)
    let url = URL(fileURLWithPath: path, isDirectory: true)
    try RunFolder(url: url).makeFolder("")
    let folder = RunFolder(url: url, lock: try lock ?? claim(path, option: option))
    if keepsUnits {
      for name in ["", "checkpoints", "plots", "tables"] { AtomicFile.removeAbandoned(in: folder.file(name).path) }
      return folder
    }
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

  /// What `run.json` says about the run's end.
  enum State: String {
    case running, finished, failed, interrupted
  }

  /// Writes `run.json`: the given members, then the run's state and circumstances.
  func writeRecord(_ members: [JSONValue.Member], state: State, verdict: String? = nil, facts: RuntimeFacts) throws {
    var all = members
    all.append(.init("state", .string(state.rawValue)))
    if let verdict { all.append(.init("verdict", .string(verdict))) }
    all.append(.init("machine", Machine.current.json))
    all.append(.init("isa", .string(facts.isa)))
    all.append(.init("threads", .integer(facts.threads)))
    all.append(.init("jobs", .integer(facts.jobs)))
    all.append(.init("versions", Versions.json))
    try writeAtomically(JSONValue.object(all).text(indented: true) + "\n", to: file("run.json"))
  }
}

/// An advisory lock on a folder, which ends with the process that holds it.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// Nil when another process holds the lock; with `waits` not before that has let go. A file system without locks is
  /// taken to be free.
  init?(_ path: String, waits: Bool = false) {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if flock(descriptor, LOCK_EX | (waits ? 0 : LOCK_NB)) != 0, errno == EWOULDBLOCK { return nil }
  }

  deinit { close(descriptor) }
}

/// Which command of which paper a run belongs to.
struct RunName: Equatable, CustomStringConvertible {
  let paper: String
  let command: String

  var description: String { "\(paper) \(command)" }

  init(paper: String, command: String) {
    self.paper = paper
    self.command = command
  }

  /// The run that wrote this `run.json`; nil when the file is absent or of another making.
  init?(ofRecord path: String) {
    guard let record = try? OrderedJSON.read(path) else { return nil }
    self.init(record: record)
  }

  init?(record: OrderedJSON) {
    guard record["versions"]?["package"]?.text != nil, let paper = record["paper"]?.text,
      let command = record["command"]?.text
    else { return nil }
    self.init(paper: paper, command: command)
  }
}
