import FileKit
import Foundation
import TestSupport
import Testing

@Suite struct SHA256Tests {
  /// FIPS 180-4 and NIST's example vectors.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrst"
        + "nopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
  ])
  func knownAnswers(_ text: String, digest: String) {
    #expect(SHA256.hexDigest(of: Array(text.utf8)) == digest)
  }

  @Test func aMillionTimesA() {
    #expect(
      SHA256.hexDigest(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  /// Every length around the padding's edges, in pieces of every size.
  @Test func piecesDoNotMatter() {
    let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    for length in [0, 1, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 127, 128, 129, 200] {
      let whole = SHA256.hexDigest(of: Array(bytes[..<length]))
      for size in [1, 7, 63, 64, 65] {
        var hash = SHA256()
        for start in stride(from: 0, to: length, by: size) {
          hash.update(Array(bytes[start..<min(start + size, length)]))
        }
        #expect(hash.hexDigest() == whole)
      }
    }
  }

  @Test func filesAreReadInBlocks() throws {
    try withTemporaryFolder { folder in
      let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
      try AtomicFile.write(bytes, to: folder + "/a")
      var steps: [Int] = []
      let digest = try SHA256.digest(ofFile: folder + "/a") { (read) throws(FileError) in steps.append(read) }
      #expect(digest.hex == SHA256.hexDigest(of: bytes) && digest.bytes == 1_000_000)
      #expect(steps.last == 1_000_000 && steps.count > 1 && steps == steps.sorted())
      let error = #expect(throws: FileError.self) { try SHA256.digest(ofFile: folder + "/none") }
      #expect(error?.description == "\(folder)/none: cannot be opened: No such file or directory")
    }
  }
}
