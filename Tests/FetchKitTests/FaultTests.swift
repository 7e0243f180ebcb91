import DataKit
import FileKit
import Foundation
import TestSupport
import Testing

@testable import FetchKit

/// Each fault of a server ends with the right file or with one sentence, and then nothing has the final name.
@Suite struct FaultTests {
  /// Every attempt is answered so, and the fetch must fail with this sentence and leave only this.
  /// `leaving` and `tries` are nil where a busy machine may give up before its request is out.
  private func expectFailure(
    _ problem: String, sha256: String? = nil, bytes: Int? = nil, leaving: [String]? = [], tries: Int? = 1,
    idleSeconds: Double = 5, _ respond: @escaping @Sendable (FaultServer.Request) -> Answer
  ) throws {
    try withScene(sha256: sha256, bytes: bytes, respond) { scene in
      #expect(
        scene.fetch(idleSeconds: idleSeconds)
          == unavailable(problem, hash: sha256.map { "SHA-256 \($0)" } ?? "no hash known"))
      if let leaving { #expect(scene.contents == leaving) }
      #expect(FileBytes.size(scene.path) == nil)
      if let tries { #expect(scene.server.requests.count == tries) }
    }
  }

  /// The fetch must end with the right file and nothing else but its record.
  private func expectFile(
    requests: Int, idleSeconds: Double = 5, _ respond: @escaping @Sendable (FaultServer.Request) -> Answer
  ) throws {
    for sha256 in [nil, bodyHash] {
      try withScene(sha256: sha256, respond) { scene in
        #expect(scene.fetch(idleSeconds: idleSeconds) == nil)
        #expect(scene.fileIsRight)
        #expect(scene.contents == ["manifest.json", "manifest.json.lock", "set/file.bin"])
        #expect(scene.server.requests.count == requests)
      }
    }
  }

  @Test func wholeFile() throws { try expectFile(requests: 1) { _ in .whole(body) } }

  @Test func asksForPlainBytes() throws {
    try withScene({ _ in .whole(body) }) { scene in
      #expect(scene.fetch() == nil)
      let fields = scene.server.requests[0].fields
      #expect(fields["accept-encoding"] == "identity" && fields["user-agent"] == "gossamer-data")
      #expect(fields["range"] == nil)
    }
  }

  // MARK: Cuts

  @Test func truncatedOnceStartsOverWithoutValidator() throws {
    try expectFile(requests: 2) { $0.index == 0 ? .cut(body, after: 30_000) : .whole(body) }
  }

  @Test func truncatedAlways() throws {
    try expectFailure("transfer closed with 20000 bytes remaining to read, after 3 tries", tries: 3) { _ in
      .cut(body, after: 30_000)
    }
  }

  @Test func cutAndResumed() throws {
    try expectFile(requests: 3) { request in
      switch request.index {
      case 0: .cut(body, after: 20_000, "ETag: \"one\"")
      case 1:
        request.rangeStart == 20_000 && request.fields["if-range"] == "\"one\""
          ? Answer(
            steps: Array(Answer.rest(body, from: 20_000, "ETag: \"one\"").steps.prefix(1)) + [
              .send(Array(body[20_000..<30_000]))
            ]) : .status("400 Bad Request")
      default: request.rangeStart == 30_000 ? .rest(body, from: 30_000) : .status("400 Bad Request")
      }
    }
  }

  @Test func resumesByDateWhereTheTagIsWeak() throws {
    let date = "Tue, 02 Jan 2024 10:00:00 GMT"
    try expectFile(requests: 2) { request in
      request.index == 0
        ? .cut(body, after: 20_000, "ETag: W/\"one\"", "Last-Modified: \(date)")
        : request.fields["if-range"] == date ? .rest(body, from: 20_000) : .status("400 Bad Request")
    }
  }

  @Test func resetIsResumed() throws {
    try expectFile(requests: 2) { request in
      request.index == 0
        ? .raw(
          Answer.head("200 OK", ["Content-Length: \(body.count)", "ETag: \"one\""]), .send(Array(body[..<20_000])),
          .wait(0.05), .reset)
        : request.rangeStart.map { .rest(body, from: $0) } ?? .whole(body)
    }
  }

  @Test func noRangeSupport() throws {
    try expectFile(requests: 2) { $0.index == 0 ? .cut(body, after: 20_000, "ETag: \"one\"") : .whole(body) }
  }

  @Test func changedWhileResuming() throws {
    let old = [UInt8](repeating: 7, count: body.count)
    try expectFile(requests: 2) { request in
      request.index == 0
        ? .cut(old, after: 20_000, "ETag: \"old\"")
        : request.fields["if-range"] == "\"old\"" ? .whole(body, "ETag: \"new\"") : .status("400 Bad Request")
    }
  }

  /// A server that ignores If-Range shows by its tag or date that the rest is of another version.
  @Test(arguments: [
    (["ETag: \"one\""], ["ETag: \"two\""], false), (["ETag: \"one\""], ["ETag: \"one\"", "Last-Modified: x"], true),
    (["Last-Modified: x"], ["Last-Modified: y"], false), (["Last-Modified: x"], ["ETag: \"two\""], true),
    (["ETag: \"one\"", "Last-Modified: x"], ["Last-Modified: y"], true),
  ]) func restOfAnotherVersionStartsOver(_ first: [String], _ second: [String], _ isTaken: Bool) throws {
    let other = [UInt8](repeating: 7, count: body.count)
    try expectFile(requests: isTaken ? 2 : 3) { request in
      switch request.index {
      case 0:
        .raw(Answer.head("200 OK", first + ["Content-Length: \(body.count)"]), .send(Array(body[..<20_000])))
      case 1:
        .raw(
          Answer.head(
            "206 Partial Content",
            second + ["Content-Length: 30000", "Content-Range: bytes 20000-49999/50000"]),
          .send(Array((isTaken ? body : other)[20_000...])))
      default: request.rangeStart == nil ? .whole(body) : .status("400 Bad Request")
      }
    }
  }

  @Test func rangeAtAnotherByteStartsOver() throws {
    try expectFile(requests: 3) { request in
      switch request.index {
      case 0: .cut(body, after: 20_000, "ETag: \"one\"")
      case 1: .rest(body, from: 10_000)
      default: request.rangeStart == nil ? .whole(body) : .status("400 Bad Request")
      }
    }
  }

  @Test func rangeOfAnotherSizeStartsOver() throws {
    try expectFile(requests: 3) { request in
      switch request.index {
      case 0: .cut(body, after: 20_000, "ETag: \"one\"")
      case 1: .rest(body + [1, 2, 3], from: 20_000)
      default: .whole(body)
      }
    }
  }

  @Test func refusedRangeStartsOver() throws {
    try expectFile(requests: 3) { request in
      switch request.index {
      case 0: .cut(body, after: 20_000, "ETag: \"one\"")
      case 1: .status("416 Range Not Satisfiable")
      default: request.rangeStart == nil ? .whole(body) : .status("400 Bad Request")
      }
    }
  }

  @Test func piecesThatDoNotFitAreDroppedOnce() throws {
    let wrong = [UInt8](repeating: 7, count: body.count)
    try withScene(
      sha256: bodyHash,
      { request in
        request.index == 0
          ? .cut(wrong, after: 20_000, "ETag: \"one\"")
          : request.rangeStart.map { .rest(body, from: $0) } ?? .whole(body)
      }
    ) { scene in
      #expect(scene.fetch() == nil && scene.fileIsRight && scene.server.requests.count == 3)
    }
  }

  // MARK: Wrong bytes

  @Test func corruptedOnce() throws {
    var wrong = body
    wrong[777] ^= 1
    try withScene(sha256: bodyHash, { [wrong] in $0.index == 0 ? .whole(wrong) : .whole(body) }) { scene in
      #expect(scene.fetch() == nil && scene.fileIsRight && scene.server.requests.count == 2)
    }
  }

  @Test func corruptedAlways() throws {
    var wrong = body
    wrong[777] ^= 1
    try expectFailure(
      "the bytes that come have SHA-256 \(SHA256.hexDigest(of: wrong)), expected \(bodyHash)", sha256: bodyHash,
      tries: 2
    ) { [wrong] _ in .whole(wrong) }
  }

  @Test func wrongLengthsAreSeenBeforeTheBytes() throws {
    try expectFailure("the server offers 49999 bytes, expected 50000", sha256: bodyHash, bytes: 50_000) { _ in
      .whole(Array(body.dropLast()))
    }
    try expectFailure(
      "transfer closed with 5 bytes remaining to read, after 3 tries", tries: 3
    ) { _ in
      .raw(Answer.head("200 OK", ["Content-Length: \(body.count + 5)"]), .send(body))
    }
    try expectFailure(
      "the bytes that come have SHA-256 \(SHA256.hexDigest(of: Array(body.dropLast(5)))), expected \(bodyHash)",
      sha256: bodyHash, tries: 2
    ) { _ in .raw(Answer.head("200 OK", ["Content-Length: \(body.count - 5)"]), .send(body)) }
  }

  @Test func emptyBody() throws { try expectFailure("the answer is empty") { _ in .whole([]) } }

  @Test func encodedBody() throws {
    try expectFailure("the server sends it encoded (gzip), expected the plain bytes") { _ in
      .whole(Gzip.compress(body), "Content-Encoding: gzip")
    }
  }

  @Test func webPageInPlaceOfData() throws {
    try expectFailure("the server sends a web page, expected a data file") { _ in
      .whole(Array("<html>log in</html>".utf8), "Content-Type: text/html; charset=utf-8")
    }
  }

  @Test func pointerInPlaceOfData() throws {
    try expectFailure("the server sends a Git LFS pointer, expected the file itself") { _ in
      .whole(Array("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n".utf8))
    }
  }

  @Test func noSizeIsTrustedOnlyWithAHash() throws {
    let answer: @Sendable (FaultServer.Request) -> Answer = { _ in .raw(Answer.head("200 OK"), .send(body)) }
    try expectFailure("the server tells no size, so that a cut could not be told from the end", answer)
    try withScene(sha256: bodyHash, answer) { #expect($0.fetch() == nil && $0.fileIsRight) }
    try expectFile(requests: 1) { _ in .chunked(body) }
  }

  /// An old server names neither a length nor what it does with the connection.
  @Test(arguments: ["HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"]) func oldServerTellsNoSize(
    _ head: String
  ) throws {
    try expectFailure("the server tells no size, so that a cut could not be told from the end") { _ in
      .raw(.send(Array(head.utf8)), .send(Array(body[..<30_000])))
    }
  }

  @Test func endlessBodyIsStopped() throws {
    try expectFailure(
      "more bytes come than the 50000 expected, after 3 tries", sha256: bodyHash, bytes: 50_000, tries: 3
    ) { _ in .chunked(body, times: 400) }
    // The size is known from the first answer alone.
    try withScene({ request in
      guard request.index > 0 else { return .cut(body, after: 20_000, "ETag: \"one\"") }
      return request.rangeStart == nil
        ? .whole(body)
        : .raw(
          .send(Array("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 20000-49999/*\r\n".utf8)),
          .send(Array("Transfer-Encoding: chunked\r\n\r\n".utf8)),
          .send(Array("ffff\r\n".utf8) + [UInt8](repeating: 7, count: 65_535)))
    }) { scene in
      #expect(scene.fetch() == nil && scene.fileIsRight && scene.server.requests.count == 3)
    }
  }

  @Test func pausesAreBounded() throws {
    try withScene({ _ in .status("503 Unavailable", "Retry-After: 1000") }) { scene in
      var options = quick()
      options.tries = 40
      options.longestPause = 0.001
      for backOff in [0.0001, 1000] {
        options.backOff = backOff
        var pauses: [Double] = []
        #expect(throws: FetchError.self) {
          try Fetcher(folder: DataFolder(scene.root), options: options) {
            if case .retrying(_, _, let seconds) = $0 { pauses.append(seconds) }
          }.fetch(scene.manifest)
        }
        #expect(pauses == [Double](repeating: 0.001, count: 39))
      }
    }
    try withScene({ _ in .status("503 Unavailable") }) { scene in
      var options = quick()
      options.tries = 36
      options.backOff = 0.0001
      options.longestPause = 0.0005
      var pauses: [Double] = []
      #expect(throws: FetchError.self) {
        try Fetcher(folder: DataFolder(scene.root), options: options) {
          if case .retrying(_, _, let seconds) = $0 { pauses.append(seconds) }
        }.fetch(scene.manifest)
      }
      #expect(pauses == [0.0001, 0.0004] + [Double](repeating: 0.0005, count: 33))
    }
  }

