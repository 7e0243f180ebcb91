/// C = op(A) op(B) over leading batch axes.
internal struct MatrixProduct: Primitive {
  let transposeA: Bool
  let transposeB: Bool

  var saves: SavedTensors { [.input0, .input1] }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    let a = node.input(0), b = node.input(1)
    if sink.needs(0) {
      let da =
        transposeA
        ? matmul(b, dy, transposingLeft: transposeB, transposingRight: true)
        : matmul(dy, b, transposingRight: !transposeB)
      sink.add(0, da)
    }
    if sink.needs(1) {
      let db =
        transposeB
        ? matmul(dy, a, transposingLeft: true, transposingRight: transposeA)
        : matmul(a, dy, transposingLeft: !transposeA)
      sink.add(1, db)
    }
  }
}

/// Matrix product of the last two axes, [..., m, k] times [..., k, n], either operand transposed first when asked.
/// Leading axes agree; a right operand of two axes serves every product of a left one with more.
public func matmul(
  _ a: Tensor, _ b: Tensor, transposingLeft: Bool = false, transposingRight: Bool = false,
  file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  guard a.rank >= 2, b.rank >= 2, a.dtype == b.dtype else {
    trap("matmul: lhs \(a.shape) \(a.dtype) and rhs \(b.shape) \(b.dtype) must be matrices of one type", file, line)
  }
  let m = a.shape[transposingLeft ? -1 : -2], k = a.shape[transposingLeft ? -2 : -1]
  let n = b.shape[transposingRight ? -2 : -1], depth = b.shape[transposingRight ? -1 : -2]
  guard k == depth else {
    trap(
      "matmul: lhs \(a.shape)\(transposingLeft ? " transposed" : "") and rhs \(b.shape)"
        + "\(transposingRight ? " transposed" : "") disagree: \(k) columns against \(depth) rows", file, line)
  }
  if a.rank > 2, b.rank == 2 {
    // One tall product instead of many that share B.
    let left = transposingLeft ? a.transposed() : a
    let rows = (0..<a.rank - 2).reduce(m) { $0 * a.shape[$1] }
    let flat = matmul(left.reshaped([rows, k] as Shape), b, transposingRight: transposingRight)
    return flat.reshaped(Shape(a.shape.dropLast(2).map { $0 } + [m, n]))
  }
  guard a.rank == b.rank, (0..<a.rank - 2).allSatisfy({ a.shape[$0] == b.shape[$0] }) else {
    trap("matmul: leading axes of lhs \(a.shape) and rhs \(b.shape) disagree", file, line)
  }
  var shape = a.shape
  shape[-2] = m
  shape[-1] = n
  let batch = (0..<a.rank - 2).reduce(1) { $0 * a.shape[$1] }
  let c = Bridge.gemm(a, transposingLeft, b, transposingRight, m: m, n: n, k: k, batch: batch, shape: shape)
  return recorded(MatrixProduct(transposeA: transposingLeft, transposeB: transposingRight), c, a, b)
}
