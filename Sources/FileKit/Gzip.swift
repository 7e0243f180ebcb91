/// Gzip files of one or several members.
public enum Gzip {
  /// The largest size that one compressed file may inflate to unless the caller says otherwise: 8 GiB.
  public static let defaultSizeLimit = 8 << 30

  /// The contents of a gzip file. Throws when it is damaged, cut short or inflates beyond `sizeLimit` bytes.
  public static func read(_ path: String, sizeLimit: Int = defaultSizeLimit) throws(FileError) -> [UInt8] {
    try decompress(FileBytes.read(path), path: path, sizeLimit: sizeLimit)
  }

  /// Inflates gzip bytes; `path` names them in errors.
  public static func decompress(
    _ bytes: [UInt8], path: String, sizeLimit: Int = defaultSizeLimit
  ) throws(FileError) -> [UInt8] {
    let source = FileSource(path)
    var output = Deflate.Output(limit: sizeLimit)
    var offset = 0
    repeat {
      guard bytes.count - offset >= 2, bytes[offset] == 0x1f, bytes[offset + 1] == 0x8b else {
        throw source.error(at: offset, "expected the gzip magic 1f 8b")
      }
      switch Deflate.inflate(bytes, in: offset..<bytes.count, wrapper: .gzip, into: &output) {
      case .finished(let consumed): offset += consumed
      case .failed(let place, let problem): throw source.error(at: place, problem)
      }
      // Tapes and block devices pad with zeros; gzip itself accepts them.
      while offset < bytes.count && bytes[offset] == 0 { offset += 1 }
    } while offset < bytes.count
    return output.finished()
  }

  /// One gzip member that holds `bytes`; the same bytes always give the same file.
  public static func compress(_ bytes: [UInt8], level: Int = 6) -> [UInt8] {
    bytes.withUnsafeBytes { Deflate.compress($0, wrapper: .gzip, level: Int32(min(max(level, 0), 9))) }
  }

  /// Writes `bytes` as a gzip file.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    try AtomicFile.write(compress(bytes), to: path)
  }
}
