import TensorKit

/// A constant table of node features, [rows, width], stored in two bytes an element: bf16, the upper half of a float32.
///
/// Products with graphs beyond the caches are limited by the rows they gather, which are half as long here. Each
/// element keeps the range of float32 and 8 bits of significand: it is off by at most 2^-8 of itself (0.4 %), 0.17 % in
/// the root mean square. A sum of elements of one sign is off by no more; sums themselves are taken in float32. Below
/// 2^-126 the error is at most 2^-134; above 3.39e38 elements become infinite; NaN stays NaN.
public struct CompactTable: Sendable {
  public let shape: Shape
  internal let bits: IndexBuffer<UInt16>

  /// Rounds the elements of a floating-point tensor [rows, width] to the nearest, ties to even. Traps for a
  /// differentiable one: a table is constant.
  public init(_ tensor: Tensor, file: StaticString = #fileID, line: UInt = #line) {
    guard tensor.rank == 2, tensor.dtype.isFloatingPoint else {
      trap(
        "CompactTable: the tensor has shape \(tensor.shape) and type \(tensor.dtype), expected [rows, width] of a "
          + "floating-point type", file, line)
    }
    if tensor.isDifferentiable {
      trap("CompactTable: the table is constant, but the tensor is differentiable; detach it", file, line)
    }
    shape = tensor.shape
    bits = Bridge.toBF16(tensor)
  }

  public var rows: Int { shape[0] }
  public var width: Int { shape[1] }

  /// The stored values in float32, [rows, width].
  public var tensor: Tensor { widened(to: .float32) }

  internal func widened(to dtype: DType) -> Tensor { Bridge.fromBF16(bits, shape, dtype) }
}
