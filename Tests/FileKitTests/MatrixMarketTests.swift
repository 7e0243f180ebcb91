import FileKit
import Foundation
import TestSupport
import Testing

@Suite struct MatrixMarketTests {
  static let banner = "%%MatrixMarket matrix coordinate"

  func parse(_ text: String) throws -> MatrixMarketFile {
    try MatrixMarketFile.parse(Array(text.utf8), path: "m.mtx")
  }

  @Test func everyField() throws {
    let real = try parse("\(Self.banner) real general\n% note\n\n3 4 3\n1 4 0.5\r\n 3\t1  -2e3 \n% more\n2 2 7")
    let expected = MatrixMarketFile(
      rows: 3, columns: 4, field: .real, rowIndices: [0, 2, 1], columnIndices: [3, 0, 1], values: [0.5, -2000, 7])
    #expect(real == expected)
    let integer = try parse("%%matrixmarket MATRIX Coordinate Integer Symmetric\n2 2 2\n1 1 -4\n2 1 9\n")
    #expect(integer.field == .integer && integer.isSymmetric && integer.values == [-4, 9])
    let pattern = try parse("\(Self.banner) pattern symmetric\n3 3 2\n2 1\n3 2\n")
    #expect(pattern.values == nil && pattern.rowIndices == [1, 2] && pattern.columnIndices == [0, 1])
    #expect(try parse("\(Self.banner) pattern general\n5 6 0\n").count == 0)
  }

  @Test func numbersRoundAsTheStandardLibrary() throws {
    var random = SplitMix64(state: 9)
    let words = (0..<2000).map { _ in
      let digits = String(UInt64.random(in: 0...(1 << UInt64.random(in: 1...62, using: &random)), using: &random))
      let fraction = String(UInt64.random(in: 0...9_999_999_999, using: &random))
      return ["\(digits).\(fraction)", "-0.\(fraction)", "\(digits)e-7", ".\(fraction)", "\(digits)."].randomElement(
        using: &random)!
    }
    let text = "\(Self.banner) real general\n1 1 2000\n" + words.map { "1 1 \($0)\n" }.joined()
    #expect(try parse(text).values == words.map { Double($0.hasSuffix(".") ? $0 + "0" : $0)! })
  }

  @Test(arguments: [
    ("", "line 1: \"\": expected \"%%MatrixMarket matrix coordinate\", a field and a symmetry"),
    ("3 3 1\n1 1\n", "line 1: \"3 3 1\": expected \"%%MatrixMarket matrix coordinate\", a field and a symmetry"),
    (
      "%%MatrixMarket matrix array real general\n",
      "line 1: \"%%MatrixMarket matrix array real general\": is a dense matrix, expected coordinates"
    ),
    (
      "\(banner) complex general\n",
      "line 1: \"\(banner) complex general\": expected the field real, integer or pattern"
    ),
    (
      "\(banner) real skew-symmetric\n",
      "line 1: \"\(banner) real skew-symmetric\": expected the symmetry general or symmetric"
    ),
    ("\(banner) real general\n% end", "ends before the numbers of rows, columns and entries"),
    ("\(banner) real general\n3 3\n", "line 2: \"3 3\": expected the numbers of rows, columns and entries"),
    (
      "\(banner) real general\n3 3 1 1\n",
      "line 2: \"3 3 1 1\": expected the numbers of rows, columns and entries and no more"
    ),
    (
      "\(banner) real general\n0 3 1\n",
      "line 2: \"0 3 1\": expected rows and columns from 1 to 2147483647 and entries from 0"
    ),
    (
      "\(banner) real general\n3 3 999999999\n",
      "announces 999999999 entries, more than 60 bytes can hold"
    ),
    ("\(banner) pattern symmetric\n3 4 0\n", "is symmetric, but has 3 rows and 4 columns"),
    ("\(banner) pattern general\n3 3 1\n4 1\n", "line 3: \"4 1\": row 4 is outside of 1...3"),
    ("\(banner) pattern general\n3 3 1\n1 0\n", "line 3: \"1 0\": column 0 is outside of 1...3"),
    ("\(banner) pattern general\n3 3 1\n1\n", "line 3: \"1\": expected a row and a column"),
    ("\(banner) pattern general\n3 3 1\n1 2 3\n", "line 3: \"1 2 3\": expected a row and a column and no more"),
    (
      "\(banner) pattern symmetric\n3 3 1\n1 2\n",
      "line 3: \"1 2\": lies above the diagonal, where a symmetric matrix lists no entries"
    ),
    (
      "\(banner) real general\n3 3 1\n1 2\n",
      "line 3: \"1 2\": expected a row, a column and a value, which is a finite number"
    ),
    (
      "\(banner) real general\n3 3 1\n1 2 nan\n",
      "line 3: \"1 2 nan\": expected a row, a column and a value, which is a finite number"
    ),
    (
      "\(banner) integer general\n3 3 1\n1 2 1.5\n",
      "line 3: \"1 2 1.5\": the value is not whole, expected an integer"
    ),
    ("\(banner) pattern general\n3 3 2\n1 2\n", "announces 2 entries, but lists 1"),
    (
      "\(banner) pattern general\n3 3 1\n1 2\n2 2\n",
      "line 4: \"2 2\": follows the 1 entries that were announced"
    ),
  ])
  func eachFaultIsOneSentence(_ text: String, _ expected: String) {
    #expect(sentence { _ = try parse(text) } == "m.mtx: " + expected)
  }

