import FileKit
import Foundation

/// An open `metrics.csv` of one unit, with the columns step, wall (seconds since the unit began), name, value.
///
/// Lines are buffered and reach the file whole, at the latest ten seconds after they were recorded and the next is, and
/// all of them when the log closes.
///
/// A log that `holds` the file of an earlier process leaves it alone until `release`: a unit that is resumed runs
/// through what it has recorded before, and each of its checkpoints, `restore`, says how much of the file it has seen.
final class MetricsLog {
  private let path: String
  private let clock: () -> Double
  private var start: Double
  private var descriptor: Int32
  private(set) var isHolding: Bool
  /// Bytes of the file that belong to the run as it stands.
  private var kept = 0
  private var buffer = Array("step,wall,name,value\n".utf8)
  private var lastFlush: Double
  private static let bufferBytes = 1 << 16
  private static let flushSeconds = 10.0

  /// Creates the file, or opens it without a change with `holds`. `clock` gives seconds.
  init(_ url: URL, holds: Bool = false, clock: @escaping () -> Double = monotonicSeconds) throws {
    path = url.path
    self.clock = clock
    isHolding = holds
    start = clock()
    lastFlush = start
    descriptor = open(path, O_WRONLY | O_CREAT | (holds ? 0 : O_TRUNC) | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw OutputError("\(FileBytes.writeFailure(path)).") }
  }

  deinit { if descriptor >= 0 { Foundation.close(descriptor) } }

  /// Seconds since the unit began, those of earlier processes included.
  var seconds: Double { clock() - start }

  /// Length of the file once everything recorded is in it.
  var length: Int { kept + buffer.count }

  func record(step: Int, name: String, value: Double) throws {
    let wall = String(format: "%.4f", seconds)
    buffer.append(contentsOf: "\(step),\(wall),\(CSVWriter.quoted(name)),\(value)\n".utf8)
    if isHolding { return }
    if buffer.count >= Self.bufferBytes || clock() - lastFlush >= Self.flushSeconds { try flush() }
  }

  /// Goes back to the moment at which the log was `length` bytes long and `seconds` old; the file must be that long.
  func restore(length: Int, seconds: Double) throws(FileError) {
    let size = Int(lseek(descriptor, 0, SEEK_END))
    guard isHolding, 0...size ~= length else {
      throw FileError(path: path, "holds \(size) bytes, but the checkpoint beside it has seen \(length)")
    }
    kept = length
    buffer.removeAll(keepingCapacity: true)
    start = clock() - seconds
  }

  /// From here on the unit records anew: cuts the file back to what was restored.
  func release() throws {
    guard isHolding else { return }
    guard ftruncate(descriptor, off_t(kept)) == 0, lseek(descriptor, off_t(kept), SEEK_SET) == kept else {
      throw OutputError("\(FileBytes.writeFailure(path)).")
    }
    isHolding = false
    lastFlush = clock()
  }

  /// Hands everything recorded so far to the disk; nothing while the log holds.
  func sync() throws {
    if isHolding { return }
    try flush()
    guard fsync(descriptor) == 0 else { throw OutputError("\(FileBytes.writeFailure(path)).") }
  }

  func close() throws {
    guard descriptor >= 0 else { return }
    defer {
      Foundation.close(descriptor)
      descriptor = -1
    }
    try sync()
  }

  private func flush() throws {
    lastFlush = clock()
    guard !buffer.isEmpty else { return }
    do {
      try FileBytes.write(buffer, to: descriptor, path: path)
    } catch {
      throw OutputError("\(error).")
    }
    kept += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }
}

/// Seconds of a clock that never runs backwards.
public func monotonicSeconds() -> Double {
  Double(DispatchTime.now().uptimeNanoseconds) * 1e-9
}
