import CKernels.Sparse
import TensorKit

/// y[r, c] = max over the entries (r, j) of a pattern of x[j, c].
public func spmmMaximum(
  _ pattern: SparsePattern, _ x: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  guard x.rank == 2, x.shape[0] == pattern.columns else {
    trap(
      "spmmMaximum: the pattern is \(pattern.rows) x \(pattern.columns), X has shape \(x.shape), expected "
        + "[\(pattern.columns), width]", file, line)
  }
  return x.gathered(pattern.columnTensor).segmentMaximum(pattern)
}
