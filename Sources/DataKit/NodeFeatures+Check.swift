import FileKit
import SparseKit
import TensorKit

extension NodeFeatures {
  /// The first fault that keeps a model from using the features, as a sentence.
  internal var fault: String? {
    switch self {
    case .sparse(let matrix):
      guard !matrix.isTransposed, matrix.rowScale == nil, matrix.columnScale == nil else {
        return "sparse features are transposed or scaled already, expected a plain matrix"
      }
      guard width > 0 else { return noColumns }
      guard let values = matrix.values else { return nil }
      guard values.dtype.isFloatingPoint else { return wrongType(values.dtype) }
      guard let place = values.firstNonFinite else { return nil }
      let row = matrix.pattern.rowPointers.firstIndex { $0 > place }! - 1
      return notFinite(values, place, row: row, column: Int(matrix.pattern.columnIndices[place]))
    case .dense(let tensor):
      guard tensor.rank == 2 else { return "features have shape \(tensor.shape), expected [nodes, features]" }
      guard tensor.dtype.isFloatingPoint else { return wrongType(tensor.dtype) }
      guard width > 0 else { return noColumns }
      guard let place = tensor.firstNonFinite else { return nil }
      return notFinite(tensor, place, row: place / width, column: place % width)
    }
  }

  private var noColumns: String { "features have no columns, expected at least one" }
  private func wrongType(_ dtype: DType) -> String { "features hold \(dtype), expected a floating-point type" }
  private func notFinite(_ values: Tensor, _ place: Int, row: Int, column: Int) -> String {
    "feature \(column) of node \(row) is \(values.array(of: Double.self)[place]), expected a finite number"
  }
}
