import CZlib

/// Raw deflate and gzip streams through zlib.
internal enum Deflate {
  /// How a stream is wrapped; the raw values are zlib's window bits.
  internal enum Wrapper: Int32 {
    case raw = -15
    case gzip = 31
  }

  /// zlib counts in 32 bits, so longer memory is handed over in slices of this size.
  private static let slice = 1 << 30
  /// No deflate stream grows by more than this factor, so a declared size beyond it is a lie.
  internal static let largestRatio = 1032

  /// Compresses `input` in one stream.
  internal static func compress(_ input: UnsafeRawBufferPointer, wrapper: Wrapper, level: Int32 = 6) -> [UInt8] {
    var stream = z_stream()
    let started = deflateInit2_(
      &stream, level, Z_DEFLATED, wrapper.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(started == Z_OK, "zlib cannot start a deflate stream (status \(started))")
    defer { deflateEnd(&stream) }
    var output: [UInt8] = []
    var consumed = 0
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var status = Z_OK
    while status != Z_STREAM_END {
      let give = min(input.count - consumed, slice)
      let isLast = consumed + give == input.count
      let empty: UnsafeRawPointer? = nil
      stream.next_in = UnsafeMutablePointer(
        mutating: (input.baseAddress.map { $0 + consumed } ?? empty)?.assumingMemoryBound(to: UInt8.self))
      stream.avail_in = UInt32(give)
      repeat {
        let produced = chunk.withUnsafeMutableBufferPointer { buffer -> Int in
          stream.next_out = buffer.baseAddress
          stream.avail_out = UInt32(buffer.count)
          status = deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH)
          return buffer.count - Int(stream.avail_out)
        }
        output.append(contentsOf: chunk[..<produced])
      } while stream.avail_out == 0 && status != Z_STREAM_END
      consumed += give - Int(stream.avail_in)
    }
    return output
  }

  /// What came of inflating: how much input was used, or why it failed and where.
  internal enum Outcome {
    case finished(consumed: Int)
    case failed(at: Int, problem: String)
  }

  /// Inflated bytes. The room beyond the filled part stays between streams, so that many small ones cost no more than
  /// one large one.
  internal struct Output {
    internal var room: [UInt8] = []
    internal var filled = 0
    /// The output never grows beyond this many bytes.
    internal let limit: Int

    internal consuming func finished() -> [UInt8] {
      room.removeLast(room.count - filled)
      return room
    }

    internal mutating func grow(expecting wanted: Int) {
      let more = min(limit - filled, max(wanted, filled))
      room.reserveCapacity(filled + more)
      room.append(contentsOf: repeatElement(0, count: more))
    }
  }

  /// Inflates one stream that starts at `range`'s lower bound. The output grows with the data it gets.
  internal static func inflate(
    _ bytes: [UInt8], in range: Range<Int>, wrapper: Wrapper, into output: inout Output
  ) -> Outcome {
    guard let inflater = Inflater(wrapper) else {
      return .failed(at: range.lowerBound, problem: Inflater.noMemory)
    }
    var position = range.lowerBound
    while true {
      if output.filled == output.room.count && output.filled < output.limit {
        output.grow(expecting: max(4 * range.count, 1 << 12))
      }
      // One byte beyond the limit tells a stream that ends exactly there from one that goes on.
      var spare: UInt8 = 0
      let filled = output.filled
      let isFull = filled == output.limit
      let step = bytes.withUnsafeBytes { input in
        let rest = UnsafeRawBufferPointer(rebasing: input[position..<range.upperBound])
        return isFull
          ? withUnsafeMutableBytes(of: &spare) { inflater.step(rest, into: $0) }
          : output.room.withUnsafeMutableBytes {
            inflater.step(rest, into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
          }
      }
      position += step.consumed
      if isFull && step.made > 0 { return .failed(at: position, problem: moreThan(output.limit)) }
      output.filled += step.made
      if let problem = step.problem { return .failed(at: position, problem: problem) }
      if step.isEnd { return .finished(consumed: position - range.lowerBound) }
      if position == range.upperBound && !step.isFull { return .failed(at: position, problem: endsEarly) }
    }
  }

  internal static let endsEarly = "the compressed data end early"
  internal static func moreThan(_ limit: Int) -> String {
    "the data inflate to more than the \(limit) bytes expected"
  }

  /// The CRC-32 of bytes that follow others whose CRC-32 is `earlier`.
  internal static func crc32(_ bytes: UnsafeRawBufferPointer, after earlier: UInt32 = 0) -> UInt32 {
    UInt32(
      truncatingIfNeeded: crc32_z(
        UInt(earlier), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
  }
}

extension Deflate {
  /// A stream that is inflated piece by piece.
  internal final class Inflater {
    // zlib keeps the address of its stream, so the stream must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    internal static let noMemory = "zlib has no memory for an inflate stream"

    /// Nil when there is no memory for it.
    internal init?(_ wrapper: Wrapper) {
      stream.initialize(to: z_stream())
      guard inflateInit2_(stream, wrapper.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        return nil
      }
    }

    deinit {
      inflateEnd(stream)
      stream.deallocate()
    }

    /// What one step did.
    internal struct Step {
      internal var consumed: Int
      internal var made: Int
      /// Whether the output took all it could, so that more may come without more input.
      internal var isFull: Bool
      internal var isEnd: Bool
      /// Why the stream cannot be inflated further.
      internal var problem: String?
    }

    /// Inflates what of `input` fits `output`.
    internal func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Step {
      let given = min(input.count, slice), room = min(output.count, slice)
      stream.pointee.next_in = UnsafeMutablePointer(
        mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
      stream.pointee.avail_in = UInt32(given)
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(room)
      let status = CZlib.inflate(stream, Z_NO_FLUSH)
      let problem: String? =
        switch status {
        // A step that can do nothing is no fault of the stream: it lacks input or room.
        case Z_OK, Z_STREAM_END, Z_BUF_ERROR: nil
        case Z_NEED_DICT: "the compressed data need a preset dictionary"
        default:
          "the compressed data are damaged (\(stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)"))"
        }
      return Step(
        consumed: given - Int(stream.pointee.avail_in), made: room - Int(stream.pointee.avail_out),
        isFull: stream.pointee.avail_out == 0, isEnd: status == Z_STREAM_END, problem: problem)
    }

    /// Begins another stream of the same wrapper.
    internal func reset() { inflateReset(stream) }
  }
}
