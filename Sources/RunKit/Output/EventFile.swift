import FileKit
import Foundation

/// A TensorBoard event file of scalars: records in TFRecord frames, each an `Event` message in protocol buffers.
///
/// TensorBoard shows a folder of event files as one run, named by the folder. Records are buffered and reach the file
/// whole, at the latest ten seconds after they were added and the next is, and all of them at `close`.
final class EventFile {
  private let path: String
  private let clock: () -> Double
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  private var lastFlush: Double
  private static let bufferBytes = 1 << 16
  private static let flushSeconds = 10.0

  /// Creates `events.out.tfevents.<seconds>.<host>.<process>` in the folder. `clock` gives seconds since 1970.
  init(in folder: URL, clock: @escaping () -> Double = { Date().timeIntervalSince1970 }) throws {
    let start = clock()
    let host = ProcessInfo.processInfo.hostName
    let stem = "events.out.tfevents.\(Int(start)).\(host).\(ProcessInfo.processInfo.processIdentifier)"
    var url = folder.appendingPathComponent(stem)
    var number = 1
    while FileManager.default.fileExists(atPath: url.path) {
      url = folder.appendingPathComponent("\(stem).\(number)")
      number += 1
    }
    path = url.path
    self.clock = clock
    lastFlush = start
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw OutputError("\(folder.path): the folder cannot be made: \(error.localizedDescription)")
    }
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw OutputError("\(FileBytes.writeFailure(path)).") }
    buffer += EventRecord.version(time: start)
  }

  deinit { if descriptor >= 0 { Foundation.close(descriptor) } }

  /// Adds the values of one step as one event. Values are kept in single precision, as the format has it.
  func add(step: Int, _ values: NamedValues) throws {
    let now = clock()
    buffer += EventRecord.scalars(values.map { ($0, Float($1)) }, step: step, time: now)
    if buffer.count >= Self.bufferBytes || now - lastFlush >= Self.flushSeconds { try flush() }
  }

  /// Hands everything added so far to the system.
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
  }
}

/// The bytes of one record.
enum EventRecord {
  /// The first record of every file.
  static func version(time: Double) -> [UInt8] {
    frame(wallTime(time) + field(3, Array("brain.Event:2".utf8)))
  }

  static func scalars(_ values: [(name: String, value: Float)], step: Int, time: Double) -> [UInt8] {
    var summary: [UInt8] = []
    for (name, value) in values {
      summary += field(1, field(1, Array(name.utf8)) + [2 << 3 | 5] + little(value.bitPattern))
    }
    return frame(wallTime(time) + [2 << 3] + varint(UInt64(bitPattern: Int64(step))) + field(5, summary))
  }

  private static func wallTime(_ time: Double) -> [UInt8] { [1 << 3 | 1] + little(time.bitPattern) }

  /// A length-delimited field.
  private static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    [number << 3 | 2] + varint(UInt64(bytes.count)) + bytes
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private static func little<Word: FixedWidthInteger>(_ value: Word) -> [UInt8] {
    (0..<Word.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  /// A TFRecord: length, masked CRC of the length, data, masked CRC of the data.
  static func frame(_ data: [UInt8]) -> [UInt8] {
    let length = little(UInt64(data.count))
    return length + little(masked(crc32c(length))) + data + little(masked(crc32c(data)))
  }

  private static func masked(_ crc: UInt32) -> UInt32 { (crc >> 15 | crc << 17) &+ 0xA282_EAD8 }

  /// CRC-32C (Castagnoli), reflected, as in RFC 3720.
  static func crc32c(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
    return ~crc
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
  }
}