  // MARK: Slow servers

  @Test func dripIsWaitedFor() throws {
    try expectFile(requests: 1) { _ in
      var steps = [Answer.head("200 OK", ["Content-Length: \(body.count)"])]
      for start in stride(from: 0, to: body.count, by: 5000) {
        steps += [.send(Array(body[start..<start + 5000])), .wait(0.01)]
      }
      return Answer(steps: steps)
    }
  }

  @Test func stallEndsInTime() throws {
    try expectFailure(
      "no byte came in time, after 3 tries", leaving: nil, tries: nil,
      idleSeconds: 0.3
    ) { request in
      .raw(
        Answer.head(
          request.rangeStart == nil ? "200 OK" : "206 Partial Content",
          ["Content-Length: \(body.count - (request.rangeStart ?? 0))", "ETag: \"one\""]
            + (request.rangeStart.map { ["Content-Range: bytes \($0)-49999/50000"] } ?? [])),
        .send([1, 2, 3]), .wait(0.8))
    }
  }

  // MARK: Redirects

  @Test func redirectOnce() throws {
    try expectFile(requests: 2) { $0.path == "file.bin" ? .status("302 Found", "Location: /other") : .whole(body) }
  }

  @Test func redirectChain() throws {
    try expectFile(requests: 11) { request in
      let step = Int(request.path) ?? 0
      return step == 10 ? .whole(body) : .status("301 Moved Permanently", "Location: \(step + 1)")
    }
  }

