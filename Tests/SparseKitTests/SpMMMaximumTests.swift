import Testing

@testable import SparseKit
@testable import TensorKit

@Suite(.serialized) struct SpMMMaximumTests {
  private let pattern = SparsePattern.fourByThree

  @Test func takesTheLargestNeighbour() {
    let x = Tensor([1, -5, 3, -2, 3, -7] as [Float], shape: [3, 2])
    #expect(spmmMaximum(pattern, x).array(of: Float.self) == [3, -5, 0, 0, 3, -2, 3, -2])
  }

  /// Columns 1 and 2 tie in row 2: the gradient goes to column 1.
  @Test func firstOfEqualsTakesTheGradient() {
    let x = Tensor([1, 3, 3] as [Float], shape: [3, 1]).differentiable()
    let slope = gradients(of: spmmMaximum(pattern, x), withRespectTo: [x])[0].array(of: Float.self)
    #expect(slope == [0, 2, 1])
  }
}
