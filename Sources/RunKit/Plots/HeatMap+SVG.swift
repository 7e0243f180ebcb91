import Foundation

extension HeatMap {
  private static let width = 520.0
  private static let height = 340.0

  public func svg() -> String {
    let cells = cells()
    let ends = ends
    let barTicks = value.ticks(ends, most: 6)
    let right = Self.width - 58 - 6.6 * Double(barTicks.map(\.label.count).max() ?? 1)
    let labels = Self.labels(yValues, most: 9)
    let frame = PlotFrame(
      left: leftMargin(labels.map(\.label)), right: right, top: 48, bottom: Self.height - 48)

    var svg = SVGText()
    svg.open(width: Self.width, height: Self.height, title: title)
    svg.text(title, x: 12, y: 24, size: 15, weight: 600)
    let hatch = "hatch-" + fileStem
    svg.line(
      "<pattern id=\"\(hatch)\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
        + "<rect class=\"blank\" fill=\"\(SVGTheme.blank)\" width=\"6\" height=\"6\"/>"
        + "<path class=\"axis\" stroke=\"\(SVGTheme.faint)\" d=\"M0 6L6 0\"/></pattern>")
    draw(cells, frame, ends, hatch: hatch, in: &svg)
    svg.line(
      "<rect class=\"axis\" fill=\"none\" stroke=\"\(SVGTheme.faint)\" x=\"\(coordinate(frame.left))\" "
        + "y=\"\(coordinate(frame.top))\" width=\"\(coordinate(frame.width))\" "
        + "height=\"\(coordinate(frame.height))\"/>")
    svg.verticalAxis(
      y.title,
      labels.map { (frame.bottom - frame.height * $0.place / Double(max(1, yValues.count)), $0.label) }, frame,
      grid: false)
    svg.horizontalAxis(
      x.title,
      Self.labels(xValues, most: 7).map {
        (frame.left + frame.width * $0.place / Double(max(1, xValues.count)), $0.label)
      }, frame, titleY: Self.height - 9)
    drawColorBar(barTicks, frame, ends, cells: cells, hatch: hatch, in: &svg)
    if cells.isEmpty || cells[0].isEmpty { svg.noData(frame) }
    svg.line("</svg>")
    return svg.content
  }

  /// One path for each colour: runs of equal cells of a row as one rectangle.
  private func draw(
    _ cells: [[Cell]], _ frame: PlotFrame, _ ends: ClosedRange<Double>, hatch: String, in svg: inout SVGText
  ) {
    let (tall, wide) = blockSize
    let (rowHeight, columnWidth) = (
      frame.height / Double(max(1, values.count)), frame.width / Double(max(1, xValues.count))
    )
    var levels: [String] = Array(repeating: "", count: ColorScale.levels)
    var (missing, notPositive) = ("", "")
    for (row, line) in cells.enumerated() {
      let bottom = frame.bottom - rowHeight * Double(row * tall)
      let top = frame.bottom - rowHeight * Double(min(values.count, (row + 1) * tall))
      var start = 0
      while start < line.count {
        let level = level(line[start], ends)
        var end = start + 1
        while end < line.count, self.level(line[end], ends) == level { end += 1 }
        let x0 = frame.left + columnWidth * Double(start * wide)
        let x1 = frame.left + columnWidth * Double(min(xValues.count, end * wide))
        let rectangle =
          "M\(coordinate(x0)) \(coordinate(top))H\(coordinate(x1))V\(coordinate(bottom))H\(coordinate(x0))Z"
        switch level {
        case Self.missingLevel: missing += rectangle
        case Self.notPositiveLevel: notPositive += rectangle
        default: levels[level] += rectangle
        }
        start = end
      }
    }
    svg.line("<g shape-rendering=\"crispEdges\">")
    for (level, path) in levels.enumerated() where !path.isEmpty {
      svg.line("<path fill=\"\(ColorScale.color(level))\" d=\"\(path)\"/>")
    }
    if !notPositive.isEmpty {
      svg.line("<path class=\"blank\" fill=\"\(SVGTheme.blank)\" d=\"\(notPositive)\"/>")
    }
    if !missing.isEmpty { svg.line("<path fill=\"url(#\(hatch))\" d=\"\(missing)\"/>") }
    svg.line("</g>")
  }

  private static let missingLevel = -1
  private static let notPositiveLevel = -2

  private func level(_ cell: Cell, _ ends: ClosedRange<Double>) -> Int {
    switch cell {
    case .value(let number): ColorScale.level(value.share(number, in: ends))
    case .missing: Self.missingLevel
    case .notPositive: Self.notPositiveLevel
    }
  }

  private func drawColorBar(
    _ ticks: [Tick], _ frame: PlotFrame, _ ends: ClosedRange<Double>, cells: [[Cell]], hatch: String,
    in svg: inout SVGText
  ) {
    let keys = [
      (cells.joined().contains(.notPositive), "blank", SVGTheme.blank, "0 or less"),
      (cells.joined().contains(.missing), "", "url(#\(hatch))", "no number"),
    ].filter { $0.0 }
    for (index, key) in keys.enumerated() {
      let x = Self.width - 82 * Double(index + 1)
      svg.rectangle(key.1, key.2, x: x, y: Self.height - 18, width: 12, height: 10)
      svg.text(key.3, x: x + 17, y: Self.height - 9, size: 11, style: .faint)
    }
    let x = frame.right + 12
    let gradient = "scale-" + fileStem
    svg.line(
      "<linearGradient id=\"\(gradient)\" x1=\"0\" y1=\"1\" x2=\"0\" y2=\"0\">\(ColorScale.gradientStops)"
        + "</linearGradient>")
    svg.rectangle("", "url(#\(gradient))", x: x, y: frame.top, width: 12, height: frame.height)
    for tick in ticks {
      let y = frame.bottom - frame.height * value.share(tick.value, in: ends)
      svg.rule("axis", SVGTheme.faint, from: (x + 12, y), to: (x + 16, y))
      svg.text(tick.label, x: x + 20, y: y + 4.2, size: 12, style: .faint)
    }
    svg.text(
      value.title, x: Self.width - 10, y: frame.center.y, size: 12.5, anchor: "middle", turn: -90)
  }

  /// Labels of rows or columns, at places in cells from the axis' start: round numbers where the values are evenly
  /// spaced, else the values themselves, thinned to at most `most`.
  static func labels(_ values: [Double], most: Int) -> [(place: Double, label: String)] {
    guard let first = values.first, let last = values.last, values.count > 1 else {
      return values.map { (0.5, briefNumber($0)) }
    }
    let step = (last - first) / Double(values.count - 1)
    let isEven = step > 0 && values.enumerated().allSatisfy { abs($1 - first - step * Double($0)) < 1e-6 * step }
    if isEven, values.count > most {
      return Ticks.linear(first...last, most: most).map { (($0.value - first) / step + 0.5, $0.label) }
    }
    let stride = (values.count + most - 1) / most
    return Swift.stride(from: 0, to: values.count, by: stride).map { (Double($0) + 0.5, briefNumber(values[$0])) }
  }
}
