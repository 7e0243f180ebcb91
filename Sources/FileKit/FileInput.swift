import Foundation

/// Bytes that are read at any place of them: those of an open regular file, or of memory.
internal final class FileInput: Sendable {
  /// The file, as the caller named it.
  let path: String
  let size: Int
  private let store: Store

  private enum Store {
    case file(Int32)
    case memory([UInt8])
  }

  /// Blocks of a file fit the cache.
  static let blockSize = 1 << 18

  /// Opens the regular file at `path`.
  init(_ path: String) throws(FileError) {
    // Without O_NONBLOCK a named pipe would wait for its writer before it can be refused.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path: path, "cannot be opened: \(FileBytes.systemMessage())") }
    var status = stat()
    var failure: String?
    if fstat(descriptor, &status) != 0 {
      failure = "cannot be examined: \(FileBytes.systemMessage())"
    } else {
      switch status.st_mode & S_IFMT {
      case S_IFREG: break
      case S_IFDIR: failure = "is a folder, expected a file"
      default: failure = "is not a regular file"
      }
    }
    if let failure {
      close(descriptor)
      throw FileError(path: path, failure)
    }
    self.path = path
    size = Int(status.st_size)
    store = .file(descriptor)
  }

  /// `bytes`, which `path` names in errors.
  init(_ bytes: [UInt8], path: String) {
    self.path = path
    size = bytes.count
    store = .memory(bytes)
  }

  deinit { if case .file(let descriptor) = store { close(descriptor) } }

  /// Reads up to as many bytes as there is room for, from `offset` on; 0 means that none follow.
  func read(into room: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
    switch store {
    case .memory(let bytes):
      let count = max(0, min(room.count, bytes.count - offset))
      bytes.withUnsafeBytes { room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count])) }
      return count
    case .file(let descriptor):
      return try FileBytes.read(from: descriptor, into: room, at: offset, path: path)
    }
  }

  /// Fills `room` with the bytes from `offset` on, which lie inside the size.
  func fill(_ room: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
    let got = try read(into: room, at: offset)
    guard got == room.count else { throw shrunk(at: offset + got) }
  }

  /// Reads up to as many bytes as `range` of the buffer has, from `offset` on; 0 means that none follow.
  func read(into buffer: inout [UInt8], _ range: Range<Int>, at offset: Int) throws(FileError) -> Int {
    try buffer.withUnsafeMutableBufferPointer { (bytes) throws(FileError) in
      let room = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[range]))
      return try read(into: room, at: offset)
    }
  }

  /// The bytes of a range inside the size.
  func bytes(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      do throws(FileError) {
        let room = UnsafeMutableBufferPointer(rebasing: buffer[..<range.count])
        try fill(UnsafeMutableRawBufferPointer(room), at: range.lowerBound)
        count = range.count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Hands out the bytes of a range inside the size in order, block after block.
  func readBlocks(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: min(range.count, Self.blockSize), alignment: 64)
    defer { block.deallocate() }
    var offset = range.lowerBound
    while offset < range.upperBound {
      let room = UnsafeMutableRawBufferPointer(rebasing: block[..<min(block.count, range.upperBound - offset)])
      let count = try read(into: room, at: offset)
      guard count > 0 else { throw shrunk(at: offset) }
      try body(UnsafeRawBufferPointer(rebasing: room[..<count]))
      offset += count
    }
  }

  private func shrunk(at offset: Int) -> FileError {
    FileError(path: path, place: "offset \(offset)", "the file ends here, expected \(size) bytes as when it was opened")
  }
}
