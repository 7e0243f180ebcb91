import Foundation

/// Bytes from files and to open ones. Files are read whole; mapping is avoided on purpose: a mapped file that shrinks
/// under its reader kills the process.
package enum FileBytes {
  /// All bytes of the regular file at `path`.
  package static func read(_ path: String) throws(FileError) -> [UInt8] {
    let file = try FileInput(path)
    return try file.bytes(0..<file.size)
  }

  /// Reads as many bytes as there is room for from `offset` of an open file on, which `path` names in errors; fewer
  /// where it ends.
  internal static func read(
    from descriptor: Int32, into room: UnsafeMutableRawBufferPointer, at offset: Int, path: String
  ) throws(FileError) -> Int {
    var done = 0
    while done < room.count {
      let got = pread(descriptor, room.baseAddress! + done, min(room.count - done, 1 << 30), off_t(offset + done))
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else {
        throw FileError(path: path, place: "offset \(offset + done)", "cannot be read: \(systemMessage())")
      }
      if got == 0 { break }
      done += got
    }
    return done
  }

  /// Writes every byte to an open file, which `path` names in errors: from `offset` on, or where it stands.
  package static func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int? = nil, path: String
  ) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let start = bytes.baseAddress! + done, count = min(bytes.count - done, 1 << 30)
      let sent =
        offset.map { pwrite(descriptor, start, count, off_t($0 + done)) }
        ?? Foundation.write(descriptor, start, count)
      if sent < 0 && errno == EINTR { continue }
      if sent == 0 { throw FileError(path: path, "cannot be written: it takes no more bytes") }
      guard sent > 0 else { throw writeFailure(path) }
      done += sent
    }
  }

  /// Writes every byte to an open file, which `path` names in errors.
  package static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(FileError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(FileError) in
      try write(UnsafeRawBufferPointer(buffer), to: descriptor, path: path)
    }
  }

  /// The error after a failed call that writes.
  package static func writeFailure(_ path: String) -> FileError {
    FileError(path: path, "cannot be written: \(systemMessage())")
  }

  /// What the last failed call says.
  internal static func systemMessage() -> String { String(cString: strerror(errno)) }
}

/// A position in bytes that never leaves them: every read says what it wanted when too few bytes are left.
internal struct ByteReader {
  internal let bytes: [UInt8]
  internal var offset: Int
  internal let end: Int
  internal let source: FileSource
  /// Place in the file of the first of the bytes.
  internal let origin: Int

  internal init(_ bytes: [UInt8], source: FileSource, range: Range<Int>? = nil, origin: Int = 0) {
    self.bytes = bytes
    self.source = source
    self.origin = origin
    offset = range?.lowerBound ?? 0
    end = range?.upperBound ?? bytes.count
  }

  internal var remaining: Int { end - offset }
  /// Place in the file of the next byte.
  internal var place: Int { origin + offset }

  internal func error(_ problem: String) -> FileError { source.error(at: place, problem) }

  /// Passes over `count` bytes and gives their range.
  internal mutating func take(_ count: Int, _ what: @autoclosure () -> String) throws(FileError) -> Range<Int> {
    guard count >= 0, count <= remaining else {
      throw error("expected \(count) bytes of \(what()), but only \(remaining) follow")
    }
    let range = offset..<offset + count
    offset += count
    return range
  }

  /// A little-endian integer.
  internal mutating func integer<T: FixedWidthInteger>(
    _ type: T.Type, _ what: @autoclosure () -> String
  ) throws(FileError) -> T {
    let range = try take(MemoryLayout<T>.size, what())
    return bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: T.self)) }
  }

  internal mutating func byte(_ what: @autoclosure () -> String) throws(FileError) -> UInt8 {
    guard offset < end else { throw error("the file ends where \(what()) was expected") }
    offset += 1
    return bytes[offset - 1]
  }

  /// The bytes up to the next newline, which is passed over.
  internal mutating func line(_ what: @autoclosure () -> String) throws(FileError) -> ArraySlice<UInt8> {
    guard let newline = bytes[offset..<end].firstIndex(of: UInt8(ascii: "\n")) else {
      throw error("\(what()) is not ended by a newline")
    }
    defer { offset = newline + 1 }
    return bytes[offset..<newline]
  }

  /// The bytes as UTF-8 text.
  internal func text(_ range: Range<Int>, _ what: @autoclosure () -> String) throws(FileError) -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw source.error(at: origin + range.lowerBound, "\(what()) is not valid UTF-8")
    }
    return text
  }
}

/// The number of elements of a shape and the bytes they take, or nil where that overflows.
internal func byteCount(of shape: [Int], stride: Int) -> (elements: Int, bytes: Int)? {
  // A zero axis must not hide an overflow of the others, or two readers would disagree about the same header.
  var elements = 1
  var overflow = false
  for size in shape where size != 0 {
    (elements, overflow) = elements.multipliedReportingOverflow(by: size)
    if overflow || size < 0 { return nil }
  }
  let (bytes, tooLarge) = elements.multipliedReportingOverflow(by: stride)
  if tooLarge { return nil }
  return shape.contains(0) ? (0, 0) : (elements, bytes)
}
