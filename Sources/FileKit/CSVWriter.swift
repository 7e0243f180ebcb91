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
      text += Self.quoted(field, evenEmpty: columnCount == 1)
    }
    text.append(UInt8(ascii: "\n"))
  }

  /// The table so far as UTF-8.
  public var bytes: [UInt8] { text }

  /// Writes the table whole or not at all.
  public func write(to path: String) throws(FileError) { try AtomicFile.write(text, to: path) }

  private static func quoted(_ field: String, evenEmpty: Bool) -> [UInt8] {
    let bytes = Array(field.utf8)
    let needsQuotes =
      bytes.isEmpty ? evenEmpty : bytes.contains { $0 == 0x22 || $0 == 0x2c || $0 == 0x0a || $0 == 0x0d }
    guard needsQuotes else { return bytes }
    var result: [UInt8] = [0x22]
    for byte in bytes { result += byte == 0x22 ? [0x22, 0x22] : [byte] }
    return result + [0x22]
  }
}
