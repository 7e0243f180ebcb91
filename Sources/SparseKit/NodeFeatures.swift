import TensorKit

/// What is known of each node: a sparse matrix (a bag of words) or a dense one, [nodes, width].
public enum NodeFeatures: Sendable {
  case sparse(SparseMatrix)
  /// A floating-point tensor of two axes.
  case dense(Tensor)

  /// Number of nodes.
  public var rows: Int {
    switch self {
    case .sparse(let x): x.rows
    case .dense(let x): x.shape[0]
    }
  }

  /// Number of features of a node.
  public var width: Int {
    switch self {
    case .sparse(let x): x.columns
    case .dense(let x): x.shape[1]
    }
  }

  /// Number of stored values.
  public var entryCount: Int {
    switch self {
    case .sparse(let x): x.pattern.entryCount
    case .dense(let x): x.count
    }
  }

  /// Each row divided by the sum of its magnitudes, as GCNs are fed; rows of zeros stay. A sparse matrix gets a row
  /// scale and keeps its values.
  public func rowNormalized() -> NodeFeatures {
    switch self {
    case .sparse(let x): .sparse(x.rowNormalized())
    case .dense(let x): .dense(Self.rowNormalized(x))
    }
  }

  private static func rowNormalized(_ x: Tensor) -> Tensor {
    let sums = x.abs().sum(axes: [1], keepingAxes: true)
    return x / (sums + sums.equal(.zeros(sums.shape, dtype: sums.dtype)))  // a row of zeros is divided by 1
  }

  /// Inverted dropout over the elements; of a sparse matrix over its entries, the rest being 0 already.
  public func dropout(_ rate: Double, using generator: RandomGenerator) -> NodeFeatures {
    switch self {
    case .sparse(let x): .sparse(x.dropout(rate, using: generator))
    case .dense(let x): .dense(x.dropout(rate, using: generator))
    }
  }

  /// The product with a weight [width, outputs].
  public func times(_ weight: Tensor) -> Tensor {
    switch self {
    case .sparse(let x): spmm(x, weight)
    case .dense(let x): matmul(x, weight)
    }
  }

  /// All elements as a tensor [rows, width].
  public func dense(dtype: DType = .float32) -> Tensor {
    switch self {
    case .sparse(let x): x.dense(dtype: dtype)
    case .dense(let x): x.converted(to: dtype)
    }
  }

  /// The same features in another floating-point type.
  public func converted(to dtype: DType) -> NodeFeatures {
    switch self {
    case .sparse(let x): .sparse(x.converted(to: dtype))
    case .dense(let x): .dense(x.converted(to: dtype))
    }
  }
}
