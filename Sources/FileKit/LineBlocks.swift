import CZlib
import Foundation

/// Text files too large for memory, in blocks of whole lines.
package enum LineBlocks {
  /// No line of a data file is this long, so a longer one is binary or damaged.
  private static let longestLine = 1 << 26

  /// Calls `body` with one part of the file after the other, inflated when the name ends in `.gz`. Each part ends with
  /// a line feed or where the file ends, and is valid inside the call only.
  package static func read(
    _ path: String, blockSize: Int = 1 << 20, _ body: (UnsafeBufferPointer<UInt8>) throws(FileError) -> Void
  ) throws(FileError) {
    let file = try FileInput(path)
    let inflater = path.hasSuffix(".gz") ? try InflateInput(file) : nil
    var buffer = [UInt8](repeating: 0, count: blockSize)
    var filled = 0
    while true {
      let room = filled..<buffer.count
      let got = if let inflater { try inflater.read(into: &buffer, room) } else { try file.read(into: &buffer, room) }
      filled += got
      if got == 0 { break }
      // Only the new bytes can hold a line end that was not handed on already.
      guard let last = buffer[(filled - got)..<filled].lastIndex(of: 0x0a) else {
        if filled == buffer.count {
          guard filled < longestLine else {
            throw FileError(path: path, "has a line of more than \(longestLine) bytes, expected text")
          }
          buffer.append(contentsOf: repeatElement(0, count: filled))
        }
        continue
      }
      try buffer.withUnsafeBufferPointer { (bytes) throws(FileError) in try body(.init(rebasing: bytes[...last])) }
      buffer.replaceSubrange(0..<(filled - last - 1), with: Array(buffer[(last + 1)..<filled]))
      filled -= last + 1
    }
    if filled > 0 {
      try buffer.withUnsafeBufferPointer { (bytes) throws(FileError) in try body(.init(rebasing: bytes[..<filled])) }
    }
  }
}

/// The bytes of a regular file, in order.
internal final class FileInput {
  let path: String
  let size: Int
  private let descriptor: Int32

  init(_ path: String) throws(FileError) {
    (descriptor, size) = try FileBytes.open(path)
    self.path = path
  }

  deinit { close(descriptor) }

  /// Reads up to as many bytes as `range` has; 0 means that the file has ended.
  func read(into buffer: inout [UInt8], _ range: Range<Int>) throws(FileError) -> Int {
    try buffer.withUnsafeMutableBufferPointer { (bytes) throws(FileError) in
      let room = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[range]))
      return try FileBytes.read(descriptor, into: room, path: path)
    }
  }
}

/// The inflated bytes of a gzip file of one or several members, in order.
private final class InflateInput {
  private let file: FileInput
  // zlib keeps the address of its stream, so the stream must not move.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private var input = [UInt8](repeating: 0, count: 1 << 18)
  private var next = 0, end = 0
  /// Place in the file of the end of `input`.
  private var offset = 0
  private var isInside = true

  init(_ file: FileInput) throws(FileError) {
    self.file = file
    stream.initialize(to: z_stream())
    let window = Deflate.Wrapper.gzip.rawValue
    guard inflateInit2_(stream, window, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw FileError(path: file.path, "zlib has no memory for an inflate stream")
    }
    guard file.size >= 2, try refill(), input[0] == 0x1f, input[1] == 0x8b else {
      throw fail("expected the gzip magic 1f 8b", at: 0)
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  private func refill() throws(FileError) -> Bool {
    end = try file.read(into: &input, 0..<input.count)
    next = 0
    offset += end
    return end > 0
  }

  private func fail(_ problem: String, at place: Int? = nil) -> FileError {
    FileSource(file.path).error(at: place ?? offset - (end - next), problem)
  }

  func read(into buffer: inout [UInt8], _ range: Range<Int>) throws(FileError) -> Int {
    while true {
      if next == end, try !refill() {
        if isInside { throw fail("the compressed data end early") }
        return 0
      }
      if !isInside {
        // Tapes and block devices pad with zeros; gzip itself accepts them.
        while next < end && input[next] == 0 { next += 1 }
        if next == end { continue }
        inflateReset(stream)
        isInside = true
      }
      let given = end - next
      let status = input.withUnsafeMutableBufferPointer { input in
        buffer.withUnsafeMutableBufferPointer { output in
          stream.pointee.next_in = input.baseAddress! + next
          stream.pointee.avail_in = UInt32(given)
          stream.pointee.next_out = output.baseAddress! + range.lowerBound
          stream.pointee.avail_out = UInt32(range.count)
          return inflate(stream, Z_NO_FLUSH)
        }
      }
      next += given - Int(stream.pointee.avail_in)
      if status == Z_STREAM_END { isInside = false }
      guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
        let message = stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)"
        throw fail("the compressed data are damaged (\(message))")
      }
      let made = range.count - Int(stream.pointee.avail_out)
      if made > 0 { return made }
    }
  }
}
