import Foundation

/// Writes a whole file under a temporary name beside it, syncs it and renames it, so that readers see the old file or
/// the new one. Throws `OutputError`; the temporary file is removed then.
func writeAtomically(_ text: String, to url: URL) throws {
  let temporary = url.deletingLastPathComponent()
    .appendingPathComponent(".\(url.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).tmp")
  do {
    let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw OutputError(systemMessage()) }
    defer { close(descriptor) }
    try writeAll(Data(text.utf8), to: descriptor)
    guard fsync(descriptor) == 0, rename(temporary.path, url.path) == 0 else { throw OutputError(systemMessage()) }
  } catch {
    unlink(temporary.path)
    throw OutputError("\(url.path): cannot be written: \(error).")
  }
}

/// Writes every byte or throws the system's message.
func writeAll(_ data: Data, to descriptor: Int32) throws {
  try data.withUnsafeBytes { bytes in
    var offset = 0
    while offset < bytes.count {
      let written = write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
      if written < 0 {
        if errno == EINTR { continue }
        throw OutputError(systemMessage())
      }
      offset += written
    }
  }
}

func systemMessage() -> String { String(cString: strerror(errno)) }
