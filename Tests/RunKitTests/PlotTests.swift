import Foundation
import Testing

@testable import RunKit

@Suite struct PlotTests {
  @Test func linearTicksAreRoundNumbers() {
    #expect(Ticks.linear(0...1, most: 6).map(\.label) == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(Ticks.linear(13.2...86.1, most: 6).map(\.label) == ["20", "40", "60", "80"])
    #expect(Ticks.linear(-0.02...0.02, most: 5).map(\.label) == ["−0.02", "−0.01", "0", "0.01", "0.02"])
    #expect(Ticks.linear(0...200, most: 7).map(\.label) == ["0", "50", "100", "150", "200"])
    #expect(Ticks.linear(5000...20000, most: 5).map(\.label).first == "5000")
    #expect(Ticks.linear(5000...20000, most: 5).map(\.label).last == "20\u{2009}000")
    #expect(Ticks.linear(0...0, most: 6).isEmpty)
    for span in [1e-9, 3e-4, 0.7, 12, 4567, 8e11] {
      #expect((2...6).contains(Ticks.linear(span...span * 2.3, most: 6).count))
    }
  }

  @Test func logTicksAreDecades() {
    #expect(Ticks.log(0.003...50, most: 6).map(\.label) == ["10⁻²", "0.1", "1", "10"])
    #expect(Ticks.log(1e-20...1, most: 6).count <= 6)
    #expect(Ticks.log(1.5...8, most: 6).map(\.label) == ["2", "5"])
    #expect(Ticks.log(0.21...0.39, most: 6).count >= 2)
  }

  @Test func rangesIncludeZeroOnlyWhenNear() {
    let axis = Axis("y")
    #expect(axis.ends(of: [0.01, 2], padded: true).lowerBound == 0)
    #expect(axis.ends(of: [70, 80], padded: true) == 69.5...80.5)
    #expect(axis.ends(of: [3, 3], padded: true).contains(3))
    #expect(axis.ends(of: [], padded: true) == 0...1)
    #expect(axis.ends(of: [1, 200], padded: false) == 0...200)
    #expect(Axis("y", range: 2...3).ends(of: [1], padded: true) == 2...3)
  }

  private func wave(_ count: Int, _ shift: Double = 0) -> [PlotPoint] {
    (1...count).map { PlotPoint(x: Double($0), y: sin(Double($0) / 50) + shift + 2) }
  }

  @Test func svgIsWellFormed() throws {
    let plots = [
      LinePlot(
        name: "A <b>", title: "\"x\" & <y>", x: Axis("a & b"), y: Axis("y", unit: "<%>"),
        series: [.init("one & only", runs: [wave(500), wave(500, 0.5)]), .init("two", wave(5))]),
      LinePlot(
        name: "log", title: "log", x: Axis("x", scale: .log), y: Axis("y", scale: .log),
        series: [.init("s", [.init(x: 0, y: 1), .init(x: 1, y: -1), .init(x: 2, y: 3), .init(x: 9, y: 300)])]),
      LinePlot(name: "empty", title: "", x: Axis("x"), y: Axis("y"), series: []),
      LinePlot(
        name: "bad", title: "", x: Axis("x"), y: Axis("y"),
        series: [.init("gaps", [.init(x: 1, y: .nan), .init(x: 2, y: .infinity)])]),
      LinePlot(name: "point", title: "", x: Axis("x"), y: Axis("y"), series: [.init("p", [.init(x: 1, y: 1)])]),
    ]
    for plot in plots {
      let svg = plot.svg()
      let counts = try #require(ElementCounter.count(svg), "\(plot.name)")
      #expect(counts["svg"] == 1 && counts["title"] == 1)
      #expect(!svg.contains("nan") && !svg.contains("inf"), "\(plot.name)")
    }
  }

  @Test func longSeriesStaySmallAndKeepTheirPeaks() {
    var points = wave(50_000)
    points[31_234].y = 9
    let plot = LinePlot(name: "n", title: "t", x: Axis("x"), y: Axis("y"), series: [.init("s", points)])
    let samples = plot.samples(of: plot.series[0], most: 250)
    #expect(samples.count == 250 && samples[0].x == 1 && samples[249].x == 50_000)
    #expect(samples.map(\.high).max() == 9)
    #expect(plot.svg().utf8.count < 40_000)
  }

