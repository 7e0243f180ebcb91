import CKernels.Sparse
import TensorKit

/// Y = dropout(act(A X + bias + scale R)): inputs X, the values of A, the bias and the residual R, in this order; the
/// last three where there are any.
internal final class SparseProduct: Primitive {
  /// A without its values, which are an input.
  let matrix: SparseMatrix
  let hasValues: Bool
  /// Factor of the residual, when there is one: the node then has four inputs.
  let residualScale: Double?
  /// Where X is a compact table; the node's first input is then empty.
  let table: CompactTable?
  /// Slope where Y is above 0 of a ReLU and the dropout after it; nil without a ReLU.
  let slope: Double?

  init(matrix: SparseMatrix, hasValues: Bool, table: CompactTable?, residualScale: Double?, slope: Double?) {
    self.matrix = matrix
    self.hasValues = hasValues
    self.table = table
    self.residualScale = residualScale
    self.slope = slope
  }

  var saves: SavedTensors {
    var saves: SavedTensors = hasValues ? [.input0, .input1] : []
    if slope != nil { saves.insert(.output) }
    return saves
  }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    guard let slope else { return propagate(node, dy, &sink) }
    let step = node.savedOutputValue().step()
    propagate(node, dy * (slope == 1 ? step : step * slope), &sink)
  }

  func fusedVJP(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    propagate(node, slope.map { dy.reluGradient(output: node.savedOutputValue(), slope: $0) } ?? dy, &sink)
  }

  /// `dz` is the gradient of what stands before the ReLU.
  private func propagate(_ node: Node, _ dz: Tensor, _ sink: inout GradientSink) {
    func input(_ index: Int) -> Tensor { residualScale == nil ? node.input(index) : node.variadicInput(index) }
    let values = hasValues ? input(1) : nil
    if sink.needs(0) { sink.add(0, spmm(matrix.withValues(values).transposed, dz)) }
    if hasValues, sink.needs(1) {
      sink.add(1, sampledProduct(matrix, dz, table?.widened(to: dz.dtype) ?? input(0)))
    }
    if sink.needs(2) { sink.add(2, dz.sum(axes: [0])) }
    if let residualScale, sink.needs(3) { sink.add(3, residualScale == 1 ? dz : dz * residualScale) }
  }
}

/// e[k] = <U[r], W[c]> times the scales of A at each entry k = (r, c): inputs U, W.
internal struct SampledProduct: Primitive {
  let matrix: SharedMatrix

  /// Keeps the primitive within three words.
  final class SharedMatrix {
    let value: SparseMatrix
    init(_ value: SparseMatrix) { self.value = value }
  }

  var saves: SavedTensors { [.input0, .input1] }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    let weighted = matrix.value.withValues(dy)
    if sink.needs(0) { sink.add(0, spmm(weighted, node.input(1))) }
    if sink.needs(1) { sink.add(1, spmm(weighted.transposed, node.input(0))) }
  }
}

/// Sparse times dense in one pass over A: dropout(act(A X + bias + residualScale residual)) for A [rows, columns],
/// X [columns, width], bias [width] and residual [rows, width]. Differentiable with respect to X, the values of A, the
/// bias and the residual; the scales of A and of the residual are constants.
///
/// The entries of a row are added in stored order for widths of nine and more, so that products of panels of columns
/// have the bits of the whole; narrower products may keep four sums.
///
/// The values and gradients are those of `Tensor.dropout` on the result, but after a ReLU the gradient is one pass over
/// the output instead of two with the mask made again.
public func spmm(
  _ a: SparseMatrix, _ x: Tensor, bias: Tensor? = nil, residual: Tensor? = nil, residualScale: Double = 1,
  relu: Bool = false, dropout: (rate: Double, generator: RandomGenerator)? = nil,
  file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  product(a, x, nil, bias, residual, residualScale, relu, dropout, file, line)
}

