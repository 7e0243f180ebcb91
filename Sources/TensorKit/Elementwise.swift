import CKernels.Dense

// MARK: - Functions of one tensor

/// y = op(x).
internal struct Unary: Primitive {
  let op: ck_unary

  var saves: SavedTensors {
    switch op {
    case .negate: []
    case .square_root, .reciprocal, .exp, .tanh, .sigmoid, .relu: .output
    default: .input0
    }
  }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    switch op {
    case .negate: sink.add(0, -dy)
    case .square_root: sink.add(0, dy / node.savedOutput() * 0.5)
    case .reciprocal: sink.add(0, -(dy * node.savedOutput().squared()))
    case .exp: sink.add(0, dy * node.savedOutput())
    case .tanh: sink.add(0, dy * (1 - node.savedOutput().squared()))
    case .sigmoid:
      let y = node.savedOutput()
      sink.add(0, dy * (y * (1 - y)))
    case .relu: sink.add(0, dy * node.savedOutput().step())
    default: sink.add(0, dy * slope(at: node.input(0)))
    }
  }

  /// op'(x) for the ops whose rule reads x.
  private func slope(at x: Tensor) -> Tensor {
    switch op {
    case .absolute: return x.sign()
    case .square: return x * 2
    case .log: return x.reciprocal()
    case .erf: return (-x.squared()).exp() * 1.1283791670955126  // 2 / sqrt(pi)
    case .sin: return x.cos()
    case .cos: return -x.sin()
    case .gelu:
      let density = (x.squared() * -0.5).exp() * 0.3989422804014327  // 1 / sqrt(2 pi)
      return (x * 0.7071067811865476).erf() * 0.5 + 0.5 + x * density
    case .silu:
      let gate = x.sigmoid()
      return gate * (1 + x * (1 - gate))
    case .softplus: return x.sigmoid()
    default: fatalError("unary: operation \(op.rawValue) has no gradient rule")
    }
  }

  func fusedVJP(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    guard op != .negate else { return sink.add(0, -dy) }
    // The kernel reads whichever of x and y the rule saved.
    let saved = saves == .output ? node.savedOutputValue() : node.input(0)
    sink.add(0, Bridge.unaryGradient(op, dy, saved, saved))
  }
}

extension Tensor {
  @inline(__always)
  private func unary(_ op: ck_unary) -> Tensor { recorded(Unary(op: op), Bridge.unary(op, self), self) }

  public static prefix func - (x: Tensor) -> Tensor { x.unary(.negate) }
  public func abs() -> Tensor { unary(.absolute) }
  public func squared() -> Tensor { unary(.square) }
  public func sqrt() -> Tensor { unary(.square_root) }
  public func reciprocal() -> Tensor { unary(.reciprocal) }
  public func exp() -> Tensor { unary(.exp) }
  /// Natural logarithm.
  public func log() -> Tensor { unary(.log) }
  public func tanh() -> Tensor { unary(.tanh) }
  public func sigmoid() -> Tensor { unary(.sigmoid) }
  public func erf() -> Tensor { unary(.erf) }
  public func sin() -> Tensor { unary(.sin) }
  public func cos() -> Tensor { unary(.cos) }
  public func relu() -> Tensor { unary(.relu) }
  /// x (1 + erf(x / sqrt 2)) / 2.
  public func gelu() -> Tensor { unary(.gelu) }
  /// x sigmoid(x).
  public func silu() -> Tensor { unary(.silu) }
  /// log(1 + exp x).
  public func softplus() -> Tensor { unary(.softplus) }
  /// -1, 0 or 1; its gradient is zero.
  public func sign() -> Tensor { Bridge.unary(.sign, self) }
  /// 1 where x > 0, else 0; its gradient is zero.
  public func step() -> Tensor { Bridge.unary(.step, self) }
}

extension Tensor {
  /// slope dy where the ReLU's output is above 0, else 0: the backward kernel, for primitives that end in a ReLU, or in
  /// dropout after it with the slope that `dropInPlace` gave. `inPlace` takes this tensor's memory for the result.
  package func reluGradient(output y: Tensor, slope: Double, inPlace: Bool) -> Tensor {
    Bridge.unaryGradient(.relu, self, y, y, scale: slope, inPlace: inPlace)
  }
}

/// y = scale x + shift.
internal struct Affine: Primitive {
  let scale: Double
  var saves: SavedTensors { [] }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) { sink.add(0, scale == 1 ? dy : dy * scale) }
}

