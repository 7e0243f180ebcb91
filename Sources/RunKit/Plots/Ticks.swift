import Foundation

/// A labelled place on an axis.
struct Tick: Equatable {
  let value: Double
  let label: String
}

enum Ticks {
  /// Multiples of 1, 2 or 5 times a power of ten inside the range: at most `most`, with just the decimals they need.
  static func linear(_ range: ClosedRange<Double>, most: Int) -> [Tick] {
    let span = range.upperBound - range.lowerBound
    guard span > 0, span.isFinite, most > 0 else { return [] }
    var power = pow(10, (log10(span / Double(most))).rounded(.down))
    var step = power
    search: while true {
      for factor in [1.0, 2, 5] {
        step = factor * power
        let count = (range.upperBound / step + 1e-9).rounded(.down) - (range.lowerBound / step - 1e-9).rounded(.up) + 1
        if count <= Double(most) { break search }
      }
      power *= 10
    }
    let digits = max(0, -Int((log10(step) + 1e-9).rounded(.down)))
    let first = Int((range.lowerBound / step - 1e-9).rounded(.up))
    let last = Int((range.upperBound / step + 1e-9).rounded(.down))
    guard first <= last else { return [] }
    return (first...last).map { Tick(value: Double($0) * step, label: label(Double($0) * step, step, digits)) }
  }

  /// Powers of ten inside the range, thinned to at most `most`; below two decades also their 2- and 5-fold.
  static func log(_ range: ClosedRange<Double>, most: Int) -> [Tick] {
    guard range.lowerBound > 0, range.upperBound > range.lowerBound else { return [] }
    let low = Int((log10(range.lowerBound) - 1e-9).rounded(.up))
    let high = Int((log10(range.upperBound) + 1e-9).rounded(.down))
    if high - low >= 1 {
      let stride = max(1, (high - low + most) / most)
      return Swift.stride(from: low, through: high, by: stride).map {
        Tick(value: pow(10, Double($0)), label: power($0))
      }
    }
    var ticks: [Double] = []
    for decade in low - 1...high + 1 {
      for factor in [1.0, 2, 5] {
        let value = factor * pow(10, Double(decade))
        if value >= range.lowerBound * (1 - 1e-9), value <= range.upperBound * (1 + 1e-9) { ticks.append(value) }
      }
    }
    return ticks.count >= 2 ? ticks.map { Tick(value: $0, label: shortLabel($0)) } : linear(range, most: most)
  }

  private static func label(_ value: Double, _ step: Double, _ digits: Int) -> String {
    if value == 0 { return "0" }
    if step >= 1e6 || digits > 4 { return String(format: "%.2g", value).replacingOccurrences(of: "-", with: "−") }
    return grouped(decimal(value, digits: digits))
  }

  private static func shortLabel(_ value: Double) -> String {
    value >= 1e4 || value < 1e-3 ? String(format: "%.0e", value) : shortestDecimal(value)
  }

  private static func shortestDecimal(_ value: Double) -> String {
    decimal(value, digits: max(0, -Int((log10(value) + 1e-9).rounded(.down))))
  }

  /// Groups of three digits with thin spaces, from 10 000 on.
  private static func grouped(_ text: String) -> String {
    let whole = text.prefix { $0 != "." }
    guard whole.filter(\.isNumber).count > 4 else { return text }
    var result = ""
    for (index, character) in whole.reversed().enumerated() {
      if index > 0, index % 3 == 0, character.isNumber { result += "\u{2009}" }
      result.append(character)
    }
    return String(result.reversed()) + text.dropFirst(whole.count)
  }

  private static func power(_ exponent: Int) -> String {
    let superscripts = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
    if (0...2).contains(exponent) { return ["1", "10", "100"][exponent] }
    if exponent == -1 { return "0.1" }
    return "10" + (exponent < 0 ? "⁻" : "")
      + String(abs(exponent)).compactMap(\.wholeNumberValue)
      .map { superscripts[$0] }.joined()
  }
}
