/// A graph as text: one edge per line, two node ids and an optional weight, parted by blanks, tabs or commas.
///
/// Lines that begin with `#` or `%` are comments. A comment such as `# Nodes: 5242` declares the number of nodes; the
/// ids are not checked against it, since public files use it with ids that have gaps.
public struct EdgeListFile: Sendable, Equatable {
  /// First id of each edge, 0 or more.
  public var sources: [Int32]
  /// Second id of each edge, 0 or more.
  public var targets: [Int32]
  /// Third column, where the file has one.
  public var weights: [Float]?
  /// The number of nodes that a comment declares.
  public var declaredNodeCount: Int?

  /// Number of edges.
  public var count: Int { sources.count }

  public init(sources: [Int32], targets: [Int32], weights: [Float]? = nil, declaredNodeCount: Int? = nil) {
    self.sources = sources
    self.targets = targets
    self.weights = weights
    self.declaredNodeCount = declaredNodeCount
  }

  /// Reads an edge list, through gzip when the name ends in `.gz`. Throws at the first line that is no edge.
  public static func read(_ path: String) throws(FileError) -> EdgeListFile {
    try parse(path.hasSuffix(".gz") ? Gzip.read(path) : FileBytes.read(path), path: path)
  }

  /// Parses an edge list in memory; `path` names it in errors.
  public static func parse(_ bytes: [UInt8], path: String) throws(FileError) -> EdgeListFile {
    try bytes.withUnsafeBufferPointer { (buffer) throws(FileError) in
      var parser = EdgeListParser(text: buffer, source: FileSource(path))
      return try parser.parse()
    }
  }

  /// Writes the edge list with tabs between columns, through gzip when the name ends in `.gz`.
  public func write(to path: String) throws(FileError) {
    precondition(
      sources.count == targets.count && (weights?.count ?? count) == count,
      "EdgeListFile: sources, targets and weights differ in count")
    var text: [UInt8] = []
    text.reserveCapacity(14 * count)
    if let declaredNodeCount { text += "# Nodes: \(declaredNodeCount) Edges: \(count)\n".utf8 }
    for edge in 0..<count {
      text += String(sources[edge]).utf8
      text.append(0x09)
      text += String(targets[edge]).utf8
      if let weights {
        text.append(0x09)
        text += String(weights[edge]).utf8
      }
      text.append(0x0a)
    }
    try AtomicFile.write(path.hasSuffix(".gz") ? Gzip.compress(text) : text, to: path)
  }
}

private struct EdgeListParser {
  let text: UnsafeBufferPointer<UInt8>
  let source: FileSource
  private var place = 0
  private var lineStart = 0
  private var line = 1
  private var result = EdgeListFile(sources: [], targets: [])

  init(text: UnsafeBufferPointer<UInt8>, source: FileSource) {
    self.text = text
    self.source = source
    if text.count >= 3 && text[0] == 0xef && text[1] == 0xbb && text[2] == 0xbf { place = 3 }
  }

  mutating func parse() throws(FileError) -> EdgeListFile {
    result.sources.reserveCapacity(text.count / 10)
    result.targets.reserveCapacity(text.count / 10)
    while place < text.count {
      lineStart = place
      skipBlanks()
      if !isAtEnd {
        let isComment = text[place] == UInt8(ascii: "#") || text[place] == UInt8(ascii: "%")
        if isComment { readComment() } else { try readEdge() }
      }
      guard isAtEnd else { throw fail("expected two node ids and an optional weight") }
      if place < text.count && text[place] == 0x0d { place += 1 }
      if place < text.count && text[place] == 0x0a { place += 1 }
      line += 1
    }
    return result
  }

  /// Whether a line ends here; `\r` alone, `\n` and `\r\n` all end one.
  private var isAtEnd: Bool { place == text.count || text[place] == 0x0a || text[place] == 0x0d }

  private mutating func skipBlanks() {
    while place < text.count && (text[place] == 0x20 || text[place] == 0x09) { place += 1 }
  }

