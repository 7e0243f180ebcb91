import DataKit
import FileKit
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import FetchKit

@Suite struct FetcherTests {
  private func records(_ scene: Scene) throws -> [String: DataRecords.Record] {
    try DataRecords(folder: scene.root).files
  }

  // MARK: Trust

  @Test func firstDownloadIsRecordedAndHeldTo() throws {
    try withScene({ $0.index == 0 ? .whole(body) : .whole([1, 2, 3]) }) { scene in
      var events: [FetchEvent] = []
      #expect(scene.fetch { events.append($0) } == nil)
      #expect(events.last == .fetched("set/file.bin", bytes: 50_000, isFirst: true))
      #expect(
        try records(scene) == ["set/file.bin": .init(bytes: 50_000, sha256: bodyHash, address: scene.file.address)])
      #expect(scene.fetch() == nil && scene.server.requests.count == 1)

      try FileManager.default.removeItem(atPath: scene.path)
      #expect(
        scene.fetch()
          == unavailable("the server offers 3 bytes, expected 50000", hash: "SHA-256 \(bodyHash) at its first download")
      )
      #expect(scene.contents == ["manifest.json", "manifest.json.lock"])
    }
  }

  @Test func publishedHashIsNoFirstTrust() throws {
    try withScene(sha256: bodyHash, { _ in .whole(body) }) { scene in
      var events: [FetchEvent] = []
      #expect(scene.fetch { events.append($0) } == nil)
      #expect(events.last == .fetched("set/file.bin", bytes: 50_000, isFirst: false))
    }
  }

  @Test func damagedFileIsNamedAndFetchedAnew() throws {
    try withScene({ _ in .whole(body) }) { scene in
      #expect(scene.fetch() == nil)
      var flipped = body
      flipped[4711] ^= 16
      try AtomicFile.write(flipped, to: scene.path)
      let problem = FileError(
        path: scene.path,
        "has SHA-256 \(SHA256.hexDigest(of: flipped)), expected \(bodyHash) as at its first download")
      #expect(
        try DataFolder(scene.root).verify(scene.file, DataRecords(folder: scene.root)) == .damaged(problem))
      var events: [FetchEvent] = []
      #expect(scene.fetch { events.append($0) } == nil)
      #expect(events.first == .replacing(problem) && scene.fileIsRight)
    }
  }

  @Test func damagedFileStaysWhenTheServerHasNoBetter() throws {
    try withScene(sha256: bodyHash, { _ in .status("404 Not Found") }) { scene in
      try FileManager.default.createDirectory(atPath: scene.root + "/set", withIntermediateDirectories: true)
      try AtomicFile.write([9, 9], to: scene.path)
      #expect(scene.fetch() == unavailable("the server answers 404", hash: "SHA-256 \(bodyHash)"))
      #expect(try scene.contents == ["set/file.bin"] && FileBytes.read(scene.path) == [9, 9])
    }
  }

  @Test func fileOfUnknownHashIsLeftAlone() throws {
    try withScene({ _ in .whole(body) }) { scene in
      try FileManager.default.createDirectory(atPath: scene.root + "/set", withIntermediateDirectories: true)
      try AtomicFile.write([1, 2], to: scene.path)
      #expect(scene.fetch() == nil && scene.server.requests.isEmpty && scene.contents == ["set/file.bin"])
    }
  }

  // MARK: Interruption

  @Test func cancelledFetchIsResumed() throws {
    try withScene({ request in
      guard let start = request.rangeStart else {
        return .raw(
          Answer.head("200 OK", ["Content-Length: 50000", "ETag: \"one\""]), .send(Array(body[..<20_000])), .wait(1))
      }
      return .rest(body, from: start)
    }) { scene in
      var done = 0
      let sentence = scene.fetch { event in
        if case .progress(_, let bytes, 50_000) = event { done = bytes }
      } isCancelled: {
        done == 20_000
      }
      #expect(
        sentence
          == "set/file.bin: interrupted; the 20000 bytes that have come are kept, and the next fetch goes on from there"
      )
      #expect(scene.contents == ["set/file.bin.part", "set/file.bin.part.json"])
      #expect(scene.fetch() == nil && scene.fileIsRight)
      #expect(scene.contents == ["manifest.json", "manifest.json.lock", "set/file.bin"])
      #expect(scene.server.requests.last?.rangeStart == 20_000)
    }
  }

  @Test func cancelledBeforeAnyByte() throws {
    try withScene({ _ in .whole(body) }) { scene in
      #expect(scene.fetch(isCancelled: { true }) == "set/file.bin: interrupted; no bytes of it are kept")
      #expect(scene.contents.isEmpty)
    }
  }

  @Test func wholePartIsHashedAndNamed() throws {
    try withScene({ _ in .status("400 Bad Request") }) { scene in
      try scene.placePart(body, validator: "x")
      #expect(scene.fetch() == nil && scene.fileIsRight && scene.server.requests.isEmpty)
      #expect(scene.contents == ["manifest.json", "manifest.json.lock", "set/file.bin"])
    }
  }

  @Test func partsThatCannotBeContinuedAreDropped() throws {
    let origins = [
      nil, "not JSON", "{}", "{\"address\": \"http://elsewhere/\", \"validator\": \"\\\"one\\\"\"}",
    ]
    for origin in origins {
      try withScene({ $0.rangeStart == nil ? .whole(body) : .status("400 Bad Request") }) { scene in
        try FileManager.default.createDirectory(atPath: scene.root + "/set", withIntermediateDirectories: true)
        try AtomicFile.write([UInt8](repeating: 1, count: 100), to: scene.path + ".part")
        if let origin { try AtomicFile.write(origin, to: scene.path + ".part.json") }
        #expect(scene.fetch() == nil && scene.fileIsRight)
      }
    }
  }

  // MARK: Several at once

  @Test func twoFetchesOfOneFileDownloadItOnce() throws {
    try withScene({ _ in .raw(Answer.head("200 OK", ["Content-Length: 50000"]), .wait(0.2), .send(body)) }) { scene in
      let outcomes = Mutex<[String?]>([])
      DispatchQueue.concurrentPerform(iterations: 4) { _ in
        let outcome = scene.fetch()
        outcomes.withLock { $0.append(outcome) }
      }
      #expect(outcomes.withLock { $0 } == [nil, nil, nil, nil])
      #expect(scene.fileIsRight && scene.server.requests.count == 1)
      #expect(scene.contents == ["manifest.json", "manifest.json.lock", "set/file.bin"])
    }
  }

  @Test func whoeverHoldsThePartIsWaitedForOnce() throws {
    try withScene({ _ in .whole(body) }) { scene in
      try FileManager.default.createDirectory(atPath: scene.root + "/set", withIntermediateDirectories: true)
      let part = try PartFile(scene.path + ".part") {}
      var waits: [FetchEvent] = []
      let sentence = scene.fetch { event in
        guard case .waiting = event else { return }
        waits.append(event)
        #expect(scene.server.requests.isEmpty)
        part.release()
      }
      #expect(sentence == nil && scene.fileIsRight && waits == [.waiting("set/file.bin")])
    }
  }

  @Test func recordsOfManyWritersAllStay() throws {
    try withTemporaryFolder { folder in
      DispatchQueue.concurrentPerform(iterations: 20) { index in
        let record = DataRecords.Record(bytes: index, sha256: bodyHash, address: "a \"quoted\" address")
        try? DataRecords.add(["file\(index)": record], in: folder)
      }
      let files = try DataRecords(folder: folder).files
      #expect(files.count == 20 && files["file7"]?.bytes == 7 && files["file7"]?.address == "a \"quoted\" address")
    }
  }

  // MARK: Storage

  @Test func whatTheDiskCannotHoldIsNotBegun() throws {
    try withScene({ _ in
      .raw(Answer.head("200 OK", ["Content-Length: \(1 << 60)"]), .send(body))
    }) { scene in
      let sentence = try #require(scene.fetch())
      #expect(sentence.hasPrefix("set/file.bin.part: \(1 << 60) more bytes are needed, but its file system has "))
      #expect(sentence.hasSuffix(" bytes free") && scene.contents.isEmpty)
    }
  }

  @Test func folderThatCannotBeMadeIsAStorageError() throws {
    try withScene({ _ in .whole(body) }) { scene in
      try AtomicFile.write("in the way", to: scene.root + "/set")
      let error = #expect(throws: FetchError.self) { try Fetcher(folder: DataFolder(scene.root)).fetch(scene.manifest) }
      guard case .storage(let problem)? = error else { Issue.record("\(String(describing: error))"); return }
      #expect(problem.path == scene.root + "/set" && problem.problem.hasPrefix("the folder cannot be made: "))
    }
  }

  @Test func malformedRecordsAreNamed() throws {
    try withTemporaryFolder { (folder) throws in
      func sentence(_ text: String) throws -> String? {
        try AtomicFile.write(text, to: folder + "/manifest.json")
        do throws(FileError) {
          _ = try DataRecords(folder: folder)
          return nil
        } catch {
          return "\(error)".replacingOccurrences(of: folder + "/", with: "")
        }
      }
      #expect(try sentence("{\"files\": {}}") == nil)
      #expect(
        try sentence("{\"files\": []}")
          == "manifest.json: key \"files\": expected an object with a member for each file")
      #expect(
        try sentence("{\"files\": {\"a/b\": {\"bytes\": 1, \"sha256\": \"00\", \"address\": \"\"}}}")
          == "manifest.json: file \"a/b\": expected \"bytes\", \"sha256\" of 64 hex digits and \"address\"")
      #expect(
        try sentence("{\"files\"") == "manifest.json: offset 8: the JSON ends where a colon was expected")
      let set = DataManifest(
        name: "sample", licence: "", source: "", files: [DataFile(path: "a", address: "http://127.0.0.1:1/")])
      #expect(
        throws: FetchError.unavailable(
          FileError(
            path: folder + "/manifest.json", place: "offset 8", "the JSON ends where a colon was expected"))
      ) { try Fetcher(folder: DataFolder(folder)).fetch(set) }
    }
  }
}

