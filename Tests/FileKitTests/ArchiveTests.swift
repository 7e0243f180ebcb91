import Foundation
import TestSupport
import Testing

@testable import FileKit

@Suite struct ArchiveTests {
  func message(_ bytes: [UInt8], limit: Int = ZipArchive.defaultSizeLimit) -> String? {
    sentence {
      let archive = try ZipArchive(bytes: bytes, path: "a.zip", sizeLimit: limit)
      for member in archive.members { _ = try archive.contents(of: member) }
    }
  }

  func zip(_ members: [(name: String, bytes: [UInt8])], deflated: Bool = true) throws -> [UInt8] {
    var result: [UInt8] = []
    try withTemporaryFolder { folder in
      try ZipArchive.write(members, to: folder + "/a.zip", deflated: deflated)
      result = try bytes(of: folder + "/a.zip")
    }
    return result
  }

  // MARK: npz

  @Test func numpysArchives() throws {
    for file in [PythonFixtures.npzStored, PythonFixtures.npzDeflated] {
      let archive = try NumpyArchive(bytes: file, path: "a.npz")
      #expect(archive.names == ["x", "y"])
      #expect(try archive.array("x").integers() == [0, 1, 2, 3, 4])
      #expect(try archive["y"]?.floats() == [1.5, 2, 3, 4])
      #expect(try archive["z"] == nil)
      #expect(
        sentence { _ = try archive.array("z") } == "a.npz: holds no array \"z\", only \"x\", \"y\"")
    }
  }

  @Test(arguments: [false, true]) func roundTrip(_ deflated: Bool) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.npz"
      let arrays = [("weights", NumpyArray([1.5, 2] as [Float])), ("ids", NumpyArray(Array(0..<1000)))]
      try NumpyArchive.write(arrays, to: path, deflated: deflated)
      let archive = try NumpyArchive(path)
      #expect(archive.names == ["weights", "ids"])
      for (name, array) in arrays { #expect(try archive.array(name) == array) }
      let first = try bytes(of: path)
      try NumpyArchive.write(arrays, to: path, deflated: deflated)
      #expect(try bytes(of: path) == first)
    }
  }

  @Test func memberIsNamedInErrors() throws {
    let npy = Array(PythonFixtures.npyFloat32.dropLast(2))
    let archive = try NumpyArchive(bytes: zip([("x_data.npy", npy)]), path: "cora.npz")
    #expect(
      sentence { _ = try archive.array("x_data") }
        == "cora.npz: member \"x_data.npy\", offset 128: the header says 6 elements of <f4, but only 22 bytes follow")
  }

  @Test(.needsData) func cora() throws {
    let archive = try NumpyArchive(TestData.folder + "/planetoid/cora.npz")
    let starts = try archive.array("adj_indptr").integers()
    #expect(starts.count == 2709 && starts.last == 10556)
    #expect(try archive.array("adj_indices").int32().count == 10556)
    #expect(try archive.array("y").tensor().shape == [2708])
  }

  // MARK: zip

  @Test func zip64() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.zip"
      try AtomicFile.write(to: path) { (output) throws(FileError) in
        let writer = ZipWriter(output, path: path, longFrom: 0)
        try writer.add("a", [1, 2, 3], deflated: false)
        try writer.add("bé", [UInt8](repeating: 9, count: 1000), deflated: true)
        try writer.finish()
      }
      let archive = try ZipArchive(path)
      #expect(archive.members.map(\.name) == ["a", "bé"])
      #expect(try archive.contents(of: archive.members[0]) == [1, 2, 3])
      #expect(try archive.contents(of: archive.members[1]) == [UInt8](repeating: 9, count: 1000))
    }
  }

  /// Members are handed out in blocks, from a file as from memory, whose bytes need not lie there as a whole.
  @Test(arguments: [false, true]) func membersInBlocks(_ deflated: Bool) throws {
    let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }
    let members = [("a", [1, 2, 3]), ("large", large), ("none", [])] as [(name: String, bytes: [UInt8])]
    try withTemporaryFolder { folder in
      let path = folder + "/a.zip"
      try ZipArchive.write(members, to: path, deflated: deflated)
      for archive in [try ZipArchive(path), try ZipArchive(bytes: bytes(of: path), path: path)] {
        for (member, expected) in Swift.zip(archive.members, members) {
          var seen: [UInt8] = [], sizes: [Int] = []
          try archive.readBlocks(of: member) { (block) throws(FileError) in
            seen += block
            sizes.append(block.count)
          }
          #expect(seen == expected.bytes && sizes.allSatisfy { 1...1 << 18 ~= $0 })
          #expect(try archive.contents(of: member) == expected.bytes)
        }
      }
    }
  }

  @Test func fileThatShrinksIsNamed() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.zip"
      try ZipArchive.write([("x", [UInt8](repeating: 7, count: 5000))], to: path, deflated: false)
      let archive = try ZipArchive(path)
      #expect(truncate(path, 2000) == 0)
      #expect(
        sentence { _ = try archive.contents(of: archive.members[0]) }
          == "\(path): offset 2000: the file ends here, expected 5100 bytes as when it was opened")
    }
  }

  @Test func emptyArchiveAndEmptyMember() throws {
    #expect(try ZipArchive(bytes: zip([]), path: "a").members.isEmpty)
    for deflated in [false, true] {
      let archive = try ZipArchive(bytes: zip([("a", [])], deflated: deflated), path: "a")
      #expect(try archive.contents(of: archive.members[0]) == [])
    }
  }

  @Test func dataDescriptor() throws {
    let archive = try ZipArchive(bytes: PythonFixtures.zipDescriptor, path: "a.zip")
    #expect(try archive.contents(of: archive.members[0]) == Array("hello hello hello".utf8))
  }

  @Test func faults() throws {
    let file = try zip([("x", [UInt8](repeating: 7, count: 5000))])
    let stored = try zip([("x", [1, 2, 3, 4])], deflated: false)
    let directory = file.count - 22 - 47
    func edited(_ file: [UInt8], _ changes: (offset: Int, value: UInt8)...) -> [UInt8] {
      var copy = file
      for change in changes { copy[change.offset] = change.value }
      return copy
    }
    #expect(
      message([1, 2, 3])
        == "a.zip: is not a zip archive or is cut short: it holds no end-of-directory record, PK\\5\\6")
    #expect(message(Array(file.dropLast(1)))?.contains("cut short") == true)
    #expect(
      message(PythonFixtures.zipBzip2)
        == "a.zip: member \"x.npy\": is compressed by method 12 (bzip2), expected stored (0) or deflated (8)")
    #expect(message(edited(file, (directory + 8, 1))) == "a.zip: member \"x\": is encrypted, which is not read")
    #expect(message(edited(file, (directory + 16, 0)))?.contains("but the directory says") == true)
    #expect(
      message(edited(file, (directory + 27, 0x7f)))?.contains("deflated bytes can hold") == true)
    #expect(
      message(edited(file, (directory + 24, 0x89)))
        == "a.zip: member \"x\": inflates to 5000 bytes, but the directory says 5001")
    #expect(
      message(edited(file, (directory + 24, 0x87)))?
        .hasSuffix("the data inflate to more than the 4999 bytes expected") == true)
    #expect(message(file, limit: 4999) == "a.zip: member \"x\": declares 5000 bytes, expected at most 4999")
    #expect(
      message(edited(stored, (stored.count - 22 - 47 + 24, 5)))
        == "a.zip: member \"x\": is stored, but declares 5 bytes in 4")
    #expect(message(edited(stored, (31, 9)))?.contains("has CRC-32") == true)
    #expect(
      message(edited(stored, (30, 0x79)))
        == "a.zip: member \"x\", offset 0: the local header names the member \"y\"")
    #expect(message(edited(stored, (0, 0))) == "a.zip: member \"x\", offset 0: expected a local header, PK\\3\\4")
    #expect(
      message(edited(file, (file.count - 12, 9)))?.hasSuffix("but their directory has only 47 bytes") == true)
    let twice = try zip([("x", [1]), ("y", [2])], deflated: false)
    #expect(
      message(twice.map { $0 == UInt8(ascii: "y") ? UInt8(ascii: "x") : $0 })
        == "a.zip: the archive holds two members named \"x\"")
    #expect(
      sentence { try ZipArchive.write([("x", []), ("x", [])], to: "unwritten.zip") }
        == "unwritten.zip: member \"x\": is written twice")
    #expect(!FileManager.default.fileExists(atPath: "unwritten.zip"))
  }

  // MARK: gzip

  @Test func gzip() throws {
    #expect(try Gzip.decompress(PythonFixtures.gzipTwo, path: "a.gz") == Array("hello world".utf8))
    #expect(try Gzip.decompress(PythonFixtures.gzipTwo + [0, 0, 0], path: "a.gz") == Array("hello world".utf8))
    let large = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    #expect(try Gzip.decompress(Gzip.compress(large), path: "a.gz") == large)
    try withTemporaryFolder { folder in
      try Gzip.write([], to: folder + "/e.gz")
      #expect(try Gzip.read(folder + "/e.gz") == [])
    }
  }

  @Test func gzipFaults() {
    func message(_ bytes: [UInt8], limit: Int = Gzip.defaultSizeLimit) -> String? {
      sentence { _ = try Gzip.decompress(bytes, path: "a.gz", sizeLimit: limit) }
    }
    let file = Gzip.compress([UInt8](repeating: 1, count: 100_000))
    #expect(message([]) == "a.gz: offset 0: expected the gzip magic 1f 8b")
    #expect(message(Array(file.dropLast(4)))?.hasSuffix("the compressed data end early") == true)
    #expect(message(file + [1, 2]) == "a.gz: offset \(file.count): expected the gzip magic 1f 8b")
    #expect(message(file, limit: 99_999)?.hasSuffix("the data inflate to more than the 99999 bytes expected") == true)
    #expect(message(file, limit: 100_000) == nil)
    var damaged = file
    damaged[file.count - 6] ^= 1
    #expect(message(damaged)?.hasSuffix("the compressed data are damaged (incorrect data check)") == true)
    // Fifty thousand empty members cost no more than their bytes.
    let empty = Gzip.compress([])
    #expect(message(Array(repeatElement(empty, count: 50_000).joined())) == nil)
  }
}
