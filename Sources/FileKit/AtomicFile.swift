import Foundation

/// Writes files whole or not at all: the bytes go to a temporary name in the same folder, are synced, and take the
/// final name by a rename.
public enum AtomicFile {
  /// Replaces the file at `path` by `bytes`. Throws when the folder is missing or the disk is full; the old file stays.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    try write(to: path) { (output) throws(FileError) in try output.write(bytes) }
  }

  /// Replaces the file at `path` by UTF-8 text.
  public static func write(_ text: String, to path: String) throws(FileError) {
    try write(Array(text.utf8), to: path)
  }

  /// Replaces the file at `path` by what `body` writes. When `body` throws, nothing is left behind.
  public static func write(
    to path: String, _ body: (FileOutput) throws(FileError) -> Void
  ) throws(FileError) {
    let file = try PendingFile(path)
    let output = FileOutput(descriptor: file.descriptor, path: path)
    try body(output)
    try output.flush()
    try file.commit()
  }

  /// Removes temporary files that a killed process left in the folder; nobody may be writing there.
  package static func removeAbandoned(in folder: String) {
    guard let entries = opendir(folder) else { return }
    defer { closedir(entries) }
    var names: [String] = []
    while let entry = readdir(entries) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count >= 4, parts[0].isEmpty, parts.last == "tmp" else { continue }
      if UInt64(parts[parts.count - 2], radix: 36) != nil { names.append(name) }
    }
    for name in names { unlink(folder + "/" + name) }
  }

  /// Syncs the folder of a file that has just been renamed: the rename itself lives there. A file system that cannot
  /// sync a folder has still kept the file whole.
  package static func syncFolder(of path: String) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    close(descriptor)
  }
}

/// The file being written by `AtomicFile.write(to:_:)`; small writes are gathered.
public final class FileOutput {
  private let descriptor: Int32
  private let path: String
  private var pending: [UInt8] = []
  /// Bytes written so far.
  public private(set) var count = 0

  internal init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Appends bytes.
  public func write(_ bytes: some Sequence<UInt8>) throws(FileError) {
    let before = pending.count
    pending.append(contentsOf: bytes)
    count += pending.count - before
    if pending.count >= 1 << 16 { try flush() }
  }

  /// Appends bytes; large blocks go to the file without a copy.
  public func write(_ bytes: [UInt8]) throws(FileError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(FileError) in try write(UnsafeRawBufferPointer(buffer)) }
  }

  /// Appends memory; large blocks go to the file without a copy.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    if bytes.count < 1 << 14 { return try write(bytes[...]) }
    try flush()
    try send(bytes)
    count += bytes.count
  }

  internal func flush() throws(FileError) {
    try pending.withUnsafeBufferPointer { (buffer) throws(FileError) in try send(UnsafeRawBufferPointer(buffer)) }
    pending.removeAll(keepingCapacity: true)
  }

  private func send(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try FileBytes.write(bytes, to: descriptor, path: path)
  }

  internal func failure() -> FileError { FileBytes.writeFailure(path) }
}