  @Test func bandsAndCSVFollowTheRuns() {
    let runs: [[PlotPoint]] = [[.init(x: 1, y: 1), .init(x: 2, y: 5)], [.init(x: 1, y: 3)]]
    let series = LinePlot.Series("a,b", runs: runs)
    let plot = LinePlot(name: "n", title: "t", x: Axis("epoch"), y: Axis("y"), series: [series])
    #expect(
      plot.samples(of: series, most: 9) == [
        .init(x: 1, mean: 2, low: 1, high: 3), .init(x: 2, mean: 5, low: 5, high: 5),
      ])
    let csv = """
      series,epoch,mean,std,min,max,runs
      "a,b",1.0,2.0,1.4142135623730951,1.0,3.0,2
      "a,b",2.0,5.0,0.0,5.0,5.0,1

      """
    #expect(plot.csv() == csv)
    #expect(plot.caption.contains("2 seeds"))
  }

  @Test func curvesBecomeOnePlotAKind() {
    var curves = RecordedCurves()
    for seed in [3, 4] as [UInt64] {
      for (index, name) in ["trainLoss", "validationLoss", "testAccuracy", "rate"].enumerated() {
        curves.add(step: 1, name: name, value: Double(index), seed: seed)
      }
    }
    let plots = curves.plots()
    #expect(plots.map(\.title) == ["Loss", "Accuracy", "Rate"])
    #expect(plots[0].series.map(\.name) == ["train", "validation"] && plots[0].series[0].runs.count == 2)
    #expect(plots[1].y.title == "accuracy (%)" && plots[2].series[0].name == "rate")
  }

  @Test func fileNamesAreSafe() {
    #expect(LinePlot(name: "A/b c", title: "", x: Axis(""), y: Axis(""), series: []).fileStem == "a-b-c")
  }
}

@Suite struct ReportTests {
  private func page(seeds: [UInt64], claims: [Claim]) -> String {
    let plot = LinePlot(
      name: "loss", title: "Loss", x: Axis("epoch"), y: Axis("loss"),
      series: [.init("train", [.init(x: 1, y: 2), .init(x: 2, y: 1)])])
    let summary = RunSummary(
      paper: "gradient-gcn", command: "train", options: [("label", .string("<script>")), ("none", .null)],
      seeds: seeds,
      metrics: [MetricSummary(name: "testAccuracy", unit: .percent, values: seeds.map { 80 + Double($0) })],
      curves: RecordedCurves(), seconds: 12.4, peakBytes: 1 << 28)
    return Report(
      result: RunResult(summary: summary, claims: claims), abstract: "Trains.", figures: [plot, plot],
      machine: Machine(cpu: "A & B", cores: 2, memory: 1 << 34, os: "Linux"),
      facts: RuntimeFacts(isa: "v3", threads: 2), invocation: ["/usr/bin/gradient-gcn", "train", "--label", "a b"]
    ).html
  }

  @Test func holdsFiguresVerdictAndCommand() {
    let html = page(seeds: [0, 1, 2], claims: [Claim("It is <good>", 81, .within(80...82), .percent)])
    #expect(html.components(separatedBy: "<figure").count == 3 && html.contains("role=\"img\""))
    #expect(html.contains("The claim is met.") && html.contains("It is &lt;good&gt;"))
    #expect(html.contains("Over 3 seeds, test accuracy is <b>81.00 ± 1.00"))
    #expect(html.contains("gradient-gcn train --label 'a b'") && !html.contains("/usr/bin"))
    #expect(html.contains("&lt;script&gt;") && !html.contains("<script") && !html.contains("<dt>none</dt>"))
  }

  @Test func isWellFormed() throws {
    let claims = [Claim("a", .nan, .atLeast(1)), Claim("b", 2, .atMost(1)), Claim("c", 2, .within(2...2))]
    for html in [page(seeds: [0, 1], claims: claims), page(seeds: [4], claims: [])] {
      let body = html.replacingOccurrences(of: "<!doctype html>", with: "")
        .replacingOccurrences(of: #"<meta ([^>]*)>"#, with: "<meta $1/>", options: .regularExpression)
      let counts = try #require(ElementCounter.count(body))
      #expect(counts["figure"] == 2)
    }
  }
}
