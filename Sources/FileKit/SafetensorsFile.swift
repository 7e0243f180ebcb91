import TensorKit

/// The tensors of a `.safetensors` file (https://huggingface.co/docs/safetensors), decoded when they are asked for.
public struct SafetensorsFile: Sendable {
  /// The file, as the caller named it.
  public let path: String
  /// Names of the tensors in header order.
  public let names: [String]
  /// The file's own notes.
  public let metadata: [String: String]
  private let bytes: [UInt8]
  private let entries: [String: Entry]

  private struct Entry: Sendable {
    let dtype: StoredType
    let shape: [Int]
    /// Place of the data in the file.
    var range: Range<Int>
  }

  /// The element types that are read.
  private enum StoredType: String {
    case F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL

    /// The numpy type of the stored bytes; BF16 has none and is widened first.
    var element: NumpyArray.Element {
      switch self {
      case .F64: .float64
      case .F32: .float32
      case .F16: .float16
      case .BF16: .uint16
      case .I64: .int64
      case .I32: .int32
      case .I16: .int16
      case .I8: .int8
      case .U64: .uint64
      case .U32: .uint32
      case .U16: .uint16
      case .U8: .uint8
      case .BOOL: .bool
      }
    }
  }

  /// The reference implementation's limit on the header.
  private static let longestHeader = 100_000_000

  /// Reads the header of the file at `path` and checks that its tensors fill the data exactly.
  public init(_ path: String) throws(FileError) { try self.init(bytes: FileBytes.read(path), path: path) }

  /// Opens a file in memory; `path` names it in errors.
  public init(bytes: [UInt8], path: String) throws(FileError) {
    let source = FileSource(path)
    var reader = ByteReader(bytes, source: source)
    let length = try reader.integer(UInt64.self, "header length")
    guard length <= min(Self.longestHeader, reader.remaining) else {
      throw source.error(at: 0, "the header length is \(length), but only \(reader.remaining) bytes follow")
    }
    let header = try reader.take(Int(length), "header")
    guard bytes[header].first == UInt8(ascii: "{") else {
      throw source.error(at: 8, "the header does not begin with a JSON object")
    }
    guard case .object(let members) = try OrderedJSON.parse(bytes, in: header, source: source) else {
      throw source.error(at: 8, "the header is not a JSON object")
    }
    var names: [String] = []
    var entries: [String: Entry] = [:]
    var metadata: [String: String] = [:]
    for member in members {
      if member.key == "__metadata__" {
        metadata = try Self.metadata(member.value, source: source.part("key", member.key))
      } else {
        let place = source.part("tensor", member.key)
        entries[member.key] = try Self.entry(member.value, data: header.upperBound..<bytes.count, source: place)
        names.append(member.key)
      }
    }
    try Self.checkLayout(names, entries, data: header.upperBound..<bytes.count, source: source)
    self.path = path
    self.names = names
    self.metadata = metadata
    self.bytes = bytes
    self.entries = entries
  }

  /// Whether there is a tensor called `name`.
  public func contains(_ name: String) -> Bool { entries[name] != nil }

  /// Shape of the tensor called `name`, or nil when there is none.
  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// The tensor called `name`: F32, F64, I32 and U8 keep their type, F16 and BF16 become float32, BOOL uint8, and the
  /// other integers int32. Throws when it is missing or a value does not fit.
  public func tensor(_ name: String) throws(FileError) -> Tensor { try array(name).tensor() }

  /// The tensor called `name` in its stored type, except that BF16 becomes float32.
  public func array(_ name: String) throws(FileError) -> NumpyArray {
    guard let entry = entries[name] else {
      throw FileError(path: path, "holds no tensor \"\(name.shortened())\", only \(quotedList(names))")
    }
    let source = FileSource(path).part("tensor", name)
    guard entry.dtype == .BF16 else {
      return NumpyArray(entry.dtype.element, shape: entry.shape, bytes: Array(bytes[entry.range]), source: source)
    }
    // A bfloat16 is the upper half of a float.
    var wide = [UInt8](repeating: 0, count: 2 * entry.range.count)
    for index in 0..<entry.range.count / 2 {
      wide[4 * index + 2] = bytes[entry.range.lowerBound + 2 * index]
      wide[4 * index + 3] = bytes[entry.range.lowerBound + 2 * index + 1]
    }
    return NumpyArray(.float32, shape: entry.shape, bytes: wide, source: source)
  }

  private static func metadata(_ value: OrderedJSON, source: FileSource) throws(FileError) -> [String: String] {
    guard case .object(let members) = value else { throw source.error("is not a JSON object of strings") }
    var metadata: [String: String] = [:]
    for member in members {
      guard case .string(let text) = member.value else {
        throw source.error("\"\(member.key.shortened())\" is not a string")
      }
      metadata[member.key] = text
    }
    return metadata
  }

