import Testing

@testable import SparseKit
@testable import TensorKit

/// Products with a table in bf16 against those with the same values in float32: the same bits.
@Suite(.serialized) struct CompactTableTests {
  private static let graph: Graph = {
    var words = SplitMix64(seed: 8)
    let ids = (0..<2 * 9000).map { _ in Int32(words.integer(below: 1500)) }
    return try! Graph(nodeCount: 1500, sources: Array(ids[..<9000]), targets: Array(ids[9000...]))
  }()

  private static func bits(_ x: Tensor) -> [UInt32] { x.array(of: Float.self).map(\.bitPattern) }

  @Test func keepsWhatBF16Holds() {
    let table = CompactTable(Tensor([1, -2.5, 0, 1.00390625, 1e-3, .infinity] as [Float], shape: [2, 3]))
    #expect(table.rows == 2 && table.width == 3)
    #expect(table.tensor.array(of: Float.self) == [1, -2.5, 0, 1, 0.0009994507, .infinity])
    let x = RandomGenerator(seed: 1).normal([300, 20]), y = CompactTable(x).tensor
    #expect(((x - y).abs() / x.abs()).max().item() <= 1.0 / 256)
    #expect(Self.bits(CompactTable(y).tensor) == Self.bits(y))
    #expect(CompactTable(x.converted(to: .float64)).tensor.array(of: Float.self) == y.array(of: Float.self))
    #expect(CompactTable(.zeros([0, 4])).tensor.shape == [0, 4])
  }

  @Test(arguments: [1, 7, 16, 33, 64, 300])
  func productIsThatOfItsValues(width: Int) {
    let table = CompactTable(RandomGenerator(seed: 2).normal([1500, width])), x = table.tensor
    let values = RandomGenerator(seed: 3).normal([Self.graph.edgeCount])
    let bias = RandomGenerator(seed: 4).normal([width])
    let matrices = [
      SparseMatrix(Self.graph.adjacency), Self.graph.propagation(), Self.graph.propagation(.row),
      SparseMatrix(Self.graph.adjacency, values: values),
      Self.graph.propagation(addingSelfLoops: false).withValues(values).transposed,
    ]
    let threads = Runtime.threads
    defer { Runtime.threads = threads }
    for (index, a) in matrices.enumerated() {
      for count in [1, 2, 5] {
        Runtime.threads = count
        #expect(Self.bits(spmm(a, table)) == Self.bits(spmm(a, x)), "matrix \(index), \(count) threads")
        #expect(
          Self.bits(spmm(a, table, bias: bias, residual: x, residualScale: -0.5, relu: true))
            == Self.bits(spmm(a, x, bias: bias, residual: x, residualScale: -0.5, relu: true)))
      }
    }
  }

  @Test func gradientsAreThoseOfItsValues() {
    let table = CompactTable(RandomGenerator(seed: 2).normal([1500, 24])), x = table.tensor
    func all(_ product: (SparseMatrix, Tensor, Tensor, RandomGenerator) -> Tensor) -> [[UInt32]] {
      let generator = RandomGenerator(seed: 3)
      let inputs = [generator.normal([Self.graph.edgeCount]), generator.normal([24]), generator.normal([1500, 24])]
        .map { $0.differentiable() }
      let a = Self.graph.propagation(addingSelfLoops: false).withValues(inputs[0])
      let y = product(a, inputs[1], inputs[2], RandomGenerator(seed: 4))
      #expect(y.isDifferentiable)
      return ([y] + gradients(of: (y * y).sum(), withRespectTo: inputs)).map(Self.bits)
    }
    let compact = all { spmm($0, table, bias: $1, residual: $2, residualScale: 2, relu: true, dropout: (0.3, $3)) }
    let plain = all { spmm($0, x, bias: $1, residual: $2, residualScale: 2, relu: true, dropout: (0.3, $3)) }
    #expect(compact == plain)
  }

  @Test func withoutInputsNothingIsRecorded() {
    let table = CompactTable(.ones([1500, 2]))
    #expect(!spmm(Self.graph.propagation(), table).isDifferentiable)
    #expect(spmm(Self.graph.propagation(dtype: .float64), table).dtype == .float64)
  }
}
