import CKernels.Sparse
import TensorKit

/// How the columns (nodes) of one layer's propagation matrix P are drawn.
public enum LayerSampling: Sendable {
  /// FastGCN (Chen, Ma and Xiao 2018): importance q_j proportional to the sum of P_rj^2 over all rows r. The sampled
  /// matrix is an unbiased estimate of P.
  case fastGCN
  /// LADIES (Zou et al. 2019): importance from the rows `above` alone, the nodes that the layer above reads; other rows
  /// become empty, and each row that is left is scaled to the sum that it has in P. (The paper scales to 1, the sum in
  /// its row-normalised P.) So the sampled matrix estimates P itself, with less variance and a bias that vanishes as
  /// more columns are drawn.
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
  /// For each column j the sum of the squared elements P_rj^2 over the rows r that `rows` names (all when nil).
  package func columnImportance(
    rows chosen: [Int32]? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> [Double] {
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
    return withoutRecording { spmm(squares.transposed, Tensor(flags, shape: [rows, 1])).array(of: Double.self) }
  }

  /// The matrix with `count` of its columns, drawn without replacement by importance (all columns of non-zero
  /// importance when there are no more than that).
  ///
  /// The papers draw with replacement and divide a drawn column by count * q_j. Here a column is drawn once at most, by
  /// priorities q_j / u_j with uniform u_j: the `count` largest stay, and a column is divided by min(1, q_j / t), t
  /// being the largest priority left out, which is exactly unbiased (Duffield, Lund and Thorup 2007) and tends to the
  /// papers' factor when count * q_j is small. Traps when the matrix is transposed, `count` is not positive, or a
  /// LADIES row scale would hide that values are differentiable.
  public func samplingColumns(
    _ count: Int, _ method: LayerSampling, using generator: RandomGenerator, file: StaticString = #fileID,
    line: UInt = #line
  ) -> SampledLayer {
    samplingColumns(count, method, importance: nil, using: generator, file: file, line: line)
  }

  /// `importance`: the columns' over the method's rows, where the caller knows it.
  package func samplingColumns(
    _ count: Int, _ method: LayerSampling, importance known: [Double]?, using generator: RandomGenerator,
    file: StaticString = #fileID, line: UInt = #line
  ) -> SampledLayer {
    guard !isTransposed else { trap("samplingColumns: the matrix is transposed", file, line) }
    guard count > 0 else { trap("samplingColumns: count \(count) is not positive", file, line) }
    var above: [Int32]?
    if case .ladies(let rows) = method { above = rows }
    guard above == nil || values?.isDifferentiable != true else {
      trap(
        "samplingColumns: the values are differentiable, but LADIES scales rows by constants; detach them first", file,
        line)
    }
    let importance = known ?? columnImportance(rows: above, file: file, line: line)
    let uniform = generator.uniform([columns], dtype: .float64).array(of: Double.self)
    let priority = zip(importance, uniform).map { $0 / (1 - $1) }  // 1 - u lies in (0, 1]
    let candidates = priority.indices.filter { priority[$0] > 0 }
    var nodes = candidates, threshold = 0.0
    if candidates.count > count {
      var ranked = candidates.map { priority[$0] }
      threshold = ranked.selectDescending(count)
      nodes = candidates.filter { priority[$0] > threshold }
    }

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
    if above != nil { sampled = sampled.withRowSums(of: self, dtype: dtype) }
    return SampledLayer(propagation: sampled, nodes: nodes.map { Int32($0) })
  }

  /// Each row scaled to the sum that it has in another matrix; rows that sum to 0 become 0.
  private func withRowSums(of other: SparseMatrix, dtype: DType) -> SparseMatrix {
    let share = withoutRecording {
      let ones = Tensor.ones([columns, 1], dtype: dtype)
      let sums = spmm(self, ones).reshaped([rows]), wanted = spmm(other, ones).reshaped([rows])
      let isZero = sums.equal(.zeros([rows], dtype: dtype))
      return wanted * (1 - isZero) / (sums + isZero)
    }
    return SparseMatrix(
      pattern, values: values, rowScale: rowScale.map { $0 * share } ?? share, columnScale: columnScale)
  }
}

extension [Double] {
  /// The element at place `rank` of the array in descending order, which has no NaN; moves elements about (Hoare's
  /// selection).
  fileprivate mutating func selectDescending(_ rank: Int) -> Double {
    var low = 0, high = count - 1
    while low < high {
      let pivot = self[(low + high) / 2]
      var i = low, j = high
      while i <= j {
        while self[i] > pivot { i += 1 }
        while self[j] < pivot { j -= 1 }
        if i > j { break }
        swapAt(i, j)
        i += 1
        j -= 1
      }
      if rank <= j {
        high = j
      } else if rank >= i {
        low = i
      } else {
        break
      }
    }
    return self[rank]
  }
}
