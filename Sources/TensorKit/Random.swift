import CKernels.Dense

/// A source of random tensors and dropout masks.
///
/// Every draw is a function of (seed, number of the draw) through a counter-based generator, so results depend neither
/// on threads nor on the instruction set, and a run resumes from two numbers.
public final class RandomGenerator: @unchecked Sendable {
  /// Everything that decides the next draws.
  public struct State: Sendable, Equatable {
    public var seed: UInt64
    public var draws: UInt64

    public init(seed: UInt64, draws: UInt64) {
      self.seed = seed
      self.draws = draws
    }
  }

  /// A generator serves one thread at a time, which is why the class may call itself Sendable.
  public var state: State

  public init(seed: UInt64) { state = State(seed: seed, draws: 0) }

  /// Key and stream of the next draw.
  package func next() -> (key: UInt64, stream: UInt64) {
    defer { state.draws += 1 }
    return (state.seed, state.draws)
  }

  /// A generator of its own, started from one draw of this one: what it draws does not depend on how much else this one
  /// draws, so that (say) dropout masks stay the same under another initialisation.
  public func split() -> RandomGenerator {
    var words = words()
    return RandomGenerator(seed: words.next())
  }

  /// Words from one draw.
  private func words() -> SplitMix64 {
    let (key, stream) = next()
    return SplitMix64(state: key &* 0x9e37_79b9_7f4a_7c15 ^ (stream &+ 0xd1b5_4a32_d192_ed03))
  }

  /// A tensor of independent uniform values in `range`.
  public func uniform(_ shape: Shape, in range: Range<Double> = 0..<1, dtype: DType = .float32) -> Tensor {
    let (key, stream) = next()
    return Bridge.uniform(shape, dtype, range, key: key, stream: stream)
  }

  /// A tensor of independent normal values.
  public func normal(_ shape: Shape, mean: Double = 0, deviation: Double = 1, dtype: DType = .float32) -> Tensor {
    let (key, stream) = next()
    return Bridge.normal(shape, dtype, mean: mean, deviation: deviation, key: key, stream: stream)
  }

  /// A tensor of ones with the given probability, zeros elsewhere.
  public func bernoulli(_ shape: Shape, probability: Double, dtype: DType = .float32) -> Tensor {
    let (key, stream) = next()
    return Bridge.bernoulli(shape, dtype, probability, key: key, stream: stream)
  }

  /// A uniform integer in 0..<limit, without bias.
  public func integer(below limit: Int) -> Int {
    var words = words()
    return words.integer(below: limit)
  }

  /// 0..<count in random order (Fisher-Yates).
  public func permutation(_ count: Int) -> [Int] {
    var words = words(), order = Array(0..<count)
    words.shuffle(&order)
    return order
  }
}

/// y = x with elements dropped; linear in x, so its gradient is itself with the same mask, made again.
internal final class Dropout: Primitive {
  let rate: Double
  let key: UInt64
  let stream: UInt64

  /// Draws the mask; none for a rate of 0.
  init?(_ rate: Double, using generator: RandomGenerator, _ file: StaticString, _ line: UInt) {
    guard rate >= 0, rate < 1 else { trap("dropout: rate \(rate) is outside of [0, 1)", file, line) }
    if rate == 0 { return nil }
    self.rate = rate
    (key, stream) = generator.next()
  }

  var saves: SavedTensors { [] }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) { sink.add(0, applied(to: dy)) }

  func applied(to x: Tensor) -> Tensor {
    let y = Tensor(uninitialized: x.shape, x.dtype)
    Bridge.dropout(x, into: y, rate, key: key, stream: stream)
    return recorded(self, y, x)
  }
}

extension Tensor {
  /// Each element becomes 0 with probability `rate` and is scaled by 1 / (1 - rate) otherwise (inverted dropout). The
  /// mask is never stored: the gradient makes it again from the generator's counter.
  public func dropout(
    _ rate: Double, using generator: RandomGenerator, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    Dropout(rate, using: generator, file, line)?.applied(to: self) ?? self
  }

  /// Drops elements of a result that is not recorded yet, and returns the factor of those kept. After a ReLU the
  /// gradient needs no mask: it is this factor where the dropped result is above 0.
  package func dropInPlace(
    _ rate: Double, using generator: RandomGenerator, _ file: StaticString, _ line: UInt
  ) -> Double {
    guard let dropout = Dropout(rate, using: generator, file, line) else { return 1 }
    Bridge.dropout(self, into: self, rate, key: dropout.key, stream: dropout.stream)
    return ck_dense_dropout_scale(rate)
  }
}
