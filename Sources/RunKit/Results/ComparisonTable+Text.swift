import FileKit
import Foundation

extension ComparisonTable {
  public var caption: String {
    let counts = rows.indices.flatMap { row in measures.map { values(row, $0).count } }.filter { $0 > 0 }
    let (fewest, most) = (counts.min() ?? 0, counts.max() ?? 0)
    let seeds = fewest == most ? "\(most) seeds" : "\(fewest) to \(most) seeds"
    var sentences = [note]
    if most > 1 { sentences.append("Mean ± one standard deviation over \(seeds).") }
    if measures.contains(where: { $0.better != .neither }) {
      sentences.append("The best \(groups.isEmpty ? "row" : "of each group") is marked.")
    }
    if let comparison = comparisonCaption { sentences.append(comparison) }
    return sentences.filter { !$0.isEmpty }.joined(separator: " ")
  }

  private var comparisonCaption: String? {
    guard comparisons.joined().contains(where: { $0 != nil }) else { return nil }
    let group = groups.isEmpty ? "" : " of the same \(groups.joined(separator: " and "))"
    let tested = comparisons.map { $0.filter { $0?.holm != nil }.count }.max() ?? 0
    guard tested > 0 else { return "Differences are to \(referenceName)\(group)." }
    let correction = tested > 1 ? ", with Holm's correction over \(tested) comparisons" : ""
    return "Differences are to \(referenceName)\(group), seed by seed; p by the two-sided paired t test\(correction)."
  }

  /// The reference in words, such as "method GCN".
  private var referenceName: String {
    reference.map { "\($0.label) \($0.text)" }.joined(separator: ", ")
  }

  /// Whether any row of a measure has a comparison, or a p value.
  func hasComparison(_ measure: Int) -> Bool { comparisons[measure].contains { $0 != nil } }
  func hasTest(_ measure: Int) -> Bool { comparisons[measure].contains { $0?.holm != nil } }

  public func text() -> String {
    var head = labels
    for (index, measure) in measures.enumerated() {
      head.append(measureTitle(measure))
      if hasComparison(index) { head.append("difference") }
      if hasTest(index) { head.append("p") }
    }
    var lines: [[String]?] = [head]
    for (row, content) in rows.enumerated() {
      if row > 0, groupOfRow[row] != groupOfRow[row - 1] { lines.append(nil) }
      var line = content.labels
      for (index, measure) in measures.enumerated() {
        let cell = meanAndSpread(values(row, measure), measure.unit)
        line.append(cell.isEmpty ? "–" : cell + (isBest(row, measure) ? " ←" : ""))
        let comparison = comparisons[index][row]
        if hasComparison(index) { line.append(comparison.map { signed($0.test.difference, measure.unit) } ?? "") }
        if hasTest(index) { line.append(comparison?.holm.map(probability) ?? "") }
      }
      lines.append(line)
    }
    return alignedLines(lines)
  }

  /// One line for each row and measure. Values follow the order of the seeds; a missing one is empty.
  public func csv() -> String {
    let seeds = rows.flatMap { row in measures.map { row.values[$0.name]?.count ?? 0 } }.max() ?? 0
    let statistics = [
      "measure", "unit", "seeds", "mean", "std", "reference", "pairs", "difference", "differenceStd", "t", "p", "pHolm",
      "pSignFlip",
    ]
    var table = CSVWriter(columns: labels + statistics + (0..<seeds).map { "value\($0 + 1)" })
    let number = { (value: Double?) -> String in value.map { $0.isFinite ? $0.description : "" } ?? "" }
    for (row, content) in rows.enumerated() {
      for (index, measure) in measures.enumerated() {
        let finite = values(row, measure)
        guard !finite.isEmpty else { continue }
        let comparison = comparisons[index][row]
        let test = comparison?.test
        var fields = content.labels + [measure.name, measure.unit.symbol, String(finite.count)]
        fields += [number(Statistics.mean(finite)), number(Statistics.std(finite))]
        fields.append(test == nil ? "" : referenceOfRow[row].map { rows[$0].labels.joined(separator: " ") } ?? "")
        fields.append(test.map { String($0.pairs) } ?? "")
        fields += [test?.difference, test?.std, test?.t, test?.p, comparison?.holm, test?.signFlip].map(number)
        let all = content.values[measure.name] ?? []
        fields += (0..<seeds).map { $0 < all.count ? number(all[$0]) : "" }
        table.append(fields)
      }
    }
    return String(decoding: table.bytes, as: UTF8.self)
  }
}

/// "test accuracy (%)".
func measureTitle(_ measure: ComparisonTable.Measure) -> String {
  spacedWords(measure.name) + (measure.unit.symbol.isEmpty ? "" : " (\(measure.unit.symbol))")
}

/// "81.23 ± 0.40" without the unit, the mean alone for one value, nothing for none.
func meanAndSpread(_ values: [Double], _ unit: MetricUnit) -> String {
  guard !values.isEmpty else { return "" }
  let mean = unit.number(Statistics.mean(values))
  return values.count > 1 ? "\(mean) ± \(spreadText(values, unit))" : mean
}

/// The standard deviation with the digits that its mean is shown with.
func spreadText(_ values: [Double], _ unit: MetricUnit) -> String {
  let std = Statistics.std(values)
  let isPlain = abs(Statistics.mean(values)) >= 0.5 * pow(10, -Double(unit.digits))
  return isPlain ? decimal(std, digits: unit.digits) : unit.number(std)
}

/// A difference with its sign, to the unit's digits.
func signed(_ value: Double, _ unit: MetricUnit) -> String {
  let text = decimal(value, digits: unit.digits)
  return text.contains { "123456789∞".contains($0) } && value > 0 ? "+" + text : text
}

/// A p value to three decimals.
func probability(_ p: Double) -> String { p < 0.001 ? "< 0.001" : decimal(p, digits: 3) }

/// Lines whose columns line up, two spaces apart; the first is a head above a rule, and nil is an empty line.
func alignedLines(_ lines: [[String]?]) -> String {
  guard let head = lines.first ?? nil else { return "" }
  let widths = head.indices.map { column in lines.compactMap { $0?[column].count }.max() ?? 0 }
  var text: [String] = []
  for line in lines {
    let cells = line.map { zip($0, widths).map { $0.padding(toWidth: $1) } } ?? []
    text.append(String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()))
    if text.count == 1 { text.append(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")) }
  }
  return text.map { $0 + "\n" }.joined()
}
