import CKernels.Dense
import CKernels.Sparse
import TensorKit

/// A sparse matrix: a pattern with weights that are a product of optional factors, one value an entry, one scale a row,
/// one scale a column.
///
/// Normalised adjacencies are scales over an unweighted pattern, so products read no value array. Transposing copies
/// nothing: the pattern's transpose is built once and the values are read through its order.
public struct SparseMatrix: Sendable {
  /// The pattern as it was given; `rows` and `columns` are those of the matrix, which may be its transpose.
  public let pattern: SparsePattern
  /// One value for each entry of `pattern`, [entryCount]; ones when nil.
  public let values: Tensor?
  /// One factor for each row of the matrix.
  public let rowScale: Tensor?
  /// One factor for each column of the matrix.
  public let columnScale: Tensor?
  public let isTransposed: Bool

  internal init(pattern: SparsePattern, values: Tensor?, rowScale: Tensor?, columnScale: Tensor?, isTransposed: Bool) {
    self.pattern = pattern
    self.values = values
    self.rowScale = rowScale
    self.columnScale = columnScale
    self.isTransposed = isTransposed
  }

  /// - Parameters:
  ///   - values: [pattern.entryCount], in the order of the pattern's entries.
  ///   - rowScale: [pattern.rows].
  ///   - columnScale: [pattern.columns].
  public init(
    _ pattern: SparsePattern, values: Tensor? = nil, rowScale: Tensor? = nil, columnScale: Tensor? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) {
    guard values == nil || values!.shape == [pattern.entryCount], rowScale == nil || rowScale!.shape == [pattern.rows],
      columnScale == nil || columnScale!.shape == [pattern.columns]
    else {
      trap(
        "SparseMatrix: pattern \(pattern.rows) x \(pattern.columns) with \(pattern.entryCount) entries does not take "
          + "values \(values?.shape.description ?? "nil"), rowScale \(rowScale?.shape.description ?? "nil"), "
          + "columnScale \(columnScale?.shape.description ?? "nil")", file, line)
    }
    self.init(pattern: pattern, values: values, rowScale: rowScale, columnScale: columnScale, isTransposed: false)
  }

  public var rows: Int { isTransposed ? pattern.columns : pattern.rows }
  public var columns: Int { isTransposed ? pattern.rows : pattern.columns }

  public var transposed: SparseMatrix {
    SparseMatrix(
      pattern: pattern, values: values, rowScale: columnScale, columnScale: rowScale, isTransposed: !isTransposed)
  }

  /// The same pattern and scales with other values (nil for ones).
  public func withValues(_ values: Tensor?) -> SparseMatrix {
    SparseMatrix(
      pattern: pattern, values: values, rowScale: rowScale, columnScale: columnScale, isTransposed: isTransposed)
  }

  /// The same matrix with factors in another floating-point type.
  public func converted(to dtype: DType) -> SparseMatrix {
    SparseMatrix(
      pattern: pattern, values: values?.converted(to: dtype), rowScale: rowScale?.converted(to: dtype),
      columnScale: columnScale?.converted(to: dtype), isTransposed: isTransposed)
  }

  /// Each row divided by the sum of the magnitudes of its values; rows that sum to 0 stay. The result keeps the values
  /// and gets a row scale. Traps when the matrix is transposed or has scales.
  public func rowNormalized(file: StaticString = #fileID, line: UInt = #line) -> SparseMatrix {
    guard !isTransposed, rowScale == nil, columnScale == nil else {
      trap("rowNormalized: the matrix is transposed or has scales already", file, line)
    }
    guard values?.isDifferentiable != true else {
      trap("rowNormalized: the values are differentiable, but scales are constants; detach them first", file, line)
    }
    let magnitudes = values?.abs()
    let dtype = values?.dtype ?? .float32
    let scale = Bridge.degreeScale(pattern, values: magnitudes, exponent: -1, dtype: dtype)
    return SparseMatrix(pattern, values: values, rowScale: scale)
  }

  /// Inverted dropout over the entries. Those of a matrix without values leave the pattern, so that they cost nothing,
  /// and the row scale grows; values stay and become 0.
  /// - Parameter dtype: of the row scale of a matrix that has none.
  public func dropout(
    _ rate: Double, using generator: RandomGenerator, dtype: DType = .float32, file: StaticString = #fileID,
    line: UInt = #line
  ) -> SparseMatrix {
    if let values { return withValues(values.dropout(rate, using: generator, file: file, line: line)) }
    guard rate >= 0, rate < 1 else { trap("dropout: rate \(rate) is outside of [0, 1)", file, line) }
    if rate == 0 { return self }
    requireConstantScales("dropout", file, line)
    let scale = (rowScale ?? .ones([rows], dtype: dtype)) * ck_dense_dropout_scale(rate)
    return SparseMatrix(
      pattern: pattern.dropping(rate, generator.next()), values: nil, rowScale: scale, columnScale: columnScale,
      isTransposed: isTransposed)
  }

  /// Scales are constants of every product: a differentiable one would lose its gradient without a word.
  internal func requireConstantScales(_ operation: StaticString, _ file: StaticString, _ line: UInt) {
    if rowScale?.isDifferentiable == true || columnScale?.isDifferentiable == true {
      trap("\(operation): the scales of A are constants, but one is differentiable; detach it", file, line)
    }
  }

  /// What the kernels walk: the pattern, or its transpose with the way back to the values.
  internal var view: PatternView {
    guard isTransposed else { return PatternView(pattern: pattern, order: nil) }
    if pattern.isSymmetric, values == nil { return PatternView(pattern: pattern, order: nil) }
    if values == nil { return PatternView(pattern: pattern.transposedPattern, order: nil) }
    return PatternView(pattern: pattern.transposed())
  }

  /// All elements, row-major; for tests and small matrices.
  public func dense(dtype: DType = .float32) -> Tensor {
    spmm(self.converted(to: dtype), .identity(columns, dtype: dtype))
  }
}
