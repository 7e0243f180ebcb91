import FileKit
import Foundation

/// The open `metrics.csv` of a run, with the columns step, wall (seconds since the run began), name, value.
///
/// Lines are buffered and reach the file whole, at the latest ten seconds after they were recorded and the next is, and
/// all of them when the log closes. Everything recorded is also kept as curves for the plots.
public final class MetricsLog {
  public private(set) var curves = RecordedCurves()
  private let path: String
  private let clock: () -> Double
  private let start: Double
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  private var lastFlush: Double
  private static let bufferBytes = 1 << 16
  private static let flushSeconds = 10.0

  /// Creates the file and writes its header. `clock` gives seconds.
  init(_ url: URL, clock: @escaping () -> Double = monotonicSeconds) throws {
    path = url.path
    self.clock = clock
    start = clock()
    lastFlush = start
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw OutputError("\(FileBytes.writeFailure(path)).") }
    buffer.append(contentsOf: "step,wall,name,value\n".utf8)
  }

  deinit { if descriptor >= 0 { Foundation.close(descriptor) } }

  /// Adds one value of `seed`. In the file a run of several seeds puts "seed7/" before the name.
  func record(step: Int, name: String, value: Double, seed: UInt64, prefixed: Bool) throws {
    let now = clock()
    let written = prefixed ? "seed\(seed)/\(name)" : name
    let wall = String(format: "%.4f", now - start)
    buffer.append(contentsOf: "\(step),\(wall),\(CSVWriter.quoted(written)),\(value)\n".utf8)
    curves.add(step: step, name: name, value: value, seed: seed)
    if buffer.count >= Self.bufferBytes || now - lastFlush >= Self.flushSeconds { try flush() }
  }

  /// Hands everything recorded so far to the system.
  func flush() throws {
    lastFlush = clock()
    guard !buffer.isEmpty, descriptor >= 0 else { return }
    do {
      try FileBytes.write(buffer, to: descriptor, path: path)
    } catch {
      throw OutputError("\(error).")
    }
    buffer.removeAll(keepingCapacity: true)
  }

  func close() throws {
    guard descriptor >= 0 else { return }
    defer {
      Foundation.close(descriptor)
      descriptor = -1
    }
    try flush()
    guard fsync(descriptor) == 0 else { throw OutputError("\(FileBytes.writeFailure(path)).") }
  }
}

/// Seconds of a clock that never runs backwards.
public func monotonicSeconds() -> Double {
  Double(DispatchTime.now().uptimeNanoseconds) * 1e-9
}
