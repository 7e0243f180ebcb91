import FileKit
import Foundation
import TestSupport
import Testing

@Suite struct PickleTests {
  @Test(arguments: 0...5) func plainDataOfEveryProtocol(_ version: Int) throws {
    let files = [
      PythonFixtures.pickle0, PythonFixtures.pickle1, PythonFixtures.pickle2, PythonFixtures.pickle3,
      PythonFixtures.pickle4, PythonFixtures.pickle5,
    ]
    let value = try PickleFile.decode(files[version], path: "data.pickle")
    #expect(value["i"]?.asIntegers == [0, 1, 255, 256, -1, 1 << 31, -1 << 40])
    #expect(value["f"]?.asDouble == 2.5)
    #expect(value["b"] == .list([.bool(true), .bool(false), .none]))
    #expect(value["s"]?.asString == "hé€")
    #expect(value["y"]?.asBytes == [0, 255])
    #expect(value["t"] == .tuple([.int(1), .tuple([.int(2)]), .tuple([])]))
    #expect(value["set"] == .set([.int(3)]))
    #expect(value["od"]?["k"]?.asInt == 1)
    #expect(value["dd"]?.asDictionary?.first?.value.asIntegers == [2])
    let array = try #require(value["arr"]?.asArray)
    #expect(array.shape == [2, 3])
    #expect(try array.doubles() == [0, 2, 4, 1, 3, 5])
    #expect(value["sc"]?.asDouble == 1.5)
    #expect(try value["u"]?.asArray?.strings() == ["a", "bc"])
    #expect(value["absent"] == nil)
  }

  @Test(arguments: 0..<4) func csrMatrix(_ index: Int) throws {
    let files = [
      PythonFixtures.pickleCSR0, PythonFixtures.pickleCSR2, PythonFixtures.pickleCSR4, PythonFixtures.pickleCSR5,
    ]
    let matrix = try #require(try PickleFile.decode(files[index], path: "m.pickle").asCSR)
    #expect(matrix.rowCount == 2 && matrix.columnCount == 3)
    #expect(matrix.starts == [0, 2, 3] && matrix.columns == [0, 2, 2])
    #expect(try matrix.values.floats() == [1, 2, 3])
  }

  @Test func python2Strings() throws {
    let text = "(lp0\nS'a\\x41\\n\\101'\np1\naV\\u20acx\np2\naL5L\naI01\na."
    let value = try PickleFile.decode(Array(text.utf8), path: "p")
    #expect(value == .list([.string("aA\nA"), .string("€x"), .int(5), .bool(true)]))
  }

