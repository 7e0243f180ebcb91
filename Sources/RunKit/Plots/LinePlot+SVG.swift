import Foundation

extension LinePlot {
  private static let width = 520.0
  private static let height = 340.0

  public func svg() -> String {
    let curves = series.map { samples(of: $0, most: Self.mostSamples) }
    let legend = LegendLayout(names: series.map(\.name), width: Self.width - 24)
    let top = 40 + legend.height
    let yRange = Self.range(of: curves.joined().flatMap { [$0.low, $0.high] }, axis: y, padded: true)
    let xRange = Self.range(of: curves.joined().map(\.x), axis: x, padded: false)
    let yTicks = y.scale == .log ? Ticks.log(yRange, most: 6) : Ticks.linear(yRange, most: 6)
    let left = 44 + 6.6 * Double(yTicks.map(\.label.count).max() ?? 1)
    let frame = Frame(left: left, right: Self.width - 18, top: top, bottom: Self.height - 48)
    let place = Placement(frame: frame, x: (xRange, x.scale), y: (yRange, y.scale))
    let xTicks = horizontalTicks(xRange, values: Set(curves.joined().map(\.x)), place)

    var svg = SVGText()
    svg.open(width: Self.width, height: Self.height, title: title)
    svg.text(title, x: 12, y: 24, size: 15, weight: 600)
    drawLegend(legend, in: &svg)
    drawAxes(xTicks, yTicks, place, in: &svg)
    let clip = "clip-" + fileStem
    svg.line(
      "<clipPath id=\"\(clip)\"><rect x=\"\(coordinate(frame.left - 4))\" y=\"\(coordinate(frame.top - 4))\" "
        + "width=\"\(coordinate(frame.right - frame.left + 8))\" "
        + "height=\"\(coordinate(frame.bottom - frame.top + 8))\"/>"
        + "</clipPath>")
    svg.line("<g clip-path=\"url(#\(clip))\">")
    if band != .none {
      for (index, curve) in curves.enumerated() where curve.count > 1 && curve.contains(where: { $0.low < $0.high }) {
        let outline = curve.map { place($0.x, $0.high) } + curve.reversed().map { place($0.x, $0.low) }
        svg.line(
          "<path class=\"f\(index % SVGTheme.series.count)\" fill=\"\(SVGTheme.color(index))\" "
            + "fill-opacity=\"0.16\" d=\"\(SVGText.path(outline))Z\"/>")
      }
    }
    for (index, curve) in curves.enumerated().reversed() { drawCurve(curve, index, place, in: &svg) }
    svg.line("</g>")
    if curves.allSatisfy(\.isEmpty) {
      svg.text(
        "no data", x: (frame.left + frame.right) / 2, y: (frame.top + frame.bottom) / 2, size: 13,
        anchor: "middle", style: .faint)
    }
    svg.line("</svg>")
    return svg.content
  }

  /// On a log axis a few measured places, such as depths, are ticks themselves where their labels have room.
  private func horizontalTicks(_ range: ClosedRange<Double>, values: Set<Double>, _ place: Placement) -> [Tick] {
    guard x.scale == .log else { return Ticks.linear(range, most: 7) }
    let values = values.sorted()
    let gaps = zip(values, values.dropFirst()).map { place.horizontal($1) - place.horizontal($0) }
    guard (2...8).contains(values.count), gaps.allSatisfy({ $0 > 30 }) else { return Ticks.log(range, most: 7) }
    return values.map { Tick(value: $0, label: $0 == $0.rounded() ? decimal($0, digits: 0) : shortNumber($0)) }
  }

  private func drawCurve(_ curve: [Sample], _ index: Int, _ place: Placement, in svg: inout SVGText) {
    let color = index % SVGTheme.series.count
    if curve.count <= 12 {
      for sample in curve {
        let (x, y) = place(sample.x, sample.mean)
        svg.line(
          "<circle class=\"f\(color)\" fill=\"\(SVGTheme.color(index))\" cx=\"\(coordinate(x))\" "
            + "cy=\"\(coordinate(y))\" r=\"3\"/>")
      }
    }
    guard curve.count > 1 else { return }
    svg.line(
      "<path class=\"c\(color)\" fill=\"none\" stroke=\"\(SVGTheme.color(index))\" stroke-width=\"1.8\" "
        + "stroke-linejoin=\"round\" stroke-linecap=\"round\"\(dash(index)) "
        + "d=\"\(SVGText.path(curve.map { place($0.x, $0.mean) }))\"/>")
  }

