import FileKit
import Foundation
import TestSupport
import Testing

@Suite struct EdgeListTests {
  func parse(_ text: String) throws -> EdgeListFile { try EdgeListFile.parse(Array(text.utf8), path: "g.txt") }
  func message(_ text: String) -> String? { sentence { _ = try parse(text) } }

  @Test func columnsAndComments() throws {
    let plain = try parse("# Directed graph\n# Nodes: 5242 Edges: 2\n% note\n\n0\t1\r\n 2 , 3 \n")
    #expect(plain == EdgeListFile(sources: [0, 2], targets: [1, 3], declaredNodeCount: 5242))
    let weighted = try parse("\u{feff}0 1 0.5\n1,2,-3e-2\n2 0 7\n3 3 .25\n4 4 +1.\n5 5 16777217\n6 6 0.1")
    #expect(weighted.sources == [0, 1, 2, 3, 4, 5, 6])
    #expect(weighted.weights == [0.5, -0.03, 7, 0.25, 1, 16_777_216, 0.1])
    #expect(try parse("").count == 0)
    #expect(try parse("0 2147483647").targets == [.max])
  }

  @Test func weightsRoundAsTheStandardLibrary() throws {
    var random = SplitMix64(state: 4)
    let words = (0..<2000).map { _ in
      let digits = String(UInt64.random(in: 0...(1 << UInt64.random(in: 1...50, using: &random)), using: &random))
      let fraction = String(UInt32.random(in: 0...99_999, using: &random))
      return Bool.random(using: &random) ? digits + "." + fraction : "-0." + fraction
    }
    let file = try parse(words.map { "1 2 \($0)\n" }.joined())
    #expect(file.weights == words.map { Float($0)! })
  }

  @Test func faults() {
    let expected = "expected two node ids and an optional weight"
    #expect(message("0 1\n# c\n5\n") == "g.txt: line 3: \"5\": \(expected)")
    #expect(message("0 1\r\n1 x\r\n") == "g.txt: line 2: \"1 x\": \(expected)")
    #expect(message("1 2 3 4") == "g.txt: line 1: \"1 2 3 4\": \(expected)")
    #expect(message("1,,2") == "g.txt: line 1: \"1,,2\": \(expected)")
    #expect(message("1.5 2") == "g.txt: line 1: \"1.5 2\": \(expected)")
    #expect(message("1 -2") == "g.txt: line 1: \"1 -2\": a node id is negative, expected 0 to 2147483647")
    #expect(
      message("1 2147483648") == "g.txt: line 1: \"1 2147483648\": a node id is too large, expected 0 to 2147483647")
    #expect(message("1 99999999999999999999999999")?.hasSuffix("too large, expected 0 to 2147483647") == true)
    #expect(message("1 2 nan") == "g.txt: line 1: \"1 2 nan\": expected a finite number as the weight")
    #expect(message("1 2 1e99") == "g.txt: line 1: \"1 2 1e99\": expected a finite number as the weight")
    #expect(message("1 2 .") == "g.txt: line 1: \"1 2 .\": expected a finite number as the weight")
    #expect(message("1 2 3\n1 2") == "g.txt: line 2: \"1 2\": expected a weight, as the lines before have one")
    #expect(message("1 2\n1 2 3") == "g.txt: line 2: \"1 2 3\": expected no weight, as the lines before have none")
    let long = "7 " + String(repeating: "y", count: 500)
    #expect(message(long) == "g.txt: line 1: \"7 \(String(repeating: "y", count: 58))...\": \(expected)")
  }

  @Test func roundTripPlainAndCompressed() throws {
    try withTemporaryFolder { folder in
      for name in ["g.txt", "g.txt.gz"] {
        let graph = EdgeListFile(sources: [0, 5], targets: [1, 2], weights: [0.1, -2], declaredNodeCount: 9)
        try graph.write(to: folder + "/" + name)
        #expect(try EdgeListFile.read(folder + "/" + name) == graph)
      }
      #expect(try bytes(of: folder + "/g.txt.gz").starts(with: [0x1f, 0x8b]))
    }
  }

  @Test func aMillionEdges() throws {
    var text: [UInt8] = []
    for edge in 0..<1_000_000 { text += "\(edge)\t\(edge / 3)\n".utf8 }
    let graph = try EdgeListFile.parse(text, path: "g.txt")
    #expect(graph.count == 1_000_000 && graph.sources.last == 999_999 && graph.targets.last == 333_333)
  }
}

