import Foundation

extension LinePlot {
  private static let width = 520.0
  private static let height = 340.0

  public func svg() -> String {
    let curves = series.map { samples(of: $0, most: Self.mostSamples) }
    let legend = Legend(series.map(\.name), width: Self.width - 24)
    // A tall legend makes the drawing taller, not the frame smaller.
    let height = Self.height + max(0, legend.height - 43)
    let yEnds = y.ends(of: curves.joined().flatMap { [$0.low, $0.high] }, padded: true)
    let xEnds = x.ends(of: curves.joined().map(\.x), padded: false)
    let yTicks = y.ticks(yEnds, most: 6)
    let frame = PlotFrame(
      left: leftMargin(yTicks.map(\.label)), right: Self.width - 18, top: 40 + legend.height, bottom: height - 48)
    let placeX = { frame.left + frame.width * x.share($0, in: xEnds) }
    let placeY = { frame.bottom - frame.height * y.share($0, in: yEnds) }
    let xTicks = horizontalTicks(xEnds, values: Set(curves.joined().map(\.x)), placeX)

    var svg = SVGText()
    svg.open(width: Self.width, height: height, title: title)
    svg.text(title, x: 12, y: 24, size: 15, weight: 600)
    legend.draw(in: &svg) { index, x, y, svg in
      svg.line(
        "<path class=\"c\(index % SVGTheme.series.count)\" stroke=\"\(SVGTheme.color(index))\" "
          + "stroke-width=\"2.5\" stroke-linecap=\"round\"\(dash(index)) "
          + "d=\"M\(coordinate(x)) \(coordinate(y))h16\"/>")
    }
    svg.verticalAxis(y.title, yTicks.map { (placeY($0.value), $0.label) }, frame, grid: true)
    svg.horizontalAxis(x.title, xTicks.map { (placeX($0.value), $0.label) }, frame, titleY: height - 9)
    let clip = "clip-" + fileStem
    svg.line(
      "<clipPath id=\"\(clip)\"><rect x=\"\(coordinate(frame.left - 4))\" y=\"\(coordinate(frame.top - 4))\" "
        + "width=\"\(coordinate(frame.width + 8))\" height=\"\(coordinate(frame.height + 8))\"/></clipPath>")
    svg.line("<g clip-path=\"url(#\(clip))\">")
    if band != .none {
      for (index, curve) in curves.enumerated() where curve.count > 1 && curve.contains(where: { $0.low < $0.high }) {
        let outline =
          curve.map { (placeX($0.x), placeY($0.high)) } + curve.reversed().map { (placeX($0.x), placeY($0.low)) }
        svg.line(
          "<path class=\"f\(index % SVGTheme.series.count)\" fill=\"\(SVGTheme.color(index))\" "
            + "fill-opacity=\"0.16\" d=\"\(SVGText.path(outline))Z\"/>")
      }
    }
    for (index, curve) in curves.enumerated().reversed() {
      drawCurve(curve.map { (placeX($0.x), placeY($0.mean)) }, index, in: &svg)
    }
    svg.line("</g>")
    if curves.allSatisfy(\.isEmpty) { svg.noData(frame) }
    svg.line("</svg>")
    return svg.content
  }

  /// On a log axis a few measured places, such as depths, are ticks themselves where their labels have room.
  private func horizontalTicks(
    _ ends: ClosedRange<Double>, values: Set<Double>, _ place: (Double) -> Double
  ) -> [Tick] {
    guard x.scale == .log else { return Ticks.linear(ends, most: 7) }
    let values = values.sorted()
    let gaps = zip(values, values.dropFirst()).map { place($1) - place($0) }
    guard (2...8).contains(values.count), gaps.allSatisfy({ $0 > 30 }) else { return Ticks.log(ends, most: 7) }
    return values.map { Tick(value: $0, label: briefNumber($0)) }
  }

  private func drawCurve(_ points: [(Double, Double)], _ index: Int, in svg: inout SVGText) {
    let color = index % SVGTheme.series.count
    if points.count <= 12 {
      for (x, y) in points {
        svg.line(
          "<circle class=\"f\(color)\" fill=\"\(SVGTheme.color(index))\" cx=\"\(coordinate(x))\" "
            + "cy=\"\(coordinate(y))\" r=\"3\"/>")
      }
    }
    guard points.count > 1 else { return }
    svg.line(
      "<path class=\"c\(color)\" fill=\"none\" stroke=\"\(SVGTheme.color(index))\" stroke-width=\"1.8\" "
        + "stroke-linejoin=\"round\" stroke-linecap=\"round\"\(dash(index)) d=\"\(SVGText.path(points))\"/>")
  }

  private func dash(_ index: Int) -> String {
    let dash = SVGTheme.dash(index)
    return dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
  }
}
