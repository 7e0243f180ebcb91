import Foundation
import SparseKit
import Testing

@testable import NeuralKit
@testable import TensorKit

@Suite(.serialized) struct MeasureTests {
  @Test func eigenvaluesOfKnownMatrices() {
    func sorted(_ matrix: [Double], _ order: Int) -> [Double] { symmetricEigenvalues(matrix, order: order).sorted() }
    #expect(sorted([5], 1) == [5])
    #expect(sorted([0, 0, 0, 0], 2) == [0, 0])
    // The path of n nodes: 2 cos(k pi / (n + 1)).
    for n in [2, 3, 8, 21] {
      var matrix = [Double](repeating: 0, count: n * n)
      for i in 1..<n { matrix[i * n + i - 1] = 1 }
      let expected = (1...n).map { 2 * cos(Double($0) * .pi / Double(n + 1)) }.sorted()
      #expect(zip(sorted(matrix, n), expected).allSatisfy { abs($0 - $1) < 1e-13 })
    }
    // u u' + diag: all ones plus 3 I has n + 3 once and 3 otherwise.
    let n = 12
    let values = sorted((0..<n * n).map { $0 % (n + 1) == 0 ? 4 : 1 }, n)
    #expect(values.dropLast().allSatisfy { abs($0 - 3) < 1e-13 } && abs(values.last! - 15) < 1e-12)
  }

