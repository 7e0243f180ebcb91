import CKernels.Base

/// Header and memory of one tensor: the one object behind a `Tensor`.
///
/// The memory is a pooled block with its own reference count, so that a view and a saved output share it without
/// sharing the node: a saved output that held its own node would be a cycle.
package final class TensorBody: @unchecked Sendable {
  internal final let block: UnsafeMutablePointer<ck_block>
  internal final let data: UnsafeMutableRawPointer
  internal final let shape: Shape
  internal final let dtype: DType
  /// Number of elements.
  internal final let count: Int
  /// What made this tensor while recording, or the leaf that marks it as differentiable.
  @exclusivity(unchecked) internal final var node: Node?

  /// Takes over one reference to `block`.
  internal init(block: UnsafeMutablePointer<ck_block>, data: UnsafeMutableRawPointer, shape: Shape, dtype: DType) {
    self.block = block
    self.data = data
    self.shape = shape
    self.dtype = dtype
    count = shape.elementCount
  }

  deinit { ck_block_release(block) }
}

/// An immutable multi-dimensional array, contiguous in row-major order, in pooled memory.
///
/// A tensor never changes after it is made (only an optimizer's step writes, into the storage of parameters, outside
/// of any recording), so it may be made on a loader thread and used on another. A graph belongs to the thread that
/// records it. Kernels are meant to be called by one thread: each further one that does brings OpenMP workers of its
/// own.
public struct Tensor: @unchecked Sendable {
  package let body: TensorBody

  package init(_ body: TensorBody) { self.body = body }

  public var shape: Shape { body.shape }
  public var dtype: DType { body.dtype }
  /// Number of axes.
  public var rank: Int { body.shape.rank }
  /// Number of elements.
  public var count: Int { body.count }
  /// Whether gradients flow through this tensor.
  public var isDifferentiable: Bool { body.node != nil }
}

// MARK: - Making tensors

extension Tensor {
  /// A tensor with undefined contents: for bridges, which fill all of it.
  package init(uninitialized shape: Shape, _ dtype: DType) {
    let (bytes, overflow) = shape.elementCount.multipliedReportingOverflow(by: dtype.stride)
    if overflow { trap("Tensor: shape \(shape) of \(dtype) is beyond 64 bits of memory", #fileID, #line) }
    let block = ck_block_make(Int64(bytes))
    self.body = TensorBody(block: block, data: ck_block_data(block), shape: shape, dtype: dtype)
  }

  /// A tensor over elements in row-major order.
  public init<Scalar: TensorScalar>(
    _ elements: [Scalar], shape: Shape, file: StaticString = #fileID, line: UInt = #line
  ) {
    guard elements.count == shape.elementCount else {
      trap("Tensor: \(elements.count) elements do not fill shape \(shape)", file, line)
    }
    self.init(uninitialized: shape, Scalar.dtype)
    elements.withUnsafeBytes { if let base = $0.baseAddress { body.data.copyMemory(from: base, byteCount: $0.count) } }
  }

  /// A vector of the elements.
  public init<Scalar: TensorScalar>(_ elements: [Scalar]) { self.init(elements, shape: [elements.count]) }

  /// A tensor without axes that holds one value.
  public init(_ value: Double, dtype: DType = .float32) { self = Tensor.full([], value, dtype: dtype) }

  /// A tensor whose memory `fill` writes; it starts undefined, so `fill` must write all of it. When `fill` throws, the
  /// memory goes back to the pool.
  public init(shape: Shape, dtype: DType, filledBy fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
    self.init(uninitialized: shape, dtype)
    try fill(UnsafeMutableRawBufferPointer(start: body.data, count: shape.elementCount * dtype.stride))
  }

  public static func full(_ shape: Shape, _ value: Double, dtype: DType = .float32) -> Tensor {
    let result = Tensor(uninitialized: shape, dtype)
    let count = shape.elementCount
    func fill<Scalar: TensorScalar>(_: Scalar.Type) {
      result.body.data.bindMemory(to: Scalar.self, capacity: count)
        .initialize(repeating: Scalar(converting: value), count: count)
    }
    switch dtype {
    case .float32: fill(Float.self)
    case .float64: fill(Double.self)
    case .int32: fill(Int32.self)
    case .uint8: fill(UInt8.self)
    }
    return result
  }

  public static func zeros(_ shape: Shape, dtype: DType = .float32) -> Tensor { full(shape, 0, dtype: dtype) }
  public static func ones(_ shape: Shape, dtype: DType = .float32) -> Tensor { full(shape, 1, dtype: dtype) }

  /// The identity matrix [n, n].
  public static func identity(_ n: Int, dtype: DType = .float32) -> Tensor {
    var elements = [Double](repeating: 0, count: n * n)
    for i in 0..<n { elements[i * n + i] = 1 }
    return Tensor(elements, shape: [n, n]).converted(to: dtype)
  }
}

// MARK: - Reading tensors

extension Tensor {
  /// The memory as bytes, valid inside the closure only.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(self.body) {} }
    return try body(UnsafeRawBufferPointer(start: self.body.data, count: count * dtype.stride))
  }

  /// The elements, valid inside the closure only.
  public func withUnsafeElements<Scalar: TensorScalar, Result>(
    of type: Scalar.Type, file: StaticString = #fileID, line: UInt = #line,
    _ body: (UnsafeBufferPointer<Scalar>) throws -> Result
  ) rethrows -> Result {
    guard type.dtype == dtype else {
      trap("withUnsafeElements: the tensor holds \(dtype), not \(type.dtype)", file, line)
    }
    return try withUnsafeBytes { try body($0.bindMemory(to: type)) }
  }

  /// The elements in row-major order, converted to `type`.
  public func array<Scalar: TensorScalar>(of type: Scalar.Type) -> [Scalar] {
    func convert<Stored: TensorScalar>(_: Stored.Type) -> [Scalar] {
      withUnsafeElements(of: Stored.self) { elements in
        if let same = elements as? UnsafeBufferPointer<Scalar> { return Array(same) }
        return elements.map { Scalar(converting: $0.asDouble) }
      }
    }
    switch dtype {
    case .float32: return convert(Float.self)
    case .float64: return convert(Double.self)
    case .int32: return convert(Int32.self)
    case .uint8: return convert(UInt8.self)
    }
  }

  /// The one element of a tensor that has one.
  public func item(file: StaticString = #fileID, line: UInt = #line) -> Double {
    guard count == 1 else { trap("item: shape \(shape) has \(count) elements, expected one", file, line) }
    switch dtype {
    case .float32: return withUnsafeElements(of: Float.self) { Double($0[0]) }
    case .float64: return withUnsafeElements(of: Double.self) { $0[0] }
    case .int32: return withUnsafeElements(of: Int32.self) { Double($0[0]) }
    case .uint8: return withUnsafeElements(of: UInt8.self) { Double($0[0]) }
    }
  }
}