/// Sparse times dense as above for an X that is stored compactly: the same function of `table.tensor`, bit for bit,
/// that gathers half the bytes. Differentiable with respect to the values of A, the bias and the residual; the table
/// is constant. The result has the type of these and of A's scales, float32 without any.
public func spmm(
  _ a: SparseMatrix, _ table: CompactTable, bias: Tensor? = nil, residual: Tensor? = nil, residualScale: Double = 1,
  relu: Bool = false, dropout: (rate: Double, generator: RandomGenerator)? = nil,
  file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  let dtype = (a.values ?? a.rowScale ?? a.columnScale ?? bias ?? residual)?.dtype ?? .float32
  let absent = Tensor(uninitialized: [0], dtype)
  return product(a, absent, table, bias, residual, residualScale, relu, dropout, file, line)
}

/// The product with `table` where there is one, else with `x`.
private func product(
  _ a: SparseMatrix, _ x: Tensor, _ table: CompactTable?, _ bias: Tensor?, _ residual: Tensor?, _ residualScale: Double,
  _ relu: Bool, _ dropout: (rate: Double, generator: RandomGenerator)?, _ file: StaticString, _ line: UInt
) -> Tensor {
  let shape = table?.shape ?? x.shape
  guard shape.rank == 2, a.columns == shape[0], bias == nil || bias!.shape == [shape[1]],
    residual == nil || residual!.shape == [a.rows, shape[1]]
  else {
    trap(
      "spmm: A is \(a.rows) x \(a.columns), X has shape \(shape)\(bias.map { ", bias \($0.shape)" } ?? "")"
        + "\(residual.map { ", residual \($0.shape)" } ?? ""); expected X [\(a.columns), width]"
        + "\(bias == nil ? "" : ", bias [width]")\(residual == nil ? "" : ", residual [\(a.rows), width]")", file, line)
  }
  a.requireConstantScales("spmm", file, line)
  for factor in [a.values, a.rowScale, a.columnScale, bias, residual] {
    guard let factor, factor.dtype != x.dtype else { continue }
    trap(
      table == nil
        ? "spmm: X is \(x.dtype), but a factor of A, the bias or the residual is \(factor.dtype)"
        : "spmm: the factors of A, the bias and the residual are \(x.dtype) and \(factor.dtype), expected one type",
      file, line)
  }
  let y = Bridge.spmm(a, x, table, bias: bias, residual: residual, residualScale: residualScale, relu: relu)
  let slope = relu ? dropout.map { y.dropInPlace($0.rate, using: $0.generator, file, line) } ?? 1 : nil
  let primitive = SparseProduct(
    matrix: a.withValues(nil), hasValues: a.values != nil, table: table,
    residualScale: residual == nil ? nil : residualScale, slope: slope)
  let z: Tensor
  if let residual {
    // A detached tensor stands for an input that is not there.
    let absent = residual.detached()
    z = recorded(primitive, y, [x, a.values ?? absent, bias ?? absent, residual])
  } else {
    z = recorded(primitive, y, x, optional: a.values, optional: bias)
  }
  guard !relu, let dropout else { return z }
  return z.dropout(dropout.rate, using: dropout.generator, file: file, line: line)
}

/// For each entry (r, c) of A: the dot product of row r of U and row c of W, times A's scales, [entryCount]. It is the
/// gradient of `spmm` with respect to the values of A.
public func sampledProduct(
  _ a: SparseMatrix, _ u: Tensor, _ w: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  guard u.rank == 2, w.rank == 2, u.shape == [a.rows, u.shape[1]], w.shape == [a.columns, u.shape[1]],
    u.dtype == w.dtype
  else {
    trap("sampledProduct: A is \(a.rows) x \(a.columns), U has shape \(u.shape) and W \(w.shape)", file, line)
  }
  a.requireConstantScales("sampledProduct", file, line)
  // Entries are those of the pattern as it was given: for a transposed matrix U and W change places.
  let (left, right) = a.isTransposed ? (w, u) : (u, w)
  let (leftScale, rightScale) = a.isTransposed ? (a.columnScale, a.rowScale) : (a.rowScale, a.columnScale)
  let e = Bridge.sddmm(a.pattern, left, right, leftScale, rightScale)
  return recorded(SampledProduct(matrix: .init(a.withValues(nil))), e, u, w)
}
