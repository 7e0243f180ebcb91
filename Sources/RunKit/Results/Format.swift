import Foundation

/// A number with a fixed count of decimals and a true minus sign; "nan" and "inf" in words.
func decimal(_ value: Double, digits: Int) -> String {
  guard value.isFinite else { return value.isNaN ? "not a number" : value < 0 ? "−∞" : "∞" }
  let text = String(format: "%.\(digits)f", value)
  let isZero = text.allSatisfy { "-0.".contains($0) }
  return text.hasPrefix("-") ? (isZero ? "" : "−") + text.dropFirst() : text
}

/// Four significant digits, in powers of ten where plain decimals would be long.
func shortNumber(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return value == 0 ? "0" : decimal(value, digits: 0) }
  let size = abs(value)
  if size >= 1e6 || size < 1e-4 { return String(format: "%.3g", value).replacingOccurrences(of: "-", with: "−") }
  return decimal(value, digits: max(0, 3 - Int(log10(size).rounded(.down))))
}

/// Up to four significant digits, as few as say the value: 0.5, 64, 1.25.
func briefNumber(_ value: Double) -> String {
  value.isFinite ? String(format: "%.4g", value).replacingOccurrences(of: "-", with: "−") : decimal(value, digits: 0)
}

/// Time in the two units that matter: "0.84 s", "12.4 s", "3 min 05 s", "2 h 10 min", with no-break spaces.
func durationText(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds >= 0 else { return "unknown" }
  if seconds < 10 { return String(format: "%.2f\u{A0}s", seconds) }
  if seconds < 59.95 { return String(format: "%.1f\u{A0}s", seconds) }
  let whole = Int(seconds.rounded())
  if whole < 3600 { return String(format: "%d\u{A0}min\u{A0}%02d\u{A0}s", whole / 60, whole % 60) }
  return String(format: "%d\u{A0}h\u{A0}%02d\u{A0}min", whole / 3600, whole % 3600 / 60)
}

/// Bytes in binary units: "143 MiB", with a no-break space.
package func bytesText(_ bytes: Int) -> String {
  let units = ["B", "KiB", "MiB", "GiB", "TiB"]
  var value = Double(bytes)
  var unit = 0
  while value >= 1000, unit < units.count - 1 {
    value /= 1024
    unit += 1
  }
  return decimal(value, digits: unit > 0 && value < 10 ? 1 : 0) + "\u{A0}" + units[unit]
}

/// "testAccuracy" as people read it: "test accuracy".
func spacedWords(_ camelCase: String) -> String {
  var words = ""
  for character in camelCase {
    if character.isUppercase, let last = words.last, last != " ", !last.isUppercase { words += " " }
    words += words.last == " " ? character.lowercased() : String(character)
  }
  return words.replacingOccurrences(of: "/", with: " ")
}

extension String {
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
  func padding(toWidth width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
  func leftPadding(toWidth width: Int) -> String { String(repeating: " ", count: Swift.max(0, width - count)) + self }

  /// Text for XML and HTML, attribute values included. Control characters that XML cannot hold are dropped.
  var xmlEscaped: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "\t", "\n", "\r": text.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: continue
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// A word of a POSIX shell's command line.
  var shellQuoted: String {
    let safe = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+.,/:@%")
    return !isEmpty && allSatisfy(safe.contains) ? self : "'" + replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
