import FileKit
import Foundation

/// Writes a whole file or nothing. A file of the run that cannot be written is the run's failure, not bad data.
func writeAtomically(_ text: String, to url: URL) throws {
  do {
    try AtomicFile.write(text, to: url.path)
  } catch {
    throw OutputError("\(error).")
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
