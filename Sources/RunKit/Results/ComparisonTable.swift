import TensorKit

/// Methods compared over the same seeds: mean and spread of each measure, the difference to a reference row, and how
/// sure that difference is.
///
/// ```swift
/// ComparisonTable(
///   name: "accuracy", title: "Test accuracy", labels: ["method", "depth"],
///   measures: [.init("testAccuracy", .percent, better: .higher)],
///   rows: [
///     .init(["GCN", "2"], ["testAccuracy": [81.2, 80.9]]), .init(["GCNII", "2"], ["testAccuracy": [82.0, 81.9]]),
///   ],
///   reference: ["method": "GCN"], groupedBy: ["depth"])
/// ```
public struct ComparisonTable: ResultTable, Sendable {
  /// Which of two values of a measure is the better one.
  public enum Better: Sendable { case higher, lower, neither }

  /// A quantity that every row has one value of for each seed.
  public struct Measure: Sendable {
    public let name: String
    public let unit: MetricUnit
    public let better: Better

    public init(_ name: String, _ unit: MetricUnit = .none, better: Better = .neither) {
      self.name = name
      self.unit = unit
      self.better = better
    }
  }

  /// One configuration.
  public struct Row: Sendable {
    /// One text for each of the table's label columns.
    public let labels: [String]
    /// For each measure by name, one value a seed; every row has the seeds in the same order, NaN where one is missing.
    /// A measure may be absent.
    public let values: [String: [Double]]

    public init(_ labels: [String], _ values: [String: [Double]]) {
      self.labels = labels
      self.values = values
    }
  }

  /// A row against the reference row of its group, in one measure.
  public struct Comparison: Sendable {
    public let test: PairedTest
    /// The t test's p value by Holm's correction over all rows that have one in this measure; nil where `test.p` is.
    public let holm: Double?
  }

  public let name: String
  public let title: String
  public let labels: [String]
  public let measures: [Measure]
  public let rows: [Row]
  /// What marks the reference row of each group, in the order of the label columns.
  public let reference: [(label: String, text: String)]
  /// Label columns whose equal texts make a group.
  public let groups: [String]
  /// A sentence of the author's; the report adds what the numbers mean.
  public let note: String

  /// For each row the group it belongs to, counted in order of appearance.
  let groupOfRow: [Int]
  /// For each row the reference row of its group; nil where the group has none.
  let referenceOfRow: [Int?]
  /// By measure, then row.
  let comparisons: [[Comparison?]]

  /// - Parameters:
  ///   - labels: names of the label columns.
  ///   - reference: texts, by label column, of the row that the others of its group are compared with; empty for no
  ///     comparison. Traps when two rows of one group have them.
  ///   - groups: label columns whose equal texts make a group. Rows of a group are shown where they are given, so give
  ///     them together.
  public init(
    name: String, title: String, labels: [String], measures: [Measure], rows: [Row], reference: [String: String] = [:],
    groupedBy groups: [String] = [], note: String = "", file: StaticString = #fileID, line: UInt = #line
  ) {
    func column(_ label: String) -> Int {
      guard let index = labels.firstIndex(of: label) else {
        trap("ComparisonTable: no label column \"\(label)\" among \(labels)", file, line)
      }
      return index
    }
    for (index, row) in rows.enumerated() where row.labels.count != labels.count {
      trap("ComparisonTable: row \(index) has \(row.labels.count) labels, expected \(labels.count)", file, line)
    }
    self.name = name
    self.title = title
    self.labels = labels
    self.measures = measures
    self.rows = rows
    self.groups = groups
    self.note = note

    let groupColumns = groups.map(column)
    var groupNumbers: [[String]: Int] = [:]
    groupOfRow = rows.map { row in
      let key = groupColumns.map { row.labels[$0] }
      let number = groupNumbers[key] ?? groupNumbers.count
      groupNumbers[key] = number
      return number
    }
    let wanted = reference.map { (column: column($0.key), text: $0.value) }.sorted { $0.column < $1.column }
    self.reference = wanted.map { (labels[$0.column], $0.text) }
    var referenceOfGroup: [Int: Int] = [:]
    if !wanted.isEmpty {
      for (index, row) in rows.enumerated() where wanted.allSatisfy({ row.labels[$0.column] == $0.text }) {
        if let other = referenceOfGroup.updateValue(index, forKey: groupOfRow[index]) {
          trap("ComparisonTable: rows \(other) and \(index) of one group both match the reference", file, line)
        }
      }
    }
    let references = groupOfRow.map { referenceOfGroup[$0] }
    referenceOfRow = references
    comparisons = measures.map { Self.compare(rows, with: references, in: $0.name) }
  }

  private static func compare(_ rows: [Row], with references: [Int?], in measure: String) -> [Comparison?] {
    let tests = rows.indices.map { index -> PairedTest? in
      guard let reference = references[index], reference != index, let values = rows[index].values[measure],
        let others = rows[reference].values[measure]
      else { return nil }
      let test = PairedTest(values, against: others)
      return test.pairs == 0 ? nil : test
    }
    let tested = tests.indices.filter { tests[$0]?.p != nil }
    let corrected = PairedTest.holm(tested.map { tests[$0]!.p! })
    var holm: [Int: Double] = [:]
    for (index, p) in zip(tested, corrected) { holm[index] = p }
    return tests.indices.map { index in tests[index].map { Comparison(test: $0, holm: holm[index]) } }
  }

  /// Row `row` against the reference row of its group; nil for that row itself, without a reference, and where no seed
  /// has both values.
  public func comparison(row: Int, measure: String) -> Comparison? {
    measures.firstIndex { $0.name == measure }.flatMap { comparisons[$0][row] }
  }

  /// The finite values of a row in a measure.
  func values(_ row: Int, _ measure: Measure) -> [Double] { (rows[row].values[measure.name] ?? []).filter(\.isFinite) }

  /// Whether the row's mean is the best of its group of at least two.
  func isBest(_ row: Int, _ measure: Measure) -> Bool {
    guard measure.better != .neither else { return false }
    let sign = measure.better == .higher ? 1.0 : -1.0
    let others = rows.indices.filter { groupOfRow[$0] == groupOfRow[row] && !values($0, measure).isEmpty }
    let own = sign * Statistics.mean(values(row, measure))
    return others.count > 1 && others.allSatisfy { own >= sign * Statistics.mean(values($0, measure)) }
  }
}
