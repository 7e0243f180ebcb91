extension PickleMachine {
  /// Takes `count` bytes off the budget of copies.
  internal mutating func charge(_ count: Int) throws(FileError) {
    guard count <= budget else { throw fail("the pickle repeats its data until they outgrow the file many times") }
    budget -= count
  }

  // MARK: Numbers

  internal mutating func number(_ opcode: UInt8) throws(FileError) -> Item {
    switch Unicode.Scalar(opcode) {
    case "I":
      let text = try lineText("an integer")
      if text == "00" || text == "01" { return .bool(text == "01") }
      guard let value = Int(text) else { throw fail("\"\(text.shortened())\" is not an integer of 64 bits") }
      return .int(value)
    case "L":
      let text = try lineText("an integer")
      guard let value = Int(text.hasSuffix("L") ? String(text.dropLast()) : text) else {
        throw fail("\"\(text.shortened())\" is not an integer of 64 bits")
      }
      return .int(value)
    case "J": return .int(Int(try reader.integer(Int32.self, "integer")))
    case "K": return .int(Int(try reader.byte("an integer")))
    case "M": return .int(Int(try reader.integer(UInt16.self, "integer")))
    case "\u{8a}": return .int(try longInteger(length: Int(try reader.byte("an integer's length"))))
    case "\u{8b}": return .int(try longInteger(length: Int(try reader.integer(Int32.self, "integer's length"))))
    case "F":
      let text = try lineText("a float")
      guard let value = Double(text) else { throw fail("\"\(text.shortened())\" is not a float") }
      return .double(value)
    default: return .double(Double(bitPattern: try reader.integer(UInt64.self, "float").byteSwapped))
    }
  }

  /// A non-negative number in digits on a line of its own.
  internal mutating func decimal() throws(FileError) -> Int {
    let text = try lineText("a memo index")
    guard let value = Int(text), value >= 0 else { throw fail("\"\(text.shortened())\" is not a memo index") }
    return value
  }

  private mutating func lineText(_ what: String) throws(FileError) -> String {
    let line = try reader.line(what)
    return String(decoding: line.last == 0x0d ? line.dropLast() : line, as: UTF8.self)
  }

  /// A little-endian two's-complement integer.
  private mutating func longInteger(length: Int) throws(FileError) -> Int {
    let digits = reader.bytes[try reader.take(length, "an integer")]
    guard let last = digits.last else { return 0 }
    let fill: UInt8 = last & 0x80 == 0 ? 0 : 0xff
    let overflow = digits.dropFirst(8)
    var value: UInt64 = fill == 0 ? 0 : .max
    for (index, digit) in digits.prefix(8).enumerated() {
      value &= ~(0xff << (8 * UInt64(index)))
      value |= UInt64(digit) << (8 * UInt64(index))
    }
    let result = Int(truncatingIfNeeded: value)
    guard overflow.allSatisfy({ $0 == fill }), overflow.isEmpty || (result < 0) == (fill != 0) else {
      throw fail("an integer of \(length) bytes does not fit 64 bits")
    }
    return result
  }

  // MARK: Strings

  internal mutating func string(_ opcode: UInt8) throws(FileError) -> Item {
    switch Unicode.Scalar(opcode) {
    case "S": return .raw(try unescaped(reader.line("a string")))
    case "V": return .string(try rawUnicode(reader.line("a string")))
    case "T": return .raw(try block(Int(try reader.integer(Int32.self, "string length"))))
    case "U": return .raw(try block(Int(try reader.byte("a string length"))))
    case "X": return .string(try text(Int(try reader.integer(UInt32.self, "string length"))))
    case "\u{8c}": return .string(try text(Int(try reader.byte("a string length"))))
    case "\u{8d}": return .string(try text(longLength()))
    case "B": return .bytes(try block(Int(try reader.integer(UInt32.self, "length"))))
    case "C": return .bytes(try block(Int(try reader.byte("a length"))))
    default: return .bytes(try block(longLength()))
    }
  }

  private mutating func longLength() throws(FileError) -> Int {
    let length = try reader.integer(UInt64.self, "length")
    guard let exact = Int(exactly: length) else {
      throw fail("expected \(length) bytes, but only \(reader.remaining) follow")
    }
    return exact
  }

  private mutating func block(_ length: Int) throws(FileError) -> [UInt8] {
    Array(reader.bytes[try reader.take(length, "a string")])
  }

  private mutating func text(_ length: Int) throws(FileError) -> String {
    let range = try reader.take(length, "a string")
    // Python pickles lone surrogates too; they are no text and are refused with everything else that is not UTF-8.
    return try reader.text(range, "a string")
  }

  /// The bytes of a quoted Python 2 string literal.
  private func unescaped(_ line: ArraySlice<UInt8>) throws(FileError) -> [UInt8] {
    guard line.count >= 2, let quote = line.first, quote == line.last,
      quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
    else { throw fail("a string is not in quotes") }
    let content = line.dropFirst().dropLast()
    var result: [UInt8] = []
    result.reserveCapacity(content.count)
    var place = content.startIndex
    while place < content.endIndex {
      let byte = content[place]
      place += 1
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      guard place < content.endIndex else { throw fail("a string ends in a backslash") }
      let escape = content[place]
      place += 1
      switch Unicode.Scalar(escape) {
      case "\\", "'", "\"": result.append(escape)
      case "a": result.append(7)
      case "b": result.append(8)
      case "t": result.append(9)
      case "n": result.append(10)
      case "v": result.append(11)
      case "f": result.append(12)
      case "r": result.append(13)
      case "x":
        let digits = content[place...].prefix(2)
        guard digits.count == 2, let value = Self.hexadecimal(digits) else {
          throw fail("a string holds a \\x without two hex digits")
        }
        result.append(UInt8(value))
        place += 2
      case "0"..."7":
        let digits = content[(place - 1)...].prefix(3).prefix { 0x30...0x37 ~= $0 }
        result.append(UInt8(truncatingIfNeeded: digits.reduce(0) { $0 * 8 + Int($1 - 0x30) }))
        place += digits.count - 1
      default: result += [UInt8(ascii: "\\"), escape]
      }
    }
    return result
  }

  /// Latin-1 text in which \uXXXX and \UXXXXXXXX stand for code points.
  private func rawUnicode(_ line: ArraySlice<UInt8>) throws(FileError) -> String {
    var result = String.UnicodeScalarView()
    var place = line.startIndex
    while place < line.endIndex {
      let byte = line[place]
      place += 1
      guard byte == UInt8(ascii: "\\"), place < line.endIndex, line[place] == 0x75 || line[place] == 0x55 else {
        result.append(Unicode.Scalar(byte))
        continue
      }
      let digits = line[(place + 1)...].prefix(line[place] == 0x75 ? 4 : 8)
      guard digits.count == (line[place] == 0x75 ? 4 : 8), let code = Self.hexadecimal(digits),
        let scalar = Unicode.Scalar(code)
      else { throw fail("a string holds a \\u escape that is no code point") }
      result.append(scalar)
      place += 1 + digits.count
    }
    return String(result)
  }

  private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt32? {
    var value: UInt32 = 0
    for digit in digits {
      switch digit {
      case 0x30...0x39: value = value << 4 | UInt32(digit - 0x30)
      case 0x41...0x46: value = value << 4 | UInt32(digit - 0x41 + 10)
      case 0x61...0x66: value = value << 4 | UInt32(digit - 0x61 + 10)
      default: return nil
      }
    }
    return value
  }
}
