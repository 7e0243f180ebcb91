import TensorKit

/// A way to draw starting weights. Fans are the numbers of inputs and outputs that one weight of a layer connects.
public struct Initializer: Sendable {
  private let draw: @Sendable (Shape, _ fanIn: Int, _ fanOut: Int, RandomGenerator) -> Tensor

  /// An initializer of your own; `draw` returns a float32 tensor of the shape.
  public init(_ draw: @escaping @Sendable (Shape, _ fanIn: Int, _ fanOut: Int, RandomGenerator) -> Tensor) {
    self.draw = draw
  }

  /// A float32 tensor of starting values.
  public func callAsFunction(_ shape: Shape, fanIn: Int, fanOut: Int, using generator: RandomGenerator) -> Tensor {
    draw(shape, fanIn, fanOut, generator)
  }

  /// A uniform draw within +- the bound; a bound of 0 (a layer without inputs) draws nothing.
  private static func uniform(_ bound: @escaping @Sendable (_ fanIn: Int, _ fanOut: Int) -> Double) -> Initializer {
    Initializer { shape, fanIn, fanOut, generator in
      let bound = bound(fanIn, fanOut)
      return bound > 0 ? generator.uniform(shape, in: -bound..<bound) : .zeros(shape)
    }
  }

  /// 0 everywhere.
  public static let zeros = constant(0)
  /// 1 everywhere.
  public static let ones = constant(1)
  /// One value everywhere.
  public static func constant(_ value: Double) -> Initializer { Initializer { shape, _, _, _ in .full(shape, value) } }
  /// Uniform in -bound..<bound.
  public static func uniform(_ bound: Double) -> Initializer { uniform { _, _ in bound } }
  /// Normal with mean 0.
  public static func normal(deviation: Double = 1) -> Initializer {
    Initializer { shape, _, _, generator in generator.normal(shape, deviation: deviation) }
  }
  /// Uniform within +- 1 / sqrt(fanIn): what PyTorch's linear layers start from, weights and biases alike.
  public static let fanIn = uniform { fanIn, _ in 1 / Double(max(fanIn, 1)).squareRoot() }
  /// Uniform within +- sqrt(6 / (fanIn + fanOut)) (Glorot and Bengio 2010).
  public static let glorot = uniform { fanIn, fanOut in (6 / Double(max(fanIn + fanOut, 1))).squareRoot() }
  /// Uniform within +- sqrt(6 / fanIn), which keeps the variance through a ReLU (He et al. 2015).
  public static let he = uniform { fanIn, _ in (6 / Double(max(fanIn, 1))).squareRoot() }

  /// Rows orthogonal to each other when there are no more of them than columns, otherwise columns, each of norm `gain`
  /// (Saxe et al. 2014): Gram-Schmidt on normal draws, in double.
  public static func orthogonal(gain: Double = 1) -> Initializer {
    Initializer { shape, _, _, generator in
      guard shape.rank == 2 else { trap("orthogonal: shape \(shape) is no matrix", #fileID, #line) }
      let count = min(shape[0], shape[1]), length = max(shape[0], shape[1])
      var rows = generator.normal([count, length], dtype: .float64).array(of: Double.self)
      rows.withUnsafeMutableBufferPointer { orthonormalize($0, count: count, length: length) }
      let vectors = Tensor(rows, shape: [count, length]).converted(to: .float32) * gain
      return shape[0] <= shape[1] ? vectors : vectors.transposed()
    }
  }

  /// Modified Gram-Schmidt over the rows of a matrix [count, length].
  private static func orthonormalize(_ rows: UnsafeMutableBufferPointer<Double>, count: Int, length: Int) {
    func dot(_ a: Int, _ b: Int) -> Double {
      var sums = SIMD8<Double>(repeating: 0), place = 0
      while place + 8 <= length {
        for lane in 0..<8 { sums[lane] += rows[a * length + place + lane] * rows[b * length + place + lane] }
        place += 8
      }
      return (place..<length).reduce(sums.sum()) { $0 + rows[a * length + $1] * rows[b * length + $1] }
    }
    for row in 0..<count {
      let norm = dot(row, row).squareRoot()
      for place in 0..<length { rows[row * length + place] /= norm }
      for later in row + 1..<max(count, row + 1) {
        let share = dot(row, later)
        for place in 0..<length { rows[later * length + place] -= share * rows[row * length + place] }
      }
    }
  }
}