  @Test func eigenvaluesKeepTraceAndNorm() {
    let n = 40, generator = RandomGenerator(seed: 3)
    let a = generator.normal([n, n], dtype: .float64), symmetric = a + a.transposed()
    let matrix = symmetric.array(of: Double.self), values = symmetricEigenvalues(matrix, order: n)
    let trace = (0..<n).reduce(0) { $0 + matrix[$1 * (n + 1)] }
    #expect(abs(values.reduce(0, +) - trace) < 1e-11)
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } - matrix.reduce(0) { $0 + $1 * $1 }) < 1e-9)
  }

  @Test func effectiveRanks() {
    #expect(abs(effectiveRank(.identity(5)) - 5) < 1e-6)
    #expect(abs(effectiveRank(.ones([7, 4])) - 1) < 1e-6)
    #expect(abs(effectiveRank(.ones([4, 7]) * 1e-30) - 1) < 1e-6, "small signals count like large ones")
    #expect(effectiveRank(.zeros([3, 2])) == 0)
    #expect(effectiveRank(Tensor([Float.nan, 1], shape: [1, 2])).isNaN)
    // Singular values 3 and 1: exp of the entropy of (3/4, 1/4).
    let rank = effectiveRank(Tensor([Float(3), 0, 0, 1, 0, 0], shape: [3, 2]))
    #expect(abs(rank - exp(-0.75 * log(0.75) - 0.25 * log(0.25))) < 1e-6)
  }

  @Test func meanAverageDistances() {
    #expect(abs(meanAverageDistance(Tensor([Float(1), 2, 2, 4, 0.5, 1], shape: [3, 2]))) < 1e-12, "one direction")
    for order in [2, 4] { #expect(abs(meanAverageDistance(.identity(order)) - 1) < 1e-12, "orthogonal rows") }
    #expect(abs(meanAverageDistance(Tensor([Float(1), -1], shape: [2, 1])) - 2) < 1e-12, "opposite rows")
    // Three rows at 60 degrees each: 1 - 1/2, 1 - 1/2 and 1 + 1/2, on the mean 5/6.
    let h = 0.75.squareRoot()
    #expect(abs(meanAverageDistance(Tensor([1, 0, 0.5, h, -0.5, h], shape: [3, 2])) - 5.0 / 6) < 1e-12)
    #expect(abs(meanAverageDistance(Tensor([Float(1e-30), 0, 0, 2e-30, 0, 0], shape: [3, 2])) - 1) < 1e-12)
    #expect(meanAverageDistance(.zeros([3, 2])).isNaN)
    #expect(meanAverageDistance(Tensor([Float(1), 2, 0, 0], shape: [2, 2])).isNaN, "one row has no pair")
    // All pairs one by one.
    let rows = RandomGenerator(seed: 4).normal([9, 3], dtype: .float64), x = rows.array(of: Double.self)
    func dot(_ i: Int, _ j: Int) -> Double { (0..<3).reduce(0) { $0 + x[3 * i + $1] * x[3 * j + $1] } }
    var sum = 0.0, pairs = 0.0
    for i in 0..<9 {
      for j in 0..<i {
        sum += 1 - dot(i, j) / (dot(i, i) * dot(j, j)).squareRoot()
        pairs += 1
      }
    }
    #expect(pairs == 36 && abs(meanAverageDistance(rows) - sum / pairs) < 1e-12)
  }

  /// y = (x W) v: announces x W as hidden 0 and y as hidden 1.
  private final class Chain: Module {
    @Parameter var weight = Tensor([1, 0, 0, 2], shape: [2, 2]).converted(to: .float64)
    @Parameter var vector = Tensor([1, 1], shape: [2, 1]).converted(to: .float64)
    @Parameter var bias = Tensor.full([1], 0.5, dtype: .float64)
    func callAsFunction(_ x: Tensor) -> Tensor {
      let hidden = matmul(x, weight)
      announce("hidden", 0, hidden)
      let y = matmul(hidden, vector) + bias
      announce("hidden", 1, y)
      announce("other", 0, y)
      return y
    }
  }

  @Test func reportOfAModuleOfOnesOwn() throws {
    let model = Chain(), graph = try Graph(nodeCount: 2, sources: [0], targets: [1])
    let x = Tensor([1, -1, 0, 0], shape: [2, 2]).converted(to: .float64)
    let report = GradientFlowReport(of: model, graph: graph)
    for epoch in [1, 5] {
      let (_, gradients) = valueAndGradients(of: model) { model(x).sum() }
      report.record(epoch: epoch, gradients) { _ = model(x) }
    }
    #expect(report.epochs == [1, 5])
    #expect(report.gradientNorms.layers == ["weight", "vector"], "biases are left out")
    // dW = x' 1 v' = [1, 1; -1, -1], dv = (x W)' 1 = [1, -2].
    #expect(abs(report.gradientNorms.values[0][1] - 2) < 1e-12)
    #expect(abs(report.gradientNorms.values[1][1] - 5.0.squareRoot()) < 1e-12)
    #expect(report.energies.layers == ["0", "1"])
    #expect(abs(report.energies.values[0][0] - 5) < 1e-12, "rows (1, -2) and 0, linked: |z|^2")
    #expect(report.distances.values[0].allSatisfy { $0.isNaN }, "one row has a direction: no pair")
    #expect(abs(report.ranks.values[0][0] - 1) < 1e-6)
    #expect(report.ranks.column(1).count == 2)
  }

  /// Two networks side by side, whose announcements have the same series and indices.
  private final class Pair: Module {
    @Child var left = Chain()
    @Child var right = Chain()
    func callAsFunction(_ x: Tensor) -> Tensor { left(x) + right(x * 3) }
  }

  @Test func partsThatAnnounceTheSameLayersAreToldApart() throws {
    let model = Pair(), graph = try Graph(nodeCount: 2, sources: [0], targets: [1])
    let x = Tensor([1, -1, 0, 0], shape: [2, 2]).converted(to: .float64)
    let report = GradientFlowReport(of: model, graph: graph)
    for epoch in 1...2 {
      let (_, gradients) = valueAndGradients(of: model) { model(x).sum() }
      report.record(epoch: epoch, gradients) { _ = model(x) }
    }
    #expect(report.energies.layers == ["left.0", "left.1", "right.0", "right.1"])
    #expect(report.energies.values.allSatisfy { $0.count == 2 && $0[0] == $0[1] })
    #expect(abs(report.energies.values[0][0] - 5) < 1e-12 && abs(report.energies.values[2][0] - 45) < 1e-12)
    // Used twice in one pass, a network has one row for each use.
    let twice = GradientFlowReport(of: model.left)
    twice.record(epoch: 1, ParameterGradients([], [])) { _ = [model.left(x), model.left(x * 2)] }
    #expect(twice.ranks.layers == ["0", "1", "0 (2)", "1 (2)"] && twice.ranks.column(0).count == 4)
  }

  @Test func frozenAndUnusedMatricesHaveNormZero() {
    let model = Chain()
    model.freeze { $0 == "vector" }
    let (_, gradients) = valueAndGradients(of: model) { model.weight.squared().sum() }
    let flow = gradientFlow(gradients, of: model)
    #expect(flow.map(\.name) == ["weight", "vector"])
    #expect(flow.map(\.norm) == [Double(20).squareRoot(), 0])
  }
}