/// y = x brought into low...high.
internal struct Clamp: Primitive {
  let low: Double
  let high: Double
  var saves: SavedTensors { .input0 }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    // Where the clamp did nothing; the bounds themselves count as inside.
    let x = node.input(0).detached()
    sink.add(0, dy * x.equal(Bridge.clamp(x, low, high)))
  }
}

/// y = x ^ exponent.
internal struct Power: Primitive {
  let exponent: Double
  var saves: SavedTensors { .input0 }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    switch exponent {
    case 0: sink.add(0, .zeros(dy.shape, dtype: dy.dtype))  // x ^ -1 would make NaN of x = 0
    case 1: sink.add(0, dy)
    default: sink.add(0, dy * (node.input(0).pow(exponent - 1) * exponent))
    }
  }
}

/// y = x in another type.
internal struct Conversion: Primitive {
  let source: DType
  var saves: SavedTensors { [] }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) { sink.add(0, dy.converted(to: source)) }
}

extension Tensor {
  public static func * (x: Tensor, scale: Double) -> Tensor { x.affine(scale, 0) }
  public static func * (scale: Double, x: Tensor) -> Tensor { x.affine(scale, 0) }
  public static func / (x: Tensor, divisor: Double) -> Tensor { x.affine(1 / divisor, 0) }
  public static func / (numerator: Double, x: Tensor) -> Tensor { x.reciprocal().affine(numerator, 0) }
  public static func + (x: Tensor, shift: Double) -> Tensor { x.affine(1, shift) }
  public static func + (shift: Double, x: Tensor) -> Tensor { x.affine(1, shift) }
  public static func - (x: Tensor, shift: Double) -> Tensor { x.affine(1, -shift) }
  public static func - (shift: Double, x: Tensor) -> Tensor { x.affine(-1, shift) }

  private func affine(_ scale: Double, _ shift: Double) -> Tensor {
    recorded(Affine(scale: scale), Bridge.affine(self, scale, shift), self)
  }

  /// The elements brought into a range; those outside of it get no gradient.
  public func clamped(
    to range: ClosedRange<Double>, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    guard dtype.isFloatingPoint else { trap("clamped: the tensor holds \(dtype), expected floating point", file, line) }
    let y = Bridge.clamp(self, range.lowerBound, range.upperBound)
    return recorded(Clamp(low: range.lowerBound, high: range.upperBound), y, self)
  }

  /// x ^ exponent, element by element.
  public func pow(_ exponent: Double) -> Tensor {
    recorded(Power(exponent: exponent), Bridge.power(self, exponent), self)
  }

  /// The values in another element type. Gradients flow between floating-point types.
  public func converted(to dtype: DType) -> Tensor {
    if dtype == self.dtype { return self }
    let y = Bridge.convert(self, to: dtype)
    return dtype.isFloatingPoint && self.dtype.isFloatingPoint ? recorded(Conversion(source: self.dtype), y, self) : y
  }
}

// MARK: - Functions of two tensors

/// y = op(a, b) for equal shapes.
internal struct Binary: Primitive {
  let op: ck_binary

  var saves: SavedTensors { op == .add || op == .subtract ? [] : [.input0, .input1] }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    if sink.needs(0) { sink.add(0, Self.left(op, node, dy)) }
    if sink.needs(1) { sink.add(1, Self.right(op, node, dy)) }
  }

  /// Gradient of the left operand, in the result's shape.
  static func left(_ op: ck_binary, _ node: Node, _ dy: Tensor) -> Tensor {
    switch op {
    case .add, .subtract: return dy
    case .multiply: return dy * node.input(1)
    case .divide: return dy / node.input(1)
    // Equal elements count as the left one's.
    case .maximum: return dy * node.input(1).lessOrEqual(node.input(0))
    case .minimum: return dy * node.input(0).lessOrEqual(node.input(1))
    default: fatalError("binary: a comparison has no gradient")
    }
  }

  static func right(_ op: ck_binary, _ node: Node, _ dy: Tensor) -> Tensor {
    switch op {
    case .add: return dy
    case .subtract: return -dy
    case .multiply: return dy * node.input(0)
    case .divide: return -(dy * node.input(0) / node.input(1).squared())
    case .maximum: return dy * node.input(0).less(node.input(1))
    case .minimum: return dy * node.input(1).less(node.input(0))
    default: fatalError("binary: a comparison has no gradient")
    }
  }
}

