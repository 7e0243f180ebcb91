import FileKit
import Foundation
import NeuralKit
import TensorKit

/// What one unit keeps while it runs: its log, its checkpoints and what it remembers, all in `units/<name>` of the
/// run's folder, made when first written to. With its `result.json` there, the unit is finished.
final class UnitFolder {
  private let name: String
  private let isOnly: Bool
  private let run: RunOutput
  private var openLog: MetricsLog?
  private var openEvents: EventFile?
  private var lock: FolderLock?
  private var loopNames: Set<String> = []
  /// Finished loops that are not in the folder yet: short ones cost no save of their own.
  private var unsaved: [(checkpoint: Checkpoint, path: String)] = []
  var schedule: SaveSchedule

  /// The only unit of a run writes the run's own `metrics.csv`.
  init(_ name: String, isOnly: Bool, of run: RunOutput, schedule: SaveSchedule = SaveSchedule()) {
    self.name = name
    self.isOnly = isOnly
    self.run = run
    self.schedule = schedule
  }

  /// The unit's place in a run's folder.
  func url(in folder: RunFolder) -> URL { folder.file("units/\(name)") }

  func metricsFile(in folder: RunFolder) -> URL {
    isOnly ? folder.file("metrics.csv") : url(in: folder).appendingPathComponent("metrics.csv")
  }

  /// The result of a finished unit; nil for one that is still to be run.
  func result(in folder: RunFolder) throws(FileError) -> UnitResult? {
    let path = url(in: folder).appendingPathComponent("result.json").path
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do { return try UnitResult(path: path) } catch { throw damaged(error) }
  }

  /// Whether an earlier process left a checkpoint or a result.
  func hasWork(in folder: RunFolder) -> Bool {
    hasCheckpoint(in: folder)
      || FileManager.default.fileExists(atPath: url(in: folder).appendingPathComponent("result.json").path)
  }

  /// Whether an earlier process left a checkpoint.
  func hasCheckpoint(in folder: RunFolder) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url(in: folder).path)) ?? []
    return names.contains { $0.hasSuffix(Self.checkpointSuffix) && !$0.hasPrefix(".") }
  }

  /// The run's folder, with the unit's in it. A worker that outlives its killed parent may still be saving there.
  private func enter() throws -> RunFolder {
    let folder = try run.begin()
    if lock == nil {
      try folder.makeFolder("units/\(name)")
      lock = FolderLock(url(in: folder).path, waits: true)
      AtomicFile.removeAbandoned(in: url(in: folder).path)
    }
    return folder
  }

  func log() throws -> MetricsLog {
    if let openLog { return openLog }
    let folder = try enter()
    let log = try MetricsLog(metricsFile(in: folder), holds: hasCheckpoint(in: folder))
    openLog = log
    return log
  }

  /// Adds to the unit's log and, under `--events`, to an event file. A resumed unit begins a file of its own, with the
  /// steps after its checkpoint: those that a killed process did not live to save stand in both files.
  func record(step: Int, _ values: NamedValues) throws {
    let log = try log()
    if !log.isHolding { try events()?.add(step: step, values) }
    for (name, value) in values { try log.record(step: step, name: name, value: value) }
  }

  private func events() throws -> EventFile? {
    guard run.writesEvents else { return nil }
    if let openEvents { return openEvents }
    let events = try enter().file("events")
    let file = try EventFile(in: isOnly ? events : events.appendingPathComponent(name))
    openEvents = file
    return file
  }

  /// Completes the log of a unit that ends before its result. One that has not come to new epochs leaves it as it is.
  func close() {
    try? openLog?.close()
    try? openEvents?.close()
  }

  /// Keeps the result and drops the checkpoints, which have served.
  func finish(_ metrics: [Metric]) throws {
    let log = try log()
    try log.release()
    try log.close()
    try openEvents?.close()
    let folder = url(in: try enter())
    try UnitResult(metrics: metrics, seconds: log.seconds, peakBytes: Machine.peakBytes)
      .write(to: folder.appendingPathComponent("result.json"))
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    where name.hasSuffix(Self.checkpointSuffix) || name.hasPrefix(Self.memoryPrefix) {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
  }

  private static let checkpointSuffix = ".safetensors"
  private static let memoryPrefix = "remembered-"
}

// MARK: - Values

