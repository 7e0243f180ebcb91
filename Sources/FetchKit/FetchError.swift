import FileKit

/// Why a set could not be fetched; its description is one sentence for the user.
public enum FetchError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file cannot be had: no connection, no such address, other bytes than expected. Names the file, its hash, its
  /// address and the alternatives.
  /// A malformed `manifest.json` is such an error too.
  case unavailable(FileError)
  /// The data folder cannot be written: no space, no permission.
  case storage(FileError)
  /// `isCancelled` said so. What had come of the file is kept for the next time.
  case cancelled(path: String, kept: Int)

  public var description: String {
    switch self {
    case .unavailable(let error), .storage(let error): error.description
    case .cancelled(let path, let kept):
      kept > 0
        ? "\(path): interrupted; the \(kept) bytes that have come are kept, and the next fetch goes on from there"
        : "\(path): interrupted; no bytes of it are kept"
    }
  }
}

/// How an attempt went wrong, before it is known which sentence that makes.
internal enum Fault: Error {
  /// Another try may do better, at the earliest after so many seconds.
  case passing(String, after: Double? = nil)
  /// Another try would end the same way.
  case lasting(String)
  case storage(FileError)
  /// What lies in the folder cannot be understood.
  case folder(FileError)
  case cancelled
}