@Suite struct ArchiveFetchTests {
  private let parts: [(name: String, bytes: [UInt8])] = [
    ("sample/raw/edge.csv.gz", body), ("sample/raw/x.csv.gz", [1, 2, 3]),
  ]

  private func archive(leavingOut left: String = "") throws -> [UInt8] {
    try withTemporaryFolder { folder in
      try ZipArchive.write(parts.filter { $0.name != left }, to: folder + "/a.zip", deflated: false)
      return try FileBytes.read(folder + "/a.zip")
    }
  }

  private func withArchive(
    _ respond: @escaping @Sendable (FaultServer.Request) -> Answer, _ run: (Scene) throws -> Void
  ) throws {
    try withScene(respond) { scene in
      let files = parts.map {
        DataFile(
          path: "ogb/" + $0.name, address: scene.server.address("sample.zip"), member: $0.name)
      }
      try run(
        Scene(
          root: scene.root, server: scene.server,
          manifest: DataManifest(name: "sample", licence: "none", source: "none", files: files)))
    }
  }

  @Test func membersAreTakenOut() throws {
    let zip = try archive()
    try withArchive({ request in
      request.index == 0
        ? .cut(zip, after: 20_000, "ETag: \"1\"")
        : request.rangeStart.map { .rest(zip, from: $0) } ?? .whole(zip)
    }) { scene in
      #expect(scene.fetch() == nil)
      #expect(
        scene.contents == [
          "manifest.json", "manifest.json.lock", "ogb/sample/raw/edge.csv.gz", "ogb/sample/raw/x.csv.gz",
        ])
      #expect(try FileBytes.read(scene.root + "/ogb/sample/raw/edge.csv.gz") == body)
      #expect(try DataRecords(folder: scene.root).files["ogb/sample/raw/x.csv.gz"]?.bytes == 3)
      #expect(scene.fetch() == nil && scene.server.requests.count == 2)

      try FileManager.default.removeItem(atPath: scene.root + "/ogb/sample/raw/x.csv.gz")
      #expect(try scene.fetch() == nil && FileBytes.read(scene.root + "/ogb/sample/raw/x.csv.gz") == [1, 2, 3])
    }
  }

  @Test func interruptedUnpackingKeepsTheArchive() throws {
    let large = (0..<300_000).map { body[$0 % body.count] }
    let zip = try withTemporaryFolder { folder in
      try ZipArchive.write([(parts[0].name, large), parts[1]], to: folder + "/a.zip")
      return try FileBytes.read(folder + "/a.zip")
    }
    try withArchive({ $0.index == 0 ? .whole(zip, "ETag: \"1\"") : .status("400 Bad Request") }) { (scene) throws in
      let edge = scene.root + "/ogb/sample/raw/edge.csv.gz"
      var isUnpacking = false, questions = 0
      let sentence = scene.fetch {
        if case .progress(_, zip.count, _) = $0 { isUnpacking = true }
      } isCancelled: {
        // The second block of the first member is never written.
        guard isUnpacking, (try? FileManager.default.contentsOfDirectory(atPath: scene.root + "/ogb/sample/raw"))?
          .contains(where: { $0.hasSuffix(".tmp") }) == true
        else { return false }
        questions += 1
        return questions == 2
      }
      #expect(
        sentence == "ogb/sample/raw/edge.csv.gz: interrupted; the \(zip.count) bytes that have come are kept, and the "
          + "next fetch goes on from there")
      #expect(scene.contents == ["sample.zip.part", "sample.zip.part.json"])
      #expect(scene.fetch() == nil && scene.server.requests.count == 1)
      let unpacked = try FileBytes.read(edge)
      #expect(unpacked == large)
    }
  }

  @Test func badArchivesLeaveNothing() throws {
    let lacking = try archive(leavingOut: "sample/raw/x.csv.gz")
    var damaged = try archive()
    damaged[5000] ^= 255
    let cases: [([UInt8], String)] = [
      (lacking, "the archive holds no member \"sample/raw/x.csv.gz\""),
      (body, "the archive is damaged: "),
      (damaged, "the archive is damaged: member \"sample/raw/edge.csv.gz\": "),
    ]
    for (bytes, problem) in cases {
      try withArchive({ _ in .whole(bytes) }) { scene in
        let sentence = try #require(scene.fetch())
        #expect(
          sentence.hasPrefix(
            "ogb/sample/raw/edge.csv.gz: cannot be fetched (no hash known) from SERVER/sample.zip: " + problem))
        #expect(!scene.contents.contains { $0.hasSuffix(".part") || $0 == "manifest.json" })
      }
    }
  }
}

