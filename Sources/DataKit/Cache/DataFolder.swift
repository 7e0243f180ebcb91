import FileKit
import Foundation

/// The folder that holds data sets: what of a set lies in it, and whether the bytes are the right ones.
public struct DataFolder: Sendable {
  /// Path with a slash at its end.
  public let path: String

  public init(_ path: String) { self.path = path.hasSuffix("/") ? path : path + "/" }

  /// A file's place on disk.
  public func path(of file: DataFile) -> String { path + file.path }

  /// Size of the file in bytes; nil when it is missing.
  public func size(of file: DataFile) -> Int? { FileBytes.size(path(of: file)) }

  /// What `file` has to be: the published facts, else those of its first download.
  public func expectation(of file: DataFile, _ records: DataRecords) -> FileExpectation? {
    if let hash = file.sha256 { return FileExpectation(bytes: file.bytes, sha256: hash, isPublished: true) }
    return records.files[file.path].map { FileExpectation(bytes: $0.bytes, sha256: $0.sha256, isPublished: false) }
  }

  /// Reads a file and compares it with what is known of it. Throws when the file cannot be read and what `progress`,
  /// which is told the bytes read so far, throws.
  public func verify(
    _ file: DataFile, _ records: DataRecords, progress: (Int) throws(FileError) -> Void = { _ throws(FileError) in }
  ) throws(FileError) -> Verification {
    guard size(of: file) != nil else { return .missing }
    let found = try SHA256.digest(ofFile: path(of: file), progress: progress)
    guard let expected = expectation(of: file, records) else {
      return .unknown(sha256: found.hex, bytes: found.bytes)
    }
    if found.hex == expected.sha256 { return .verified(bytes: found.bytes) }
    return .damaged(expected.error(path(of: file), sha256: found.hex, bytes: found.bytes))
  }

  /// What comparing a file with its hash gave.
  public enum Verification: Sendable, Equatable {
    case verified(bytes: Int)
    case missing
    /// It is there, but no hash of it is known: nobody published one, and this folder did not download it.
    case unknown(sha256: String, bytes: Int)
    /// The error names the file and both hashes.
    case damaged(FileError)
  }
}

/// Size and hash that a file has to have.
public struct FileExpectation: Sendable, Equatable {
  public let bytes: Int?
  public let sha256: String
  /// Whether upstream's bytes gave the hash; otherwise the first download did.
  public let isPublished: Bool

  /// The sentence for a file whose bytes are others.
  package func error(_ path: String, sha256 found: String, bytes foundBytes: Int) -> FileError {
    let size = bytes.map { $0 == foundBytes ? "" : " (\(foundBytes) bytes)" } ?? ""
    let expectedSize = bytes.map { $0 == foundBytes ? "" : " (\($0) bytes)" } ?? ""
    let origin = isPublished ? "as published" : "as at its first download"
    return FileError(path: path, "has SHA-256 \(found)\(size), expected \(sha256)\(expectedSize) \(origin)")
  }
}
