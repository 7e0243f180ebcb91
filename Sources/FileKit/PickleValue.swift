/// Plain data read from a Python pickle.
public indirect enum PickleValue: Sendable, Equatable {
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case bytes([UInt8])
  case list([PickleValue])
  case tuple([PickleValue])
  case set([PickleValue])
  /// Entries in the order of the pickle; defaultdict and OrderedDict too.
  case dictionary([Entry])
  case dtype(NumpyArray.Element)
  case array(NumpyArray)
  case csr(CompressedRows)

  /// One entry of a dictionary.
  public struct Entry: Sendable, Equatable {
    public let key: PickleValue
    public let value: PickleValue
  }

  public var asBool: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var asInt: Int? { if case .int(let value) = self { value } else { nil } }
  /// A float, or an integer as one.
  public var asDouble: Double? {
    switch self {
    case .double(let value): value
    case .int(let value): Double(value)
    default: nil
    }
  }
  public var asString: String? { if case .string(let value) = self { value } else { nil } }
  public var asBytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
  /// The elements of a list, tuple or set.
  public var asList: [PickleValue]? {
    switch self {
    case .list(let values), .tuple(let values), .set(let values): values
    default: nil
    }
  }
  public var asDictionary: [Entry]? { if case .dictionary(let entries) = self { entries } else { nil } }
  public var asArray: NumpyArray? { if case .array(let array) = self { array } else { nil } }
  public var asCSR: CompressedRows? { if case .csr(let matrix) = self { matrix } else { nil } }

  /// The value of the string key `key` of a dictionary.
  public subscript(key: String) -> PickleValue? { asDictionary?.first { $0.key == .string(key) }?.value }

  /// The elements of a list, tuple or set of integers; nil when one of them is something else.
  public var asIntegers: [Int]? {
    guard let values = asList else { return nil }
    var integers: [Int] = []
    integers.reserveCapacity(values.count)
    for case let value in values {
      guard case .int(let integer) = value else { return nil }
      integers.append(integer)
    }
    return integers
  }

  /// What kind of value this is, as Python names it.
  public var kind: String {
    switch self {
    case .none: "None"
    case .bool: "bool"
    case .int: "int"
    case .double: "float"
    case .string: "str"
    case .bytes: "bytes"
    case .list: "list"
    case .tuple: "tuple"
    case .set: "set"
    case .dictionary: "dict"
    case .dtype: "numpy dtype"
    case .array: "numpy ndarray"
    case .csr: "scipy csr_matrix"
    }
  }
}

/// A sparse matrix in compressed rows whose structure has been checked.
public struct CompressedRows: Sendable, Equatable {
  public let rowCount: Int
  public let columnCount: Int
  /// `rowCount + 1` ascending positions; row `r` holds the entries from `starts[r]` up to `starts[r + 1]`.
  public let starts: [Int]
  /// The column of each entry, 0 up to `columnCount`.
  public let columns: [Int32]
  /// The value of each entry.
  public let values: NumpyArray

  /// Checks the parts against each other. Throws at the first fault.
  internal init(
    rowCount: Int, columnCount: Int, starts: [Int], columns: [Int32], values: NumpyArray, source: FileSource
  ) throws(FileError) {
    guard rowCount >= 0, columnCount >= 0, rowCount < Int.max, starts.count == rowCount + 1 else {
      throw source.error("the matrix has \(rowCount) rows, but \"indptr\" has \(starts.count) elements")
    }
    guard values.shape == [columns.count] else {
      throw source.error("\"indices\" has shape [\(columns.count)], but \"data\" \(values.shape)")
    }
    guard starts[0] == 0, starts[rowCount] == columns.count else {
      throw source.error(
        "\"indptr\" runs from \(starts[0]) to \(starts[rowCount]), expected 0 to \(columns.count), "
          + "the size of \"indices\"")
    }
    for row in 0..<rowCount where starts[row] > starts[row + 1] {
      throw source.error("\"indptr\" falls from \(starts[row]) to \(starts[row + 1]) after row \(row)")
    }
    if let bad = columns.firstIndex(where: { $0 < 0 || Int($0) >= columnCount }) {
      throw source.error("\"indices\" element \(bad) is \(columns[bad]), expected 0 to \(columnCount - 1)")
    }
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.starts = starts
    self.columns = columns
    self.values = values
  }
}
