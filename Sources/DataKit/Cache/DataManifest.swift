import FileKit

/// One published file of a data set: where it belongs in the data folder and where it comes from.
public struct DataFile: Sendable, Equatable {
  /// Path inside the data folder, its parts divided by "/".
  public let path: String
  /// Where it is published. For a member of an archive, the address of the archive.
  public let address: String
  /// Size, where it is known for certain.
  public let bytes: Int?
  /// SHA-256 as 64 lower-case hex digits, where it is known for certain. A file without one is hashed at its first
  /// download and held to that hash ever after.
  public let sha256: String?
  /// Name inside the zip archive at `address`; nil for a file that is published as it is.
  public let member: String?

  public init(path: String, address: String, bytes: Int? = nil, sha256: String? = nil, member: String? = nil) {
    self.path = path
    self.address = address
    self.bytes = bytes
    self.sha256 = sha256
    self.member = member
  }

  /// The same file in another folder inside the data folder; "" is the data folder itself.
  internal func moved(from old: String, to new: String) -> DataFile {
    let name = path.dropFirst(old.isEmpty ? 0 : old.count + 1)
    return DataFile(
      path: new.isEmpty ? String(name) : "\(new)/\(name)", address: address, bytes: bytes, sha256: sha256,
      member: member)
  }
}

/// What a data set consists of upstream, under which licence, and what stands in when it is absent.
public struct DataManifest: Sendable, Equatable {
  /// The set's name in options, such as `cora`.
  public let name: String
  /// The licence or, where upstream states none, the use it is published for.
  public let licence: String
  /// The page that describes the set upstream.
  public let source: String
  /// Folder inside the data folder that all files lie in, however deep; "" is the data folder itself.
  public let folder: String
  public let files: [DataFile]
  /// Where the same set lies inside the data folder as one `.npz` of Gossamer's form (see `NodeDataset.init(npz:)`).
  public let archivePath: String?

  public init(
    name: String, licence: String, source: String, folder: String = "", files: [DataFile], archivePath: String? = nil
  ) {
    self.name = name
    self.licence = licence
    self.source = source
    self.folder = folder
    self.files = files
    self.archivePath = archivePath
  }

  /// What `--dataset` calls the synthetic graph of this set's sizes, which needs no files.
  public var twin: String { "twin:\(name)" }

  /// What is at hand when `file` is not: `--data DIR`, the download, the twin. The end of a sentence.
  public func alternatives(offersFetch: Bool = true) -> String {
    let fetch = offersFetch ? ", `gossamer-data fetch \(name)` to download it" : ""
    return "use --data DIR for a folder that holds it\(fetch), or --dataset \(twin), which needs no files"
  }

  /// The error of a reader that does not find `file`, by default the set's first, in the data folder: one sentence that
  /// names the file, its hash, its address and the alternatives. `circumstances`, such as ", as is ...", go on after the
  /// address.
  public func missing(_ file: DataFile? = nil, in folder: String, _ circumstances: String = "") -> FileError {
    let file = file ?? files[0]
    let hash = file.sha256.map { "SHA-256 \($0)" } ?? "no hash published"
    let origin = file.member.map { "member \"\($0)\" of \(file.address)" } ?? file.address
    return FileError(
      path: DataFolder(folder).path(of: file),
      "is missing (\(hash), from \(origin))\(circumstances); \(alternatives())")
  }
}
