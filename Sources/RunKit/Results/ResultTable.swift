/// A table of a run's results: for the terminal, as a CSV file, and in the report.
public protocol ResultTable {
  /// Becomes the file name, in lower case with hyphens.
  var name: String { get }
  /// Stands above the table in the report and in the terminal.
  var title: String { get }
  /// What the numbers and marks mean, in a few sentences; may be empty.
  var caption: String { get }
  /// Lines whose columns line up, without title and caption.
  func text() -> String
  /// Full numbers.
  func csv() -> String
  /// A `<table>` element that the report's style sheet knows.
  func html() -> String
}
