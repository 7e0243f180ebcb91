import Foundation
import Testing

@testable import RunKit

@Suite struct ResultTests {
  @Test func meanAndSampleDeviation() {
    #expect(Statistics.mean([1, 2, 3, 4]) == 2.5)
    #expect(abs(Statistics.std([1, 2, 3, 4]) - 1.2909944487358056) < 1e-15)
    #expect(Statistics.std([7]) == 0)
    #expect(Statistics.mean([]).isNaN)
  }

  @Test func metricsGroupByNameInOrder() {
    let groups = MetricSummary.summaries(of: [
      [Metric("b", 1, .percent), Metric("a", 2)], [Metric("b", 3, .percent), Metric("a", 4)],
    ])
    #expect(groups.map(\.name) == ["b", "a"])
    #expect(groups[0].values == [1, 3] && groups[0].mean == 2 && groups[0].unit == .percent)
  }

  @Test func valuesStayWithTheirSeeds() {
    let groups = MetricSummary.summaries(of: [[Metric("x", 1)], [Metric("y", 2)], [Metric("y", 5), Metric("x", 3)]])
    #expect(groups.map(\.name) == ["x", "y"])
    #expect(groups[0].values[0] == 1 && groups[0].values[1].isNaN && groups[0].values[2] == 3)
    #expect(PairedTest(groups[1].values, against: groups[0].values) == PairedTest([5], against: [3]))
  }

  @Test func repeatedMetricsTrap() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try withTemporaryFolder { folder in
        let experiment = try Repeating.parsed(["--out", folder.path + "/run"])
        _ = try experiment.execute(on: Capture().console(), invocation: ["sample"])
      }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("run: two metrics of one seed have the name \"x\""), "\(text.prefix(300))")
  }

  @Test func tablesOfOneNameKeepTheirFiles() throws {
    try withTemporaryFolder { folder in
      let experiment = try TwoTables.parsed(["--out", folder.path + "/run"])
      _ = try experiment.execute(on: Capture().console(), invocation: ["sample"])
      #expect(try names(in: folder.appendingPathComponent("run/tables")) == ["size-2.csv", "size.csv"])
    }
  }

  @Test func claimsHoldInsideTheirBand() {
    #expect(Claim("c", 80.8, .within(80.8...82.2)).isMet)
    #expect(!Claim("c", 82.21, .within(80.8...82.2)).isMet)
    #expect(Claim("c", 5, .atLeast(5)).isMet && !Claim("c", 4.9, .atLeast(5)).isMet)
    #expect(Claim("c", 5, .atMost(5)).isMet && !Claim("c", 5.1, .atMost(5)).isMet)
    #expect(!Claim("c", .nan, .atMost(5)).isMet && !Claim("c", .nan, .within(0...1)).isMet)
    #expect(Claim("c", 1, .atLeast(2)).json.text() == #"{"claim":"c","met":false,"value":1,"band":[2,null]}"#)
  }

  @Test func jsonKeepsOrderAndRoundTripsNumbers() throws {
    let value: JSONValue = .object([
      "z": .number(0.1 + 0.2), "a": .number(.nan), "i": .number(-.infinity), "n": .integer(UInt64.max),
      "s": .string("q\"\\\n\u{1}é"), "f": .float(0.1), "l": .array([.null, .bool(true)]), "e": .array([]),
    ])
    #expect(
      value.text() == #"{"z":0.30000000000000004,"a":null,"i":null,"n":18446744073709551615,"#
        + #""s":"q\"\\\n\u0001é","f":0.1,"l":[null,true],"e":[]}"#)
    for indented in [true, false] {
      let read = try jsonObject(value.text(indented: indented))
      #expect(read["n"] != nil && read["s"] as? String == "q\"\\\n\u{1}é")
    }
  }

  @Test func indentedJSONKeepsListsOnOneLine() {
    let value: JSONValue = .object(["a": .object(["b": .numbers([1, 2.5])]), "c": .array([.object(["d": .null])])])
    let text = """
      {
        "a": {
          "b": [1, 2.5]
        },
        "c": [
          {
            "d": null
          }
        ]
      }
      """
    #expect(value.text(indented: true) == text)
  }

  @Test func doublesOfManySizesRoundTrip() {
    for number in [0, -0.0, 1e-5, 1e22, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 123_456_789.125, 1 / 3.0] {
      #expect(Double(JSONValue.number(number).text()) == number)
    }
  }

  @Test func numbersForPeople() {
    #expect(MetricUnit.percent.text(81.527) == "81.53\u{A0}%")
    #expect(MetricUnit.seconds.number(0.00052) == "0.0005200")
    #expect(decimal(-1.25, digits: 1) == "−1.2" && decimal(-0.001, digits: 1) == "0.0")
    let durations = [0.5, 12.44, 185, 7800].map { durationText($0).replacingOccurrences(of: "\u{A0}", with: " ") }
    #expect(durations == ["0.50 s", "12.4 s", "3 min 05 s", "2 h 10 min"])
    #expect(bytesText(150_000_000) == "143\u{A0}MiB" && bytesText(512) == "512\u{A0}B")
    #expect(spacedWords("testAccuracy") == "test accuracy" && spacedWords("loss") == "loss")
  }

  @Test func escapes() {
    #expect("<a & \"b\">\u{1}".xmlEscaped == "&lt;a &amp; &quot;b&quot;&gt;")
    #expect("--data".shellQuoted == "--data" && "it's".shellQuoted == "'it'\\''s'" && "".shellQuoted == "''")
  }
}
