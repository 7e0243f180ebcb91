import DataKit
import FileKit
import Foundation
import TestSupport

@testable import FetchKit

typealias Answer = FaultServer.Answer

/// 50,000 bytes without a short period.
let body: [UInt8] = (0..<50_000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }
let bodyHash = SHA256.hexDigest(of: body)

/// A data folder and a server whose one file is `set/file.bin` of the set `sample`.
struct Scene {
  let root: String
  let server: FaultServer
  let manifest: DataManifest

  var file: DataFile { manifest.files[0] }
  var path: String { root + "/set/file.bin" }

  /// What lies in the data folder, with paths below it.
  var contents: [String] {
    (FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? [])
      .filter { FileBytes.size(root + "/" + $0) != nil }.sorted()
  }

  /// Fetches with short pauses; the sentence of the error, with the folder and the server left out, or nil.
  func fetch(
    idleSeconds: Double = 5, report: @escaping (FetchEvent) -> Void = { _ in },
    isCancelled: @escaping () -> Bool = { false }
  ) -> String? {
    do {
      try Fetcher(
        folder: DataFolder(root), options: quick(idleSeconds: idleSeconds), report: report, isCancelled: isCancelled
      ).fetch(manifest)
      return nil
    } catch {
      return "\(error)".replacingOccurrences(of: root + "/", with: "")
        .replacingOccurrences(of: "http://127.0.0.1:\(server.port)/", with: "SERVER/")
    }
  }

  /// Lays down what an earlier process has got of the file.
  func placePart(_ bytes: [UInt8], validator: String, total: Int = 50_000) throws {
    try FileManager.default.createDirectory(atPath: root + "/set", withIntermediateDirectories: true)
    let (address, validator) = (OrderedJSON.quote(file.address), OrderedJSON.quote(validator))
    try AtomicFile.write(bytes, to: path + ".part")
    try AtomicFile.write(
      "{\"address\": \(address), \"validator\": \(validator), \"total\": \(total)}", to: path + ".part.json")
  }

  var fileIsRight: Bool { (try? FileBytes.read(path)) == body }
}

func quick(idleSeconds: Double = 5) -> FetchOptions {
  var options = FetchOptions()
  options.idleSeconds = idleSeconds
  options.backOff = 0.002
  options.longestPause = 0.01
  return options
}

/// Runs the closure with a server that answers so and an empty data folder. `sha256` and `bytes` are what the
/// manifest says.
func withScene<Result>(
  sha256: String? = nil, bytes: Int? = nil, _ respond: @escaping @Sendable (FaultServer.Request) -> Answer,
  _ run: (Scene) throws -> Result
) throws -> Result {
  let server = try FaultServer(respond)
  defer { server.stop() }
  let manifest = DataManifest(
    name: "sample", licence: "none", source: "none",
    files: [
      DataFile(path: "set/file.bin", address: server.address("file.bin"), bytes: bytes, sha256: sha256)
    ])
  return try withTemporaryFolder { try run(Scene(root: $0, server: server, manifest: manifest)) }
}

/// The sentence for a file that could not be had.
func unavailable(_ problem: String, hash: String = "no hash known") -> String {
  "set/file.bin: cannot be fetched (\(hash)) from SERVER/file.bin: \(problem); use --data DIR for a folder that holds "
    + "it, or --dataset twin:sample, which needs no files"
}
