// The .npy format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

extension NumpyArray {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// numpy's own limit.
  private static let mostAxes = 64

  /// Reads a `.npy` file of version 1.0, 2.0 or 3.0, of either byte order and either memory order.
  public init(_ path: String) throws(FileError) { try self.init(bytes: FileBytes.read(path), path: path) }

  /// Decodes the bytes of a `.npy` file; `path` names them in errors.
  public init(bytes: [UInt8], path: String) throws(FileError) {
    try self.init(bytes: bytes, source: FileSource(path))
  }

  internal init(bytes: [UInt8], source: FileSource) throws(FileError) {
    var reader = ByteReader(bytes, source: source)
    let header = try Self.header(&reader)
    try self.init(header, data: bytes[reader.offset...], source: source)
  }

  /// Reads the magic, the version and the header; the elements follow.
  internal static func header(_ reader: inout ByteReader) throws(FileError) -> Header {
    guard reader.bytes.starts(with: magic) else {
      throw reader.error("expected the magic of a .npy file, \\x93NUMPY")
    }
    _ = try reader.take(6, "magic")
    let major = try reader.byte("the version")
    let minor = try reader.byte("the version")
    let length: Int
    switch (major, minor) {
    case (1, 0): length = Int(try reader.integer(UInt16.self, "header length"))
    case (2, 0), (3, 0): length = Int(try reader.integer(UInt32.self, "header length"))
    default: throw reader.source.error(at: 6, "version \(major).\(minor) is not known, expected 1.0, 2.0 or 3.0")
    }
    let range = try reader.take(length, "header")
    return try Header(reader.bytes, in: range, source: reader.source)
  }

  internal init(_ header: Header, data: ArraySlice<UInt8>, source: FileSource) throws(FileError) {
    let element = header.element
    guard header.shape.count <= Self.mostAxes else {
      throw source.error("the header names \(header.shape.count) axes, expected at most \(Self.mostAxes)")
    }
    guard let size = byteCount(of: header.shape, stride: element.stride) else {
      throw source.error("the header's shape \(header.shape) of \(element) is larger than memory")
    }
    guard size.bytes <= data.count else {
      throw source.error(
        at: data.startIndex,
        "the header says \(size.elements) elements of \(element), but only \(data.count) bytes follow")
    }
    guard size.bytes == data.count else {
      throw source.error(
        at: data.startIndex + size.bytes,
        "\(data.count - size.bytes) bytes follow the \(size.elements) elements of \(element) that the header names")
    }
    var bytes = Array(data)
    if header.isBigEndian { bytes.swapOrder(unit: element.swapUnit) }
    if header.isFortran && header.shape.count > 1 {
      bytes = bytes.rowMajor(fromColumnMajor: header.shape, stride: element.stride)
    }
    self.init(element, shape: header.shape, bytes: bytes, source: source)
  }

  /// What a `.npy` header says.
  internal struct Header {
    internal var element: Element
    internal var isBigEndian: Bool
    internal var isFortran: Bool
    internal var shape: [Int]

    internal init(element: Element, isBigEndian: Bool, isFortran: Bool, shape: [Int]) {
      self.element = element
      self.isBigEndian = isBigEndian
      self.isFortran = isFortran
      self.shape = shape
    }

    internal init(_ bytes: [UInt8], in range: Range<Int>, source: FileSource) throws(FileError) {
      func fail(_ problem: String) -> FileError { source.error(at: range.lowerBound, problem) }
      guard case .dictionary(let entries) = try PythonLiteral.parse(bytes, in: range, source: source) else {
        throw fail("the header is not a Python dictionary")
      }
      var values: [String: PythonLiteral] = [:]
      for entry in entries {
        guard case .string(let key) = entry.key, ["descr", "fortran_order", "shape"].contains(key) else {
          throw fail("the header holds a key other than 'descr', 'fortran_order' and 'shape'")
        }
        guard values.updateValue(entry.value, forKey: key) == nil else { throw fail("the header holds '\(key)' twice") }
      }
      for key in ["descr", "fortran_order", "shape"] where values[key] == nil {
        throw fail("the header lacks the key '\(key)'")
      }
      guard case .bool(let fortran) = values["fortran_order"] else {
        throw fail("'fortran_order' is not True or False")
      }
      guard case .tuple(let sizes) = values["shape"] else { throw fail("'shape' is not a tuple") }
      shape = []
      for case let size in sizes {
        guard case .integer(let size) = size, size >= 0 else {
          throw fail("'shape' holds something other than sizes of 0 or more")
        }
        shape.append(size)
      }
      isFortran = fortran
      switch values["descr"] {
      case .string(let descriptor):
        switch NumpyArray.element(descriptor) {
        case .known(let element, let isBig): (self.element, isBigEndian) = (element, isBig)
        case .refused(let why): throw fail(why)
        }
      case .list: throw fail("the elements are structured records, expected plain numbers or text")
      default: throw fail("'descr' is not a string")
      }
    }
  }

