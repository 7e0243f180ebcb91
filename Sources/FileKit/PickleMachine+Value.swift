extension PickleMachine {
  /// Containers nested deeper than this are refused, so that users of the value may walk it by recursion.
  private static let deepest = 100

  /// The finished value of an item.
  internal mutating func value(of item: Item) throws(FileError) -> PickleValue {
    var finished = [PickleValue?](repeating: nil, count: arena.count)
    return try value(of: item, &finished, depth: 0)
  }

  private mutating func value(
    of item: Item, _ finished: inout [PickleValue?], depth: Int
  ) throws(FileError) -> PickleValue {
    switch item {
    case .mark, .global: throw fail("the pickle holds a class or function, expected plain data")
    case .none: return .none
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .double(let value): return .double(value)
    case .string(let text): return .string(text)
    case .bytes(let bytes): return .bytes(bytes)
    case .raw(let bytes):
      if bytes.count > 15 { try charge(bytes.count) }
      return String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .bytes(bytes)
    case .node(let index):
      // An object met twice is finished once and shared, however often the pickle repeats it.
      if let value = finished[index] { return value }
      guard depth < Self.deepest else {
        throw fail("the pickle nests containers deeper than \(Self.deepest) levels or inside themselves")
      }
      let value = try finish(index, &finished, depth: depth + 1)
      finished[index] = value
      return value
    }
  }

  private mutating func finish(
    _ index: Int, _ finished: inout [PickleValue?], depth: Int
  ) throws(FileError) -> PickleValue {
    let node = arena[index]
    switch node.kind {
    case .list: return .list(try values(node.items, &finished, depth: depth))
    case .tuple: return .tuple(try values(node.items, &finished, depth: depth))
    case .set: return .set(try values(node.items, &finished, depth: depth))
    case .dictionary: return .dictionary(try entries(values(node.items, &finished, depth: depth)))
    case .dtype: return .dtype(headers[node.payload].element)
    case .array:
      guard node.payload >= 0 else { throw fail("an array was announced but never filled") }
      return .array(arrays[node.payload])
    case .csr: return .csr(try matrix(entries(values(node.items, &finished, depth: depth))))
    }
  }

  private mutating func values(
    _ items: [Item], _ finished: inout [PickleValue?], depth: Int
  ) throws(FileError) -> [PickleValue] {
    // One list of items can stand behind many containers, each of which gets its own copy here.
    try charge(items.count)
    var values: [PickleValue] = []
    values.reserveCapacity(items.count)
    for item in items { values.append(try value(of: item, &finished, depth: depth)) }
    return values
  }

  private func entries(_ values: [PickleValue]) throws(FileError) -> [PickleValue.Entry] {
    var entries: [PickleValue.Entry] = []
    entries.reserveCapacity(values.count / 2)
    var texts: Set<String> = []
    var integers: Set<Int> = []
    for place in stride(from: 0, to: values.count, by: 2) {
      let key = values[place]
      switch key {
      case .string(let text):
        guard texts.insert(text).inserted else {
          throw fail("a dictionary holds the key \"\(text.shortened())\" twice")
        }
      case .int(let value):
        guard integers.insert(value).inserted else { throw fail("a dictionary holds the key \(value) twice") }
      case .none, .bool, .double, .bytes, .tuple: break
      default: throw fail("a dictionary has a \(key.kind) as a key")
      }
      entries.append(PickleValue.Entry(key: key, value: values[place + 1]))
    }
    return entries
  }

  private mutating func matrix(_ entries: [PickleValue.Entry]) throws(FileError) -> CompressedRows {
    let source = FileSource(reader.source.path, part: "csr_matrix")
    func part(_ name: String) throws(FileError) -> PickleValue {
      guard let value = entries.first(where: { $0.key == .string(name) })?.value else {
        throw source.error("its state lacks \"\(name)\"")
      }
      return value
    }
    func array(_ name: String) throws(FileError) -> NumpyArray {
      guard let array = try part(name).asArray, array.shape.count == 1 else {
        throw source.error("\"\(name)\" is not a vector")
      }
      return array
    }
    let shapeKey = entries.contains { $0.key == .string("shape") } ? "shape" : "_shape"
    guard let shape = try part(shapeKey).asIntegers, shape.count == 2 else {
      throw source.error("\"\(shapeKey)\" is not a pair of sizes")
    }
    let (starts, columns) = (try array("indptr"), try array("indices"))
    let values = try array("data")
    // The structure is copied out of arrays that may be shared by many matrices.
    try charge(8 * starts.count)
    try charge(4 * columns.count)
    return try CompressedRows(
      rowCount: shape[0], columnCount: shape[1], starts: starts.integers(), columns: columns.int32(), values: values,
      source: source)
  }
}