  @Test func longIntegers() throws {
    #expect(try PickleFile.decode(hex("80 02 8a 08 ffffffffffffff7f 2e"), path: "p").asInt == .max)
    #expect(try PickleFile.decode(hex("80 02 8a 00 2e"), path: "p").asInt == 0)
    #expect(
      sentence { _ = try PickleFile.decode(hex("80 02 8a 09 ffffffffffffffff00 2e"), path: "p") }
        == "p: offset 2: an integer of 9 bytes does not fit 64 bits")
  }

  @Test func refusals() {
    func message(_ bytes: [UInt8]) -> String? { sentence { _ = try PickleFile.decode(bytes, path: "p") } }
    #expect(message(PythonFixtures.pickleSystem) == "p: offset 2: refused to use posix.system, which is not plain data")
    #expect(
      message(PythonFixtures.pickleOther)
        == "p: offset 35: refused to use collections.Counter, which is not plain data")
    #expect(message(Array("P1\n.".utf8)) == "p: offset 0: refused to follow a persistent id")
    #expect(message(hex("80 02 82 01 2e")) == "p: offset 2: refused to look up the extension registry")
    #expect(message(Array("(ios\nsystem\n.".utf8)) == "p: offset 1: refused to use os.system, which is not plain data")
    #expect(message(Array("(dNb.".utf8)) == "p: offset 3: refused to set the state of a dictionary")
    #expect(message(Array("NNb.".utf8)) == "p: offset 2: refused to set the state of a plain value")
    #expect(message(Array("N(tR.".utf8)) == "p: offset 3: refused to call something other than a known name")
    #expect(
      message(Array("c__builtin__\neval\n.".utf8))
        == "p: offset 0: refused to use __builtin__.eval, which is not plain data")
  }

  @Test func damage() {
    func message(_ bytes: [UInt8]) -> String? { sentence { _ = try PickleFile.decode(bytes, path: "p") } }
    #expect(message([]) == "p: offset 0: the file ends where a pickle opcode was expected")
    #expect(message(hex("80 07 4e 2e")) == "p: offset 0: pickle protocol 7 is not known, expected 0 to 5")
    #expect(message(Array("(".utf8) + [0xfe]) == "p: offset 1: 254 is not a pickle opcode")
    #expect(message(Array("t.".utf8)) == "p: offset 0: the pickle lacks a mark")
    #expect(message(Array(".".utf8)) == "p: offset 0: the pickle's stack is empty")
    #expect(message(Array("NN.".utf8)) == "p: offset 2: the pickle stops with 1 values left over")
    #expect(message(Array("N.xx".utf8)) == "p: offset 2: 2 bytes follow the end of the pickle")
    #expect(message(Array("g3\n.".utf8)) == "p: offset 0: the memo has no entry 3")
    #expect(
      message(hex("80 02 54 ffffff7f 00 2e"))
        == "p: offset 7: expected 2147483647 bytes of a string, but only 2 follow")
    #expect(message(Array("(I1\nNI1\nNd.".utf8)) == "p: offset 10: a dictionary holds the key 1 twice")
    let cyclic = "nests containers deeper than 100 levels or inside themselves"
    #expect(message(PythonFixtures.pickleCycle)?.contains(cyclic) == true)
    #expect(message(PythonFixtures.pickleDeep)?.contains(cyclic) == true)
  }

  @Test func hostileNestingAndRepetition() {
    // A million lists inside each other end in a sentence, not in an exhausted stack.
    let deep = [UInt8](repeating: 0x5d, count: 1_000_000) + [UInt8](repeating: 0x61, count: 999_999) + [0x2e]
    #expect(
      sentence { _ = try PickleFile.decode(deep, path: "p") }
        == "p: offset 1999999: the pickle nests containers deeper than 100 levels or inside themselves")
    // One long list made into ten thousand others.
    var wide = Array("c__builtin__\nlist\nq\u{0}0(".utf8) + [UInt8](repeating: UInt8(ascii: "N"), count: 100_000)
    wide += hex("6c 85 71 01 30 28")
    for _ in 0..<10_000 { wide += hex("68 00 68 01 52") }
    #expect(
      sentence { _ = try PickleFile.decode(wide + hex("74 2e"), path: "p") }?
        .hasSuffix("the pickle repeats its data until they outgrow the file many times") == true)
  }

  @Test func csrFaults() {
    let file = PythonFixtures.pickleCSR2
    func message(_ bytes: [UInt8]) -> String? { sentence { _ = try PickleFile.decode(bytes, path: "m") } }
    #expect(message(file.replacing("indptr", by: "indxxx")) == "m: csr_matrix: its state lacks \"indptr\"")
    #expect(
      message(file.replacing("\u{2}\0\0\0\u{2}\0\0\0", by: "\u{2}\0\0\0\u{9}\0\0\0"))
        == "m: csr_matrix: \"indices\" element 2 is 9, expected 0 to 2")
    #expect(
      message(file.replacing("\u{2}\0\0\0\u{3}\0\0\0", by: "\u{4}\0\0\0\u{3}\0\0\0"))
        == "m: csr_matrix: \"indptr\" falls from 4 to 3 after row 1")
  }

  @Test(.needsData, arguments: ["cora", "citeseer"])
  func planetoid(_ set: String) throws {
    let prefix = TestData.folder + "/planetoid/original/ind.\(set)."
    let nodeCount = set == "cora" ? 2708 : 3327
    let (features, classes) = set == "cora" ? (1433, 7) : (3703, 6)
    for part in ["x", "tx", "allx"] {
      let matrix = try #require(try PickleFile.read(prefix + part).asCSR)
      #expect(matrix.columnCount == features)
      #expect(try matrix.values.floats().allSatisfy { $0 == 1 })
      let labels = try #require(try PickleFile.read(prefix + part.replacingOccurrences(of: "x", with: "y")).asArray)
      #expect(labels.shape == [matrix.rowCount, classes])
    }
    let graph = try #require(try PickleFile.read(prefix + "graph").asDictionary)
    #expect(graph.count == nodeCount)
    #expect(graph.allSatisfy { $0.value.asIntegers?.allSatisfy { 0..<nodeCount ~= $0 } == true })
    if set == "cora" { #expect(graph[0].value.asIntegers == [633, 1862, 2582]) }
  }
}
