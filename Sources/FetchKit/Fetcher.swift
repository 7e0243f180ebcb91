import DataKit
import FileKit
import Foundation

/// How patiently to fetch.
public struct FetchOptions: Sendable {
  /// Seconds without a byte after which a try has failed.
  public var idleSeconds = 60.0
  /// Tries in a row that may fail. One that brought a mebibyte or more starts the count anew.
  public var tries = 3
  /// Seconds before the second try; each further pause is four times as long.
  public var backOff = 1.0
  /// Most seconds of any pause, one that a server asks for included.
  public var longestPause = 60.0

  public init() {}
}

/// What happens while a set is fetched. Files are named by their path inside the data folder.
public enum FetchEvent: Sendable, Equatable {
  /// Another process is fetching the same file.
  case waiting(String)
  /// The file on disk is not what it has to be and is fetched anew; the error names both hashes.
  case replacing(FileError)
  /// So many bytes are there, of so many if the size is known.
  case progress(String, done: Int, total: Int?)
  /// A try failed; the next comes in so many seconds.
  case retrying(String, problem: String, seconds: Double)
  /// The file is there. `isFirst` says that no hash of it was known, so that these bytes are trusted from now on.
  case fetched(String, bytes: Int, isFirst: Bool)
}

/// Downloads data sets into a data folder: over HTTP, resuming what was cut, hashed before a file takes its name.
/// Several processes may fetch into the same folder.
public struct Fetcher {
  public let folder: DataFolder
  public let options: FetchOptions
  private let report: (FetchEvent) -> Void
  private let isCancelled: () -> Bool

  /// `isCancelled` is asked several times a second; once it says true, the fetch ends with `FetchError.cancelled`.
  public init(
    folder: DataFolder, options: FetchOptions = FetchOptions(), report: @escaping (FetchEvent) -> Void = { _ in },
    isCancelled: @escaping () -> Bool = { false }
  ) {
    self.folder = folder
    self.options = options
    self.report = report
    self.isCancelled = isCancelled
  }

  /// Completes a set in the folder. Files that are there and have their known hash, or none, are left alone.
  public func fetch(_ manifest: DataManifest) throws(FetchError) {
    let client = HTTPClient(idleSeconds: options.idleSeconds)
    defer { client.close() }
    var archives: [String] = []
    for file in manifest.files {
      if file.member == nil {
        try naming(file, of: manifest) { () throws(Fault) in try fetch(file, client) }
      } else if !archives.contains(file.address) {
        archives.append(file.address)
        let members = manifest.files.filter { $0.address == file.address && $0.member != nil }
        try naming(file, of: manifest) { () throws(Fault) in try fetch(members, of: file.address, client) }
      }
    }
  }

  /// Words a fault as the sentence about `file`.
  private func naming(
    _ file: DataFile, of manifest: DataManifest, _ body: () throws(Fault) -> Void
  ) throws(FetchError) {
    do throws(Fault) {
      try body()
    } catch {
      let path = folder.path(of: file)
      switch error {
      case .storage(let error): throw .storage(error)
      case .folder(let error): throw .unavailable(error)
      case .cancelled: throw .cancelled(path: path, kept: FileBytes.size(partPath(of: file)) ?? 0)
      case .passing(let problem, _), .lasting(let problem):
        let records = (try? DataRecords(folder: folder.path)) ?? DataRecords()
        let hash =
          folder.expectation(of: file, records).map {
            "SHA-256 \($0.sha256)" + ($0.isPublished ? "" : " at its first download")
          } ?? "no hash known"
        throw .unavailable(
          FileError(
            path: path,
            "cannot be fetched (\(hash)) from \(file.address): \(problem); \(manifest.alternatives(offersFetch: false))"
          ))
      }
    }
  }

  // MARK: Files

  private func partPath(of file: DataFile) -> String {
    guard file.member != nil else { return folder.path(of: file) + ".part" }
    return folder.path + (file.address.split(separator: "/").last ?? "archive") + ".part"
  }

  private func fetch(_ file: DataFile, _ client: HTTPClient) throws(Fault) {
    if try isThere(file, reporting: true) { return }
    let part = try open(file)
    defer { part.release() }
    // The process that held the lock may have fetched it.
    if try isThere(file, reporting: false) { return part.remove() }
    let expected = try expectation(of: file)
    let found = try downloading(file, expecting: expected, into: part, client) { (download) throws(Fault) in
      try download.file()
    }
    let fetched = try note(file, bytes: found.bytes, sha256: found.sha256)
    try part.finish(as: folder.path(of: file))
    report(fetched)
  }

  private func fetch(_ members: [DataFile], of address: String, _ client: HTTPClient) throws(Fault) {
    func missing(reporting: Bool) throws(Fault) -> [DataFile] {
      var missing: [DataFile] = []
      for member in members where try !isThere(member, reporting: reporting) { missing.append(member) }
      return missing
    }
    if try missing(reporting: true).isEmpty { return }
    let part = try open(members[0])
    defer { part.release() }
    let wanted = try missing(reporting: false)
    if wanted.isEmpty { return part.remove() }
    try downloading(members[0], expecting: nil, into: part, client) { (download) throws(Fault) in
      try download.archive()
    }
    do throws(Fault) {
      try unpack(wanted, from: part)
    } catch {
      if case .lasting = error { part.remove() }
      throw error
    }
    part.remove()
  }

