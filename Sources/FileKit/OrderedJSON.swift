/// JSON that keeps the order of keys and refuses duplicates, as file headers need; strict after RFC 8259.
package indirect enum OrderedJSON: Equatable {
  case object([Member])
  case array([OrderedJSON])
  case string(String)
  case integer(Int)
  case number(Double)
  case bool(Bool)
  case null

  package struct Member: Equatable {
    package let key: String
    package let value: OrderedJSON
  }

  private static let deepest = 32

  /// Reads a file that holds one value.
  package static func read(_ path: String) throws(FileError) -> Self {
    let bytes = try FileBytes.read(path)
    return try parse(bytes, in: bytes.indices, source: FileSource(path))
  }

  /// Reads a text; nil when it is not one value.
  package init?(text: String) {
    let bytes = Array(text.utf8)
    guard let value = try? Self.parse(bytes, in: bytes.indices, source: FileSource("text")) else { return nil }
    self = value
  }

  /// The value of a member; nil when this is no object or has no such member.
  package subscript(key: String) -> Self? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The text of a string; nil for other values.
  package var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// Parses `range` of `bytes` as one value, with blanks around it.
  internal static func parse(_ bytes: [UInt8], in range: Range<Int>, source: FileSource) throws(FileError) -> Self {
    var reader = ByteReader(bytes, source: source, range: range)
    let value = try parse(&reader, depth: 0)
    skipBlanks(&reader)
    guard reader.remaining == 0 else { throw reader.error("the JSON goes on after its value") }
    return value
  }

  private static func skipBlanks(_ reader: inout ByteReader) {
    while reader.offset < reader.end {
      switch reader.bytes[reader.offset] {
      case 0x20, 0x0a, 0x0d, 0x09: reader.offset += 1
      default: return
      }
    }
  }

  /// Passes over blanks and gives the next byte without passing over it.
  private static func peek(_ reader: inout ByteReader, _ expected: String) throws(FileError) -> Unicode.Scalar {
    skipBlanks(&reader)
    guard reader.remaining > 0 else { throw reader.error("the JSON ends where \(expected) was expected") }
    return Unicode.Scalar(reader.bytes[reader.offset])
  }

  private static func parse(_ reader: inout ByteReader, depth: Int) throws(FileError) -> Self {
    guard depth < deepest else { throw reader.error("the JSON is nested deeper than \(deepest) levels") }
    switch try peek(&reader, "a value") {
    case "{": return .object(try members(&reader, depth: depth))
    case "[": return .array(try elements(&reader, depth: depth))
    case "\"": return .string(try string(&reader))
    case "-", "0"..."9": return try number(&reader)
    case "t": return try word("true", .bool(true), &reader)
    case "f": return try word("false", .bool(false), &reader)
    case "n": return try word("null", .null, &reader)
    default: throw reader.error("expected a JSON value")
    }
  }

  private static func word(_ word: String, _ value: Self, _ reader: inout ByteReader) throws(FileError) -> Self {
    guard reader.bytes[reader.offset..<reader.end].starts(with: word.utf8) else {
      throw reader.error("expected a JSON value")
    }
    reader.offset += word.utf8.count
    return value
  }

  private static func members(_ reader: inout ByteReader, depth: Int) throws(FileError) -> [Member] {
    reader.offset += 1
    var members: [Member] = []
    var keys: Set<String> = []
    if try peek(&reader, "a key") == "}" {
      reader.offset += 1
      return []
    }
    while true {
      guard try peek(&reader, "a key") == "\"" else { throw reader.error("expected a JSON key in quotes") }
      let start = reader.offset
      let key = try string(&reader)
      guard keys.insert(key).inserted else {
        throw reader.source.error(at: start, "the JSON key \"\(key.shortened())\" appears twice")
      }
      guard try peek(&reader, "a colon") == ":" else { throw reader.error("expected a colon after a JSON key") }
      reader.offset += 1
      members.append(Member(key: key, value: try parse(&reader, depth: depth + 1)))
      let next = try peek(&reader, "a comma or }")
      guard next == "," || next == "}" else { throw reader.error("expected a comma or } in a JSON object") }
      reader.offset += 1
      if next == "}" { return members }
    }
  }

  private static func elements(_ reader: inout ByteReader, depth: Int) throws(FileError) -> [Self] {
    reader.offset += 1
    if try peek(&reader, "a value") == "]" {
      reader.offset += 1
      return []
    }
    var elements: [Self] = []
    while true {
      elements.append(try parse(&reader, depth: depth + 1))
      let next = try peek(&reader, "a comma or ]")
      guard next == "," || next == "]" else { throw reader.error("expected a comma or ] in a JSON array") }
      reader.offset += 1
      if next == "]" { return elements }
    }
  }

  private static func number(_ reader: inout ByteReader) throws(FileError) -> Self {
    let start = reader.offset
    func digits() throws(FileError) {
      let first = reader.offset
      while reader.offset < reader.end, 0x30...0x39 ~= reader.bytes[reader.offset] { reader.offset += 1 }
      guard reader.offset > first else { throw reader.error("expected a digit in a JSON number") }
    }
    func accept(_ wanted: String) -> Bool {
      guard reader.offset < reader.end, wanted.utf8.contains(reader.bytes[reader.offset]) else { return false }
      reader.offset += 1
      return true
    }
    _ = accept("-")
    if accept("0") {} else { try digits() }
    var isWhole = true
    if accept(".") {
      isWhole = false
      try digits()
    }
    if accept("eE") {
      isWhole = false
      _ = accept("+-")
      try digits()
    }
    let text = String(decoding: reader.bytes[start..<reader.offset], as: UTF8.self)
    if isWhole, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      throw reader.source.error(at: start, "a JSON number is too large")
    }
    return .number(value)
  }

  private static func string(_ reader: inout ByteReader) throws(FileError) -> String {
    let start = reader.offset
    reader.offset += 1
    var content: [UInt8] = []
    while true {
      guard reader.remaining > 0 else { throw reader.source.error(at: start, "a JSON string is not closed") }
      let byte = reader.bytes[reader.offset]
      guard byte >= 0x20 else { throw reader.error("a JSON string holds a control character") }
      reader.offset += 1
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\") {
        content.append(contentsOf: String(try escape(&reader)).utf8)
      } else {
        content.append(byte)
      }
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw reader.source.error(at: start, "a JSON string is not valid UTF-8")
    }
    return text
  }

  private static func escape(_ reader: inout ByteReader) throws(FileError) -> Unicode.Scalar {
    switch Unicode.Scalar(try reader.byte("an escape")) {
    case "\"": return "\""
    case "\\": return "\\"
    case "/": return "/"
    case "b": return "\u{8}"
    case "f": return "\u{c}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u":
      let unit = try hexUnit(&reader)
      if let scalar = Unicode.Scalar(unit) { return scalar }
      if 0xd800..<0xdc00 ~= unit, reader.remaining >= 6, reader.bytes[reader.offset] == UInt8(ascii: "\\"),
        reader.bytes[reader.offset + 1] == UInt8(ascii: "u")
      {
        reader.offset += 2
        let low = UInt32(try hexUnit(&reader))
        if 0xdc00..<0xe000 ~= low {
          return Unicode.Scalar(0x10000 + (UInt32(unit) - 0xd800) << 10 + (low - 0xdc00))!
        }
      }
      throw reader.error("a JSON escape names half a character")
    default: throw reader.source.error(at: reader.offset - 1, "a JSON string holds an unknown escape")
    }
  }

  private static func hexUnit(_ reader: inout ByteReader) throws(FileError) -> UInt16 {
    let range = try reader.take(4, "a \\u escape")
    let digits = reader.bytes[range]
    guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 128 }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw reader.source.error(at: range.lowerBound, "expected four hex digits") }
    return unit
  }

  /// The text in quotes, escaped as shortly as JSON allows.
  package static func quote(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{8}": result += "\\b"
      case "\u{c}": result += "\\f"
      case "\u{0}"..."\u{1f}":
        result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
