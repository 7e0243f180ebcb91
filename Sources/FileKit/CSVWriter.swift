import TensorKit

/// Gathers rows of a table and writes them as comma-separated values: quotes after RFC 4180, lines ended by `\n`.
public struct CSVWriter: Sendable {
  private let columnCount: Int
  private var text: [UInt8] = []

  /// A table with these columns.
  public init(columns: [String]) {
    columnCount = columns.count
    append(columns)
  }

  /// Appends a row of text. Traps when it has more or fewer fields than there are columns.
  public mutating func append(_ fields: [String], file: StaticString = #fileID, line: UInt = #line) {
    guard fields.count == columnCount else {
      trap("CSVWriter: a row of \(fields.count) fields in a table of \(columnCount) columns", file, line)
    }
    for (column, field) in fields.enumerated() {
      if column > 0 { text.append(UInt8(ascii: ",")) }
      // A lone empty field would be an empty line, which readers pass over.
      text += Self.quoted(field, evenEmpty: columnCount == 1).utf8
    }
    text.append(UInt8(ascii: "\n"))
  }

  /// The table so far as UTF-8.
  public var bytes: [UInt8] { text }

  /// Writes the table whole or not at all.
  public func write(to path: String) throws(FileError) { try AtomicFile.write(text, to: path) }

  /// The field as it stands in a line: in quotes where it holds a quote, a comma or the end of a line.
  package static func quoted(_ field: String, evenEmpty: Bool = false) -> String {
    let needsQuotes =
      field.isEmpty ? evenEmpty : field.utf8.contains { $0 == 0x22 || $0 == 0x2c || $0 == 0x0a || $0 == 0x0d }
    guard needsQuotes else { return field }
    var result = "\""
    for scalar in field.unicodeScalars {
      if scalar == "\"" { result += "\"" }
      result.unicodeScalars.append(scalar)
    }
    return result + "\""
  }
}