/// y = op(a, b) for shapes that broadcast: gradients are summed back to the operands' shapes.
internal final class BroadcastBinary: Primitive {
  let op: ck_binary
  let left: Shape
  let right: Shape

  init(op: ck_binary, left: Shape, right: Shape) {
    self.op = op
    self.left = left
    self.right = right
  }

  var saves: SavedTensors { op == .add || op == .subtract ? [] : [.input0, .input1] }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    if sink.needs(0) { sink.add(0, Binary.left(op, node, dy).summed(to: left)) }
    if sink.needs(1) { sink.add(1, Binary.right(op, node, dy).summed(to: right)) }
  }
}

extension Tensor {
  @inline(__always)
  private static func binary(
    _ op: ck_binary, _ name: StaticString, _ a: Tensor, _ b: Tensor, _ file: StaticString, _ line: UInt
  ) -> Tensor {
    if a.shape == b.shape, a.dtype == b.dtype { return recorded(Binary(op: op), Bridge.binary(op, a, b), a, b) }
    let shape = broadcastShape(name, a, b, file, line)
    return recorded(
      BroadcastBinary(op: op, left: a.shape, right: b.shape), Bridge.binary(op, a, b, broadcastTo: shape), a, b)
  }

  private static func broadcastShape(
    _ name: StaticString, _ a: Tensor, _ b: Tensor, _ file: StaticString, _ line: UInt
  ) -> Shape {
    guard a.dtype == b.dtype else {
      trap("\(name): lhs is \(a.dtype) and rhs is \(b.dtype); convert one of them", file, line)
    }
    guard let shape = Shape.broadcast(a.shape, b.shape) else {
      trap("\(name): lhs \(a.shape) and rhs \(b.shape) do not broadcast", file, line)
    }
    return shape
  }

  public static func + (a: Tensor, b: Tensor) -> Tensor { binary(.add, "+", a, b, #fileID, #line) }
  public static func - (a: Tensor, b: Tensor) -> Tensor { binary(.subtract, "-", a, b, #fileID, #line) }
  /// Element by element; `matmul` is the matrix product.
  public static func * (a: Tensor, b: Tensor) -> Tensor { binary(.multiply, "*", a, b, #fileID, #line) }
  public static func / (a: Tensor, b: Tensor) -> Tensor { binary(.divide, "/", a, b, #fileID, #line) }

  public func maximum(_ other: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    Self.binary(.maximum, "maximum", self, other, file, line)
  }
  public func minimum(_ other: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    Self.binary(.minimum, "minimum", self, other, file, line)
  }

  private func compared(_ op: ck_binary, _ name: StaticString, _ b: Tensor, _ file: StaticString, _ line: UInt)
    -> Tensor
  {
    shape == b.shape && dtype == b.dtype
      ? Bridge.binary(op, self, b)
      : Bridge.binary(op, self, b, broadcastTo: Self.broadcastShape(name, self, b, file, line))
  }
  /// 1 where self < other, else 0, in the element type; not differentiable.
  public func less(_ other: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    compared(.less, "less", other, file, line)
  }
  public func lessOrEqual(_ other: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    compared(.less_equal, "lessOrEqual", other, file, line)
  }
  public func equal(_ other: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    compared(.equal, "equal", other, file, line)
  }
}

// MARK: - Choice by a mask

/// y = mask ? a : b.
internal struct Select: Primitive {
  let mask: Tensor
  var saves: SavedTensors { [] }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    let zeros = Tensor.zeros(dy.shape, dtype: dy.dtype)
    if sink.needs(0) { sink.add(0, dy.selected(where: mask, else: zeros)) }
    if sink.needs(1) { sink.add(1, zeros.selected(where: mask, else: dy)) }
  }
}

extension Tensor {
  /// self where the uint8 mask is not 0, `other` elsewhere. All three have one shape.
  public func selected(where mask: Tensor, else other: Tensor, file: StaticString = #fileID, line: UInt = #line)
    -> Tensor
  {
    guard mask.dtype == .uint8, mask.shape == shape, other.shape == shape, other.dtype == dtype else {
      trap(
        "selected: mask \(mask.shape) \(mask.dtype), self \(shape) \(dtype) and other \(other.shape) \(other.dtype) "
          + "must have one shape, the mask as uint8", file, line)
    }
    return recorded(Select(mask: mask), Bridge.select(mask, self, other), self, other)
  }
}
