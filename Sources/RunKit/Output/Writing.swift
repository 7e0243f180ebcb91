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
