import Foundation

/// The result of a run as people read it in a terminal.
struct ResultText {
  let result: RunResult
  /// The run's folder as the user wrote it.
  let folder: String
  var tables: [any ResultTable] = []

  var text: String {
    let summary = result.summary
    let seeds = summary.seeds.count
    var text =
      "\(summary.paper) \(summary.command): \(seeds) seed\(seeds == 1 ? "" : "s"), "
      + "\(durationText(summary.seconds)), peak memory \(bytesText(summary.peakBytes))\n"
    // Tables say what the list of metrics would, in an order that can be read.
    for table in tables { text += "\n\(table.title)\n\n\(table.text())\(table.caption)\n" }
    text += table(
      (tables.isEmpty ? summary.metrics : []).map { metric in
        let spread = seeds > 1 ? " ± \(metric.unit.number(metric.std))" : ""
        let values = seeds > 1 ? metric.values.map(metric.unit.number).joined(separator: "  ") : ""
        return [metric.name, metric.unit.number(metric.mean) + spread + metric.unit.suffix, values]
      })
    text += table(
      result.claims.map { claim in
        [claim.isMet ? "met" : "NOT met", claim.unit.text(claim.value), "(\(claim.bandText))", claim.statement]
      })
    return text.replacingOccurrences(of: "\u{A0}", with: " ") + "\nreport: \(folder)/report.html\n"
  }

  /// Rows whose columns line up, after an empty line; nothing for no rows.
  private func table(_ rows: [[String]]) -> String {
    guard let first = rows.first else { return "" }
    let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return "\n"
      + rows.map { row in
        let cells = zip(row, widths).map { $0.padding(toWidth: $1) }.joined(separator: "  ")
        return "  " + cells.reversed().drop { $0 == " " }.reversed() + "\n"
      }.joined()
  }
}
