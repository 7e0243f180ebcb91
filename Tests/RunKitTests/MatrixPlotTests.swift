import Foundation
import Testing

@testable import RunKit

@Suite struct BarPlotTests {
  private func plot(_ y: Axis, _ values: [[Double]], whisker: LinePlot.Band = .std) -> BarPlot {
    BarPlot(name: "b", title: "B & <b>", y: y, groups: ["one", "two"], series: [.init("s", values)], whisker: whisker)
  }

  @Test func barsAreMeansWithTheirSpread() throws {
    let plot = plot(Axis("y"), [[1, 3], []])
    let bar = try #require(plot.bar(plot.series[0], 0))
    #expect(bar.mean == 2 && abs(bar.high - 2 - 2.0.squareRoot()) < 1e-12 && plot.bar(plot.series[0], 1) == nil)
    let range = self.plot(Axis("y", scale: .log), [[0, 4, 16], [.nan]], whisker: .range)
    let logged = try #require(range.bar(range.series[0], 0))
    #expect(logged == (10, 4, 16) && range.bar(range.series[0], 1) == nil)
    #expect(plot.csv() == "group,series,mean,std,min,max,runs\none,s,2.0,1.4142135623730951,1.0,3.0,2\n")
    #expect(plot.caption.contains("2 seeds") && plot.caption.contains("whiskers"))
  }

  @Test func svgIsWellFormed() throws {
    let series = (0..<12).map { index in
      BarPlot.Series("series \(index)", (0..<6).map { [Double(index - 3), Double($0)] })
    }
    let plots = [
      plot(Axis("y"), [[1, 3], [-2]]), plot(Axis("y", scale: .log), [[1e-6], [10, 20]]), plot(Axis("y"), [[], [.nan]]),
      plot(Axis("y", range: 79...83), [[81], [100]]),
      BarPlot(
        name: "many", title: "", x: "depth", y: Axis("y"), groups: (0..<6).map { "a long name of group \($0)" },
        series: series),
      BarPlot(name: "none", title: "", y: Axis("y"), groups: [], series: []),
    ]
    for plot in plots {
      let svg = plot.svg()
      #expect(ElementCounter.count(svg) != nil && !svg.contains("nan") && !svg.contains("inf"), "\(plot.name)")
    }
    #expect(plots[4].svg().components(separatedBy: "<rect class=\"f").count == 1 + 72 + 12)
  }
}

@Suite struct HeatMapTests {
  private func map(_ values: [[Double]], scale: Axis.Scale = .linear, range: ClosedRange<Double>? = nil) -> HeatMap {
    HeatMap(
      name: "h", title: "H & <h>", x: Axis("epoch"), y: Axis("layer"),
      value: Axis("norm", scale: scale, range: range), values: values)
  }

  @Test func cellsMarkWhatHasNoNumber() {
    #expect(map([[1, .nan], [.infinity, 0]]).cells() == [[.value(1), .missing], [.missing, .value(0)]])
    #expect(map([[10, 0, -1, .nan]], scale: .log).cells()[0][1...] == [.notPositive, .notPositive, .missing])
    #expect(map([[10, 0, -1, .nan]], scale: .log).ends == 5...20 && map([[2, 5], [3, .nan]]).ends == 2...5)
    let svg = map([[1, 0, .nan]], scale: .log).svg()
    #expect(svg.contains("0 or less") && svg.contains("no number") && !map([[1, 2]]).svg().contains("no number"))
  }

  @Test func largeMatricesAreBlockMeans() throws {
    let map = map((0..<64).map { row in (0..<500).map { Double(row * 1000 + $0) } })
    #expect(map.blockSize == (1, 8))
    let cells = map.cells()
    #expect(cells.count == 64 && cells[0].count == 63 && cells[0][0] == .value(3.5) && cells[1][62] == .value(1497.5))
    #expect(map.svg().utf8.count < 200_000 && map.caption.contains("blocks of 1 by 8"))
    let geometric = self.map([Array(repeating: 1, count: 4000) + Array(repeating: 100, count: 4000)], scale: .log)
    #expect(geometric.blockSize == (1, 2))
    guard case .value(let value) = geometric.cells()[0][3999] else { throw CocoaError(.featureUnsupported) }
    #expect(abs(value - 100) < 1e-9)
    #expect(map.csv().split(separator: "\n").count == 1 + 64 * 500)
    #expect(map.csv().hasPrefix("layer,epoch,norm\n1.0,1.0,0.0\n1.0,2.0,1.0\n"))
  }

  @Test func twoMapsShareARange() {
    let maps = HeatMap.sharingRange([map([[1, 2]], scale: .log), map([[1e-9, 0, 1e-3]], scale: .log)])
    #expect(maps.map(\.ends) == [1e-9...2, 1e-9...2])
    #expect(HeatMap.sharingRange([]).isEmpty)
  }

  @Test func axesHaveRoundTicks() {
    let even = HeatMap.labels((1...200).map(Double.init), most: 7)
    #expect(even.map(\.label) == ["50", "100", "150", "200"] && even[0].place == 49.5)
    #expect(HeatMap.labels([2, 4, 8, 16, 32, 64], most: 9).map(\.label) == ["2", "4", "8", "16", "32", "64"])
    #expect(HeatMap.labels([1, 2, 3], most: 9).map(\.place) == [0.5, 1.5, 2.5])
    #expect(HeatMap.labels([], most: 9).isEmpty && HeatMap.labels([7], most: 9).map(\.label) == ["7"])
  }

  @Test func paletteKeepsItsEndsAndRises() {
    #expect(ColorScale.color(0) == "#440154" && ColorScale.color(ColorScale.levels - 1) == "#fde725")
    #expect(ColorScale.level(-1) == 0 && ColorScale.level(2) == 127)
    let luminance = (0..<ColorScale.levels).map { level -> Double in
      let value = Int(ColorScale.color(level).dropFirst(), radix: 16)!
      return 0.2126 * Double(value >> 16) + 0.7152 * Double(value >> 8 & 255) + 0.0722 * Double(value & 255)
    }
    #expect(zip(luminance, luminance.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func svgIsWellFormed() throws {
    for map in [
      map([]), map([[]]), map([[.nan]]), map([[3]]), map([[0, 0], [0, 0]], scale: .log), map([[1, 2]], range: 0...1),
      map((0..<5).map { row in (0..<900).map { pow(10, Double(-row * $0) / 100) } }, scale: .log),
    ] {
      let svg = map.svg()
      #expect(ElementCounter.count(svg) != nil && !svg.contains("nan\"") && !svg.contains("inf"))
    }
  }
}
