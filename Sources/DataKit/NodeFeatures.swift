import FileKit
import SparseKit
import TensorKit

/// What is known of each node: a sparse matrix (a bag of words) or a dense one, [rows, width].
public enum NodeFeatures: Sendable {
  /// Unscaled and untransposed; without values, every entry is 1.
  case sparse(SparseMatrix)
  /// A floating-point tensor of rank 2.
  case dense(Tensor)

  /// Number of nodes.
  public var rows: Int {
    switch self {
    case .sparse(let matrix): matrix.rows
    case .dense(let tensor): tensor.shape[0]
    }
  }

  /// Number of features of a node.
  public var width: Int {
    switch self {
    case .sparse(let matrix): matrix.columns
    case .dense(let tensor): tensor.shape[1]
    }
  }

  /// Number of stored values.
  public var entryCount: Int {
    switch self {
    case .sparse(let matrix): matrix.pattern.entryCount
    case .dense(let tensor): tensor.count
    }
  }

  /// Each row divided by the sum of its magnitudes, as GCNs are fed; rows of zeros stay. A sparse matrix gets a row
  /// scale and keeps its values.
  public func rowNormalized() -> NodeFeatures {
    switch self {
    case .sparse(let matrix):
      let starts = matrix.pattern.rowPointers
      let values = matrix.values?.array(of: Double.self)
      let scales = (0..<matrix.rows).map { row in
        let range = Int(starts[row])..<Int(starts[row + 1])
        return inverse(values.map { $0[range].reduce(0) { $0 + abs($1) } } ?? Double(range.count))
      }
      let dtype = matrix.values?.dtype ?? .float32
      return .sparse(
        SparseMatrix(
          matrix.pattern, values: matrix.values,
          rowScale: dtype == .float64 ? Tensor(scales) : Tensor(scales.map { Float($0) })))
    case .dense(let tensor):
      func normalized<Scalar: TensorScalar & BinaryFloatingPoint>(_: Scalar.Type) -> Tensor {
        var elements = tensor.array(of: Scalar.self)
        for row in 0..<rows {
          let range = row * width..<(row + 1) * width
          let scale = inverse(elements[range].reduce(0) { $0 + abs(Double($1)) })
          for place in range { elements[place] = Scalar(Double(elements[place]) * scale) }
        }
        return Tensor(elements, shape: tensor.shape)
      }
      return .dense(tensor.dtype == .float64 ? normalized(Double.self) : normalized(Float.self))
    }
  }

  private func inverse(_ sum: Double) -> Double { sum > 0 ? 1 / sum : 0 }

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
      guard let bad = values.firstNotFinite else { return nil }
      let row = matrix.pattern.rowPointers.firstIndex { $0 > bad.place }! - 1
      return notFinite(bad.value, row: row, column: Int(matrix.pattern.columnIndices[bad.place]))
    case .dense(let tensor):
      guard tensor.rank == 2 else { return "features have shape \(tensor.shape), expected [nodes, features]" }
      guard tensor.dtype.isFloatingPoint else { return wrongType(tensor.dtype) }
      guard width > 0 else { return noColumns }
      guard let bad = tensor.firstNotFinite else { return nil }
      return notFinite(bad.value, row: bad.place / width, column: bad.place % width)
    }
  }

  private var noColumns: String { "features have no columns, expected at least one" }
  private func wrongType(_ dtype: DType) -> String { "features hold \(dtype), expected a floating-point type" }
  private func notFinite(_ value: Double, row: Int, column: Int) -> String {
    "feature \(column) of node \(row) is \(value), expected a finite number"
  }
}

extension Tensor {
  fileprivate var firstNotFinite: (place: Int, value: Double)? {
    func find<Scalar: TensorScalar & BinaryFloatingPoint>(_: Scalar.Type) -> (Int, Double)? {
      withUnsafeElements(of: Scalar.self) { elements in
        elements.firstIndex { !$0.isFinite }.map { ($0, Double(elements[$0])) }
      }
    }
    return dtype == .float64 ? find(Double.self) : find(Float.self)
  }
}