  /// Whether the file lies in the folder as it has to.
  private func isThere(_ file: DataFile, reporting: Bool) throws(Fault) -> Bool {
    do throws(FileError) {
      let records = try DataRecords(folder: folder.path)
      switch try folder.verify(file, records, progress: { (_) throws(FileError) in try checkpoint(file) }) {
      case .verified, .unknown: return true
      case .missing: return false
      case .damaged(let error):
        if reporting { report(.replacing(error)) }
        return false
      }
    } catch {
      throw isCancelled() ? Fault.cancelled : Fault.folder(error)
    }
  }

  /// Ends the reading of a file when the fetch is cancelled.
  private func checkpoint(_ file: DataFile) throws(FileError) {
    if isCancelled() { throw FileError(path: file.path, "") }
  }

  private func expectation(of file: DataFile) throws(Fault) -> FileExpectation? {
    do throws(FileError) {
      return folder.expectation(of: file, try DataRecords(folder: folder.path))
    } catch {
      throw Fault.folder(error)
    }
  }

  private func open(_ file: DataFile) throws(Fault) -> PartFile {
    try makeFolder(of: folder.path(of: file))
    var hasReported = false
    return try PartFile(partPath(of: file)) { () throws(Fault) in
      if isCancelled() { throw Fault.cancelled }
      if !hasReported { report(.waiting(file.path)) }
      hasReported = true
      Thread.sleep(forTimeInterval: 0.1)
    }
  }

  private func makeFolder(of path: String) throws(Fault) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw Fault.storage(FileError(path: folder.path, "the folder cannot be made: \(error.localizedDescription)"))
    }
  }

  private func downloading<Result>(
    _ file: DataFile, expecting expected: FileExpectation?, into part: PartFile, _ client: HTTPClient,
    _ body: (Download) throws(Fault) -> Result
  ) throws(Fault) -> Result {
    let name = file.member == nil ? file.path : String(file.address.split(separator: "/").last ?? "")
    do throws(Fault) {
      return try body(
        Download(
          address: file.address, part: part, expected: expected, client: client,
          options: options, progress: { report(.progress(name, done: $0, total: $1)) },
          retrying: { report(.retrying(name, problem: $0, seconds: $1)) }, isCancelled: isCancelled))
    } catch {
      // Bytes that cannot be continued are of no use to the next fetch.
      if part.size == 0 || part.origin == nil { part.remove() }
      throw error
    }
  }

  /// Takes members out of the archive.
  private func unpack(_ members: [DataFile], from part: PartFile) throws(Fault) {
    let archive: ZipArchive
    do throws(FileError) { archive = try ZipArchive(part.path) } catch {
      throw Fault.lasting("the archive is damaged: \(error.problem)")
    }
    for file in members where archive.member(file.member ?? "") == nil {
      throw Fault.lasting("the archive holds no member \"\(file.member ?? "")\"")
    }
    for file in members {
      guard let name = file.member, let member = archive.member(name) else { continue }
      try part.requireSpace(member.size)
      try makeFolder(of: folder.path(of: file))
      try extract(member, of: archive, as: file)
    }
  }

  /// Streams a member of the archive into its file.
  private func extract(_ member: ZipArchive.Member, of archive: ZipArchive, as file: DataFile) throws(Fault) {
    let expected = try expectation(of: file)
    var hash = SHA256()
    var fetched: FetchEvent?
    /// Why the file is not kept; without it, an error is one of writing.
    var fault: Fault?
    func write(_ block: UnsafeRawBufferPointer, to output: FileOutput) throws(Fault) {
      if isCancelled() { throw Fault.cancelled }
      hash.update(block)
      do throws(FileError) { try output.write(block) } catch { throw Fault.storage(error) }
    }
    func keep() throws(Fault) {
      let found = hash.hexDigest()
      if let expected, expected.sha256 != found {
        throw Fault.lasting("its member \"\(member.name)\" has SHA-256 \(found), expected \(expected.sha256)")
      }
      fetched = try note(file, bytes: member.size, sha256: found)
    }
    func carry(_ body: () throws(Fault) -> Void) throws(FileError) {
      do throws(Fault) { try body() } catch {
        fault = error
        throw FileError(path: file.path, "")
      }
    }
    do throws(FileError) {
      try AtomicFile.write(to: folder.path(of: file)) { (output) throws(FileError) in
        do throws(FileError) {
          try archive.readBlocks(of: member) { (block) throws(FileError) in
            try carry { () throws(Fault) in try write(block, to: output) }
          }
        } catch {
          fault = fault ?? .lasting("the archive is damaged: member \"\(member.name)\": \(error.problem)")
          throw error
        }
        try carry(keep)
      }
    } catch {
      throw fault ?? .storage(error)
    }
    if let fetched { report(fetched) }
  }

  /// Notes what a file is before it takes its name, for a file that has its name is never without its note; gives what
  /// to report once it has it.
  private func note(_ file: DataFile, bytes: Int, sha256: String) throws(Fault) -> FetchEvent {
    let isFirst = try expectation(of: file) == nil
    do throws(FileError) {
      try DataRecords.add([file.path: .init(bytes: bytes, sha256: sha256, address: file.address)], in: folder.path)
    } catch {
      throw Fault.storage(error)
    }
    return .fetched(file.path, bytes: bytes, isFirst: isFirst)
  }
}
