import Foundation

extension FileBytes {
  /// Hands out the bytes of the regular file at `path` in order, in blocks that fit the cache.
  package static func readBlocks(
    _ path: String, _ body: (UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    let file = try FileInput(path)
    try file.readBlocks(0..<file.size, body)
  }

  /// Size of the regular file at `path`; nil when there is none.
  package static func size(_ path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }
}
