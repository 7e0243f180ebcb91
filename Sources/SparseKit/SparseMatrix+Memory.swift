import TensorKit

extension SparseMatrix {
  /// Y = A X in the caller's memory, with the bits of `spmm` at this width: X is columns x width, Y is rows x width. The factors of A
  /// are of float32.
  package func multiply(
    _ x: UnsafeMutableBufferPointer<Float>, into y: UnsafeMutableBufferPointer<Float>, width: Int
  ) {
    precondition(x.count >= columns * width && y.count >= rows * width)
    guard let x = x.baseAddress, let y = y.baseAddress else { return }
    Bridge.spmm(self, x, into: y, width: width)
  }

  /// Makes what products with this matrix read besides its factors: the transposed pattern where they need it.
  package func prepare() { _ = view }

  /// Bytes of the arrays behind products with this matrix, of its transposed pattern too where they need it.
  package var productBytes: Int {
    let entries = pattern.entryCount
    var bytes = 8 * (pattern.rows + 1) + 4 * entries
    if isTransposed, !pattern.isSymmetric || values != nil {
      bytes += 8 * (pattern.columns + 1) + (values == nil ? 4 : 8) * entries
    }
    for factor in [values, rowScale, columnScale] { bytes += (factor?.count ?? 0) * (factor?.dtype.stride ?? 0) }
    return bytes
  }
}
