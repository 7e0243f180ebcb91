import SparseKit
import TensorKit

/// What a propagation matrix P (N x N) does to the size of signals: the numbers behind topology-aware initialisations.
///
/// Source: arXiv 2210.08122 (released code) for `rowSum`; our derivation for the two gains. For zero-mean weights of
/// variance v the energy of a layer's output is v D_out ||P H||^2, which lies between the uncorrelated and the aligned
/// value; features of deep layers are aligned.
public struct PropagationStatistics: Sendable, Equatable {
  /// 1' P 1 / N.
  public let rowSum: Double
  /// ||P 1||^2 / N: the energy gain of a signal that is equal at all nodes.
  public let alignedGain: Double
  /// ||P||_F^2 / N: the energy gain of a signal that is uncorrelated between nodes.
  public let uncorrelatedGain: Double

  /// Traps when the matrix is transposed.
  public init(_ propagation: SparseMatrix, file: StaticString = #fileID, line: UInt = #line) {
    let exact = propagation.converted(to: .float64)
    let ones = Tensor.ones([propagation.columns, 1], dtype: .float64)
    let nodes = Double(propagation.rows)
    let sums = spmm(exact, ones)
    rowSum = sums.sum().item() / nodes
    alignedGain = sums.squared().sum().item() / nodes
    uncorrelatedGain = spmm(exact.squaredElements(file, line), ones).sum().item() / nodes
  }

  /// Energy gain of the first propagation for features X under inverted dropout at `rate`:
  /// (||P X||^2 + q sum_ij P_ij^2 ||x_j||^2) / ||X||^2 with q = rate / (1 - rate). Traps when a matrix is transposed.
  public static func inputGain(
    _ propagation: SparseMatrix, _ features: NodeFeatures, dropout rate: Double = 0, file: StaticString = #fileID,
    line: UInt = #line
  ) -> Double {
    let exact = propagation.converted(to: .float64)
    let energies: Tensor  // ||x_j||^2, [N, 1]
    var propagated = 0.0
    switch features.converted(to: .float64) {
    case .dense(let x):
      energies = x.squared().sum(axes: [1], keepingAxes: true)
      for start in stride(from: 0, to: features.width, by: 256) {  // in blocks: P X as a whole may not fit beside X
        let block = x.sliced(axis: 1, start..<min(start + 256, features.width))
        propagated += spmm(exact, block).squared().sum().item()
      }
    case .sparse(let x):
      let ones = Tensor.ones([x.columns, 1], dtype: .float64)
      energies = spmm(x.squaredElements(file, line), ones)
      propagated = exact.squaredNorm(ofProductWith: x)
    }
    let spread = spmm(exact.squaredElements(file, line), energies).sum().item()
    return (propagated + rate / (1 - rate) * spread) / energies.sum().item()
  }
}

extension SparseMatrix {
  /// The matrix of squared elements.
  fileprivate func squaredElements(_ file: StaticString, _ line: UInt) -> SparseMatrix {
    if isTransposed { trap("PropagationStatistics: a matrix is transposed, expected one that is not", file, line) }
    return SparseMatrix(
      pattern, values: values?.squared(), rowScale: rowScale?.squared(), columnScale: columnScale?.squared())
  }

  /// ||A X||^2 of two matrices of doubles that are not transposed, row by row: as many steps as entries meet, and room
  /// for one row.
  fileprivate func squaredNorm(ofProductWith x: SparseMatrix) -> Double {
    let starts = pattern.rowPointers.map(Int.init), neighbours = pattern.columnIndices.map(Int.init)
    let featureStarts = x.pattern.rowPointers.map(Int.init), features = x.pattern.columnIndices.map(Int.init)
    let weights = elements, values = x.elements
    var row = [Double](repeating: 0, count: x.columns), total = 0.0
    for node in 0..<rows {
      for edge in starts[node]..<starts[node + 1] {
        let weight = weights[edge], neighbour = neighbours[edge]
        for entry in featureStarts[neighbour]..<featureStarts[neighbour + 1] {
          row[features[entry]] += weight * values[entry]
        }
      }
      for edge in starts[node]..<starts[node + 1] {
        let neighbour = neighbours[edge]
        for entry in featureStarts[neighbour]..<featureStarts[neighbour + 1] {
          total += row[features[entry]] * row[features[entry]]
          row[features[entry]] = 0  // a feature that several neighbours share counts once
        }
      }
    }
    return total
  }

  /// The matrix's entries in the order of its pattern, scales included.
  private var elements: [Double] {
    var elements = values?.array(of: Double.self) ?? Array(repeating: 1, count: pattern.entryCount)
    let starts = pattern.rowPointers, columns = pattern.columnIndices
    let rowFactors = rowScale?.array(of: Double.self), columnFactors = columnScale?.array(of: Double.self)
    for row in 0..<rows {
      for entry in Int(starts[row])..<Int(starts[row + 1]) {
        elements[entry] *= (rowFactors?[row] ?? 1) * (columnFactors?[Int(columns[entry])] ?? 1)
      }
    }
    return elements
  }
}
