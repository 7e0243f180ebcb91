import FileKit
import Foundation

/// What `manifest.json` of a data folder remembers: size and hash of each file that was downloaded into it.
public struct DataRecords: Sendable, Equatable {
  /// What a downloaded file was when its hash was taken.
  public struct Record: Sendable, Equatable {
    public let bytes: Int
    public let sha256: String
    /// Where it came from.
    public let address: String

    public init(bytes: Int, sha256: String, address: String) {
      self.bytes = bytes
      self.sha256 = sha256
      self.address = address
    }
  }

  /// Name of the file in the data folder.
  public static let fileName = "manifest.json"
  /// Records by path inside the data folder.
  public private(set) var files: [String: Record] = [:]

  public init() {}

  /// Reads `manifest.json` of the folder; a folder without one has no records. Throws when the file is malformed.
  public init(folder: String) throws(FileError) {
    let path = Self.path(in: folder)
    guard FileManager.default.fileExists(atPath: path) else { return }
    guard case .object(let members)? = try OrderedJSON.read(path)["files"] else {
      throw FileError(path: path, place: "key \"files\"", "expected an object with a member for each file")
    }
    for member in members {
      guard case .integer(let bytes)? = member.value["bytes"], bytes >= 0, let hash = member.value["sha256"]?.text,
        hash.utf8.count == 64, let address = member.value["address"]?.text
      else {
        throw FileError(
          path: path, place: "file \"\(member.key.shortened())\"",
          "expected \"bytes\", \"sha256\" of 64 hex digits and \"address\"")
      }
      files[member.key] = Record(bytes: bytes, sha256: hash.lowercased(), address: address)
    }
  }

  /// Adds records to `manifest.json`, under a lock that other processes respect. Throws when it cannot be written.
  public static func add(_ records: [String: Record], in folder: String) throws(FileError) {
    try holdingLock(path(in: folder) + ".lock") { () throws(FileError) in
      var all = try DataRecords(folder: folder)
      all.files.merge(records) { _, new in new }
      try AtomicFile.write(all.text, to: path(in: folder))
    }
  }

  private static func path(in folder: String) -> String { DataFolder(folder).path + fileName }

  private var text: String {
    let lines = files.sorted { $0.key < $1.key }.map { path, record in
      "    \(OrderedJSON.quote(path)): {\"bytes\": \(record.bytes), \"sha256\": \(OrderedJSON.quote(record.sha256)), "
        + "\"address\": \(OrderedJSON.quote(record.address))}"
    }
    return "{\n  \"files\": {\n" + lines.joined(separator: ",\n") + "\n  }\n}\n"
  }
}

/// A lock between processes on a file of its own. The system lets go of it when its holder ends in any way.
private func holdingLock(_ path: String, _ body: () throws(FileError) -> Void) throws(FileError) {
  let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
  guard descriptor >= 0 else { throw FileBytes.writeFailure(path) }
  defer { close(descriptor) }
  while flock(descriptor, LOCK_EX) != 0 {
    guard errno == EINTR else { throw FileBytes.writeFailure(path) }
  }
  try body()
}
