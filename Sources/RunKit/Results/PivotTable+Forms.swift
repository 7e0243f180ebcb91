import FileKit
import Foundation

extension PivotTable {
  public var caption: String {
    let seeds = rows.flatMap { $0.values.map(\.count) }.max() ?? 0
    let best = measure.better == .neither ? "" : "The best of each column is marked."
    let spread = seeds > 1 ? "Mean ± one standard deviation over \(seeds) seeds." : ""
    let unit = measureTitle(measure).capitalizedFirst + "."
    return [note, unit, spread, best].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Whether the cell's mean is the best of its column of at least two.
  func isBest(_ row: Int, _ column: Int) -> Bool {
    guard measure.better != .neither, !rows[row].values[column].isEmpty else { return false }
    let sign = measure.better == .higher ? 1.0 : -1.0
    let means = rows.map(\.values[column]).filter { !$0.isEmpty }.map { sign * Statistics.mean($0) }
    return means.count > 1 && sign * Statistics.mean(rows[row].values[column]) >= means.max()!
  }

  public func text() -> String {
    var lines: [[String]?] = [labels + columns.map { "\(columnLabel) \($0)" }]
    for (index, row) in rows.enumerated() {
      lines.append(
        row.labels
          + row.values.enumerated().map { column, values in
            values.isEmpty ? "–" : meanAndSpread(values, measure.unit) + (isBest(index, column) ? " ←" : "")
          })
    }
    return alignedLines(lines)
  }

  /// Mean and standard deviation of each column's cells.
  public func csv() -> String {
    let heads = columns.flatMap { ["\(columnLabel) \($0) mean", "\(columnLabel) \($0) std"] }
    var table = CSVWriter(columns: labels + heads)
    for row in rows {
      let numbers = row.values.flatMap { values in
        values.isEmpty ? ["", ""] : [Statistics.mean(values).description, Statistics.std(values).description]
      }
      table.append(row.labels + numbers)
    }
    return String(decoding: table.bytes, as: UTF8.self)
  }

  public func html() -> String {
    let means = rows.flatMap { $0.values.filter { !$0.isEmpty }.map(Statistics.mean) }
    let (low, high) = (means.min() ?? 0, means.max() ?? 0)
    let heads =
      labels.map { "<th>\(spacedWords($0).capitalizedFirst.xmlEscaped)</th>" }
      + columns.map { "<th class=\"number\">\("\(columnLabel) \($0)".capitalizedFirst.xmlEscaped)</th>" }
    var body = ""
    for (index, row) in rows.enumerated() {
      body += "<tr>" + row.labels.map { "<th scope=\"row\">\($0.xmlEscaped)</th>" }.joined()
      for (column, values) in row.values.enumerated() {
        // The shade tells the value at a glance, from the table's lowest mean to its highest.
        let share = values.isEmpty || low == high ? 0 : (Statistics.mean(values) - low) / (high - low)
        body += "<td class=\"number\(isBest(index, column) ? " best" : "")\" "
        body += "data-label=\"\("\(columnLabel) \(columns[column])".xmlEscaped)\" "
        body += "style=\"--share: \(decimal(share, digits: 2))\">"
        body += meanAndSpreadHTML(values, measure.unit) + "</td>"
      }
      body += "</tr>\n"
    }
    return "<table class=\"pivot\">\n<thead><tr>\(heads.joined())</tr></thead>\n<tbody>\n\(body)</tbody>\n</table>\n"
  }
}