  @Test func roundTripPlainAndCompressed() throws {
    try withTemporaryFolder { folder in
      for name in ["m.mtx", "m.mtx.gz"] {
        for values in [[0.1, -2e100], [3, -4], nil] as [[Double]?] {
          let field: MatrixMarketFile.Field = values == nil ? .pattern : values![0] == 3 ? .integer : .real
          let matrix = MatrixMarketFile(
            rows: 5, columns: 5, field: field, isSymmetric: true, rowIndices: [4, 2], columnIndices: [0, 2],
            values: values)
          try matrix.write(to: folder + "/" + name)
          #expect(try MatrixMarketFile.read(folder + "/" + name) == matrix)
        }
      }
    }
  }
}

@Suite struct LineBlockTests {
  /// Text whose lines cross every border of blocks, whole and inflated, with or without a last line end.
  @Test func linesStayWhole() throws {
    try withTemporaryFolder { folder in
      var random = SplitMix64(state: 3)
      for end in ["\n", ""] {
        let lines = (0..<300).map { _ in String(repeating: "x", count: Int.random(in: 0...90, using: &random)) }
        let text = Array((lines.joined(separator: "\n") + end).utf8)
        let half = text.count / 2
        let plain = folder + "/a.txt", zipped = folder + "/a.txt.gz"
        try Data(text).write(to: URL(fileURLWithPath: plain))
        let members = Gzip.compress(Array(text[..<half])) + Gzip.compress(Array(text[half...])) + [0, 0, 0]
        try Data(members).write(to: URL(fileURLWithPath: zipped))
        for path in [plain, zipped] {
          for blockSize in [1, 7, 64, 1 << 20] {
            var seen: [UInt8] = [], blocks = 0
            try LineBlocks.read(path, blockSize: blockSize) { (block) throws(FileError) in
              #expect(block.last == 0x0a || seen.count + block.count == text.count)
              seen += block
              blocks += 1
            }
            #expect(seen == text && (blockSize > 64 || blocks > 100))
          }
        }
      }
    }
  }

  /// The sentence that reading `bytes` as a compressed file gives, without its folder; nil when they are sound.
  func fault(_ bytes: [UInt8]) throws -> String? {
    try withTemporaryFolder { folder in
      try Data(bytes).write(to: URL(fileURLWithPath: folder + "/a.csv.gz"))
      return sentence { try LineBlocks.read(folder + "/a.csv.gz") { (_) throws(FileError) in } }?
        .replacingOccurrences(of: folder + "/", with: "")
    }
  }

  @Test func damagedFiles() throws {
    let bytes = Gzip.compress(Array("1,2\n3,4\n".utf8))
    #expect(try fault(bytes) == nil)
    #expect(try fault([]) == "a.csv.gz: offset 0: expected the gzip magic 1f 8b")
    #expect(try fault(Array("1,2\n".utf8)) == "a.csv.gz: offset 0: expected the gzip magic 1f 8b")
    #expect(try fault(bytes.dropLast(3)) == "a.csv.gz: offset \(bytes.count - 3): the compressed data end early")
    var flipped = bytes
    flipped[bytes.count - 6] ^= 1
    let sentence = try fault(flipped) ?? ""
    #expect(sentence.hasSuffix("the compressed data are damaged (incorrect data check)"))
  }
}
