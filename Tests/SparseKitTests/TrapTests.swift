import Testing

@testable import SparseKit
@testable import TensorKit

/// Programmer errors end the program with one sentence.
@Suite(.serialized) struct TrapTests {
  private func check(_ result: ExitTest.Result?, says sentence: String) {
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(sentence), "\(text.prefix(300))")
  }

  @Test func layerSamplingThatWouldLoseAGradient() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let matrix = SparseMatrix(.fourByThree, values: Tensor.ones([6]).differentiable())
      _ = matrix.samplingColumns(2, .fastGCN, using: RandomGenerator(seed: 1))  // keeps it
      _ = matrix.samplingColumns(2, .ladies(above: [0]), using: RandomGenerator(seed: 1))
    }
    check(result, says: "samplingColumns: the values are differentiable, but LADIES scales rows by constants")
  }

  @Test func layerSamplingOfTransposedMatrices() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SparseMatrix(.fourByThree).transposed.samplingColumns(2, .fastGCN, using: RandomGenerator(seed: 1))
    }
    check(result, says: "samplingColumns: the matrix is transposed")
  }

  @Test func maximumOfIntegers() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = spmmMaximum(.fourByThree, Tensor([1, 2, 3] as [Int32], shape: [3, 1]))
    }
    check(result, says: "X has shape [3, 1] and type int32, expected [3, width] of a floating-point type")
  }

  @Test func compactTableOfParameters() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = CompactTable(Tensor.ones([3, 2]).differentiable())
    }
    check(result, says: "CompactTable: the table is constant, but the tensor is differentiable; detach it")
  }

  @Test func compactTableOfOtherRows() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = spmm(SparseMatrix(.fourByThree), CompactTable(.ones([4, 2])))
    }
    check(result, says: "spmm: A is 4 x 3, X has shape [4, 2]; expected X [3, width]")
  }

  @Test func energyOfIntegers() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let graph = try Graph(nodeCount: 2, sources: [0], targets: [1])
      _ = dirichletEnergy(Tensor([1, 2] as [Int32], shape: [2, 1]), graph)
    }
    check(result, says: "dirichletEnergy: z has shape [2, 1] and type int32, expected [2, width]")
  }

  @Test func attentionOfIntegers() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let three = Tensor([1, 2, 3] as [Int32], shape: [3, 1]), four = Tensor([1, 2, 3, 4] as [Int32], shape: [4, 1])
      _ = graphAttention(.fourByThree, three, sourceLogits: three, targetLogits: four, heads: 1)
    }
    check(result, says: "targetLogits int32; convert them to one floating-point type")
  }
}
