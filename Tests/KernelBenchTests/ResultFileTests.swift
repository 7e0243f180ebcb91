import Foundation
import Testing

@testable import KernelBench

@Suite struct ResultFileTests {
  private static func row(
    _ kernel: String, median: Double, share: Double?, family: String = "dense", shape: String = "n 4"
  ) -> ResultRow {
    ResultRow(
      family: family, kernel: kernel, shape: shape, dtype: .f32, isa: "v3", threads: 2, median: median, min: median,
      flops: 8, bytes: 16, rooflineShare: share)
  }
  private static func machine(_ name: String) -> ResultRow {
    row(MachineReport.processor, median: 0, share: nil, family: ResultFile.machineFamily, shape: name)
  }

  private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try text.write(to: file, atomically: true, encoding: .utf8)
    try body(file.path)
  }

  @Test func rowsComeBackAsWritten() throws {
    let rows = [
      Self.machine("a"), Self.row("unary \"exp\"", median: 1.5e-6, share: 0.75), Self.row("x", median: 2, share: nil),
    ]
    try withFile(ResultFile.text(rows)) { path in
      let read = try ResultFile.read(path)
      #expect(read == rows)
    }
  }

  @Test(arguments: [
    ("{", "no JSON"), ("{}", "the top level: the value has the wrong type"),
    ("[1]", "row 0: the value has the wrong type"),
    (#"[{"family": "dense"}]"#, "is missing"),
  ])
  func badFilesAreNamedWithTheirPlace(text: String, sentence: String) throws {
    try withFile(text) { path in
      let error = #expect(throws: ResultFileError.self) { try ResultFile.read(path) }
      #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
      #expect(error?.description.hasPrefix(path) == true)
      #expect(error?.status == .data)
    }
  }

  @Test func timesThatAreNoTimesAreRefused() throws {
    try withFile(ResultFile.text([Self.row("x", median: 0, share: 0.5)])) { path in
      #expect(throws: ResultFileError.self) { try ResultFile.read(path) }
    }
  }

  @Test func aLossShowsInTimeAndShare() {
    let saved = [Self.machine("a"), Self.row("x", median: 1, share: 0.8), Self.row("y", median: 1, share: 0.8)]
    let slower = [Self.machine("a"), Self.row("x", median: 1.2, share: 0.6), Self.row("y", median: 1.2, share: 0.8)]
    let same = Comparison(slower, against: saved)
    #expect(same.isSameMachine)
    #expect(same.losses.map(\.row.kernel) == ["x"])
    let other = Comparison([Self.machine("b")] + slower.dropFirst(), against: saved)
    #expect(!other.isSameMachine)
    #expect(other.lines.allSatisfy { $0.timeRatio == nil })
    #expect(other.losses.map(\.row.kernel) == ["x"])
  }

  @Test func newAndMissingRowsAreTold() {
    let comparison = Comparison(
      [Self.machine("a"), Self.row("x", median: 1, share: nil)],
      against: [Self.machine("a"), Self.row("y", median: 1, share: nil)])
    #expect(comparison.lines.isEmpty)
    #expect(comparison.new.map(\.kernel) == ["x"])
    #expect(comparison.missing.map(\.kernel) == ["y"])
  }

  @Test func tablesAlign() {
    var table = Table("T", leading: 1, ["name", "value"])
    table.add(["a", "1"])
    table.add(["longer", "12345678"])
    #expect(table.text == "T\nname       value\na              1\nlonger  12345678\n")
    #expect(Format.time(1.234e-6) == "1.23 us")
    #expect(Format.time(999.6e-9) == "1.00 us")
    #expect(Format.bytes(1536) == "1.5 KiB")
  }

  @Test func timingsKnowTheirSpread() {
    #expect(Timing([3, 1, 2]).median == 2)
    #expect(Timing([1, 1, 1, 1, 9]).isNoisy == false)
    #expect(Timing([1, 2, 3, 4]).isNoisy)
  }
}
