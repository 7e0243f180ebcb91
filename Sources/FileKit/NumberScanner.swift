import Foundation

/// Reads numbers from text without making strings of them.
package struct NumberScanner {
  package let text: UnsafeBufferPointer<UInt8>
  package private(set) var place = 0
  /// Number of the line at `place`, from 1.
  package private(set) var line: Int
  private var lineStart = 0
  private let source: FileSource

  /// Scans `text`, whose first line has the number `line` in the file at `path`.
  package init(_ text: UnsafeBufferPointer<UInt8>, path: String, line: Int = 1) {
    self.text = text
    self.line = line
    source = FileSource(path)
  }

  package var isAtEnd: Bool { place == text.count }

  /// Whether the line ends here; `\n`, `\r\n` and the end of the text do.
  package var isAtLineEnd: Bool { place == text.count || text[place] == 0x0a || text[place] == 0x0d }

  /// Passes over a line end. Returns false when something else stands here.
  package mutating func skipLineEnd() -> Bool {
    if place < text.count, text[place] == 0x0d { place += 1 }
    if place < text.count {
      guard text[place] == 0x0a else { return false }
      place += 1
    }
    line += 1
    lineStart = place
    return true
  }

  /// Passes over the rest of the line and its end.
  package mutating func skipLine() {
    while place < text.count && text[place] != 0x0a { place += 1 }
    _ = skipLineEnd()
  }

  /// Passes over blanks and tabs.
  package mutating func skipBlanks() {
    while place < text.count && (text[place] == 0x20 || text[place] == 0x09) { place += 1 }
  }

  /// Passes over the character. Returns false when another stands here.
  package mutating func skip(_ character: UInt8) -> Bool {
    guard place < text.count, text[place] == character else { return false }
    place += 1
    return true
  }

  /// A whole number of at most 18 digits; nil, at the same place, when there is none.
  package mutating func integer() -> Int? {
    var index = place, value = 0
    let isNegative = index < text.count && text[index] == UInt8(ascii: "-")
    if isNegative { index += 1 }
    let first = index
    while index < text.count, case let digit = Int(text[index]) &- 0x30, 0...9 ~= digit {
      value = value &* 10 &+ digit
      index += 1
    }
    guard index > first, index - first <= 18 else { return nil }
    place = index
    return isNegative ? -value : value
  }

  /// A decimal number, rounded once; nil, at the same place, when there is none.
  package mutating func number() -> Double? {
    var index = place, mantissa: UInt64 = 0, digits = 0, scale = 0
    let isNegative = index < text.count && text[index] == UInt8(ascii: "-")
    if isNegative { index += 1 }
    func digit() -> UInt64? {
      guard index < text.count else { return nil }
      let value = UInt64(text[index]) &- 0x30
      return value <= 9 ? value : nil
    }
    while let value = digit() {
      mantissa = mantissa &* 10 &+ value
      digits += 1
      index += 1
    }
    if index < text.count, text[index] == UInt8(ascii: ".") {
      index += 1
      while let value = digit() {
        mantissa = mantissa &* 10 &+ value
        digits += 1
        scale += 1
        index += 1
      }
    }
    let isDone = index == text.count || Self.endsNumber(text[index])
    // The mantissa and the power of ten are exact here, so that one division rounds as the definition asks.
    if isDone, digits > 0, digits <= 18, mantissa <= 1 << 53, scale < Self.powersOfTen.count {
      place = index
      let value = Double(mantissa) / Self.powersOfTen[scale]
      return isNegative ? -value : value
    }
    while index < text.count, !Self.endsNumber(text[index]) { index += 1 }
    guard let value = Double(String(decoding: text[place..<index], as: UTF8.self)) else { return nil }
    place = index
    return value
  }

  private static func endsNumber(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == UInt8(ascii: ",") }

  private static let powersOfTen: [Double] = (0...18).map { power in (0..<power).reduce(1) { value, _ in value * 10 } }

  /// An error about the line at `place`, which it quotes.
  package func fail(_ problem: String) -> FileError {
    var end = lineStart
    while end < text.count && text[end] != 0x0a && text[end] != 0x0d && end - lineStart < 256 { end += 1 }
    let content = String(decoding: text[lineStart..<end], as: UTF8.self)
    return source.error(line: line, "\"\(content.shortened())\": \(problem)")
  }

  /// An error about the line at `place`, which it does not quote.
  package func failUnquoted(_ problem: String) -> FileError { source.error(line: line, problem) }
}
