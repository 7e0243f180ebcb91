/// Element type of a tensor.
public enum DType: UInt8, Sendable, CaseIterable, CustomStringConvertible {
  case float32, float64, int32, uint8

  /// Bytes of one element.
  public var stride: Int {
    switch self {
    case .float32, .int32: 4
    case .float64: 8
    case .uint8: 1
    }
  }

  public var isFloatingPoint: Bool { self == .float32 || self == .float64 }

  public var description: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .int32: "int32"
    case .uint8: "uint8"
    }
  }
}

/// A Swift type that a tensor can hold.
public protocol TensorScalar: Sendable, Numeric {
  static var dtype: DType { get }
  init(converting value: Double)
  var asDouble: Double { get }
}

extension Float: TensorScalar {
  public static var dtype: DType { .float32 }
  public init(converting value: Double) { self = Float(value) }
  public var asDouble: Double { Double(self) }
}
extension Double: TensorScalar {
  public static var dtype: DType { .float64 }
  public init(converting value: Double) { self = value }
  public var asDouble: Double { self }
}
extension Int32: TensorScalar {
  public static var dtype: DType { .int32 }
  public init(converting value: Double) { self = Int32(value) }
  public var asDouble: Double { Double(self) }
}
extension UInt8: TensorScalar {
  public static var dtype: DType { .uint8 }
  public init(converting value: Double) { self = UInt8(value) }
  public var asDouble: Double { Double(self) }
}
