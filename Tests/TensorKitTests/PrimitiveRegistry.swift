@testable import TensorKit

/// Every primitive of TensorKit in at least one case; PrimitiveTests fails when one is missing.
enum PrimitiveRegistry {
  private static func normal(_ seed: UInt64, _ shape: Shape) -> Tensor {
    RandomGenerator(seed: seed).normal(shape, dtype: .float64)
  }
  private static func positive(_ seed: UInt64, _ shape: Shape) -> Tensor {
    RandomGenerator(seed: seed).uniform(shape, in: 0.5..<2, dtype: .float64)
  }

  private static func unary(
    _ label: String, positive isPositive: Bool = false, _ function: @escaping @Sendable (Tensor) -> Tensor
  ) -> PrimitiveCase {
    PrimitiveCase("Unary", label: label, inputs: { [isPositive ? positive(3, [5]) : normal(3, [5])] }) {
      function($0[0])
    }
  }

  private static func pair(
    _ primitive: String, _ label: String, _ a: Shape, _ b: Shape,
    _ function: @escaping @Sendable (Tensor, Tensor) -> Tensor
  ) -> PrimitiveCase {
    PrimitiveCase(primitive, label: label, inputs: { [normal(5, a), positive(6, b)] }) { function($0[0], $0[1]) }
  }

  private static func single(
    _ primitive: String, _ label: String, _ shape: Shape, _ function: @escaping @Sendable (Tensor) -> Tensor
  ) -> PrimitiveCase {
    PrimitiveCase(primitive, label: label, inputs: { [normal(8, shape)] }) { function($0[0]) }
  }

  static let cases: [PrimitiveCase] = elementwise + shapes + products + rows + transforms

  private static let elementwise: [PrimitiveCase] = [
    unary("negate") { -$0 },
    unary("abs") { $0.abs() },
    unary("squared") { $0.squared() },
    unary("sqrt", positive: true) { $0.sqrt() },
    unary("reciprocal", positive: true) { $0.reciprocal() },
    unary("exp") { $0.exp() },
    unary("log", positive: true) { $0.log() },
    unary("tanh") { $0.tanh() },
    unary("sigmoid") { $0.sigmoid() },
    unary("erf") { $0.erf() },
    unary("sin") { $0.sin() },
    unary("cos") { $0.cos() },
    unary("relu") { $0.relu() },
    unary("gelu") { $0.gelu() },
    unary("silu") { $0.silu() },
    unary("softplus") { $0.softplus() },
    single("Affine", "3 - 2 x", [4]) { 3 - $0 * 2 },
    single("Clamp", "to -0.5...0.8", [6]) { $0.clamped(to: -0.5...0.8) },
    PrimitiveCase("Power", label: "x ^ 2.5", inputs: { [positive(4, [4])] }) { $0[0].pow(2.5) },
    PrimitiveCase("Conversion", label: "to float32 and back", width: 0.25, inputs: { [normal(8, [3])] }) {
      $0[0].converted(to: .float32).converted(to: .float64)
    },
    pair("Binary", "a + b", [2, 3], [2, 3]) { $0 + $1 },
    pair("Binary", "a - b", [2, 3], [2, 3]) { $0 - $1 },
    pair("Binary", "a * b", [2, 3], [2, 3]) { $0 * $1 },
    pair("Binary", "a / b", [2, 3], [2, 3]) { $0 / $1 },
    pair("Binary", "maximum", [2, 3], [2, 3]) { $0.maximum($1) },
    pair("Binary", "minimum", [2, 3], [2, 3]) { $0.minimum($1) },
    pair("BroadcastBinary", "matrix + row", [2, 3], [3]) { $0 + $1 },
    pair("BroadcastBinary", "matrix - column", [2, 3], [2, 1]) { $0 - $1 },
    pair("BroadcastBinary", "matrix * row", [2, 3], [3]) { $0 * $1 },
    pair("BroadcastBinary", "row / matrix", [3], [2, 3]) { $0 / $1 },
    pair("BroadcastBinary", "outer maximum", [3, 1], [1, 2]) { $0.maximum($1) },
    pair("BroadcastBinary", "scalar * cube", [], [2, 2, 2]) { $0 * $1 },
    pair("Select", "by a fixed mask", [2, 2], [2, 2]) {
      $0.selected(where: Tensor([1, 0, 0, 1] as [UInt8], shape: [2, 2]), else: $1)
    },
  ]