  @Test func redirectLoop() throws {
    try expectFailure("it redirects more than 10 times, at last to SERVER/file.bin", tries: 11) { _ in
      .status("307 Temporary Redirect", "Location: /file.bin")
    }
  }

  @Test func redirectToNowhere() throws {
    try expectFailure("the server gave no answer, after 3 tries", tries: 3) { _ in .status("302 Found") }
    try expectFailure("SERVER/file.bin answers 304 without saying where to go on") { _ in .status("304 Not Modified") }
    try expectFailure("it redirects to ftp://somewhere/file, which is not encrypted") { _ in
      .status("302 Found", "Location: ftp://somewhere/file")
    }
  }

  @Test func redirectMayNotTakeEncryptionAway() throws {
    let secure = try #require(URL(string: "https://a.org/x")), plain = try #require(URL(string: "http://a.org/x"))
    #expect(Download.allowsRedirect(from: secure, to: secure) && Download.allowsRedirect(from: plain, to: secure))
    #expect(!Download.allowsRedirect(from: secure, to: plain) && Download.allowsRedirect(from: plain, to: plain))
  }

  // MARK: Statuses

  @Test func missingFile() throws {
    try expectFailure("the server answers 404") { _ in .status("404 Not Found") }
    try expectFailure("the server answers 403") { _ in .status("403 Forbidden") }
  }

  @Test func serverErrorThenFine() throws {
    try expectFile(requests: 3) {
      $0.index < 2 ? .status($0.index == 0 ? "500 Internal Server Error" : "503 Unavailable") : .whole(body)
    }
  }

  @Test func serverErrorAlways() throws {
    try expectFailure("the server answers 500, after 3 tries", tries: 3) { _ in .status("500 Internal Server Error") }
  }

  @Test func silentServer() throws {
    try expectFailure("Empty reply from server, after 3 tries", tries: 3) { _ in .raw() }
  }

  @Test func noServer() throws {
    try withScene({ _ in .whole(body) }) { scene in
      scene.server.stop()
      let sentence = try #require(scene.fetch())
      #expect(
        sentence.hasPrefix("set/file.bin: cannot be fetched (no hash known) from SERVER/file.bin: Failed to connect"))
      #expect(
        sentence.hasSuffix(
          "after 3 tries; use --data DIR for a folder that holds it, or --dataset twin:sample, which needs no files"))
      #expect(scene.contents.isEmpty)
    }
  }
}
