/// A value of the subset of Python literals that `.npy` headers are written in.
internal indirect enum PythonLiteral: Equatable {
  case string(String)
  case integer(Int)
  case bool(Bool)
  case none
  case tuple([PythonLiteral])
  case list([PythonLiteral])
  case dictionary([Entry])

  internal struct Entry: Equatable {
    internal let key: PythonLiteral
    internal let value: PythonLiteral
  }

  /// Deep enough for any header numpy writes, and far from the end of the stack.
  private static let deepest = 16

  /// Parses `range` of `bytes` as one literal, with blanks around it.
  internal static func parse(_ bytes: [UInt8], in range: Range<Int>, source: FileSource) throws(FileError) -> Self {
    var reader = ByteReader(bytes, source: source, range: range)
    let value = try parse(&reader, depth: 0)
    skipBlanks(&reader)
    guard reader.remaining == 0 else { throw reader.error("the header goes on after its dictionary") }
    return value
  }

  private static func parse(_ reader: inout ByteReader, depth: Int) throws(FileError) -> Self {
    guard depth < deepest else { throw reader.error("the header is nested deeper than \(deepest) levels") }
    skipBlanks(&reader)
    guard let first = peek(reader) else { throw reader.error("the header ends where a value was expected") }
    switch first {
    case "'", "\"": return .string(try quoted(&reader))
    case "(": return try sequence(&reader, closing: ")", depth: depth)
    case "[": return try sequence(&reader, closing: "]", depth: depth)
    case "{": return try dictionary(&reader, depth: depth)
    case "-", "0"..."9": return .integer(try integer(&reader))
    default: return try word(&reader)
    }
  }

  private static func peek(_ reader: ByteReader) -> Unicode.Scalar? {
    reader.remaining > 0 ? Unicode.Scalar(reader.bytes[reader.offset]) : nil
  }

  private static func skipBlanks(_ reader: inout ByteReader) {
    while let next = peek(reader), next == " " || next == "\n" || next == "\t" || next == "\r" { reader.offset += 1 }
  }

  private static func accept(_ wanted: Unicode.Scalar, _ reader: inout ByteReader) -> Bool {
    skipBlanks(&reader)
    guard peek(reader) == wanted else { return false }
    reader.offset += 1
    return true
  }

  private static func quoted(_ reader: inout ByteReader) throws(FileError) -> String {
    let start = reader.offset
    let quote = reader.bytes[start]
    reader.offset += 1
    var content: [UInt8] = []
    while true {
      guard reader.remaining > 0 else { throw reader.source.error(at: start, "a string in the header is not closed") }
      let byte = reader.bytes[reader.offset]
      reader.offset += 1
      if byte == quote { break }
      if byte == UInt8(ascii: "\\") {
        guard let next = peek(reader), next == "\\" || next == "'" || next == "\"" else {
          throw reader.error("the header holds an escape other than \\\\, \\' and \\\"")
        }
        content.append(UInt8(next.value))
        reader.offset += 1
      } else {
        content.append(byte)
      }
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw reader.source.error(at: start, "a string in the header is not valid UTF-8")
    }
    return text
  }

  private static func integer(_ reader: inout ByteReader) throws(FileError) -> Int {
    let start = reader.offset
    if peek(reader) == "-" { reader.offset += 1 }
    while let next = peek(reader), "0"..."9" ~= next { reader.offset += 1 }
    guard let value = Int(String(decoding: reader.bytes[start..<reader.offset], as: UTF8.self)) else {
      throw reader.source.error(at: start, "a number in the header does not fit 64 bits")
    }
    // Python 2 marked long integers.
    if peek(reader) == "L" { reader.offset += 1 }
    return value
  }

  private static func word(_ reader: inout ByteReader) throws(FileError) -> Self {
    let start = reader.offset
    while let next = peek(reader), ("a"..."z" ~= next || "A"..."Z" ~= next) { reader.offset += 1 }
    switch String(decoding: reader.bytes[start..<reader.offset], as: UTF8.self) {
    case "True": return .bool(true)
    case "False": return .bool(false)
    case "None": return .none
    default: throw reader.source.error(at: start, "the header holds something other than a Python literal")
    }
  }

  private static func sequence(
    _ reader: inout ByteReader, closing: Unicode.Scalar, depth: Int
  ) throws(FileError) -> Self {
    reader.offset += 1
    var items: [Self] = []
    var sawComma = false
    while !accept(closing, &reader) {
      guard items.isEmpty || sawComma else { throw reader.error("expected a comma or \(closing)") }
      items.append(try parse(&reader, depth: depth + 1))
      sawComma = accept(",", &reader)
    }
    if closing == "]" { return .list(items) }
    return items.count == 1 && !sawComma ? items[0] : .tuple(items)
  }

  private static func dictionary(_ reader: inout ByteReader, depth: Int) throws(FileError) -> Self {
    reader.offset += 1
    var entries: [Entry] = []
    var sawComma = true
    while !accept("}", &reader) {
      guard sawComma else { throw reader.error("expected a comma or }") }
      let key = try parse(&reader, depth: depth + 1)
      guard accept(":", &reader) else { throw reader.error("expected a colon after a key of the header") }
      entries.append(Entry(key: key, value: try parse(&reader, depth: depth + 1)))
      sawComma = accept(",", &reader)
    }
    return .dictionary(entries)
  }
}
