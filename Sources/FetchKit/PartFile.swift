import FileKit
import Foundation

/// A download in the making: `NAME.part`, held under a lock by one process at a time, and beside it `NAME.part.json`,
/// which tells what the bytes are a part of.
internal final class PartFile {
  /// What the bytes are a part of.
  struct Origin: Equatable {
    var address: String
    /// The version of the file, as If-Range names it.
    var validator: String
    /// Size of the whole file.
    var total: Int?
  }

  let path: String
  private(set) var size: Int
  /// Where the bytes come from; nil when they cannot be continued.
  private(set) var origin: Origin?
  private var descriptor: Int32

  private var originPath: String { path + ".json" }

  /// Opens or makes the file. While another process holds it, `whileBusy` is called again and again; it may throw.
  init(_ path: String, whileBusy: () throws(Fault) -> Void) throws(Fault) {
    self.path = path
    var status = stat()
    while true {
      descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw Fault.storage(FileBytes.writeFailure(path)) }
      do throws(Fault) {
        try Self.lock(descriptor, path, whileBusy)
      } catch {
        close(descriptor)
        throw error
      }
      // Who held the lock may have renamed or removed the file that it was taken on.
      var named = stat()
      if fstat(descriptor, &status) == 0, stat(path, &named) == 0, status.st_ino == named.st_ino { break }
      close(descriptor)
    }
    size = Int(status.st_size)
    origin = nil
    origin = readOrigin()
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func lock(_ descriptor: Int32, _ path: String, _ whileBusy: () throws(Fault) -> Void) throws(Fault) {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EWOULDBLOCK: try whileBusy()
      case EINTR: continue
      default: throw Fault.storage(FileBytes.writeFailure(path))
      }
    }
  }

  private func readOrigin() -> Origin? {
    // A record that cannot be read only costs the bytes it speaks of.
    guard let record = try? OrderedJSON.read(originPath), let address = record["address"]?.text,
      let validator = record["validator"]?.text
    else { return nil }
    var total: Int?
    if case .integer(let count)? = record["total"] { total = count }
    return Origin(address: address, validator: validator, total: total)
  }

  /// Throws the bytes away and notes what the next ones are a part of.
  func restart(_ origin: Origin?) throws(Fault) {
    guard ftruncate(descriptor, 0) == 0 else { throw Fault.storage(FileBytes.writeFailure(path)) }
    size = 0
    self.origin = origin
    guard let origin else {
      unlink(originPath)
      return
    }
    let total = origin.total.map { ", \"total\": \($0)" } ?? ""
    let (address, validator) = (OrderedJSON.quote(origin.address), OrderedJSON.quote(origin.validator))
    let text = "{\"address\": \(address), \"validator\": \(validator)\(total)}\n"
    do throws(FileError) { try AtomicFile.write(text, to: originPath) } catch { throw Fault.storage(error) }
  }

  func append(_ bytes: Data) throws(Fault) {
    guard lseek(descriptor, off_t(size), SEEK_SET) >= 0 else { throw Fault.storage(FileBytes.writeFailure(path)) }
    do {
      try bytes.withUnsafeBytes { try FileBytes.write($0, to: descriptor, path: path) }
    } catch {
      // A full disk must not leave bytes that no count knows of.
      ftruncate(descriptor, off_t(size))
      throw Fault.storage(error as? FileError ?? FileBytes.writeFailure(path))
    }
    size += bytes.count
  }

  /// Throws unless `bytes` more fit the file system.
  func requireSpace(_ bytes: Int) throws(Fault) {
    var system = statvfs()
    guard fstatvfs(descriptor, &system) == 0 else { return }
    let free = Int(system.f_bavail) * Int(system.f_frsize)
    guard bytes <= free else {
      throw Fault.storage(
        FileError(path: path, "\(bytes) more bytes are needed, but its file system has \(free) bytes free"))
    }
  }

  /// Gives the whole file its final name, in place of a file that has it.
  func finish(as final: String) throws(Fault) {
    guard fsync(descriptor) == 0, rename(path, final) == 0 else {
      throw Fault.storage(FileBytes.writeFailure(final))
    }
    unlink(originPath)
    AtomicFile.syncFolder(of: final)
    release()
  }

  /// Removes the file and what is noted of it.
  func remove() {
    unlink(originPath)
    unlink(path)
    release()
  }

  /// Lets other processes go on with it.
  func release() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }
}
