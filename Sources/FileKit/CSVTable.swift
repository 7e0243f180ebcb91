/// A table of text: comma- or tab-separated values with quotes after RFC 4180 and a line of column names.
public struct CSVTable: Sendable {
  /// The file, as the caller named it.
  public let path: String
  /// Column names from the first line.
  public let names: [String]
  /// Number of rows below the names.
  public let rowCount: Int
  /// Fields row by row.
  private let fields: [String]
  /// Line on which each row begins.
  private let lines: [Int]

  /// Reads a table, through gzip when the name ends in `.gz`; `separator` is one ASCII character.
  public init(_ path: String, separator: Character = ",") throws(FileError) {
    let bytes = path.hasSuffix(".gz") ? try Gzip.read(path) : try FileBytes.read(path)
    try self.init(bytes: bytes, path: path, separator: separator)
  }

  /// Parses a table in memory; `path` names it in errors. Throws where a quote is not closed, a row has more or fewer
  /// fields than there are names, or a name appears twice.
  public init(bytes: [UInt8], path: String, separator: Character = ",") throws(FileError) {
    guard let separator = separator.asciiValue else { preconditionFailure("CSVTable: the separator is not ASCII") }
    var parser = CSVParser(bytes: bytes, separator: separator, source: FileSource(path))
    guard let header = try parser.row() else {
      throw FileError(path: path, "is empty, expected a line of column names")
    }
    var seen: Set<String> = []
    for name in header.fields where !seen.insert(name).inserted {
      throw FileError(path: path, place: "line 1", "names the column \"\(name.shortened())\" twice")
    }
    var fields: [String] = []
    var lines: [Int] = []
    while let row = try parser.row() {
      guard row.fields.count == header.fields.count else {
        throw FileError(
          path: path, place: "line \(row.line)", "has \(row.fields.count) fields, expected \(header.fields.count)")
      }
      fields += row.fields
      lines.append(row.line)
    }
    self.path = path
    self.names = header.fields
    self.fields = fields
    self.lines = lines
    rowCount = lines.count
  }

  /// The fields of one column as text. Throws when there is no such column.
  public func strings(_ name: String) throws(FileError) -> [String] {
    guard let column = names.firstIndex(of: name) else {
      throw FileError(path: path, "holds no column \"\(name.shortened())\", only \(quotedList(names))")
    }
    return (0..<rowCount).map { fields[$0 * names.count + column] }
  }

  /// The fields of one column as numbers; an empty field is NaN. Throws at the first field that is no number.
  public func numbers(_ name: String) throws(FileError) -> [Double] {
    var result: [Double] = []
    for (row, field) in try strings(name).enumerated() {
      guard let value = field.isEmpty ? .nan : Double(field) else {
        throw fieldError(row, name, "\"\(field.shortened())\" is not a number")
      }
      result.append(value)
    }
    return result
  }

  /// The fields of one column as integers. Throws at the first field that is none.
  public func integers(_ name: String) throws(FileError) -> [Int] {
    var result: [Int] = []
    for (row, field) in try strings(name).enumerated() {
      guard let value = Int(field) else {
        throw fieldError(row, name, "\"\(field.shortened())\" is not a whole number")
      }
      result.append(value)
    }
    return result
  }

  private func fieldError(_ row: Int, _ column: String, _ problem: String) -> FileError {
    FileError(path: path, place: "line \(lines[row]), column \"\(column.shortened())\"", problem)
  }
}

private struct CSVParser {
  let bytes: [UInt8]
  let separator: UInt8
  let source: FileSource
  private var place = 0
  private var line = 1

  init(bytes: [UInt8], separator: UInt8, source: FileSource) {
    self.bytes = bytes
    self.separator = separator
    self.source = source
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { place = 3 }
  }

  /// The next row and the line it begins on. Empty lines are passed over.
  mutating func row() throws(FileError) -> (fields: [String], line: Int)? {
    while place < bytes.count && acceptLineEnd() {}
    guard place < bytes.count else { return nil }
    let start = line
    var fields: [String] = []
    while true {
      fields.append(try field())
      if place == bytes.count { break }
      if bytes[place] == separator {
        place += 1
      } else if acceptLineEnd() {
        break
      } else {
        throw source.error(line: line, "text follows a closing quote")
      }
    }
    return (fields, start)
  }

  private mutating func acceptLineEnd() -> Bool {
    guard bytes[place] == 0x0a || bytes[place] == 0x0d else { return false }
    if bytes[place] == 0x0d && place + 1 < bytes.count && bytes[place + 1] == 0x0a { place += 1 }
    place += 1
    line += 1
    return true
  }

  private mutating func field() throws(FileError) -> String {
    let quote = UInt8(ascii: "\"")
    let firstLine = line
    guard place < bytes.count, bytes[place] == quote else {
      let start = place
      while place < bytes.count, bytes[place] != separator, bytes[place] != 0x0a, bytes[place] != 0x0d { place += 1 }
      return try text(bytes[start..<place], line: firstLine)
    }
    place += 1
    var content: [UInt8] = []
    while true {
      guard place < bytes.count else { throw source.error(line: firstLine, "a quote is not closed") }
      let byte = bytes[place]
      place += 1
      if byte == quote {
        guard place < bytes.count, bytes[place] == quote else { break }
        place += 1
      } else if byte == 0x0a {
        line += 1
      }
      content.append(byte)
    }
    return try text(content[...], line: firstLine)
  }

  private func text(_ bytes: ArraySlice<UInt8>, line: Int) throws(FileError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw source.error(line: line, "is not valid UTF-8")
    }
    return text
  }
}
