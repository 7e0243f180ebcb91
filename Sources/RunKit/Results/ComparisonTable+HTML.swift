import Foundation

extension ComparisonTable {
  public func html() -> String {
    var head = labels.map { "<th>\(spacedWords($0).capitalizedFirst.xmlEscaped)</th>" }.joined()
    for (index, measure) in measures.enumerated() {
      head += "<th class=\"number\">\(measureTitle(measure).capitalizedFirst.xmlEscaped)</th>"
      head += "<th class=\"strip\">Seeds</th>"
      if hasComparison(index) { head += "<th class=\"number\">Difference</th>" }
      if hasTest(index) { head += "<th class=\"number\">p</th>" }
    }
    // Rows of a group share a scale: what differs between groups is often far more.
    let strips = measures.map { measure in
      Dictionary(grouping: rows.indices, by: { groupOfRow[$0] }).mapValues { Strip($0.map { values($0, measure) }) }
    }
    var body = ""
    for row in rows.indices {
      let startsGroup = row > 0 && groupOfRow[row] != groupOfRow[row - 1]
      body += "<tr\(startsGroup ? " class=\"group\"" : "")>"
      var repeats = row > 0 && !startsGroup
      for (column, label) in rows[row].labels.enumerated() {
        repeats = repeats && label == rows[row - 1].labels[column]
        body += "<th scope=\"row\"\(repeats ? " class=\"same\"" : "")>\(label.xmlEscaped)</th>"
      }
      for index in measures.indices { body += cells(row, index, strips[index][groupOfRow[row]]!) }
      body += "</tr>\n"
    }
    return "<table class=\"comparison\">\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(body)</tbody>\n</table>\n"
  }

  private func cells(_ row: Int, _ index: Int, _ strip: Strip) -> String {
    let measure = measures[index]
    let values = values(row, measure)
    let title = measureTitle(measure).xmlEscaped
    let best = isBest(row, measure)
    var html = "<td class=\"number\(best ? " best" : "")\" data-label=\"\(title)\">"
    html += meanAndSpreadHTML(values, measure.unit) + "</td>"
    html += "<td class=\"strip\">\(strip.svg(values, best: best))</td>"
    let comparison = comparisons[index][row]
    if hasComparison(index) {
      let isReference = referenceOfRow[row] == row
      let text = comparison.map { signed($0.test.difference, measure.unit) } ?? (isReference ? "reference" : "")
      html += "<td class=\"number\(isReference ? " faint" : "")\" data-label=\"difference\">\(text)</td>"
    }
    if hasTest(index) {
      let isClear = (comparison?.holm ?? 1) < 0.05
      html += "<td class=\"number\(isClear ? "" : " faint")\" data-label=\"p\"\(details(comparison))>"
      html += (comparison?.holm.map(probability) ?? "").xmlEscaped + "</td>"
    }
    return html
  }

  /// The tests behind a p value, shown when the pointer rests on it.
  private func details(_ comparison: Comparison?) -> String {
    guard let test = comparison?.test, let t = test.t, let p = test.p else { return "" }
    let flip = test.signFlip.map { "; exact sign-flip test: p \(probability($0))" } ?? ""
    let text =
      "paired t test: t \(decimal(t, digits: 2)) over \(test.pairs) seeds, uncorrected p \(probability(p))" + flip
    return " title=\"\(text.xmlEscaped)\""
  }
}

/// Mean in bold with its spread, or a dash without values.
func meanAndSpreadHTML(_ values: [Double], _ unit: MetricUnit) -> String {
  guard !values.isEmpty else { return "–" }
  let spread = values.count > 1 ? " <span class=\"spread\">± \(spreadText(values, unit))</span>" : ""
  return "<b>\(unit.number(Statistics.mean(values)))</b>\(spread)"
}

/// A row's values on a line that all rows of a group share: faint dots for the seeds, a full one for the mean.
private struct Strip {
  private static let width = 96.0
  private let low: Double
  private let high: Double

  init(_ rows: [[Double]]) {
    low = rows.joined().min() ?? 0
    high = rows.joined().max() ?? 0
  }

  func svg(_ values: [Double], best: Bool) -> String {
    guard low < high, !values.isEmpty else { return "" }
    let place = { (value: Double) in coordinate(5 + (Self.width - 10) * (value - low) / (high - low)) }
    let dots = values.map { "<circle class=\"seed\" cx=\"\(place($0))\" cy=\"7\" r=\"2.5\"/>" }
    let seeds = values.count < 2 ? "" : dots.joined()
    return "<svg class=\"gauge\" viewBox=\"0 0 96 14\" width=\"96\" height=\"14\" aria-hidden=\"true\">"
      + "<path class=\"track\" d=\"M5 7H91\"/>\(seeds)"
      + "<circle class=\"\(best ? "met" : "mean")\" cx=\"\(place(Statistics.mean(values)))\" cy=\"7\" r=\"4\"/></svg>"
  }
}
