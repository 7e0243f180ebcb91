import Testing

@testable import SparseKit
@testable import TensorKit

/// ReLU and dropout inside of the product against the separate operations: the same bits, forward and backward.
@Suite(.serialized) struct SpMMDropoutTests {
  /// Large enough for several threads, with a cut last group of draws.
  private static let pattern: SparsePattern = {
    var words = SplitMix64(seed: 5)
    let ids = (0..<2 * 20_000).map { _ in Int32(words.integer(below: 3001)) }
    return try! Graph(nodeCount: 3001, sources: Array(ids[..<20_000]), targets: Array(ids[20_000...])).adjacency
  }()
  private static let width = 161
  private static let drawn = RandomGenerator(seed: 6)
  private static let bias = drawn.normal([width]), residual = unusual(drawn.normal([pattern.rows, width]))
  private static let values = drawn.uniform([pattern.entryCount]), x = drawn.normal([pattern.columns, width])
  private static let dy = unusual(drawn.normal([pattern.rows, width]))

  /// With NaN, infinities and a zero of either sign in some rows.
  private static func unusual(_ x: Tensor) -> Tensor {
    let special: [Float] = [.nan, .infinity, -.infinity, 0, -0.0]
    for place in stride(from: 0, to: 40 * width, by: 7) { x.f32[place] = special[place % 5] }
    return x
  }

  /// y and its gradients for X, and for the values, the bias and the residual when `everything` is asked for.
  private static func bits(everything: Bool, _ f: (SparseMatrix, [Tensor?]) -> Tensor) -> [[UInt32]] {
    let inputs = (everything ? [x, values, bias, residual] : [x]).map { $0.differentiable() }
    let a = SparseMatrix(pattern, rowScale: nil, columnScale: nil).withValues(everything ? inputs[1] : nil)
    let y = f(a, inputs + [nil, nil, nil])
    let all = [y] + gradients(of: y, withRespectTo: inputs, seed: dy)
    return all.map { Array(UnsafeRawBufferPointer(start: $0.f32, count: 4 * $0.count).bindMemory(to: UInt32.self)) }
  }

  @Test(arguments: [0, 0.6, 0.999_999], [false, true])
  func oneOperationHasTheBitsOfThree(rate: Double, everything: Bool) {
    func separate(_ draw: RandomGenerator) -> [[UInt32]] {
      Self.bits(everything: everything) {
        spmm($0, $1[0]!, bias: $1[2], residual: $1[3], residualScale: -0.5).relu().dropout(rate, using: draw)
      }
    }
    func fused(_ draw: RandomGenerator) -> [[UInt32]] {
      Self.bits(everything: everything) {
        spmm($0, $1[0]!, bias: $1[2], residual: $1[3], residualScale: -0.5, relu: true, dropout: (rate, draw))
      }
    }
    let threads = Runtime.threads
    defer { Runtime.threads = threads }
    let expected = separate(RandomGenerator(seed: 7))
    for count in [1, 2, 5] {
      Runtime.threads = count
      let draw = RandomGenerator(seed: 7)
      #expect(fused(draw) == expected, "\(count) threads")
      #expect(draw.state.draws == (rate == 0 ? 0 : 1))
    }
  }

  @Test func withoutReLUItIsDropoutOfTheResult() {
    let (left, right) = (RandomGenerator(seed: 7), RandomGenerator(seed: 7))
    let fused = Self.bits(everything: true) { a, inputs in
      spmm(a, inputs[0]!, bias: inputs[2], dropout: (0.3, left))
    }
    let separate = Self.bits(everything: true) { a, inputs in
      spmm(a, inputs[0]!, bias: inputs[2]).dropout(0.3, using: right)
    }
    #expect(fused == separate)
  }
}
