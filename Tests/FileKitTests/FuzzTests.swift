import FileKit
import Foundation
import TestSupport
import Testing

/// Every reader meets mutated files. It may read them or throw a `FileError`; typed throws leave no third way but a
/// crash, which ends the run. `GOSSAMER_FUZZ` sets the number of cases per reader (10,000 when it is not set).
@Suite struct FuzzTests {
  static let caseCount = ProcessInfo.processInfo.environment["GOSSAMER_FUZZ"].flatMap { Int($0) } ?? 10_000

  /// Numbers that lengths and offsets are overwritten with.
  static let treacherous: [UInt64] = [
    0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000,
    0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, 0xffff_ffff_ffff_fff0, 0xffff_ffff_ffff_ffff,
  ]

  static func mutate(_ corpus: [[UInt8]], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = corpus.randomElement(using: &random)!
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<8, using: &random) {
      case 0, 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 3: bytes.removeLast(bytes.count - place)
      case 4:
        let width = [1, 2, 4, 8].randomElement(using: &random)!
        let number = treacherous.randomElement(using: &random)!
        for index in 0..<min(width, bytes.count - place) {
          bytes[place + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index))
        }
      case 5:
        let other = corpus.randomElement(using: &random)!
        let start = Int.random(in: 0..<max(1, other.count), using: &random)
        let part = other[start..<min(other.count, start + Int.random(in: 0...40, using: &random))]
        bytes.insert(contentsOf: part, at: place)
      case 6:
        bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...8, using: &random)))
      default:
        // A digit in a text header becomes another, or grows.
        if let digit = bytes[place...].firstIndex(where: { 0x30...0x39 ~= $0 }) {
          bytes[digit] = UInt8.random(in: 0x30...0x39, using: &random)
          if Bool.random(using: &random) {
            bytes.insert(contentsOf: repeatElement(0x39, count: Int.random(in: 1...20, using: &random)), at: digit)
          }
        }
      }
    }
    return bytes
  }

  func fuzz(_ corpus: [[UInt8]], seed: UInt64, _ read: ([UInt8]) throws(FileError) -> Void) {
    var random = SplitMix64(state: seed)
    var accepted = 0
    var sentences: Set<String> = []
    for _ in 0..<Self.caseCount {
      let bytes = Self.mutate(corpus, &random)
      do throws(FileError) {
        try read(bytes)
        accepted += 1
      } catch {
        sentences.insert(error.problem)
        #expect(!error.description.contains("\n"), "an error spans several lines: \(error)")
      }
    }
    // A reader that refuses everything for one reason would pass, but would not have been tested.
    #expect(sentences.count > 3 && accepted < Self.caseCount)
  }

  /// The first bytes of real files, where the data are at hand.
  static func real(_ names: [String], limit: Int = 60_000) -> [[UInt8]] {
    guard TestData.isPresent else { return [] }
    return names.compactMap { try? bytes(of: TestData.folder + "/" + $0) }.filter { $0.count <= limit }
  }

  @Test func npy() {
    let corpus = [
      PythonFixtures.npyFloat32, PythonFixtures.npyBigFortran, PythonFixtures.npyScalar, PythonFixtures.npyText,
      PythonFixtures.npyBytes, PythonFixtures.npyVersion2, PythonFixtures.npyVersion3, PythonFixtures.npyHalf,
      PythonFixtures.npyObject, PythonFixtures.npyRecord,
    ]
    fuzz(corpus, seed: 1) { (bytes) throws(FileError) in
      let array = try NumpyArray(bytes: bytes, path: "fuzz.npy")
      switch array.element {
      case .byteString, .text: _ = try array.strings()
      default:
        _ = try array.doubles()
        _ = try array.tensor()
        _ = try array.integers()
      }
    }
  }

  @Test func npz() {
    let corpus =
      [PythonFixtures.npzStored, PythonFixtures.npzDeflated] + Self.real(["heterophily/texas.npz", "tu/MUTAG.npz"])
    fuzz(corpus, seed: 2) { (bytes) throws(FileError) in
      let archive = try NumpyArchive(bytes: bytes, path: "fuzz.npz")
      for name in archive.names { _ = try archive.array(name) }
    }
  }

  @Test func zip() {
    let corpus =
      [PythonFixtures.zipDescriptor, PythonFixtures.zipBzip2, PythonFixtures.npzDeflated] + Self.real(["tu/MUTAG.zip"])
    fuzz(corpus, seed: 3) { (bytes) throws(FileError) in
      let archive = try ZipArchive(bytes: bytes, path: "fuzz.zip")
      for member in archive.members { _ = try archive.contents(of: member) }
    }
  }

  @Test func gzip() {
    let corpus = [
      PythonFixtures.gzipTwo, Gzip.compress(Array(repeating: 7, count: 5000)), Gzip.compress(PythonFixtures.pickle0),
    ]
    fuzz(corpus, seed: 4) { (bytes) throws(FileError) in _ = try Gzip.decompress(bytes, path: "fuzz.gz") }
  }

  @Test func safetensors() {
    fuzz([PythonFixtures.safetensorsWritten, PythonFixtures.safetensorsMixed], seed: 5) { (bytes) throws(FileError) in
      let file = try SafetensorsFile(bytes: bytes, path: "fuzz.safetensors")
      for name in file.names { _ = try file.tensor(name) }
    }
  }

  @Test func pickle() {
    let corpus =
      [
        PythonFixtures.pickle0, PythonFixtures.pickle1, PythonFixtures.pickle2, PythonFixtures.pickle3,
        PythonFixtures.pickle4, PythonFixtures.pickle5, PythonFixtures.pickleCSR0, PythonFixtures.pickleCSR2,
        PythonFixtures.pickleCSR4, PythonFixtures.pickleCSR5, PythonFixtures.pickleSystem, PythonFixtures.pickleOther,
        PythonFixtures.pickleCycle, PythonFixtures.pickleDeep,
      ]
      + Self.real(["planetoid/original/ind.cora.y", "planetoid/original/ind.cora.x"], limit: 25_000)
    fuzz(corpus, seed: 6) { (bytes) throws(FileError) in _ = try PickleFile.decode(bytes, path: "fuzz.pickle") }
  }

  @Test func edgeList() {
    let corpus = [
      "# Nodes: 4 Edges: 3\n0\t1\n1,2\r\n2 3\n", "% comment\n0 1 0.5\n1 2 -3e-4\n2,0,7\n", "0 1\n\n1 2147483647\n",
    ].map { Array($0.utf8) }
    fuzz(corpus, seed: 7) { (bytes) throws(FileError) in _ = try EdgeListFile.parse(bytes, path: "fuzz.txt") }
  }

  @Test func csv() {
    let corpus = [
      "a,b,c\n1,2,3\n4,,6\n", "name,\"a \"\"b\"\"\"\r\n\"x,y\",1e3\r\n\"two\nlines\",-4\r\n",
    ].map { Array($0.utf8) }
    fuzz(corpus, seed: 8) { (bytes) throws(FileError) in
      let table = try CSVTable(bytes: bytes, path: "fuzz.csv")
      for name in table.names { _ = try table.numbers(name) }
    }
  }

  @Test func matrixMarket() {
    let corpus = [
      "%%MatrixMarket matrix coordinate real general\n% c\n3 4 3\n1 4 0.5\r\n3 1 -2e3\n2 2 7\n",
      "%%MatrixMarket matrix coordinate integer symmetric\n2 2 2\n1 1 -4\n2 1 9\n",
      "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n3 2\n",
    ].map { Array($0.utf8) }
    fuzz(corpus, seed: 9) { (bytes) throws(FileError) in
      let matrix = try MatrixMarketFile.parse(bytes, path: "fuzz.mtx")
      #expect(matrix.columnIndices.count == matrix.count)
    }
  }
}
