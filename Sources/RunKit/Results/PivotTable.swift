import TensorKit

/// One measure of a `ComparisonTable` as papers print it: a row for each method, a column for each depth, and in the
/// cells mean ± std.
public struct PivotTable: ResultTable, Sendable {
  public let name: String
  public let title: String
  public let note: String
  public let measure: ComparisonTable.Measure
  /// Names of the label columns.
  public let labels: [String]
  /// Name of what the columns are values of.
  public let columnLabel: String
  public let columns: [String]
  /// Texts of the label columns, and for each column the values over the seeds (none where there is no such run).
  public let rows: [(labels: [String], values: [[Double]])]
}

extension ComparisonTable {
  /// The values of `measure` with the texts of label column `columns` across and the other label columns, or just
  /// `rows` of them, down. Traps on an unknown name, and when two rows fall into one cell.
  public func pivot(
    _ measure: String, columns: String, rows kept: [String]? = nil, name: String? = nil, title: String? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) -> PivotTable {
    guard let measure = measures.first(where: { $0.name == measure }) else {
      trap("pivot: no measure \"\(measure)\" among \(measures.map(\.name))", file, line)
    }
    let kept = kept ?? labels.filter { $0 != columns }
    func index(_ label: String) -> Int {
      guard let index = labels.firstIndex(of: label) else {
        trap("pivot: no label column \"\(label)\" among \(labels)", file, line)
      }
      return index
    }
    let across = index(columns)
    let down = kept.map(index)
    var columnTexts: [String] = []
    var rowTexts: [[String]] = []
    var cells: [[String]: [Double]] = [:]
    for (number, row) in rows.enumerated() {
      let key = down.map { row.labels[$0] }
      let column = row.labels[across]
      if !columnTexts.contains(column) { columnTexts.append(column) }
      if !rowTexts.contains(key) { rowTexts.append(key) }
      if cells.updateValue(values(number, measure), forKey: key + [column]) != nil {
        trap("pivot: more than one row has \(kept) = \(key) and \(columns) = \(column)", file, line)
      }
    }
    return PivotTable(
      name: name ?? self.name + "-by-" + columns, title: title ?? self.title, note: note, measure: measure,
      labels: kept, columnLabel: columns, columns: columnTexts,
      rows: rowTexts.map { key in (key, columnTexts.map { cells[key + [$0]] ?? [] }) })
  }
}