extension UnitFolder {
  /// The value under `name`, from the folder if it is there, else made and put there.
  func remember<Value: Codable>(_ name: String, _ make: () throws -> Value) throws -> Value {
    let url = url(in: try enter()).appendingPathComponent("\(Self.memoryPrefix)\(name).json")
    let words = (positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    if FileManager.default.fileExists(atPath: url.path) {
      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: words.positiveInfinity, negativeInfinity: words.negativeInfinity, nan: words.nan)
      do {
        return try decoder.decode(Value.self, from: Data(try FileBytes.read(url.path)))
      } catch let error as FileError {
        throw error
      } catch {
        throw damaged(FileError(path: url.path, "does not hold the \(Value.self) that was remembered"))
      }
    }
    let value = try make()
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: words.positiveInfinity, negativeInfinity: words.negativeInfinity, nan: words.nan)
    try writeAtomically(String(decoding: try encoder.encode(value), as: UTF8.self), to: url)
    return value
  }

  /// A damaged file, with what to do about it.
  private func damaged(_ error: FileError) -> FileError {
    FileError(
      path: error.path, place: error.place, error.problem + " (without the folder units/\(name) this part starts anew)")
  }
}

// MARK: - Checkpoints

extension UnitFolder {
  /// Takes the loop's state out of the folder, with model, optimizer and generators; nil when it has not begun.
  func resume(_ loop: LoopParts) throws -> TrainingState? {
    guard loopNames.insert(loop.name).inserted else {
      trap("train: two loops of one unit have the name \"\(loop.name)\"", #fileID, #line)
    }
    guard run.existing != nil else { return nil }
    let path = self.path(of: loop.name, in: try enter())
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      let (state, mark) = try loop.restore(from: path)
      try log().restore(length: mark.length, seconds: mark.seconds)
      return state
    } catch let error as FileError {
      throw damaged(error)
    } catch let error as CheckpointError {
      throw damaged(FileError(path: path, "\(error.report)"))
    }
  }

  /// Whether another epoch of this length would leave more unsaved than may be lost.
  func isSaveDue(epochSeconds: Double) -> Bool { schedule.isDue(at: monotonicSeconds(), epochSeconds: epochSeconds) }

  /// Saves the loop between two epochs.
  func save(_ loop: LoopParts, _ state: TrainingState) throws {
    let start = monotonicSeconds()
    let log = try log()
    try log.sync()
    try saveFinished()
    try save(loop.checkpoint(of: state, log: (log.length, log.seconds)), to: path(of: loop.name, in: enter()))
    schedule.saved(from: start, to: monotonicSeconds())
  }

  /// Keeps the end of a loop, at once if that is due.
  func finish(_ loop: LoopParts, _ state: TrainingState) throws {
    let log = try log()
    unsaved.append(
      (loop.checkpoint(of: state, log: (log.length, log.seconds)), path(of: loop.name, in: try enter())))
    guard isSaveDue(epochSeconds: 0) else { return }
    let start = monotonicSeconds()
    try log.sync()
    try saveFinished()
    schedule.saved(from: start, to: monotonicSeconds())
  }

  /// Before an interruption that no loop sees.
  func saveAll() throws {
    guard !unsaved.isEmpty else { return }
    try log().sync()
    try saveFinished()
  }

  /// Earlier loops go first: a checkpoint stands for all that came before it.
  private func saveFinished() throws {
    for (checkpoint, path) in unsaved { try save(checkpoint, to: path) }
    unsaved = []
  }

  private func save(_ checkpoint: Checkpoint, to path: String) throws {
    do {
      try checkpoint.save(to: path)
    } catch {
      throw OutputError("\(error).")
    }
  }

  private func path(of loop: String, in folder: RunFolder) -> String {
    url(in: folder).appendingPathComponent(loop + Self.checkpointSuffix).path
  }
}

/// When a unit saves: often enough that a kill loses at most ten seconds beside the epoch that runs, seldom enough
/// that saving takes about one hundredth of the time.
struct SaveSchedule {
  private var last: Double
  /// Seconds that a save takes, at first a guess that keeps short runs free of it.
  private var cost = 0.02
  private let fixed: Double?
  private static let shortest = 0.25
  private static let longest = 10.0
  private static let share = 0.01

  /// With `interval` saves so seldom and no seldomer; with 0, after every epoch.
  init(now: Double = monotonicSeconds(), every interval: Double? = nil) {
    last = now
    fixed = interval
  }

  func isDue(at now: Double, epochSeconds: Double) -> Bool {
    let interval = fixed ?? min(Self.longest, max(Self.shortest, cost / Self.share))
    return now + epochSeconds - last >= interval
  }

  mutating func saved(from start: Double, to end: Double) {
    cost = end - start
    last = end
  }
}
