import Foundation

/// Aligned text columns: the first `leading` ones to the left, numbers to the right.
struct Table {
  let title: String
  let headers: [String]
  let leading: Int
  private(set) var rows: [[String]] = []

  init(_ title: String, leading: Int = 1, _ headers: [String]) {
    self.title = title
    self.leading = leading
    self.headers = headers
  }

  mutating func add(_ cells: [String]) { rows.append(cells) }

  var text: String {
    let widths = headers.indices.map { column in ([headers] + rows).map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      let padded = cells.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column < leading ? cell + space : space + cell
      }
      return String(padded.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
    }
    return ([title, line(headers)] + rows.map(line)).joined(separator: "\n") + "\n"
  }
}

/// Numbers as the tables show them.
enum Format {
  /// Three significant digits in the unit that suits: "812 ns", "3.40 us", "12.5 ms".
  static func time(_ seconds: Double) -> String {
    let size = abs(seconds)
    if size < 999.5e-9 { return number(seconds * 1e9) + " ns" }
    if size < 999.5e-6 { return number(seconds * 1e6) + " us" }
    if size < 999.5e-3 { return number(seconds * 1e3) + " ms" }
    return number(seconds) + " s"
  }

  /// Thousand millions a second; "-" for none.
  static func giga(_ rate: Double) -> String { rate > 0 ? number(rate * 1e-9) : "-" }

  static func percent(_ share: Double?) -> String { share.map { String(format: "%.0f %%", $0 * 100) } ?? "-" }

  static func ratio(_ ratio: Double?) -> String { ratio.map { number($0) + "x" } ?? "-" }

  /// Binary units: "256 KiB".
  static func bytes(_ bytes: Double) -> String {
    let units = ["B", "KiB", "MiB", "GiB"]
    var value = bytes, unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return String(format: value == value.rounded() ? "%.0f " : "%.1f ", value) + units[unit]
  }

  /// Three significant digits.
  static func number(_ value: Double) -> String {
    let size = abs(value)
    return String(format: size >= 99.95 ? "%.0f" : size >= 9.995 ? "%.1f" : "%.2f", value)
  }
}