  private static func entry(
    _ value: OrderedJSON, data: Range<Int>, source: FileSource
  ) throws(FileError) -> Entry {
    guard case .object(let members) = value else { throw source.error("its header entry is not a JSON object") }
    var dtype: StoredType?
    var shape: [Int]?
    var offsets: [Int]?
    for member in members {
      switch (member.key, member.value) {
      case ("dtype", .string(let name)):
        guard let known = StoredType(rawValue: name) else {
          throw source.error("the element type \"\(name.shortened())\" is not read")
        }
        dtype = known
      case ("dtype", _): throw source.error("\"dtype\" is not a string")
      case ("shape", _): shape = try sizes(member.value, "shape", source: source)
      case ("data_offsets", _): offsets = try sizes(member.value, "data_offsets", source: source)
      default: throw source.error("its header entry holds the unknown key \"\(member.key.shortened())\"")
      }
    }
    guard let dtype else { throw source.error("its header entry lacks \"dtype\"") }
    guard let shape else { throw source.error("its header entry lacks \"shape\"") }
    guard let offsets else { throw source.error("its header entry lacks \"data_offsets\"") }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw source.error("\"data_offsets\" is \(offsets), expected a start and an end")
    }
    guard offsets[1] <= data.count else {
      throw source.error("\"data_offsets\" ends at \(offsets[1]), but the file holds only \(data.count) bytes of data")
    }
    guard let size = byteCount(of: shape, stride: dtype.element.stride) else {
      throw source.error("its shape \(shape) of \(dtype.rawValue) is larger than memory")
    }
    guard size.bytes == offsets[1] - offsets[0] else {
      throw source.error(
        "\"data_offsets\" spans \(offsets[1] - offsets[0]) bytes, "
          + "but shape \(shape) of \(dtype.rawValue) takes \(size.bytes)")
    }
    return Entry(dtype: dtype, shape: shape, range: data.lowerBound + offsets[0]..<data.lowerBound + offsets[1])
  }

  private static func sizes(_ value: OrderedJSON, _ key: String, source: FileSource) throws(FileError) -> [Int] {
    guard case .array(let elements) = value else { throw source.error("\"\(key)\" is not an array") }
    var sizes: [Int] = []
    for element in elements {
      guard case .integer(let size) = element, size >= 0 else {
        throw source.error("\"\(key)\" holds something other than whole numbers of 0 or more")
      }
      sizes.append(size)
    }
    return sizes
  }

  /// Checks that the tensors lie end to end and fill the data: no gap hides bytes and no byte belongs to two tensors.
  private static func checkLayout(
    _ names: [String], _ entries: [String: Entry], data: Range<Int>, source: FileSource
  ) throws(FileError) {
    let placed = names.map { (name: $0, range: entries[$0]!.range) }
      .sorted { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var end = data.lowerBound
    var previous = "the header"
    for tensor in placed {
      let place = source.part("tensor", tensor.name)
      let start = tensor.range.lowerBound
      guard start >= end else { throw place.error(at: start, "overlaps \(previous), which ends at offset \(end)") }
      guard start == end else {
        throw place.error(at: start, "leaves a gap of \(start - end) bytes after \(previous)")
      }
      end = tensor.range.upperBound
      previous = "tensor \"\(tensor.name.shortened())\""
    }
    guard end == data.upperBound else {
      throw source.error(at: end, "\(data.upperBound - end) bytes follow the last tensor")
    }
  }
}

// MARK: - Writing

extension SafetensorsFile {
  /// Writes tensors of any type and notes. As the reference does, wide types come first and names ascend within a type,
  /// which keeps every tensor aligned. Throws when a name appears twice or the file cannot be written.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String
  ) throws(FileError) {
    let source = FileSource(path)
    var seen: Set<String> = []
    for (name, _) in tensors {
      guard name != "__metadata__" else { throw source.error("\"__metadata__\" cannot name a tensor") }
      guard seen.insert(name).inserted else { throw source.part("tensor", name).error("is written twice") }
    }
    let ordered = tensors.sorted { a, b in
      let (first, second) = (rank(a.tensor.dtype), rank(b.tensor.dtype))
      return first != second ? first < second : a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
    }
    var parts: [String] = []
    if !metadata.isEmpty {
      let notes = metadata.sorted { $0.key < $1.key }
        .map { "\(OrderedJSON.quote($0.key)):\(OrderedJSON.quote($0.value))" }
      parts.append("\"__metadata__\":{\(notes.joined(separator: ","))}")
    }
    var offset = 0
    for (name, tensor) in ordered {
      let size = tensor.count * tensor.dtype.stride
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      parts.append(
        "\(OrderedJSON.quote(name)):{\"dtype\":\"\(code(tensor.dtype))\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(offset + size)]}")
      offset += size
    }
    var header = Array("{\(parts.joined(separator: ","))}".utf8)
    header.append(contentsOf: repeatElement(0x20, count: -header.count & 7))
    guard header.count <= longestHeader else {
      throw source.error("the header would take \(header.count) bytes, expected at most \(longestHeader)")
    }
    try AtomicFile.write(to: path) { (output) throws(FileError) in
      var length: [UInt8] = []
      length.append(little: UInt64(header.count))
      try output.write(length + header)
      for (_, tensor) in ordered { try output.write(tensor) }
    }
  }

  private static func code(_ dtype: DType) -> String {
    switch dtype {
    case .float32: "F32"
    case .float64: "F64"
    case .int32: "I32"
    case .uint8: "U8"
    }
  }

  private static func rank(_ dtype: DType) -> Int {
    switch dtype {
    case .float64: 0
    case .float32: 1
    case .int32: 2
    case .uint8: 3
    }
  }
}

extension FileOutput {
  /// Appends the memory of a tensor.
  internal func write(_ tensor: Tensor) throws(FileError) {
    var failure: FileError?
    tensor.withUnsafeBytes { bytes in
      do throws(FileError) { try write(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