@Suite struct CSVTests {
  @Test func fieldsAreQuotedWhereTheyMustBe() {
    let cases = [
      "plain": "plain", "a,b": "\"a,b\"", "say \"x\"": "\"say \"\"x\"\"\"", "line\nbreak": "\"line\nbreak\"",
      "line\r\nbreak": "\"line\r\nbreak\"", "": "",
    ]
    for (field, quoted) in cases { #expect(CSVWriter.quoted(field) == quoted) }
    #expect(CSVWriter.quoted("", evenEmpty: true) == "\"\"")
  }

  @Test(.enabled("needs /dev/full") { FileManager.default.fileExists(atPath: "/dev/full") })
  func lostBytesAreAnError() {
    let full = open("/dev/full", O_WRONLY)
    defer { close(full) }
    #expect(
      sentence { try FileBytes.write([1, 2], to: full, path: "log.csv") }
        == "log.csv: cannot be written: No space left on device")
    #expect(
      sentence { try FileBytes.write([1, 2], to: -1, path: "log.csv") }
        == "log.csv: cannot be written: Bad file descriptor")
  }

  @Test func roundTrip() throws {
    try withTemporaryFolder { folder in
      var writer = CSVWriter(columns: ["id", "a \"name\"", "note"])
      writer.append(["1", "x,y", ""])
      writer.append(["-2", "two\nlines", "é"])
      try writer.write(to: folder + "/t.csv")
      #expect(
        String(decoding: writer.bytes, as: UTF8.self)
          == "id,\"a \"\"name\"\"\",note\n1,\"x,y\",\n-2,\"two\nlines\",é\n")
      let table = try CSVTable(folder + "/t.csv")
      #expect(table.names == ["id", "a \"name\"", "note"] && table.rowCount == 2)
      #expect(try table.integers("id") == [1, -2])
      #expect(try table.strings("a \"name\"") == ["x,y", "two\nlines"])
      #expect(try table.strings("note") == ["", "é"])
      var single = CSVWriter(columns: ["x"])
      single.append([""])
      #expect(try CSVTable(bytes: single.bytes, path: "t").strings("x") == [""])
    }
  }

  @Test func tabsAndLineEnds() throws {
    let table = try CSVTable(bytes: Array("a\tb\r\n1\t2,5\r\n\r\n3\t\r\n".utf8), path: "t.tsv", separator: "\t")
    #expect(try table.strings("b") == ["2,5", ""])
    #expect(try table.numbers("a") == [1, 3])
    #expect(try CSVTable(bytes: Array("a\n1\n".utf8), path: "t").numbers("a") == [1])
    #expect(try CSVTable(bytes: Array("a,b\n,1".utf8), path: "t").numbers("a")[0].isNaN)
  }

  @Test func faults() throws {
    func message(_ text: String, _ column: String = "a") -> String? {
      sentence { _ = try CSVTable(bytes: Array(text.utf8), path: "t.csv").numbers(column) }
    }
    #expect(message("") == "t.csv: is empty, expected a line of column names")
    #expect(message("a,b\n1,2\n\n3\n") == "t.csv: line 4: has 1 fields, expected 2")
    #expect(message("a,a\n") == "t.csv: line 1: names the column \"a\" twice")
    #expect(message("a\n\"x\ny") == "t.csv: line 2: a quote is not closed")
    #expect(message("a\n\"x\"y") == "t.csv: line 2: text follows a closing quote")
    #expect(message("a\n1\nx\n") == "t.csv: line 3, column \"a\": \"x\" is not a number")
    #expect(message("a,b\n", "c") == "t.csv: holds no column \"c\", only \"a\", \"b\"")
    let bytes = Array("a\n".utf8) + [0xff, 0x0a]
    #expect(sentence { _ = try CSVTable(bytes: bytes, path: "t.csv") } == "t.csv: line 2: is not valid UTF-8")
  }
}

@Suite struct AtomicFileTests {
  @Test func replacesOnlyWhenAllIsWritten() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/f"
      try AtomicFile.write("old", to: path)
      let failure = sentence {
        try AtomicFile.write(to: path) { (output) throws(FileError) in
          try output.write([1, 2, 3])
          throw FileError(path: path, "stopped")
        }
      }
      #expect(failure == "\(path): stopped")
      #expect(try bytes(of: path) == Array("old".utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["f"])
      try AtomicFile.write([UInt8](repeating: 5, count: 200_000), to: path)
      #expect(try bytes(of: path) == [UInt8](repeating: 5, count: 200_000))
    }
  }

  @Test func keepsLinksAndModes() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("old", to: folder + "/real")
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: folder + "/real")
      try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "real")
      try AtomicFile.write("new", to: folder + "/link")
      #expect(try bytes(of: folder + "/real") == Array("new".utf8))
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/link") == "real")
      let mode = try FileManager.default.attributesOfItem(atPath: folder + "/real")[.posixPermissions] as? Int
      #expect(mode == 0o640)
    }
  }

  @Test func faults() throws {
    try withTemporaryFolder { folder in
      #expect(
        sentence { try AtomicFile.write("x", to: folder + "/no/f") }
          == "\(folder)/no/f: cannot be written: No such file or directory")
      #expect(sentence { try AtomicFile.write("x", to: folder) } == "\(folder): is a folder, expected a file")
      #expect(sentence { try AtomicFile.write("x", to: "/dev/null") } == "/dev/null: is not a regular file")
    }
  }
}
