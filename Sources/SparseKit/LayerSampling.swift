import CKernels.Sparse
import TensorKit

/// How the columns (nodes) of one layer's propagation matrix P are drawn.
public enum LayerSampling: Sendable {
  /// FastGCN (Chen, Ma and Xiao 2018): importance q_j proportional to the sum of P_rj^2 over all rows r. The sampled
  /// matrix is an unbiased estimate of P.
  case fastGCN
  /// LADIES (Zou et al. 2019): importance from the rows `above` alone, the nodes that the layer above reads; other rows
  /// become empty, and the rows are divided by their sums, which makes the estimate one of the row-normalised P.
  case ladies(above: [Int32])
}

/// One layer's propagation on drawn nodes.
public struct SampledLayer: Sendable {
  /// P with the drawn columns only, rescaled; same shape.
  public let propagation: SparseMatrix
  /// The drawn nodes in ascending order.
  public let nodes: [Int32]
}

extension SparseMatrix {
  /// For each column j the sum of the squared elements P_rj^2 over the rows r that `rows` names (all when nil), in
  /// float64, [columns].
  public func columnImportance(
    rows chosen: [Int32]? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    var flags = [Double](repeating: chosen == nil ? 1 : 0, count: rows)
    for row in chosen ?? [] {
      guard row >= 0, Int(row) < rows else {
        trap("columnImportance: row \(row) is outside of 0..<\(rows)", file, line)
      }
      flags[Int(row)] = 1
    }
    let exact = converted(to: .float64)
    let squares = SparseMatrix(
      pattern: pattern, values: exact.values?.squared(), rowScale: exact.rowScale?.squared(),
      columnScale: exact.columnScale?.squared(), isTransposed: isTransposed)
    return withoutRecording { spmm(squares.transposed, Tensor(flags, shape: [rows, 1])).reshaped([columns]) }
  }

  /// The matrix with `count` of its columns, drawn without replacement by importance (all columns of non-zero
  /// importance when there are no more than that).
  ///
  /// The papers draw with replacement and divide a drawn column by count * q_j. Here a column is drawn once at most, by
  /// priorities q_j / u_j with uniform u_j: the `count` largest stay, and a column is divided by min(1, q_j / t), t
  /// being the largest priority left out, which is exactly unbiased (Duffield, Lund and Thorup 2007) and tends to the
  /// papers' factor when count * q_j is small. Traps when the matrix is transposed or `count` is not positive.
  public func samplingColumns(
    _ count: Int, _ method: LayerSampling, using generator: RandomGenerator, file: StaticString = #fileID,
    line: UInt = #line
  ) -> SampledLayer {
    guard !isTransposed, count > 0 else {
      trap("samplingColumns: the matrix is transposed or count \(count) is not positive", file, line)
    }
    var above: [Int32]?
    if case .ladies(let rows) = method { above = rows }
    let importance = columnImportance(rows: above, file: file, line: line).array(of: Double.self)
    let uniform = generator.uniform([columns], dtype: .float64).array(of: Double.self)
    let priority = zip(importance, uniform).map { $0 / (1 - $1) }  // 1 - u lies in (0, 1]
    let ranked = priority.indices.filter { priority[$0] > 0 }.sorted {
      priority[$0] > priority[$1] || (priority[$0] == priority[$1] && $0 < $1)
    }
    let nodes = ranked.prefix(count).sorted(), threshold = ranked.count > count ? priority[ranked[count]] : 0

    var columnFlags = [UInt8](repeating: 0, count: columns), factor = [Double](repeating: 0, count: columns)
    for node in nodes {
      columnFlags[node] = 1
      factor[node] = max(1, threshold / importance[node])
    }
    var rowFlags = [UInt8](repeating: above == nil ? 1 : 0, count: rows)
    for row in above ?? [] { rowFlags[Int(row)] = 1 }
    let keepColumn = Tensor(columnFlags), keepRow = Tensor(rowFlags)
    let (kept, order) = withExtendedLifetime((keepColumn, keepRow)) {
      Bridge.filter(
        pattern, ck_csr_filter(keepRow: keepRow, keepColumn: keepColumn), isSymmetric: false,
        withOrder: values != nil)
    }
    let dtype = values?.dtype ?? rowScale?.dtype ?? columnScale?.dtype ?? .float32
    let scale = Tensor(factor).converted(to: dtype)
    var sampled = SparseMatrix(
      kept, values: order.map { values!.gathered($0.tensor) }, rowScale: rowScale,
      columnScale: columnScale.map { $0 * scale } ?? scale)
    if above != nil { sampled = sampled.dividingRowsBySums(dtype: dtype) }
    return SampledLayer(propagation: sampled, nodes: nodes.map { Int32($0) })
  }

  /// Each row divided by the sum of its elements; rows that sum to 0 become 0.
  private func dividingRowsBySums(dtype: DType) -> SparseMatrix {
    let sums = withoutRecording { spmm(self, .ones([columns, 1], dtype: dtype)).reshaped([rows]) }
    let isZero = sums.equal(.zeros([rows], dtype: dtype))
    let share = (1 - isZero) / (sums + isZero)
    return SparseMatrix(
      pattern, values: values, rowScale: rowScale.map { $0 * share } ?? share, columnScale: columnScale)
  }
}
