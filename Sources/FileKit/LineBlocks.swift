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
    var filled = 0, place = 0
    while true {
      let room = filled..<buffer.count
      let got =
        if let inflater { try inflater.read(into: &buffer, room) } else {
          try file.read(into: &buffer, room, at: place)
        }
      filled += got
      place += got
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

/// The inflated bytes of a gzip file of one or several members, in order.
private final class InflateInput {
  private let file: FileInput
  private let inflater: Deflate.Inflater
  private var input = [UInt8](repeating: 0, count: FileInput.blockSize)
  private var next = 0, end = 0
  /// Place in the file of the end of `input`.
  private var offset = 0
  private var isInside = true

  init(_ file: FileInput) throws(FileError) {
    self.file = file
    guard let inflater = Deflate.Inflater(.gzip) else { throw FileError(path: file.path, Deflate.Inflater.noMemory) }
    self.inflater = inflater
    guard file.size >= 2, try refill(), input[0] == 0x1f, input[1] == 0x8b else {
      throw fail("expected the gzip magic 1f 8b", at: 0)
    }
  }

  private func refill() throws(FileError) -> Bool {
    end = try file.read(into: &input, 0..<input.count, at: offset)
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
        if isInside { throw fail(Deflate.endsEarly) }
        return 0
      }
      if !isInside {
        // Tapes and block devices pad with zeros; gzip itself accepts them.
        while next < end && input[next] == 0 { next += 1 }
        if next == end { continue }
        inflater.reset()
        isInside = true
      }
      let step = input.withUnsafeBytes { input in
        buffer.withUnsafeMutableBytes { output in
          inflater.step(
            UnsafeRawBufferPointer(rebasing: input[next..<end]),
            into: UnsafeMutableRawBufferPointer(rebasing: output[range]))
        }
      }
      next += step.consumed
      if let problem = step.problem { throw fail(problem) }
      if step.isEnd { isInside = false }
      if step.made > 0 { return step.made }
    }
  }
}
