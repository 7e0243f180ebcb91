import Foundation
import TensorKit

/// Mean average distance of rows [n, width]: the mean cosine distance over all pairs of rows, with g_i the unit rows
/// (n^2 - |sum_i g_i|^2) / (n (n - 1)) (the global form of Chen et al. 2020, arXiv 1909.03211). 0 when all rows point
/// one way, 1 when they are orthogonal.
///
/// Rows of zeros have no direction and are left out; NaN when fewer than two rows are left.
public func meanAverageDistance(_ rows: Tensor) -> Double {
  withoutRecording {
    let x = rows.converted(to: .float64)
    // Scaled first: the squares of what a deep network leaves of a signal may be 0.
    let largest = x.abs().max(axes: [1], keepingAxes: true)
    let directed = Tensor.zeros(largest.shape, dtype: .float64).less(largest)
    let scaled = x / (largest + (1 - directed))
    let norms = scaled.squared().sum(axes: [1], keepingAxes: true).sqrt() + (1 - directed)
    let count = directed.sum().item()
    guard count > 1 else { return .nan }
    let mean = (scaled / norms).sum(axes: [0]) / count
    return max(0, 1 - mean.squared().sum().item()) * count / (count - 1)
  }
}

/// Effective rank of a matrix [n, width]: exp of the entropy of its singular values divided by their sum (Roy and
/// Vetterli 2007). Between 1 and the rank; 0 for a matrix of zeros, NaN for one that is not finite.
///
/// Singular values come from the smaller Gram matrix in double, so those below 1e-8 of the largest are lost.
public func effectiveRank(_ matrix: Tensor) -> Double {
  withoutRecording {
    guard matrix.firstNonFinite == nil else { return .nan }
    let x = matrix.converted(to: .float64)
    let largest = x.abs().max(axes: [0, 1]).item()
    guard largest > 0 else { return 0 }
    let scaled = x / largest
    let isWide = x.shape[1] > x.shape[0]
    let gram = matmul(scaled, scaled, transposingLeft: !isWide, transposingRight: isWide)
    let values = symmetricEigenvalues(gram.array(of: Double.self), order: gram.shape[0])
    let singular = values.map { max(0, $0).squareRoot() }
    let sum = singular.reduce(0, +)
    return Foundation.exp(singular.reduce(0) { $1 > 0 ? $0 - $1 / sum * Foundation.log($1 / sum) : $0 })
  }
}
