import Foundation

/// The text of an SVG document as it is written.
struct SVGText {
  private(set) var content = ""

  enum TextStyle: String {
    case ink, faint
    var color: String { self == .ink ? SVGTheme.ink : SVGTheme.faint }
  }

  mutating func line(_ text: String) { content += text + "\n" }

  mutating func open(width: Double, height: Double, title: String) {
    let (width, height) = (coordinate(width), coordinate(height))
    line(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" "
        + "height=\"\(height)\" role=\"img\" font-family=\"\(SVGTheme.font)\">")
    line("<title>\(title.xmlEscaped)</title>")
    line("<rect class=\"paper\" width=\"\(width)\" height=\"\(height)\" fill=\"\(SVGTheme.paper)\"/>")
  }

  mutating func text(
    _ text: String, x: Double, y: Double, size: Double, weight: Int = 400, anchor: String = "start",
    style: TextStyle = .ink, turn: Double = 0
  ) {
    let turned = turn == 0 ? "" : " transform=\"rotate(\(coordinate(turn)) \(coordinate(x)) \(coordinate(y)))\""
    let heavy = weight == 400 ? "" : " font-weight=\"\(weight)\""
    let anchored = anchor == "start" ? "" : " text-anchor=\"\(anchor)\""
    line(
      "<text class=\"\(style.rawValue)\" fill=\"\(style.color)\" x=\"\(coordinate(x))\" y=\"\(coordinate(y))\" "
        + "font-size=\"\(coordinate(size))\"\(heavy)\(anchored)\(turned)>\(text.xmlEscaped)</text>")
  }

  mutating func rule(_ style: String, _ color: String, from a: (Double, Double), to b: (Double, Double)) {
    line(
      "<path class=\"\(style)\" stroke=\"\(color)\" d=\"M\(coordinate(a.0)) \(coordinate(a.1))"
        + "L\(coordinate(b.0)) \(coordinate(b.1))\"/>")
  }

  /// An open path through the points.
  static func path(_ points: [(Double, Double)]) -> String {
    points.enumerated().map { ($0 == 0 ? "M" : "L") + coordinate($1.0) + " " + coordinate($1.1) }.joined()
  }
}

/// A length in tenths of a unit, the shortest way.
func coordinate(_ value: Double) -> String {
  let tenths = (value * 10).rounded() / 10
  return tenths == tenths.rounded() ? String(Int(tenths)) : String(format: "%.1f", tenths)
}
