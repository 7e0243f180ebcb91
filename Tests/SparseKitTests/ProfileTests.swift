import Testing

@testable import SparseKit
@testable import TensorKit

@Suite(.serialized) struct ProfileTests {
  @Test func sparseProductsCostTwoFlopsAnEntryAndColumn() throws {
    let pattern = SparsePattern.fourByThree
    let x = Tensor.full([3, 5], 1).differentiable(), values = Tensor.full([6], 2).differentiable()
    let matrix = SparseMatrix(pattern).withValues(values)
    _ = pattern.transposed(withOrder: true)  // made once, before the profile
    let profile = Profiler.record { _ = gradients(of: spmm(matrix, x).sum(), withRespectTo: [x, values]) }
    #expect(!profile.operations.contains { $0.name == "CSR transpose" })
    let products = profile.operations.filter { $0.name == "spmm" }
    #expect(products.map(\.calls).reduce(0, +) == 2)
    for product in products {
      // Ids and values of 6 entries, starts of the rows (4, or 3 of the transpose), and both dense matrices.
      let rows = product.phase == .forward ? 4 : 3
      let bytes = 48 + rows * 8 + 140
      #expect(product.flops == 60 && product.bytes == Double(bytes))
    }
    let sampled = try #require(profile.operations.first { $0.name == "sddmm" })
    #expect(sampled.phase == .backward && sampled.calls == 1 && sampled.flops == 60)
  }
}
