import Foundation

/// A file that is written under a temporary name in its folder, at any place of it, and takes its own by `commit`.
/// Released without that, it goes and the old file stays.
internal final class PendingFile {
  /// The file, as the caller named it.
  let path: String
  let descriptor: Int32
  /// `path` behind its links: a rename onto a link would replace the link, not what it points to.
  private let target: String
  private let temporary: String
  /// Permissions of the file that is replaced.
  private let mode: mode_t?
  private var isOpen = true
  private var isCommitted = false

  /// Throws when the folder is missing or `path` is something other than a file.
  init(_ path: String) throws(FileError) {
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists && status.st_mode & S_IFMT == S_IFDIR { throw FileError(path: path, "is a folder, expected a file") }
    if exists && status.st_mode & S_IFMT != S_IFREG { throw FileError(path: path, "is not a regular file") }
    let target = exists ? Self.resolvingLinks(path) : path
    let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "./"
    let name = target.lastIndex(of: "/").map { String(target[target.index(after: $0)...]) } ?? target
    guard !name.isEmpty else { throw FileError(path: path, "names no file") }
    let temporary = folder + ".\(name.prefix(40)).\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).tmp"
    let descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileBytes.writeFailure(path) }
    self.path = path
    self.descriptor = descriptor
    self.target = target
    self.temporary = temporary
    mode = exists ? status.st_mode & 0o7777 : nil
  }

  /// Gives the file a size; what was not written reads as zeros.
  func resize(to bytes: Int) throws(FileError) {
    guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw FileBytes.writeFailure(path) }
  }

  /// Syncs the file and gives it its name.
  func commit() throws(FileError) {
    if let mode { _ = fchmod(descriptor, mode) }
    guard fsync(descriptor) == 0 else { throw FileBytes.writeFailure(path) }
    isOpen = false
    guard close(descriptor) == 0 else { throw FileBytes.writeFailure(path) }
    guard rename(temporary, target) == 0 else { throw FileBytes.writeFailure(path) }
    isCommitted = true
    AtomicFile.syncFolder(of: target)
  }

  deinit {
    if isOpen { close(descriptor) }
    if !isCommitted { unlink(temporary) }
  }

  private static func resolvingLinks(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
