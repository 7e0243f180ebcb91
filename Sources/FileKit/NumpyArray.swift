import TensorKit

/// The array of one `.npy` file: an element type, a shape and its elements in row-major order.
public struct NumpyArray: Sendable {
  /// Type of the elements, named as numpy writes it.
  public enum Element: Sendable, Hashable, CustomStringConvertible {
    case bool, int8, uint8, int16, uint16, int32, uint32, int64, uint64, float16, float32, float64
    /// Byte strings of a fixed width, filled up with zeros.
    case byteString(width: Int)
    /// Text of at most `width` code points, four bytes each.
    case text(width: Int)

    /// Bytes of one element.
    public var stride: Int {
      switch self {
      case .bool, .int8, .uint8: 1
      case .int16, .uint16, .float16: 2
      case .int32, .uint32, .float32: 4
      case .int64, .uint64, .float64: 8
      case .byteString(let width): width
      case .text(let width): 4 * width
      }
    }

    /// The unit that changes order between little- and big-endian files.
    internal var swapUnit: Int {
      switch self {
      case .byteString: 1
      case .text: 4
      default: stride
      }
    }

    /// numpy's descriptor, such as `<f4`.
    public var description: String {
      switch self {
      case .bool: "|b1"
      case .int8: "|i1"
      case .uint8: "|u1"
      case .int16: "<i2"
      case .uint16: "<u2"
      case .int32: "<i4"
      case .uint32: "<u4"
      case .int64: "<i8"
      case .uint64: "<u8"
      case .float16: "<f2"
      case .float32: "<f4"
      case .float64: "<f8"
      case .byteString(let width): "|S\(width)"
      case .text(let width): "<U\(width)"
      }
    }
  }

  public let element: Element
  /// Sizes of the axes; empty for a single value.
  public let shape: [Int]
  /// The elements in row-major order, little-endian.
  internal let bytes: [UInt8]
  /// Names the file in the errors of later conversions.
  internal var source: FileSource

  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }

  internal init(_ element: Element, shape: [Int], bytes: [UInt8], source: FileSource) {
    self.element = element
    self.shape = shape
    self.bytes = bytes
    self.source = source
  }
}

extension NumpyArray: Equatable {
  /// Whether type, shape and every byte agree; the file an array came from does not matter.
  public static func == (a: NumpyArray, b: NumpyArray) -> Bool {
    a.element == b.element && a.shape == b.shape && a.bytes == b.bytes
  }
}

/// A Swift type whose values numpy stores unchanged.
public protocol NumpyScalar: BitwiseCopyable, Sendable {
  static var numpyElement: NumpyArray.Element { get }
}
extension Int8: NumpyScalar { public static var numpyElement: NumpyArray.Element { .int8 } }
extension UInt8: NumpyScalar { public static var numpyElement: NumpyArray.Element { .uint8 } }
extension Int16: NumpyScalar { public static var numpyElement: NumpyArray.Element { .int16 } }
extension UInt16: NumpyScalar { public static var numpyElement: NumpyArray.Element { .uint16 } }
extension Int32: NumpyScalar { public static var numpyElement: NumpyArray.Element { .int32 } }
extension UInt32: NumpyScalar { public static var numpyElement: NumpyArray.Element { .uint32 } }
extension Int64: NumpyScalar { public static var numpyElement: NumpyArray.Element { .int64 } }
extension UInt64: NumpyScalar { public static var numpyElement: NumpyArray.Element { .uint64 } }
extension Int: NumpyScalar { public static var numpyElement: NumpyArray.Element { .int64 } }
extension Float: NumpyScalar { public static var numpyElement: NumpyArray.Element { .float32 } }
extension Double: NumpyScalar { public static var numpyElement: NumpyArray.Element { .float64 } }
extension Bool: NumpyScalar { public static var numpyElement: NumpyArray.Element { .bool } }

// MARK: - Making arrays

extension NumpyArray {
  /// An array of `shape` over elements in row-major order. Traps when their number does not fill the shape.
  public init<Scalar: NumpyScalar>(
    _ elements: [Scalar], shape: [Int], file: StaticString = #fileID, line: UInt = #line
  ) {
    guard byteCount(of: shape, stride: Scalar.numpyElement.stride)?.elements == elements.count else {
      trap("NumpyArray: \(elements.count) elements do not fill shape \(shape)", file, line)
    }
    self.init(
      Scalar.numpyElement, shape: shape, bytes: elements.withUnsafeBytes { Array($0) }, source: FileSource("array"))
  }

  /// A vector of the elements.
  public init<Scalar: NumpyScalar>(_ elements: [Scalar]) { self.init(elements, shape: [elements.count]) }

  /// A vector of text, as wide as its longest element.
  public init(_ strings: [String]) {
    let width = max(1, strings.lazy.map(\.unicodeScalars.count).max() ?? 0)
    var units: [UInt32] = []
    units.reserveCapacity(width * strings.count)
    for string in strings {
      units.append(contentsOf: string.unicodeScalars.lazy.map(\.value))
      units.append(contentsOf: repeatElement(0, count: width - string.unicodeScalars.count))
    }
    self.init(
      .text(width: width), shape: [strings.count], bytes: units.withUnsafeBytes { Array($0) },
      source: FileSource("array"))
  }

  /// The values of a tensor, with its type and shape.
  public init(_ tensor: Tensor) {
    let element: Element
    switch tensor.dtype {
    case .float32: element = .float32
    case .float64: element = .float64
    case .int32: element = .int32
    case .uint8: element = .uint8
    }
    self.init(
      element, shape: Array(tensor.shape), bytes: tensor.withUnsafeBytes { Array($0) }, source: FileSource("array"))
  }
}