  internal enum Descriptor {
    case known(Element, isBigEndian: Bool)
    case refused(String)
  }

  /// The element type that a descriptor such as `<f4`, `>i8`, `|S3` or `f8` names.
  internal static func element(_ descriptor: String) -> Descriptor {
    let descriptor = descriptor.shortened()
    var code = Substring(descriptor)
    var isBigEndian = false
    if let order = code.first, "<>|=".contains(order) {
      isBigEndian = order == ">"
      code = code.dropFirst()
    }
    let element: Element
    switch code {
    case "b1", "?": element = .bool
    case "i1": element = .int8
    case "u1": element = .uint8
    case "i2": element = .int16
    case "u2": element = .uint16
    case "i4": element = .int32
    case "u4": element = .uint32
    case "i8": element = .int64
    case "u8": element = .uint64
    case "f2": element = .float16
    case "f4": element = .float32
    case "f8": element = .float64
    default:
      let width = Int(code.dropFirst()).flatMap { 1...(1 << 28) ~= $0 ? $0 : nil }
      switch (code.first, width) {
      case ("S", let width?): element = .byteString(width: width)
      case ("U", let width?): element = .text(width: width)
      case ("O", _): return .refused("the elements are Python objects ('\(descriptor)'), which are not read")
      default: return .refused("the element type '\(descriptor)' is not read")
      }
    }
    return .known(element, isBigEndian: isBigEndian && element.swapUnit > 1)
  }
}

// MARK: - Writing

extension NumpyArray {
  /// The bytes of a version 1.0 `.npy` file, equal to numpy's own.
  public func fileBytes() -> [UInt8] { Self.headerBytes(element, shape: shape) + bytes }

  /// What stands before the elements.
  internal static func headerBytes(_ element: Element, shape: [Int]) -> [UInt8] {
    var header = "{'descr': '\(element)', 'fortran_order': False, 'shape': ("
    header += shape.map(String.init).joined(separator: ", ")
    header += shape.count == 1 ? ",), }" : "), }"
    // numpy leaves room for the first axis to grow in place to 21 digits.
    if let first = shape.first { header += String(repeating: " ", count: max(0, 21 - String(first).count)) }
    let prefix = magic.count + 4
    let padding = 64 - (prefix + header.utf8.count + 1) % 64
    header += String(repeating: " ", count: padding) + "\n"
    let length = UInt16(header.utf8.count)
    return magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(header.utf8)
  }

  /// Writes a `.npy` file.
  public func write(to path: String) throws(FileError) { try AtomicFile.write(fileBytes(), to: path) }
}

// MARK: - Orders

extension [UInt8] {
  /// Reverses the bytes inside each unit of `unit` bytes.
  fileprivate mutating func swapOrder(unit: Int) {
    func swap<Word: FixedWidthInteger>(_: Word.Type) {
      withUnsafeMutableBytes { raw in
        for offset in stride(from: 0, to: raw.count - MemoryLayout<Word>.size + 1, by: MemoryLayout<Word>.size) {
          let word = raw.loadUnaligned(fromByteOffset: offset, as: Word.self).byteSwapped
          raw.storeBytes(of: word, toByteOffset: offset, as: Word.self)
        }
      }
    }
    switch unit {
    case 2: swap(UInt16.self)
    case 4: swap(UInt32.self)
    case 8: swap(UInt64.self)
    default: break
    }
  }

  /// The elements of `stride` bytes, stored first axis fastest, rearranged to last axis fastest.
  fileprivate func rowMajor(fromColumnMajor shape: [Int], stride: Int) -> [UInt8] {
    guard !isEmpty, stride > 0 else { return self }
    var steps = [Int](repeating: stride, count: shape.count)
    for axis in 1..<shape.count { steps[axis] = steps[axis - 1] * shape[axis - 1] }
    let total = count
    let last = shape.count - 1
    return [UInt8](unsafeUninitializedCapacity: total) { output, filled in
      self.withUnsafeBytes { input in
        let output = UnsafeMutableRawPointer(output.baseAddress!)
        var index = [Int](repeating: 0, count: shape.count)
        var from = 0
        var to = 0
        while to < total {
          for column in 0..<shape[last] {
            (output + to).copyMemory(from: input.baseAddress! + from + column * steps[last], byteCount: stride)
            to += stride
          }
          var axis = last - 1
          while axis >= 0 {
            index[axis] += 1
            from += steps[axis]
            if index[axis] < shape[axis] { break }
            from -= steps[axis] * shape[axis]
            index[axis] = 0
            axis -= 1
          }
        }
      }
      filled = total
    }
  }
}
