import CZlib

/// Raw deflate and gzip streams through zlib, over memory.
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
    var stream = z_stream()
    guard inflateInit2_(&stream, wrapper.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      return .failed(at: range.lowerBound, problem: "zlib has no memory for an inflate stream")
    }
    defer { inflateEnd(&stream) }
    var consumed = 0
    while true {
      if output.filled == output.room.count && output.filled < output.limit {
        output.grow(expecting: max(4 * range.count, 1 << 12))
      }
      let give = min(range.count - consumed, slice)
      // One byte beyond the limit tells a stream that ends exactly there from one that goes on.
      var spare: UInt8 = 0
      let filled = output.filled
      let isFull = filled == output.limit
      let status = bytes.withUnsafeBufferPointer { input in
        output.room.withUnsafeMutableBufferPointer { buffer in
          withUnsafeMutablePointer(to: &spare) { spare in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + range.lowerBound + consumed })
            stream.avail_in = UInt32(give)
            let room = isFull ? 1 : min(buffer.count - filled, slice)
            stream.next_out = isFull ? spare : buffer.baseAddress! + filled
            stream.avail_out = UInt32(room)
            return CZlib.inflate(&stream, Z_NO_FLUSH)
          }
        }
      }
      consumed += give - Int(stream.avail_in)
      if !isFull {
        let room = min(output.room.count - filled, slice)
        output.filled += room - Int(stream.avail_out)
      }
      let position = range.lowerBound + consumed
      if isFull && stream.avail_out == 0 {
        return .failed(at: position, problem: "the data inflate to more than the \(output.limit) bytes expected")
      }
      switch status {
      case Z_STREAM_END: return .finished(consumed: consumed)
      case Z_OK: break
      case Z_BUF_ERROR where consumed == range.count:
        return .failed(at: position, problem: "the compressed data end early")
      case Z_BUF_ERROR: break
      case Z_NEED_DICT: return .failed(at: position, problem: "the compressed data need a preset dictionary")
      default:
        let message = stream.msg.map { String(cString: $0) } ?? "status \(status)"
        return .failed(at: position, problem: "the compressed data are damaged (\(message))")
      }
      if consumed == range.count && stream.avail_out > 0 {
        return .failed(at: position, problem: "the compressed data end early")
      }
    }
  }

  internal static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    UInt32(truncatingIfNeeded: crc32_z(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
  }
}