  private static let shapes: [PrimitiveCase] = [
    single("Reshape", "[2, 3] as [6]", [2, 3]) { $0.reshaped([6]) },
    single("Broadcast", "[3] to [2, 3]", [3]) { $0.broadcast(to: [2, 3]) },
    single("Broadcast", "[2, 1] to [2, 3]", [2, 1]) { $0.broadcast(to: [2, 3]) },
    single("Permute", "[2, 3, 2] by 2 0 1", [2, 3, 2]) { $0.permuted([2, 0, 1]) },
    single("Slice", "columns 1..<3 of 4", [2, 4]) { $0.sliced(axis: 1, 1..<3) },
    single("Pad", "rows 1..<3 of 5", [2, 2]) { $0.padded(axis: 0, before: 1, total: 5) },
    pair("Concatenate", "along axis 1", [2, 2], [2, 1]) { .concatenated([$0, $1], axis: 1) },
    single("Reduce", "sum of all", [2, 3]) { $0.sum() },
    single("Reduce", "sum over the middle axis", [2, 3, 2]) { $0.sum(axes: [1]) },
    single("Reduce", "mean over axes 0 and 2", [2, 3, 2]) { $0.mean(axes: [0, 2]) },
    single("Reduce", "max over rows", [3, 3]) { $0.max(axes: [0]) },
    single("Reduce", "min of all", [4]) { $0.min() },
    single("GatherRows", "rows 2 0 2", [3, 2]) { $0.gathered(Tensor([2, 0, 2] as [Int32])) },
    single("ScatterAddRows", "into rows 1 1 3", [3, 2]) {
      $0.scatterAdded(ids: Tensor([1, 1, 3] as [Int32]), rows: 4)
    },
    PrimitiveCase(
      "Dropout", label: "rate 0.4", inputs: { [normal(9, [3, 4])] },
      function: { $0[0].dropout(0.4, using: .init(seed: 5)) }),
  ]

  private static let products: [PrimitiveCase] =
    [(false, false), (true, false), (false, true), (true, true)].map { left, right in
      pair(
        "MatrixProduct", "\(left ? "transposed " : "")A, \(right ? "transposed " : "")B", left ? [4, 2] : [2, 4],
        right ? [3, 4] : [4, 3]
      ) { matmul($0, $1, transposingLeft: left, transposingRight: right) }
    } + [
      pair("MatrixProduct", "batch of two", [2, 2, 3], [2, 3, 2]) { matmul($0, $1) },
      pair("MatrixProduct", "batch against one B", [2, 2, 3], [3, 2]) { matmul($0, $1) },
    ]

  private static let rows: [PrimitiveCase] = [
    single("Softmax", "softmax", [2, 4]) { $0.softmax() },
    single("Softmax", "log softmax", [2, 4]) { $0.logSoftmax() },
    single("CrossEntropy", "all rows, smoothing", [3, 4]) {
      crossEntropy($0, labels: Tensor([1, 3, 0] as [Int32]), smoothing: 0.1)
    },
    single("CrossEntropy", "chosen rows, one twice", [4, 3]) {
      crossEntropy($0, rows: Tensor([2, 0, 2] as [Int32]), labels: Tensor([1, 0, 2] as [Int32]))
    },
    PrimitiveCase(
      "Normalization", label: "layer norm, 3 rows of 4",
      inputs: { [normal(11, [3, 4]), positive(12, [4]), normal(13, [4])] },
      function: { $0[0].layerNormalized(weight: $0[1], bias: $0[2]) }),
    PrimitiveCase(
      "Normalization", label: "batch norm, 5 rows of 3",
      inputs: { [normal(14, [5, 3]), positive(15, [3]), normal(16, [3])] },
      function: { $0[0].batchNormalized(weight: $0[1], bias: $0[2]).y }),
  ]

  private static let transforms: [PrimitiveCase] = [
    PrimitiveCase("Checkpoint", label: "of a small network", inputs: { [normal(21, [2, 3]), normal(22, [3, 2])] }) {
      xs in
      checkpointed { matmul(xs[0], xs[1]).tanh() * xs[1].sum() }
    },
    PrimitiveCase("CustomGradient", label: "the true gradient of x y", inputs: { [normal(23, [3]), normal(24, [3])] }) {
      xs in
      customGradient(xs, forward: { $0[0] * $0[1] }, vjp: { inputs, _, dy in [dy * inputs[1], dy * inputs[0]] })
    },
  ]
}