/// What a fetch of a set's own manifest lays in the folder, the set's loader reads.
@Suite struct FetchAndLoadTests {
  /// Fetches the manifest's files from the scene's server instead of their addresses.
  private func fetch(_ set: NodeDatasetName, _ scene: Scene) throws {
    let manifest = set.manifest
    let files = manifest.files.map { file in
      DataFile(
        path: file.path, address: scene.server.address(String(file.address.split(separator: "/").last!)),
        bytes: file.bytes, sha256: file.sha256, member: file.member)
    }
    try Fetcher(folder: DataFolder(scene.root), options: quick()).fetch(
      DataManifest(
        name: manifest.name, licence: manifest.licence, source: manifest.source, folder: manifest.folder, files: files))
  }

  @Test(.needsData, arguments: [NodeDatasetName.cora, .citeseer]) func publishedFiles(_ set: NodeDatasetName) throws {
    let folder = TestData.folder + "/planetoid/original/"
    try withScene({ request in
      (try? FileBytes.read(folder + request.path.split(separator: "/").joined())).map { .whole($0) }
        ?? .status("404 Not Found")
    }) { scene in
      try fetch(set, scene)
      let fetched = try set.load(from: scene.root), data = try set.load(from: TestData.folder)
      #expect(fetched.labels == data.labels && fetched.splits == data.splits && fetched.sizes == data.sizes)
      #expect(fetched.graph.adjacency.columnIndices == data.graph.adjacency.columnIndices)
    }
  }

  /// Three nodes in the place of a large set: all files are found and read before the sizes are refused.
  @Test func membersOfAnArchive() throws {
    let set = NodeDatasetName.arxiv
    let texts = ["0,1\n1,2\n", "0.5\n1\n2\n", "0\n1\n0\n", "3\n", "0\n", "1\n", "2\n"]
    let members = zip(set.manifest.files, texts).map { (name: $0.member!, bytes: Gzip.compress(Array($1.utf8))) }
    let archive = try withTemporaryFolder { folder in
      try ZipArchive.write(members, to: folder + "/a.zip", deflated: false)
      return try FileBytes.read(folder + "/a.zip")
    }
    try withScene({ $0.path.hasSuffix("arxiv.zip") ? .whole(archive) : .status("404 Not Found") }) { scene in
      try fetch(set, scene)
      #expect(
        throws: FileError(path: scene.root + "/ogb/arxiv/raw/edge.csv.gz", "arxiv has 3 nodes, expected 169343")
      ) { try set.load(from: scene.root) }
    }
  }
}
