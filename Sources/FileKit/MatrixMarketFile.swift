/// A sparse matrix in the coordinate form of MatrixMarket: https://math.nist.gov/MatrixMarket/formats.html
///
/// `real`, `integer` and `pattern` matrices, `general` or `symmetric`. Rows and columns count from 0 here and from 1 in
/// the file.
public struct MatrixMarketFile: Sendable, Equatable {
  public enum Field: String, Sendable { case real, integer, pattern }

  public var rows: Int
  public var columns: Int
  public var field: Field
  /// Whether each entry off the diagonal also stands for its mirror image, which is not listed.
  public var isSymmetric: Bool
  /// Row of each entry, in file order.
  public var rowIndices: [Int32]
  /// Column of each entry.
  public var columnIndices: [Int32]
  /// Value of each entry; nil for a pattern.
  public var values: [Double]?

  /// Number of listed entries.
  public var count: Int { rowIndices.count }

  public init(
    rows: Int, columns: Int, field: Field, isSymmetric: Bool = false, rowIndices: [Int32], columnIndices: [Int32],
    values: [Double]? = nil
  ) {
    self.rows = rows
    self.columns = columns
    self.field = field
    self.isSymmetric = isSymmetric
    self.rowIndices = rowIndices
    self.columnIndices = columnIndices
    self.values = values
  }

  /// Reads a matrix, through gzip when the name ends in `.gz`. Throws at the first line that is not as the format says.
  public static func read(_ path: String) throws(FileError) -> MatrixMarketFile {
    try parse(path.hasSuffix(".gz") ? Gzip.read(path) : FileBytes.read(path), path: path)
  }

  /// Parses a matrix in memory; `path` names it in errors.
  public static func parse(_ bytes: [UInt8], path: String) throws(FileError) -> MatrixMarketFile {
    try bytes.withUnsafeBufferPointer { (buffer) throws(FileError) in
      var parser = MatrixMarketParser(scanner: NumberScanner(buffer, path: path), path: path)
      return try parser.parse()
    }
  }

  /// Writes the matrix, through gzip when the name ends in `.gz`. Traps when the arrays differ in count or a pattern
  /// has values.
  public func write(to path: String) throws(FileError) {
    precondition(
      columnIndices.count == count && (field == .pattern ? values == nil : values?.count == count),
      "MatrixMarketFile: rows, columns and values differ in count")
    var text = Array("%%MatrixMarket matrix coordinate \(field) \(isSymmetric ? "symmetric" : "general")\n".utf8)
    text.reserveCapacity(16 * count + 100)
    text += "\(rows) \(columns) \(count)\n".utf8
    for entry in 0..<count {
      text += "\(rowIndices[entry] + 1) \(columnIndices[entry] + 1)".utf8
      if let values { text += (field == .integer ? " \(Int(values[entry]))" : " \(values[entry])").utf8 }
      text.append(0x0a)
    }
    try AtomicFile.write(path.hasSuffix(".gz") ? Gzip.compress(text) : text, to: path)
  }
}

private struct MatrixMarketParser {
  var scanner: NumberScanner
  let path: String