  /// Passes over blanks with at most one comma among them, and says whether there were any.
  private mutating func skipSeparator() -> Bool {
    let start = place
    skipBlanks()
    if place < text.count && text[place] == UInt8(ascii: ",") {
      place += 1
      skipBlanks()
    }
    return place > start
  }

  private mutating func readEdge() throws(FileError) {
    let from = try readNode()
    guard skipSeparator(), !isAtEnd else { throw fail("expected two node ids and an optional weight") }
    let to = try readNode()
    let isParted = skipSeparator()
    if isAtEnd {
      guard result.weights == nil else { throw fail("expected a weight, as the lines before have one") }
    } else {
      guard isParted else { throw fail("expected two node ids and an optional weight") }
      if result.sources.isEmpty { result.weights = [] }
      guard result.weights != nil else { throw fail("expected no weight, as the lines before have none") }
      result.weights!.append(try readWeight())
      skipBlanks()
    }
    result.sources.append(from)
    result.targets.append(to)
  }

  private mutating func readNode() throws(FileError) -> Int32 {
    let start = place
    var value = 0
    while place < text.count, case let digit = Int(text[place]) - 0x30, 0...9 ~= digit {
      // Beyond the largest id the value only has to stay too large.
      value = min(value * 10 + digit, 1 << 40)
      place += 1
    }
    if place == start {
      if text[place] == UInt8(ascii: "-"), place + 1 < text.count, 0x30...0x39 ~= text[place + 1] {
        throw fail("a node id is negative, expected 0 to \(Int32.max)")
      }
      throw fail("expected two node ids and an optional weight")
    }
    guard value <= Int(Int32.max) else { throw fail("a node id is too large, expected 0 to \(Int32.max)") }
    return Int32(value)
  }

  private mutating func readWeight() throws(FileError) -> Float {
    let start = place
    var isNegative = false
    var mantissa = 0
    var scale = 0
    var isShort = true
    if text[place] == UInt8(ascii: "-") || text[place] == UInt8(ascii: "+") {
      isNegative = text[place] == UInt8(ascii: "-")
      place += 1
    }
    var sawPoint = false
    var digits = 0
    while place < text.count {
      if case let digit = Int(text[place]) - 0x30, 0...9 ~= digit {
        if mantissa < 1 << 24 { mantissa = mantissa * 10 + digit } else { isShort = false }
        if sawPoint { scale += 1 }
        digits += 1
      } else if text[place] == UInt8(ascii: "."), !sawPoint {
        sawPoint = true
      } else {
        break
      }
      place += 1
    }
    while place < text.count, !isAtEnd, text[place] != 0x20, text[place] != 0x09, text[place] != UInt8(ascii: ",") {
      isShort = false
      place += 1
    }
    // Both parts are exact floats here, so one division rounds as the definition asks.
    if isShort, mantissa <= 1 << 24, scale < Self.powersOfTen.count, digits > 0 {
      let value = Float(mantissa) / Self.powersOfTen[scale]
      return isNegative ? -value : value
    }
    let word = String(decoding: text[start..<place], as: UTF8.self)
    guard let value = Float(word), value.isFinite else { throw fail("expected a finite number as the weight") }
    return value
  }

  private static let powersOfTen: [Float] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10]

  /// Passes over a comment and takes the number that follows the word "nodes" in it.
  private mutating func readComment() {
    let start = place
    while !isAtEnd { place += 1 }
    guard result.declaredNodeCount == nil, place - start < 1000 else { return }
    let words = String(decoding: text[start..<place], as: UTF8.self).lowercased()
      .split { !$0.isLetter && !$0.isNumber && $0 != "-" && $0 != "." }
    for (word, number) in zip(words, words.dropFirst()) where word == "nodes" {
      if let count = Int(number), count >= 0 { result.declaredNodeCount = count }
    }
  }

  private func fail(_ problem: String) -> FileError {
    var end = lineStart
    while end < text.count && text[end] != 0x0a && text[end] != 0x0d && end - lineStart < 256 { end += 1 }
    let content = String(decoding: text[lineStart..<end], as: UTF8.self)
    return source.error(line: line, "\"\(content.shortened())\": \(problem)")
  }
}
