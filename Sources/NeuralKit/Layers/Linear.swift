import SparseKit
import TensorKit

/// y = x W^T + b for x [..., inputs] of at least two axes.
///
/// The weight is stored as [outputs, inputs], as PyTorch does. Defaults start both from PyTorch's uniform +- 1 /
/// sqrt(inputs); for Glorot weights and zero biases pass `.glorot` and `.zeros`.
public final class Linear: Layer {
  /// [outputs, inputs].
  @Parameter public var weight: Tensor
  /// [outputs], or nil.
  @Parameter public var bias: Tensor?

  /// Draws float32 weights, then the bias.
  public init(
    _ inputs: Int, _ outputs: Int, hasBias: Bool = true, weights: Initializer = .fanIn, biases: Initializer = .fanIn,
    using generator: RandomGenerator
  ) {
    weight = weights([outputs, inputs], fanIn: inputs, fanOut: outputs, using: generator)
    _bias = Parameter(
      wrappedValue: hasBias ? biases([outputs], fanIn: inputs, fanOut: outputs, using: generator) : nil)
  }

  public override var details: String { "\(weight.shape[1]) -> \(weight.shape[0])" }

  public override func callAsFunction(_ x: Tensor) -> Tensor {
    let y = matmul(x, weight, transposingRight: true)
    return bias.map { y + $0 } ?? y
  }

  /// The map of matrices side by side, [rows, widths that add up to inputs], as the sum of each one's product with its
  /// part of the weight: nothing is put together, and the products are small enough for the caches.
  public func callAsFunction(
    sideBySide parts: [Tensor], file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    guard !parts.isEmpty, parts.reduce(0, { $0 + $1.shape[-1] }) == weight.shape[1] else {
      trap("Linear: parts \(parts.map(\.shape)) side by side are no input of width \(weight.shape[1])", file, line)
    }
    let columns = weight.transposed()
    var start = 0
    let products = parts.map { part in
      defer { start += part.shape[1] }
      return matmul(part, columns.sliced(start..<start + part.shape[1]), file: file, line: line)
    }
    let sum = products.dropFirst().reduce(products[0], +)
    return bias.map { sum + $0 } ?? sum
  }

  /// The same for a graph's features, sparse ones in one pass over their entries.
  public func callAsFunction(_ x: NodeFeatures) -> Tensor {
    switch x {
    case .sparse(let x): spmm(x, weight.transposed(), bias: bias)
    case .dense(let x): self(x)
    }
  }
}

/// A table of `count` vectors: int32 ids [...] become rows [..., width]. Starts from a standard normal.
public final class Embedding: Layer {
  /// [count, width].
  @Parameter public var weight: Tensor

  /// Draws a float32 table.
  public init(
    _ count: Int, _ width: Int, weights: Initializer = .normal(), using generator: RandomGenerator
  ) { weight = weights([count, width], fanIn: count, fanOut: width, using: generator) }

  public override var details: String { "\(weight.shape[0]) x \(weight.shape[1])" }

  public override func callAsFunction(_ ids: Tensor) -> Tensor {
    let rows = weight.gathered(ids.reshaped([ids.count] as Shape))
    return rows.reshaped(Shape(ids.shape.map { $0 } + [weight.shape[1]]))
  }
}
