/// The only names a pickle may refer to. None of them is called: each stands for a rule of this reader.
internal enum PickleGlobal {
  case reconstructArray, arrayFromBuffer, arrayScalar, arrayClass, dtype
  case encode, reconstructObject, objectClass
  case defaultDictionary, orderedDictionary, dictionary
  case list, tuple, set, bytes
  /// A scalar class, met as the default factory of a defaultdict.
  case scalarClass
  case csr

  internal init?(module: String, name: String) {
    switch (module, name) {
    case ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"):
      self = .reconstructArray
    case ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"): self = .arrayScalar
    case ("numpy.core.numeric", "_frombuffer"), ("numpy._core.numeric", "_frombuffer"): self = .arrayFromBuffer
    case ("numpy", "ndarray"): self = .arrayClass
    case ("numpy", "dtype"): self = .dtype
    case ("_codecs", "encode"): self = .encode
    case ("copy_reg", "_reconstructor"), ("copyreg", "_reconstructor"): self = .reconstructObject
    case ("collections", "defaultdict"): self = .defaultDictionary
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("scipy.sparse.csr", "csr_matrix"), ("scipy.sparse._csr", "csr_matrix"), ("scipy.sparse._csr", "csr_array"):
      self = .csr
    case ("__builtin__", _), ("builtins", _):
      switch name {
      case "object": self = .objectClass
      case "dict": self = .dictionary
      case "list": self = .list
      case "tuple": self = .tuple
      case "set", "frozenset": self = .set
      case "bytes", "bytearray": self = .bytes
      case "int", "long", "float", "bool", "str", "unicode": self = .scalarClass
      default: return nil
      }
    default: return nil
    }
  }
}

extension PickleMachine {
  internal func refusal(_ module: String, _ name: String) -> FileError {
    fail("refused to use \(module.shortened()).\(name.shortened()), which is not plain data")
  }

  internal mutating func pushGlobal(_ opcode: UInt8) throws(FileError) {
    let module: String
    let name: String
    if opcode == UInt8(ascii: "c") {
      module = String(decoding: try reader.line("a module name"), as: UTF8.self)
      name = String(decoding: try reader.line("a global's name"), as: UTF8.self)
    } else {
      let parts = try pop(count: 2)
      guard let first = Self.text(parts[0]), let second = Self.text(parts[1]) else {
        throw fail("a global is named by something other than text")
      }
      (module, name) = (first, second)
    }
    guard let global = PickleGlobal(module: module, name: name) else { throw refusal(module, name) }
    stack.append(.global(global))
  }

  // MARK: Views of items

  internal static func text(_ item: Item) -> String? {
    switch item {
    case .string(let text): text
    case .raw(let bytes): String(validating: bytes, as: UTF8.self)
    default: nil
    }
  }

  private static func data(_ item: Item) -> [UInt8]? {
    switch item {
    case .raw(let bytes), .bytes(let bytes): bytes
    default: nil
    }
  }

  private func items(_ item: Item, _ kind: Node.Kind) -> [Item]? {
    guard case .node(let index) = item, arena[index].kind == kind else { return nil }
    return arena[index].items
  }

  private func header(_ item: Item) throws(FileError) -> NumpyArray.Header {
    guard case .node(let index) = item, arena[index].kind == .dtype else {
      throw fail("an array's type is not a numpy dtype")
    }
    return headers[arena[index].payload]
  }

  private func shape(_ item: Item) throws(FileError) -> [Int] {
    guard let sizes = items(item, .tuple) else { throw fail("an array's shape is not a tuple") }
    var shape: [Int] = []
    for case let size in sizes {
      guard case .int(let size) = size, size >= 0 else {
        throw fail("an array's shape holds something other than sizes of 0 or more")
      }
      shape.append(size)
    }
    return shape
  }

  private mutating func array(
    _ dtype: Item, shape: [Int], isFortran: Bool, data: [UInt8]
  ) throws(FileError) -> NumpyArray {
    try charge(data.count)
    var header = try header(dtype)
    header.shape = shape
    header.isFortran = isFortran
    let source = FileSource(reader.source.path, part: "array at offset \(opcodeOffset)")
    guard let size = byteCount(of: shape, stride: header.element.stride), size.bytes == data.count else {
      throw fail("an array of shape \(shape) of \(header.element) is given \(data.count) bytes")
    }
    return try NumpyArray(header, data: data[...], source: source)
  }

  // MARK: Making objects

