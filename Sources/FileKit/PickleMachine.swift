/// The stack machine of a pickle. Containers live in an arena and refer to each other by index, so that neither a cycle
/// nor deep nesting can exhaust the stack, not even while they are released.
internal struct PickleMachine {
  /// What lies on the stack.
  internal enum Item {
    case mark
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    /// A Python 2 string: text or bytes, as its use decides.
    case raw([UInt8])
    case bytes([UInt8])
    case global(PickleGlobal)
    case node(Int)
  }

  /// An object that later opcodes may still change. It is kept small, since one byte of a pickle can make one.
  internal struct Node {
    internal enum Kind {
      case list, tuple, set, dictionary, dtype, array, csr
    }
    internal var kind: Kind
    /// Elements, or keys and values in turn.
    internal var items: [Item] = []
    /// Where `headers` holds the type of a dtype, and `arrays` the contents of an array once they are built.
    internal var payload = -1
  }

  internal var reader: ByteReader
  internal var stack: [Item] = []
  internal var arena: [Node] = []
  internal var headers: [NumpyArray.Header] = []
  internal var arrays: [NumpyArray] = []
  internal var memo: [Int: Item] = [:]
  /// Offset of the opcode being run, for errors.
  internal var opcodeOffset = 0
  /// Bytes that arrays and strings may still copy: shared parts must not multiply a small file into a huge value.
  internal var budget: Int

  internal init(_ bytes: [UInt8], source: FileSource) {
    reader = ByteReader(bytes, source: source)
    budget = 1 << 20 + bytes.count.multipliedReportingOverflow(by: 16).partialValue
  }

  internal func fail(_ problem: String) -> FileError { reader.source.error(at: opcodeOffset, problem) }

  internal mutating func run() throws(FileError) -> PickleValue {
    while true {
      opcodeOffset = reader.offset
      let opcode = try reader.byte("a pickle opcode")
      if opcode == UInt8(ascii: ".") { break }
      try step(opcode)
    }
    let result = try pop()
    guard stack.isEmpty else { throw fail("the pickle stops with \(stack.count) values left over") }
    guard reader.remaining == 0 else { throw reader.error("\(reader.remaining) bytes follow the end of the pickle") }
    return try value(of: result)
  }

  private mutating func step(_ opcode: UInt8) throws(FileError) {
    switch Unicode.Scalar(opcode) {
    case "(": stack.append(.mark)
    case "0": _ = try popAny()
    case "1": _ = try popToMark()
    case "2": stack.append(try top())
    case "N": stack.append(.none)
    case "\u{88}": stack.append(.bool(true))
    case "\u{89}": stack.append(.bool(false))
    case "I", "J", "K", "M", "L", "\u{8a}", "\u{8b}", "F", "G": stack.append(try number(opcode))
    case "S", "T", "U", "V", "X", "\u{8c}", "\u{8d}", "B", "C", "\u{8e}", "\u{96}": stack.append(try string(opcode))
    case "]": make(.list, [])
    case "l": make(.list, try popToMark())
    case ")": make(.tuple, [])
    case "t": make(.tuple, try popToMark())
    case "\u{85}": make(.tuple, try pop(count: 1))
    case "\u{86}": make(.tuple, try pop(count: 2))
    case "\u{87}": make(.tuple, try pop(count: 3))
    case "\u{8f}": make(.set, [])
    case "\u{91}": make(.set, try popToMark())
    case "}": make(.dictionary, [])
    case "d": make(.dictionary, try pairs(popToMark()))
    case "a": try extend(.list, by: pop(count: 1))
    case "e": try extend(.list, by: popToMark())
    case "s": try extend(.dictionary, by: pop(count: 2))
    case "u": try extend(.dictionary, by: pairs(popToMark()))
    case "\u{90}": try extend(.set, by: popToMark())
    case "p", "q", "r", "\u{94}": try remember(opcode)
    case "g", "h", "j": try recall(opcode)
    case "c", "\u{93}": try pushGlobal(opcode)
    case "R": try reduce()
    case "\u{81}": try newObject()
    case "b": try build()
    case "\u{80}":
      let version = try reader.byte("the protocol")
      guard version <= 5 else { throw fail("pickle protocol \(version) is not known, expected 0 to 5") }
    case "\u{95}":
      let length = try reader.integer(UInt64.self, "frame length")
      guard length <= reader.remaining else {
        throw fail("the frame says \(length) bytes, but only \(reader.remaining) follow")
      }
    case "P", "Q": throw fail("refused to follow a persistent id")
    case "\u{82}", "\u{83}", "\u{84}": throw fail("refused to look up the extension registry")
    case "i":
      let module = try reader.line("a module name")
      let name = try reader.line("a class name")
      throw refusal(String(decoding: module, as: UTF8.self), String(decoding: name, as: UTF8.self))
    case "o", "\u{92}": throw fail("refused to make an object of a class")
    case "\u{97}", "\u{98}": throw fail("refused to use a buffer from outside of the file")
    default: throw fail("\(opcode) is not a pickle opcode")
    }
  }

  // MARK: Stack

  internal func top() throws(FileError) -> Item {
    guard let item = stack.last else { throw fail("the pickle's stack is empty") }
    if case .mark = item { throw fail("the pickle uses a mark as a value") }
    return item
  }

  internal mutating func pop() throws(FileError) -> Item {
    let item = try top()
    stack.removeLast()
    return item
  }

  private mutating func popAny() throws(FileError) {
    guard stack.popLast() != nil else { throw fail("the pickle's stack is empty") }
  }

  internal mutating func pop(count: Int) throws(FileError) -> [Item] {
    var items: [Item] = []
    for _ in 0..<count { items.append(try pop()) }
    items.reverse()
    return items
  }

  private mutating func popToMark() throws(FileError) -> [Item] {
    var start = stack.count
    while start > 0 {
      if case .mark = stack[start - 1] {
        let items = Array(stack[start...])
        stack.removeLast(items.count + 1)
        return items
      }
      start -= 1
    }
    throw fail("the pickle lacks a mark")
  }

  private func pairs(_ items: [Item]) throws(FileError) -> [Item] {
    guard items.count.isMultiple(of: 2) else { throw fail("a dictionary is given a key without a value") }
    return items
  }

  internal mutating func make(_ kind: Node.Kind, _ items: [Item] = [], payload: Int = -1) {
    stack.append(.node(arena.count))
    arena.append(Node(kind: kind, items: items, payload: payload))
  }

  private mutating func extend(_ kind: Node.Kind, by items: [Item]) throws(FileError) {
    guard case .node(let index) = try top(), arena[index].kind == kind else {
      throw fail("the pickle adds to something other than a \(kind)")
    }
    arena[index].items.append(contentsOf: items)
  }

  // MARK: Memo

  private mutating func remember(_ opcode: UInt8) throws(FileError) {
    let key =
      switch Unicode.Scalar(opcode) {
      case "p": try decimal()
      case "q": Int(try reader.byte("a memo index"))
      case "r": Int(try reader.integer(UInt32.self, "memo index"))
      default: memo.count
      }
    memo[key] = try top()
  }

  private mutating func recall(_ opcode: UInt8) throws(FileError) {
    let key =
      switch Unicode.Scalar(opcode) {
      case "g": try decimal()
      case "h": Int(try reader.byte("a memo index"))
      default: Int(try reader.integer(UInt32.self, "memo index"))
      }
    guard let item = memo[key] else { throw fail("the memo has no entry \(key)") }
    stack.append(item)
  }
}
