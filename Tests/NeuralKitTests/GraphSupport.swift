import SparseKit
import TensorKit

@testable import NeuralKit

/// A small graph with a cycle, a leaf and an isolated node.
enum SmallGraph {
  static let nodes = 6

  static let graph: Graph = {
    do {
      return try Graph(nodeCount: nodes, sources: [0, 1, 2, 0, 3], targets: [1, 2, 0, 3, 4])
    } catch { fatalError("\(error)") }
  }()

  /// Edges that lead one way only.
  static let directed: Graph = {
    do {
      return try Graph(nodeCount: nodes, sources: [0, 1, 2, 0, 3], targets: [1, 2, 0, 3, 4], isUndirected: false)
    } catch { fatalError("\(error)") }
  }()

  static func features(_ width: Int, seed: UInt64 = 11, dtype: DType = .float32) -> Tensor {
    RandomGenerator(seed: seed).normal([nodes, width], dtype: dtype)
  }

  /// The same as a sparse matrix with every second entry.
  static func sparseFeatures(_ width: Int, dtype: DType = .float32) throws -> SparseMatrix {
    var rows: [Int32] = [], columns: [Int32] = []
    for row in 0..<nodes {
      for column in 0..<width where (row + column) % 2 == 0 {
        rows.append(Int32(row))
        columns.append(Int32(column))
      }
    }
    let pattern = try SparsePattern(rows: nodes, columns: width, rowIndices: rows, columnIndices: columns)
    return SparseMatrix(pattern, values: RandomGenerator(seed: 5).uniform([rows.count], dtype: dtype))
  }
}

extension Tensor {
  var bits: [UInt32] { array(of: Float.self).map(\.bitPattern) }
}

extension Module {
  /// The module's function of dense features, whatever kind it is.
  func applied(to x: Tensor, _ graph: GraphOperators) -> Tensor {
    switch self {
    case let layer as GraphLayer: layer(.dense(x), graph)
    case let model as GraphModel: model(.dense(x), graph)
    case let layer as InitialResidualConvolution: layer(x.tanh(), initial: x, graph)
    case let layer as Layer: layer(x)
    default: fatalError("\(type(of: self)) is no function of features")
    }
  }
}

/// Runs `body` and collects what `model` announces under `name`, by index.
func announcements(_ name: String, of model: Module, _ body: () -> Tensor) -> [Int: Tensor] {
  var result: [Int: Tensor] = [:]
  _ = model.observing({ if $0.name == name { result[$0.index] = $0.tensor } }, body)
  return result
}
