import Foundation

/// The rectangle of the data.
struct PlotFrame {
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  var width: Double { right - left }
  var height: Double { bottom - top }
  var center: (x: Double, y: Double) { ((left + right) / 2, (top + bottom) / 2) }
}

extension Axis {
  /// The ends of the axis: its own, or those of the data, down to zero when the data begin near it. Padding is a
  /// twentieth of the span, but not past zero.
  func ends(of values: some Sequence<Double>, padded: Bool) -> ClosedRange<Double> {
    if let range, range.lowerBound < range.upperBound { return range }
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where value.isFinite {
      low = min(low, value)
      high = max(high, value)
    }
    guard low <= high else { return scale == .log ? 1...10 : 0...1 }
    if scale == .log {
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

  /// Where `value` lies between the ends, from 0 to 1; a value outside lies outside.
  func share(_ value: Double, in ends: ClosedRange<Double>) -> Double {
    switch scale {
    case .linear: (value - ends.lowerBound) / (ends.upperBound - ends.lowerBound)
    case .log: log(value / ends.lowerBound) / log(ends.upperBound / ends.lowerBound)
    }
  }

  func ticks(_ ends: ClosedRange<Double>, most: Int) -> [Tick] {
    scale == .log ? Ticks.log(ends, most: most) : Ticks.linear(ends, most: most)
  }
}

/// About as wide as a text is at 12.5 units.
func textWidth(_ text: String) -> Double { text.reduce(0) { $0 + ($1.isUppercase ? 8.4 : 6.5) } }

/// Places of a legend's entries, in rows that wrap.
struct Legend {
  private let names: [String]
  private var places: [(x: Double, y: Double)] = []
  let height: Double

  init(_ names: [String], width: Double) {
    var x = 0.0
    var y = 0.0
    self.names = names
    for name in names {
      let needed = textWidth(name) + 40
      if x > 0, x + needed > width {
        x = 0
        y += 18
      }
      places.append((x, y))
      x += needed
    }
    height = names.isEmpty ? 0 : y + 25
  }

  /// Draws each entry behind the key that `key` draws at the place of its left middle.
  func draw(in svg: inout SVGText, key: (Int, Double, Double, inout SVGText) -> Void) {
    for (index, place) in places.enumerated() {
      key(index, 13 + place.x, 42 + place.y, &svg)
      svg.text(names[index], x: 35 + place.x, y: 46 + place.y, size: 12.5)
    }
  }
}

extension SVGText {
  /// Grid lines with their labels left of the frame, and the axis' title.
  mutating func verticalAxis(_ title: String, _ ticks: [(y: Double, label: String)], _ frame: PlotFrame, grid: Bool) {
    for tick in ticks {
      if grid { rule("grid", SVGTheme.grid, from: (frame.left, tick.y), to: (frame.right, tick.y)) }
      text(tick.label, x: frame.left - 8, y: tick.y + 4.2, size: 12, anchor: "end", style: .faint)
    }
    text(title, x: 18, y: frame.center.y, size: 12.5, anchor: "middle", turn: -90)
  }

  /// The line under the frame with its ticks, and the axis' title at `titleY`.
  mutating func horizontalAxis(
    _ title: String, _ ticks: [(x: Double, label: String)], _ frame: PlotFrame, titleY: Double
  ) {
    rule("axis", SVGTheme.faint, from: (frame.left, frame.bottom), to: (frame.right, frame.bottom))
    for tick in ticks {
      rule("axis", SVGTheme.faint, from: (tick.x, frame.bottom), to: (tick.x, frame.bottom + 5))
      text(tick.label, x: tick.x, y: frame.bottom + 19, size: 12, anchor: "middle", style: .faint)
    }
    text(title, x: frame.center.x, y: titleY, size: 12.5, anchor: "middle")
  }

  /// "no data" in the middle of the frame.
  mutating func noData(_ frame: PlotFrame) {
    text("no data", x: frame.center.x, y: frame.center.y, size: 13, anchor: "middle", style: .faint)
  }

  mutating func rectangle(
    _ style: String, _ color: String, x: Double, y: Double, width: Double, height: Double, more: String = ""
  ) {
    line(
      "<rect class=\"\(style)\" fill=\"\(color)\" x=\"\(coordinate(x))\" y=\"\(coordinate(y))\" "
        + "width=\"\(coordinate(width))\" height=\"\(coordinate(height))\"\(more)/>")
  }
}

/// Space that the labels of a vertical axis need left of the frame, with its title.
func leftMargin(_ labels: [String]) -> Double { 44 + 6.6 * Double(labels.map(\.count).max() ?? 1) }
