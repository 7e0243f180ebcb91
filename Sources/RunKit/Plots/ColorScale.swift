/// Viridis (Smith and van der Walt, 2015): even steps of lightness, readable in print and by colour-blind readers.
enum ColorScale {
  private static let stops: [SIMD3<Double>] = [
    [0x44, 0x01, 0x54], [0x47, 0x2D, 0x7B], [0x3B, 0x52, 0x8B], [0x2C, 0x72, 0x8E], [0x21, 0x90, 0x8C],
    [0x27, 0xAD, 0x81], [0x5D, 0xC8, 0x63], [0xAA, 0xDC, 0x32], [0xFD, 0xE7, 0x25],
  ]
  static let levels = 128

  /// The colour of a level from 0 to `levels - 1`.
  static func color(_ level: Int) -> String {
    let place = Double(level) / Double(levels - 1) * Double(stops.count - 1)
    let below = min(stops.count - 2, Int(place))
    let color = stops[below] + (stops[below + 1] - stops[below]) * (place - Double(below))
    let value = (0..<3).reduce(0) { $0 << 8 | Int(color[$1].rounded()) }
    let digits = String(value, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }

  /// Level of a share from 0 to 1; what lies outside takes the nearest end.
  static func level(_ share: Double) -> Int { Int((min(1, max(0, share)) * Double(levels - 1)).rounded()) }

  /// Stops of an SVG gradient from the lowest colour to the highest.
  static var gradientStops: String {
    (0..<stops.count).map { index in
      let share = Double(index) / Double(stops.count - 1)
      return "<stop offset=\"\(share)\" stop-color=\"\(color(level(share)))\"/>"
    }.joined()
  }
}
