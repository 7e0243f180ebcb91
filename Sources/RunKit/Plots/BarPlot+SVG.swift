import Foundation

extension BarPlot {
  private static let width = 520.0
  private static let height = 340.0

  public func svg() -> String {
    let names = series.count > 1 ? series.map(\.name) : []
    let legend = Legend(names, width: Self.width - 24)
    let bars = groups.indices.map { group in series.map { bar($0, group) } }
    let drawn = bars.joined().compactMap { $0 }
    let ends = ends(of: drawn)
    let ticks = y.ticks(ends, most: 6)
    let left = leftMargin(ticks.map(\.label))
    let slot = (Self.width - 18 - left) / Double(max(1, groups.count))
    // Names that do not fit side by side are slanted, and cut where they would need more than a third of the drawing.
    let isSlanted = groups.contains { textWidth($0) > slot - 6 }
    let labels = isSlanted ? groups.map { $0.count > 24 ? $0.prefix(23) + "…" : $0 } : groups
    let labelRoom = isSlanted ? 14 + (labels.map(textWidth).max() ?? 0) * 0.5 : 24
    let height = Self.height + max(0, legend.height - 43) + labelRoom - 24
    let bottom = height - labelRoom - (x.isEmpty ? 6 : 26)
    let frame = PlotFrame(left: left, right: Self.width - 18, top: 40 + max(legend.height, 8), bottom: bottom)
    let placeY = { frame.bottom - frame.height * min(1, max(0, y.share($0, in: ends))) }

    var svg = SVGText()
    svg.open(width: Self.width, height: height, title: title)
    svg.text(title, x: 12, y: 24, size: 15, weight: 600)
    legend.draw(in: &svg) { index, x, y, svg in
      svg.rectangle(
        "f\(index % SVGTheme.series.count)", SVGTheme.color(index), x: x + 2, y: y - 6, width: 12, height: 12,
        more: opacity(index))
    }
    svg.verticalAxis(y.title, ticks.map { (placeY($0.value), $0.label) }, frame, grid: true)
    let base = placeY(y.scale == .log ? ends.lowerBound : min(max(0, ends.lowerBound), ends.upperBound))
    for (group, bars) in bars.enumerated() { draw(bars, group, slot, frame, base, placeY, in: &svg) }
    svg.rule("axis", SVGTheme.faint, from: (frame.left, base), to: (frame.right, base))
    for (group, label) in labels.enumerated() {
      let center = frame.left + slot * (Double(group) + 0.5)
      if isSlanted {
        svg.text(label, x: center + 4, y: bottom + 16, size: 12, anchor: "end", style: .faint, turn: -33)
      } else {
        svg.text(label, x: center, y: bottom + 18, size: 12, anchor: "middle", style: .faint)
      }
    }
    if !x.isEmpty { svg.text(x, x: frame.center.x, y: height - 9, size: 12.5, anchor: "middle") }
    if drawn.isEmpty { svg.noData(frame) }
    svg.line("</svg>")
    return svg.content
  }

  private func draw(
    _ bars: [(mean: Double, low: Double, high: Double)?], _ group: Int, _ slot: Double, _ frame: PlotFrame,
    _ base: Double, _ placeY: (Double) -> Double, in svg: inout SVGText
  ) {
    let wide = min(56, slot * 0.82 / Double(max(1, bars.count)))
    let first = frame.left + slot * (Double(group) + 0.5) - wide * Double(bars.count) / 2
    for (index, bar) in bars.enumerated() {
      guard let bar else { continue }
      let x = first + wide * Double(index)
      let gap = wide > 8 ? 1.0 : 0.2
      let top = placeY(bar.mean)
      svg.rectangle(
        "f\(index % SVGTheme.series.count)", SVGTheme.color(index), x: x + gap, y: min(top, base),
        width: wide - 2 * gap, height: max(0.5, abs(base - top)), more: opacity(index))
      let isNegative = top > base
      if bar.low < bar.high {
        let (low, high) = (placeY(bar.low), placeY(bar.high))
        let (middle, half) = (x + wide / 2, min(4, wide * 0.25))
        svg.line(
          "<path class=\"whisker\" stroke=\"\(SVGTheme.ink)\" stroke-width=\"1.2\" fill=\"none\" "
            + "d=\"M\(coordinate(middle)) \(coordinate(low))V\(coordinate(high))"
            + "M\(coordinate(middle - half)) \(coordinate(low))h\(coordinate(2 * half))"
            + "M\(coordinate(middle - half)) \(coordinate(high))h\(coordinate(2 * half))\"/>")
      }
      guard wide >= 30 else { continue }
      let label = String(format: "%.3g", bar.mean).replacingOccurrences(of: "-", with: "−")
      let labelY = isNegative ? placeY(min(bar.low, bar.mean)) + 14 : placeY(max(bar.high, bar.mean)) - 5
      svg.text(label, x: x + wide / 2, y: labelY, size: 11, anchor: "middle", style: .faint)
    }
  }

  /// Paler colours tell series apart when they outnumber the colours.
  private func opacity(_ index: Int) -> String { index < SVGTheme.series.count ? "" : " fill-opacity=\"0.5\"" }

  private func ends(of bars: [(mean: Double, low: Double, high: Double)]) -> ClosedRange<Double> {
    let values = bars.flatMap { [$0.low, $0.high] }
    guard y.scale == .linear, y.range == nil, !values.isEmpty else { return y.ends(of: values, padded: true) }
    let (low, high) = (min(0, values.min()!), max(0, values.max()!))
    guard low < high else { return 0...1 }
    let pad = (high - low) * 0.07
    return (low < 0 ? low - pad : 0)...(high > 0 ? high + pad : 0)
  }
}
