import SparseKit
import TensorKit

/// What a propagation matrix P (N x N) does to the size of signals: the numbers behind topology-aware initialisations.
///
/// Source: arXiv 2210.08122 (released code) for `rowSum`; our derivation for the two gains. For zero-mean weights of
/// variance v the energy of a layer's output is v D_out ||P H||^2, which lies between the uncorrelated and the aligned
/// value; features of deep layers are aligned.
public struct PropagationStatistics: Sendable, Equatable {
  /// Number of nodes N.
  public let nodeCount: Int
  /// 1' P 1 / N.
  public let rowSum: Double
  /// ||P 1||^2 / N: the energy gain of a signal that is equal at all nodes.
  public let alignedGain: Double
  /// ||P||_F^2 / N: the energy gain of a signal that is uncorrelated between nodes.
  public let uncorrelatedGain: Double

  public init(_ propagation: SparseMatrix) {
    let exact = propagation.converted(to: .float64)
    let ones = Tensor.ones([propagation.columns, 1], dtype: .float64)
    let nodes = Double(propagation.rows)
    let sums = spmm(exact, ones)
    nodeCount = propagation.rows
    rowSum = sums.sum().item() / nodes
    alignedGain = sums.squared().sum().item() / nodes
    uncorrelatedGain = spmm(exact.squaredElements(), ones).sum().item() / nodes
  }

  /// Energy gain of the first propagation for features X under inverted dropout at `rate`:
  /// (||P X||^2 + q sum_ij P_ij^2 ||x_j||^2) / ||X||^2 with q = rate / (1 - rate).
  public static func inputGain(_ propagation: SparseMatrix, _ features: NodeFeatures, dropout rate: Double = 0)
    -> Double
  {
    let exact = propagation.converted(to: .float64)
    let spreading = exact.squaredElements()
    var propagated = 0.0, spread = 0.0, energy = 0.0
    for start in stride(from: 0, to: features.width, by: 256) {  // columns in blocks: X may be far too wide as a whole
      let x = features.columns(start..<min(start + 256, features.width), dtype: .float64)
      let energies = x.squared().sum(axes: [1], keepingAxes: true)
      propagated += spmm(exact, x).squared().sum().item()
      spread += spmm(spreading, energies).sum().item()
      energy += energies.sum().item()
    }
    return (propagated + rate / (1 - rate) * spread) / energy
  }
}

extension SparseMatrix {
  /// The matrix of squared elements.
  fileprivate func squaredElements() -> SparseMatrix {
    precondition(!isTransposed, "squaredElements: the matrix is transposed")
    return SparseMatrix(
      pattern, values: values?.squared(), rowScale: rowScale?.squared(), columnScale: columnScale?.squared())
  }
}