  mutating func parse() throws(FileError) -> MatrixMarketFile {
    let (field, isSymmetric) = try readBanner()
    let (rows, columns, count) = try readSizes()
    guard !isSymmetric || rows == columns else {
      throw FileError(path: path, "is symmetric, but has \(rows) rows and \(columns) columns")
    }
    // An entry takes four bytes at least, so a larger count is a lie that must not reserve memory.
    guard count <= scanner.text.count / 4 + 1 else {
      throw FileError(path: path, "announces \(count) entries, more than \(scanner.text.count) bytes can hold")
    }
    var result = MatrixMarketFile(
      rows: rows, columns: columns, field: field, isSymmetric: isSymmetric, rowIndices: [], columnIndices: [])
    result.rowIndices.reserveCapacity(count)
    result.columnIndices.reserveCapacity(count)
    var values: [Double] = []
    values.reserveCapacity(field == .pattern ? 0 : count)
    let what = field == .pattern ? "a row and a column" : "a row, a column and a value"
    while try nextLine() {
      guard result.count < count else { throw scanner.fail("follows the \(count) entries that were announced") }
      guard let row = scanner.integer(), skipGap(), let column = scanner.integer() else {
        throw scanner.fail("expected \(what)")
      }
      guard 1...rows ~= row else { throw scanner.fail("row \(row) is outside of 1...\(rows)") }
      guard 1...columns ~= column else { throw scanner.fail("column \(column) is outside of 1...\(columns)") }
      guard !isSymmetric || column <= row else {
        throw scanner.fail("lies above the diagonal, where a symmetric matrix lists no entries")
      }
      if field != .pattern {
        guard skipGap(), let value = scanner.number(), value.isFinite else {
          throw scanner.fail("expected \(what), which is a finite number")
        }
        guard field == .real || value == value.rounded(.towardZero) && value.magnitude <= 0x1p53 else {
          throw scanner.fail("the value is not whole, expected an integer")
        }
        values.append(value)
      }
      try endLine(what)
      result.rowIndices.append(Int32(row - 1))
      result.columnIndices.append(Int32(column - 1))
    }
    guard result.count == count else {
      throw FileError(path: path, "announces \(count) entries, but lists \(result.count)")
    }
    if field != .pattern { result.values = values }
    return result
  }

  private mutating func readBanner() throws(FileError) -> (field: MatrixMarketFile.Field, isSymmetric: Bool) {
    let end = scanner.text.firstIndex { $0 == 0x0a || $0 == 0x0d } ?? scanner.text.count
    let words = String(decoding: scanner.text[..<min(end, 1024)], as: UTF8.self).lowercased()
      .split { $0 == " " || $0 == "\t" }
    guard words.count == 5, words[0] == "%%matrixmarket", words[1] == "matrix" else {
      throw scanner.fail("expected \"%%MatrixMarket matrix coordinate\", a field and a symmetry")
    }
    guard words[2] == "coordinate" else { throw scanner.fail("is a dense matrix, expected coordinates") }
    guard let field = MatrixMarketFile.Field(rawValue: String(words[3])) else {
      throw scanner.fail("expected the field real, integer or pattern")
    }
    guard words[4] == "general" || words[4] == "symmetric" else {
      throw scanner.fail("expected the symmetry general or symmetric")
    }
    scanner.skipLine()
    return (field, words[4] == "symmetric")
  }

  private mutating func readSizes() throws(FileError) -> (rows: Int, columns: Int, count: Int) {
    let what = "the numbers of rows, columns and entries"
    guard try nextLine() else { throw FileError(path: path, "ends before \(what)") }
    guard let rows = scanner.integer(), skipGap(), let columns = scanner.integer(), skipGap(),
      let count = scanner.integer()
    else { throw scanner.fail("expected \(what)") }
    let limit = Int(Int32.max)
    guard 1...limit ~= rows, 1...limit ~= columns, count >= 0 else {
      throw scanner.fail("expected rows and columns from 1 to \(limit) and entries from 0")
    }
    try endLine(what)
    return (rows, columns, count)
  }

  /// Goes on to the next line that is neither empty nor a comment; false at the end.
  private mutating func nextLine() throws(FileError) -> Bool {
    while !scanner.isAtEnd {
      scanner.skipBlanks()
      if !scanner.isAtLineEnd, scanner.text[scanner.place] != UInt8(ascii: "%") { return true }
      scanner.skipLine()
    }
    return false
  }

  private mutating func skipGap() -> Bool {
    let start = scanner.place
    scanner.skipBlanks()
    return scanner.place > start
  }

  private mutating func endLine(_ what: String) throws(FileError) {
    scanner.skipBlanks()
    guard scanner.isAtLineEnd, scanner.skipLineEnd() else { throw scanner.fail("expected \(what) and no more") }
  }
}