  internal mutating func reduce() throws(FileError) {
    let arguments = try pop()
    guard let arguments = items(arguments, .tuple) else { throw fail("the arguments of a call are not a tuple") }
    guard case .global(let global) = try pop() else { throw fail("refused to call something other than a known name") }
    switch global {
    case .reconstructArray:
      guard case .global(.arrayClass)? = arguments.first else {
        throw fail("refused to rebuild an array of another class than numpy.ndarray")
      }
      make(.array)
    case .arrayFromBuffer:
      guard arguments.count == 4, let data = Self.data(arguments[0]), let order = Self.text(arguments[3]) else {
        throw fail("_frombuffer is not given bytes, a dtype, a shape and an order")
      }
      let array = try array(arguments[1], shape: shape(arguments[2]), isFortran: order == "F", data: data)
      make(.array, payload: arrays.count)
      arrays.append(array)
    case .arrayScalar: stack.append(try scalar(arguments))
    case .dtype:
      guard let name = arguments.first.flatMap(Self.text) else { throw fail("a dtype is not named by text") }
      switch NumpyArray.element(name) {
      case .refused(let why): throw fail(why)
      case .known(let element, let isBig):
        make(.dtype, payload: headers.count)
        headers.append(NumpyArray.Header(element: element, isBigEndian: isBig, isFortran: false, shape: []))
      }
    case .encode:
      guard arguments.count == 2, let text = Self.text(arguments[0]), let codec = Self.text(arguments[1]),
        codec == "latin1" || codec == "latin-1"
      else { throw fail("refused to encode by another codec than latin1") }
      try charge(text.utf8.count)
      var bytes: [UInt8] = []
      bytes.reserveCapacity(text.utf8.count)
      for scalar in text.unicodeScalars {
        guard let byte = UInt8(exactly: scalar.value) else {
          throw fail("a byte string holds the code \(scalar.value)")
        }
        bytes.append(byte)
      }
      stack.append(.bytes(bytes))
    case .reconstructObject:
      guard arguments.count == 3, case .global(.csr) = arguments[0], case .global(.objectClass) = arguments[1] else {
        throw fail("refused to rebuild an object of another class than scipy's csr_matrix")
      }
      make(.csr)
    case .defaultDictionary: make(.dictionary)
    case .orderedDictionary, .dictionary:
      let entries = try entries(arguments)
      make(.dictionary, entries)
    case .list: make(.list, try elements(arguments))
    case .tuple: make(.tuple, try elements(arguments))
    case .set: make(.set, try elements(arguments))
    case .bytes:
      guard let data = arguments.isEmpty ? [] : Self.data(arguments[0]), arguments.count <= 1 else {
        throw fail("a byte string is made of something other than bytes")
      }
      stack.append(.bytes(data))
    case .csr: throw fail("refused to call csr_matrix with arguments")
    case .arrayClass, .objectClass, .scalarClass: throw fail("refused to call a class")
    }
  }

  private func elements(_ arguments: [Item]) throws(FileError) -> [Item] {
    if arguments.isEmpty { return [] }
    guard arguments.count == 1, let elements = items(arguments[0], .list) ?? items(arguments[0], .tuple) else {
      throw fail("a container is made of something other than a list")
    }
    return elements
  }

  /// The keys and values in turn of a list of pairs.
  private mutating func entries(_ arguments: [Item]) throws(FileError) -> [Item] {
    var entries: [Item] = []
    let pairs = try elements(arguments)
    try charge(2 * pairs.count)
    for pair in pairs {
      guard let parts = items(pair, .list) ?? items(pair, .tuple), parts.count == 2 else {
        throw fail("a dictionary is made of something other than pairs")
      }
      entries += parts
    }
    return entries
  }

  private mutating func scalar(_ arguments: [Item]) throws(FileError) -> Item {
    guard arguments.count == 2, let data = Self.data(arguments[1]) else {
      throw fail("a numpy scalar is not given a dtype and bytes")
    }
    let array = try array(arguments[0], shape: [], isFortran: false, data: data)
    switch array.element {
    case .bool: return .bool(try array.booleans()[0])
    case .float16, .float32, .float64: return .double(try array.doubles()[0])
    case .byteString, .text: return .string(try array.strings()[0])
    default: return .int(try array.integers()[0])
    }
  }

  internal mutating func newObject() throws(FileError) {
    let arguments = try pop()
    guard case .global(let global) = try pop(), let arguments = items(arguments, .tuple), arguments.isEmpty else {
      throw fail("refused to make an object of a class with arguments")
    }
    switch global {
    case .csr: make(.csr)
    case .orderedDictionary, .dictionary, .defaultDictionary: make(.dictionary)
    default: throw fail("refused to make an object of another class than scipy's csr_matrix")
    }
  }

  // MARK: Filling objects

  internal mutating func build() throws(FileError) {
    let state = try pop()
    guard case .node(let index) = try top() else { throw fail("refused to set the state of a plain value") }
    switch arena[index].kind {
    case .dtype:
      guard let state = items(state, .tuple), state.count >= 5, let order = Self.text(state[1]) else {
        throw fail("a dtype's state is not a tuple of a version, a byte order and fields")
      }
      guard case .none = state[2], case .none = state[3] else {
        throw fail("the elements are structured records, expected plain numbers or text")
      }
      let payload = arena[index].payload
      headers[payload].isBigEndian = order == ">" && headers[payload].element.swapUnit > 1
    case .array:
      guard let state = items(state, .tuple), state.count == 5 else {
        throw fail("an array's state is not a tuple of a version, shape, dtype, order and bytes")
      }
      guard let data = Self.data(state[4]) else { throw fail("an array holds Python objects, which are not read") }
      let isFortran: Bool
      switch state[3] {
      case .bool(let value): isFortran = value
      case .int(let value): isFortran = value != 0
      default: throw fail("an array's order is not a bool")
      }
      let array = try array(state[2], shape: shape(state[1]), isFortran: isFortran, data: data)
      arena[index].payload = arrays.count
      arrays.append(array)
    case .csr:
      guard let state = items(state, .dictionary) else { throw fail("a csr_matrix's state is not a dictionary") }
      arena[index].items = state
    default: throw fail("refused to set the state of a \(arena[index].kind)")
    }
  }
}
