import FileKit

/// Numbers as text: one row a line, parted by commas, tabs or blanks. The first line may hold column names; it counts
/// as such only when none of its fields is a number, so that no damaged row is passed over. Lines that begin with `#`
/// are comments.
internal struct NumberTable {
  /// The file, as the caller named it.
  let path: String
  /// Numbers of a row; 0 when there are no rows.
  private(set) var width = 0
  /// Row by row.
  private(set) var values: [Double] = []
  /// Line of each row, from 1.
  private(set) var lines: [Int] = []

  var rowCount: Int { lines.count }

  /// Reads a table, through gzip when the name ends in `.gz`.
  init(_ path: String, allowsNames: Bool = true) throws(FileError) {
    let bytes = try path.hasSuffix(".gz") ? Gzip.read(path) : FileBytes.read(path)
    try self.init(bytes: bytes, path: path, allowsNames: allowsNames)
  }

  init(bytes: [UInt8], path: String, allowsNames: Bool = true) throws(FileError) {
    self.path = path
    var line = 0, mayBeNames = allowsNames
    var rest = bytes[...]
    if rest.starts(with: [0xef, 0xbb, 0xbf]) { rest = rest.dropFirst(3) }
    while !rest.isEmpty {
      line += 1
      let end = rest.firstIndex { $0 == 0x0a || $0 == 0x0d } ?? rest.endIndex
      let content = rest[rest.startIndex..<end]
      rest = rest[end...]
      if rest.starts(with: [0x0d, 0x0a]) { rest = rest.dropFirst(2) } else { rest = rest.dropFirst() }
      if try addRow(content, line: line, mayBeNames: mayBeNames) { mayBeNames = false }
    }
  }

  /// Whether the line was a row or the line of names.
  private mutating func addRow(_ text: ArraySlice<UInt8>, line: Int, mayBeNames: Bool) throws(FileError) -> Bool {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    func fail(_ problem: String) -> FileError { FileError(path: path, place: "line \(line)", problem) }
    let comma = UInt8(ascii: ",")
    var place = text.startIndex, count = 0
    var fault: FileError?
    let before = values.count
    while true {
      while place < text.endIndex, isBlank(text[place]) { place += 1 }
      if place == text.endIndex && count == 0 { return false }
      if count == 0, text[place] == UInt8(ascii: "#") { return false }
      let start = place
      while place < text.endIndex, text[place] != comma, !isBlank(text[place]) { place += 1 }
      if let value = Self.number(text[start..<place]) {
        values.append(value)
      } else {
        let field = String(decoding: text[start..<place], as: UTF8.self)
        let problem = fail("field \(count + 1), \"\(field.shortened())\", is not a number")
        guard mayBeNames else { throw problem }
        fault = fault ?? problem
      }
      count += 1
      while place < text.endIndex, isBlank(text[place]) { place += 1 }
      if place == text.endIndex { break }
      if text[place] == comma { place += 1 }
    }
    if let fault {
      if values.count == before { return true }
      throw fault
    }
    if lines.isEmpty { width = count }
    guard count == width else { throw fail("has \(count) numbers, expected \(width) as in line \(lines[0])") }
    lines.append(line)
    return true
  }

  private static func number(_ text: ArraySlice<UInt8>) -> Double? {
    // Most tables hold small whole numbers; others take the exact way.
    if text.count <= 9, text.allSatisfy({ 0x30...0x39 ~= $0 }), !text.isEmpty {
      return Double(text.reduce(0) { $0 * 10 + Int($1) - 0x30 })
    }
    return Double(String(decoding: text, as: UTF8.self))
  }

  /// One column as Int32. Throws when the table has another width or a number is not whole.
  func integers(column: Int, of expectedWidth: Int, expecting what: String) throws(FileError) -> [Int32] {
    guard width == expectedWidth || rowCount == 0 else {
      throw FileError(path: path, place: "line \(lines[0])", "has \(width) numbers, expected \(what)")
    }
    var result: [Int32] = []
    result.reserveCapacity(rowCount)
    for row in 0..<rowCount {
      let value = values[row * width + column]
      guard let integer = Int32(exactly: value) else {
        throw FileError(path: path, place: "line \(lines[row])", "\(value) is not a whole number, expected \(what)")
      }
      result.append(integer)
    }
    return result
  }
}
