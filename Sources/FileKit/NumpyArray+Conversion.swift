import TensorKit

// MARK: - Numbers

extension NumpyArray {
  /// The elements as integers. Throws at the first one that does not fit `type`, and for fractions and text.
  public func integers<Integer: FixedWidthInteger>(as type: Integer.Type) throws(FileError) -> [Integer] {
    switch element {
    case .bool: load(UInt8.self).map { $0 == 0 ? 0 : 1 }
    case .int8: try narrowed(load(Int8.self))
    case .uint8: try narrowed(load(UInt8.self))
    case .int16: try narrowed(load(Int16.self))
    case .uint16: try narrowed(load(UInt16.self))
    case .int32: try narrowed(load(Int32.self))
    case .uint32: try narrowed(load(UInt32.self))
    case .int64: try narrowed(load(Int64.self))
    case .uint64: try narrowed(load(UInt64.self))
    case .float16, .float32, .float64: try whole(doubles())
    case .byteString, .text: throw source.error("holds \(element), expected integers")
    }
  }

  /// The elements as Int, exactly.
  public func integers() throws(FileError) -> [Int] { try integers(as: Int.self) }
  /// The elements as Int32, exactly.
  public func int32() throws(FileError) -> [Int32] { try integers(as: Int32.self) }
  /// The elements as Int64, exactly.
  public func int64() throws(FileError) -> [Int64] { try integers(as: Int64.self) }

  /// The elements as Double; 64-bit integers beyond 2^53 are rounded. Throws for text.
  public func doubles() throws(FileError) -> [Double] { try numbers(Double.self) }

  /// The elements as Float, rounded where they need more bits. Throws for text.
  public func floats() throws(FileError) -> [Float] { try numbers(Float.self) }

  /// Whether each element differs from zero. Throws for text.
  public func booleans() throws(FileError) -> [Bool] { try doubles().map { $0 != 0 } }

  private func numbers<Number: BinaryFloatingPoint>(_: Number.Type) throws(FileError) -> [Number] {
    switch element {
    case .bool: load(UInt8.self).map { $0 == 0 ? 0 : 1 }
    case .int8: load(Int8.self).map { Number($0) }
    case .uint8: load(UInt8.self).map { Number($0) }
    case .int16: load(Int16.self).map { Number($0) }
    case .uint16: load(UInt16.self).map { Number($0) }
    case .int32: load(Int32.self).map { Number($0) }
    case .uint32: load(UInt32.self).map { Number($0) }
    case .int64: load(Int64.self).map { Number($0) }
    case .uint64: load(UInt64.self).map { Number($0) }
    case .float16: load(UInt16.self).map { Number(Float(halfBits: $0)) }
    case .float32: load(Float.self).map { Number($0) }
    case .float64: load(Double.self).map { Number($0) }
    case .byteString, .text: throw source.error("holds \(element), expected numbers")
    }
  }

  private func narrowed<From: FixedWidthInteger, To: FixedWidthInteger>(_ values: [From]) throws(FileError) -> [To] {
    if From.self == To.self { return values as! [To] }
    if let bad = values.firstIndex(where: { To(exactly: $0) == nil }) {
      throw source.error("element \(bad) is \(values[bad]), expected \(To.min) to \(To.max)")
    }
    return values.map { To(truncatingIfNeeded: $0) }
  }

  private func whole<To: FixedWidthInteger>(_ values: [Double]) throws(FileError) -> [To] {
    if let bad = values.firstIndex(where: { To(exactly: $0) == nil }) {
      throw source.error("element \(bad) is \(values[bad]), expected a whole number from \(To.min) to \(To.max)")
    }
    return values.map { To($0) }
  }

  private func load<Scalar: BitwiseCopyable>(_: Scalar.Type) -> [Scalar] {
    let count = bytes.count / MemoryLayout<Scalar>.size
    return [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
      UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
      initialized = count
    }
  }
}

extension Float {
  /// The value of an IEEE half-precision number.
  internal init(halfBits bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10 & 0x1f)
    let fraction = UInt32(bits & 0x3ff)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      self = sign == 0 ? magnitude : -magnitude
    case 31: self = Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}

// MARK: - Text

extension NumpyArray {
  /// The elements of a text or byte-string array, without the zeros that fill them up. Throws for numbers.
  public func strings() throws(FileError) -> [String] {
    var result: [String] = []
    result.reserveCapacity(count)
    switch element {
    case .byteString(let width):
      for index in 0..<count {
        let field = bytes[index * width..<(index + 1) * width]
        let text = field[..<((field.lastIndex { $0 != 0 } ?? field.startIndex - 1) + 1)]
        guard let string = String(validating: text, as: UTF8.self) else {
          throw source.error("element \(index) is not valid UTF-8")
        }
        result.append(string)
      }
    case .text(let width):
      let units = load(UInt32.self)
      for index in 0..<count {
        let field = units[index * width..<(index + 1) * width]
        let text = field[..<((field.lastIndex { $0 != 0 } ?? field.startIndex - 1) + 1)]
        guard let string = String(validating: text, as: UTF32.self) else {
          throw source.error("element \(index) holds a number that is no Unicode code point")
        }
        result.append(string)
      }
    default: throw source.error("holds \(element), expected text")
    }
    return result
  }
}

// MARK: - Tensors

extension NumpyArray {
  /// The array as a tensor: float32, float64, int32 and uint8 keep their type, bool becomes uint8, float16 float32, and
  /// the other integers int32. Throws when a value or the shape does not fit, and for text.
  public func tensor() throws(FileError) -> Tensor {
    guard shape.count <= Shape.maximumRank else {
      throw source.error("has \(shape.count) axes, but a tensor has at most \(Shape.maximumRank)")
    }
    if let axis = shape.firstIndex(where: { $0 > Int(Int32.max) }) {
      throw source.error("axis \(axis) has size \(shape[axis]), but a tensor's axis has at most \(Int32.max)")
    }
    let shape = Shape(shape)
    func unchanged(_ dtype: DType) -> Tensor {
      Tensor(shape: shape, dtype: dtype) { $0.copyBytes(from: bytes) }
    }
    switch element {
    case .float32: return unchanged(.float32)
    case .float64: return unchanged(.float64)
    case .int32: return unchanged(.int32)
    case .uint8: return unchanged(.uint8)
    case .bool: return Tensor(load(UInt8.self).map { $0 == 0 ? 0 : 1 } as [UInt8], shape: shape)
    case .float16: return Tensor(try floats(), shape: shape)
    case .int8, .int16, .uint16, .uint32, .int64, .uint64: return Tensor(try int32(), shape: shape)
    case .byteString, .text: throw source.error("holds \(element), expected numbers")
    }
  }
}
