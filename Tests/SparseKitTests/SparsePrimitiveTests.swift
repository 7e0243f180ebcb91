import TestSupport
import Testing

@testable import SparseKit
@testable import TensorKit

/// Every primitive of SparseKit in at least one case.
enum SparsePrimitiveRegistry {
  private static let pattern = SparsePattern.fourByThree
  private static let path = try! Graph(nodeCount: 4, sources: [0, 1], targets: [1, 2])
  private static func normal(_ seed: UInt64, _ shape: Shape) -> Tensor {
    RandomGenerator(seed: seed).normal(shape, dtype: .float64)
  }
  private static let scaled = SparseMatrix(pattern, rowScale: normal(1, [4]), columnScale: normal(2, [3]))

  private static func entries(_ primitive: String, _ label: String, _ f: @escaping @Sendable (Tensor) -> Tensor)
    -> PrimitiveCase
  {
    PrimitiveCase(primitive, label: label, inputs: { [normal(3, [6, 2])] }) { f($0[0]) }
  }

  /// With `masked` the logits of column 1, all of row 3's, are -infinity.
  private static func attention(
    _ label: String, heads: Int, slope: Double = 0.2, dropout: Double = 0, masked: Bool = false
  ) -> PrimitiveCase {
    PrimitiveCase(
      "GraphAttention", label: label,
      inputs: { [normal(11, [3, 2 * heads]), normal(12, [3, heads]), normal(13, [4, heads])] }
    ) {
      let rows = [0, masked ? -Double.infinity : 0, 0], mask = Tensor(rows, shape: [3, 1]).converted(to: $0[1].dtype)
      return graphAttention(
        pattern, $0[0], sourceLogits: masked ? $0[1] + mask : $0[1], targetLogits: $0[2], heads: heads, slope: slope,
        dropout: dropout, using: RandomGenerator(seed: 14))
    }
  }

  static let cases: [PrimitiveCase] = [
    PrimitiveCase("SparseProduct", label: "scales only", inputs: { [normal(4, [3, 2])] }) { spmm(scaled, $0[0]) },
    PrimitiveCase("SparseProduct", label: "transposed", inputs: { [normal(4, [4, 2])] }) {
      spmm(scaled.transposed, $0[0])
    },
    PrimitiveCase("SparseProduct", label: "values and scales", inputs: { [normal(4, [3, 2]), normal(5, [6])] }) {
      spmm(scaled.withValues($0[1]), $0[0])
    },
    PrimitiveCase("SparseProduct", label: "values, transposed", inputs: { [normal(4, [4, 2]), normal(5, [6])] }) {
      spmm(scaled.withValues($0[1]).transposed, $0[0])
    },
    PrimitiveCase(
      "SparseProduct", label: "values, bias and ReLU", inputs: { [normal(4, [3, 2]), normal(5, [6]), normal(6, [2])] }
    ) { spmm(scaled.withValues($0[1]), $0[0], bias: $0[2], relu: true) },
    PrimitiveCase("SparseProduct", label: "bias alone", inputs: { [normal(4, [3, 2]), normal(6, [2])] }) {
      spmm(scaled, $0[0], bias: $0[1])
    },
    PrimitiveCase(
      "SparseProduct", label: "bias, residual and ReLU",
      inputs: { [normal(4, [3, 2]), normal(6, [2]), normal(10, [4, 2])] }
    ) { spmm(scaled, $0[0], bias: $0[1], residual: $0[2], residualScale: -0.5, relu: true) },
    PrimitiveCase(
      "SparseProduct", label: "values and residual",
      inputs: { [normal(4, [3, 2]), normal(5, [6]), normal(10, [4, 2])] }
    ) { spmm(scaled.withValues($0[1]), $0[0], residual: $0[2]) },
    PrimitiveCase(
      "SparseProduct", label: "values, bias, residual, ReLU and dropout",
      inputs: { [normal(4, [3, 6]), normal(5, [6]), normal(6, [6]), normal(10, [4, 6])] }
    ) {
      spmm(
        scaled.withValues($0[1]), $0[0], bias: $0[2], residual: $0[3], residualScale: 2, relu: true,
        dropout: (0.4, RandomGenerator(seed: 14)))
    },
    PrimitiveCase("SampledProduct", label: "with scales", inputs: { [normal(7, [4, 2]), normal(8, [3, 2])] }) {
      sampledProduct(scaled, $0[0], $0[1])
    },
    PrimitiveCase("SampledProduct", label: "transposed", inputs: { [normal(7, [3, 2]), normal(8, [4, 2])] }) {
      sampledProduct(scaled.transposed, $0[0], $0[1])
    },
    attention("one head", heads: 1),
    attention("three heads", heads: 3),
    attention("slope 0, masked", heads: 3, slope: 0, masked: true),
    attention("slope 1, masked", heads: 2, slope: 1, masked: true),
    attention("dropout", heads: 2, dropout: 0.4),
    PrimitiveCase("NeighbourMaximum", label: "an empty row", inputs: { [normal(15, [3, 5])] }) {
      spmmMaximum(pattern, $0[0])
    },
    PrimitiveCase("DirichletEnergy", label: "undirected", inputs: { [normal(16, [4, 2])] }) {
      dirichletEnergy($0[0], path)
    },
    entries("SegmentSoftmax", "two heads") { $0.segmentSoftmax(pattern) },
    entries("SegmentSum", "width 2") { $0.segmentSum(pattern) },
    entries("SegmentMean", "width 2") { $0.segmentMean(pattern) },
    entries("SegmentMaximum", "width 2") { $0.segmentMaximum(pattern) },
    PrimitiveCase("ExpandToEntries", label: "width 2", inputs: { [normal(9, [4, 2])] }) {
      $0[0].expandedToEntries(pattern)
    },
  ]
}

@Suite(.serialized) struct SparsePrimitiveTests {
  @Test(arguments: SparsePrimitiveRegistry.cases)
  func firstOrder(check: PrimitiveCase) {
    #expect(GradientCheck.firstOrder(check, composed: false) < 1e-6, "fused rule")
    #expect(GradientCheck.firstOrder(check, composed: true) < 1e-6, "composed rule")
  }

  @Test(arguments: SparsePrimitiveRegistry.cases)
  func secondOrder(check: PrimitiveCase) { #expect(GradientCheck.secondOrder(check) < 1e-5) }

  /// In float32; the matrices of products are of float64.
  @Test(arguments: SparsePrimitiveRegistry.cases.filter { !$0.primitives[0].hasSuffix("Product") })
  func fusedAgreesWithComposed(check: PrimitiveCase) { #expect(GradientCheck.fusedAgainstComposed(check) < 1e-4) }

  @Test(arguments: SparsePrimitiveRegistry.cases)
  func recordsWhatItNames(check: PrimitiveCase) {
    #expect(Set(check.primitives).isSubset(of: GradientCheck.recordedPrimitives(check)))
  }

  @Test func everyPrimitiveIsRegistered() throws {
    let declared = try declaredPrimitives(in: "SparseKit", from: #filePath)
    let registered = Set(SparsePrimitiveRegistry.cases.flatMap(\.primitives))
    #expect(declared.subtracting(registered) == [], "primitives without a gradient check")
    #expect(registered.subtracting(declared) == [], "cases of primitives that do not exist")
  }
}