  private func drawLegend(_ legend: LegendLayout, in svg: inout SVGText) {
    for (index, entry) in legend.entries.enumerated() {
      let y = 46 + entry.y
      svg.line(
        "<path class=\"c\(index % SVGTheme.series.count)\" stroke=\"\(SVGTheme.color(index))\" "
          + "stroke-width=\"2.5\" stroke-linecap=\"round\"\(dash(index)) "
          + "d=\"M\(coordinate(13 + entry.x)) \(coordinate(y - 4))h16\"/>")
      svg.text(series[index].name, x: 35 + entry.x, y: y, size: 12.5)
    }
  }

  private func dash(_ index: Int) -> String {
    let dash = SVGTheme.dash(index)
    return dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
  }

  private func drawAxes(_ xTicks: [Tick], _ yTicks: [Tick], _ place: Placement, in svg: inout SVGText) {
    let frame = place.frame
    for tick in yTicks {
      let y = place.vertical(tick.value)
      svg.rule("grid", SVGTheme.grid, from: (frame.left, y), to: (frame.right, y))
      svg.text(tick.label, x: frame.left - 8, y: y + 4.2, size: 12, anchor: "end", style: .faint)
    }
    svg.rule("axis", SVGTheme.faint, from: (frame.left, frame.bottom), to: (frame.right, frame.bottom))
    for tick in xTicks {
      let x = place.horizontal(tick.value)
      svg.rule("axis", SVGTheme.faint, from: (x, frame.bottom), to: (x, frame.bottom + 5))
      svg.text(tick.label, x: x, y: frame.bottom + 19, size: 12, anchor: "middle", style: .faint)
    }
    svg.text(x.title, x: (frame.left + frame.right) / 2, y: Self.height - 9, size: 12.5, anchor: "middle")
    svg.text(y.title, x: 18, y: (frame.top + frame.bottom) / 2, size: 12.5, anchor: "middle", turned: true)
  }

  /// The ends of an axis: its own, or those of the data, down to zero when the data begin near it. Padding is a
  /// twentieth of the span, but not past zero.
  static func range(of values: some Sequence<Double>, axis: Axis, padded: Bool) -> ClosedRange<Double> {
    if let range = axis.range, range.lowerBound < range.upperBound { return range }
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where value.isFinite {
      low = min(low, value)
      high = max(high, value)
    }
    guard low <= high else { return axis.scale == .log ? 1...10 : 0...1 }
    if axis.scale == .log {
      let ratio = high > low ? pow(high / low, padded ? 0.05 : 0) : 2
      return low / ratio...high * ratio
    }
    if low == high {
      let half = low == 0 ? 1 : abs(low) * 0.1
      return low - half...high + half
    }
    guard padded else { return (low > 0 && low < 0.03 * high ? 0 : low)...high }
    let pad = (high - low) * 0.05
    let startsAtZero = low >= 0 && low < 0.15 * high
    return (startsAtZero ? 0 : low - pad)...(high <= 0 && high + pad > 0 ? 0 : high + pad)
  }
}

/// The rectangle of the data.
private struct Frame {
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double
}

/// Maps values to places on the page.
private struct Placement {
  let frame: Frame
  let x: (range: ClosedRange<Double>, scale: Axis.Scale)
  let y: (range: ClosedRange<Double>, scale: Axis.Scale)

  func callAsFunction(_ x: Double, _ y: Double) -> (Double, Double) { (horizontal(x), vertical(y)) }

  func horizontal(_ value: Double) -> Double {
    frame.left + (frame.right - frame.left) * share(value, x.range, x.scale)
  }
  func vertical(_ value: Double) -> Double {
    frame.bottom - (frame.bottom - frame.top) * share(value, y.range, y.scale)
  }

  private func share(_ value: Double, _ range: ClosedRange<Double>, _ scale: Axis.Scale) -> Double {
    switch scale {
    case .linear: (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    case .log: log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
    }
  }
}

/// Places of the legend's entries, in rows that wrap.
private struct LegendLayout {
  private(set) var entries: [(x: Double, y: Double)] = []
  let height: Double

  init(names: [String], width: Double) {
    var x = 0.0
    var y = 0.0
    for name in names {
      let needed = name.reduce(40) { $0 + ($1.isUppercase ? 8.4 : 6.3) }
      if x > 0, x + needed > width {
        x = 0
        y += 18
      }
      entries.append((x, y))
      x += needed
    }
    height = names.isEmpty ? 0 : y + 25
  }
}
