import Testing

@testable import SparseKit
@testable import TensorKit

@Suite(.serialized) struct LayerSamplingTests {
  private let propagation: SparseMatrix = {
    var words = SplitMix64(seed: 11)
    let ids = (0..<240).map { _ in Int32(min(words.integer(below: 40), words.integer(below: 40))) }
    return try! Graph(nodeCount: 40, sources: Array(ids[..<120]), targets: Array(ids[120...])).propagation(
      dtype: .float64)
  }()
  private var dense: [Double] { propagation.dense(dtype: .float64).array(of: Double.self) }

  @Test func importanceSumsSquaresOfGivenRows() {
    let p = dense
    for rows in [nil, [3, 17, 39] as [Int32]] {
      let got = propagation.columnImportance(rows: rows)
      for j in 0..<40 {
        let want = (rows ?? Array(0..<40)).reduce(0.0) { $0 + p[Int($1) * 40 + j] * p[Int($1) * 40 + j] }
        #expect(Swift.abs(got[j] - want) < 1e-12)
      }
    }
  }

  @Test func keepsTheDrawnColumns() {
    let layer = propagation.samplingColumns(12, .fastGCN, using: RandomGenerator(seed: 1))
    #expect(layer.nodes.count == 12 && layer.nodes == layer.nodes.sorted())
    let sampled = layer.propagation.dense(dtype: .float64).array(of: Double.self), p = dense
    for column in 0..<40 {
      let ratios = (0..<40).filter { p[$0 * 40 + column] != 0 }.map { sampled[$0 * 40 + column] / p[$0 * 40 + column] }
      if layer.nodes.contains(Int32(column)) {
        #expect(ratios.allSatisfy { Swift.abs($0 - ratios[0]) < 1e-9 && $0 >= 1 - 1e-12 })
      } else {
        #expect(ratios.allSatisfy { $0 == 0 })
      }
    }
    #expect(layer.propagation.pattern.entryCount < propagation.pattern.entryCount)
  }

  /// The mean of a column's factor over many draws is 1, within five standard errors: before its rows are scaled the
  /// estimate is one of P. A factor that is the same for all columns is not.
  @Test(arguments: [nil, [1, 4, 6, 8, 12, 33]] as [[Int32]?]) func factorsAreUnbiased(above: [Int32]?) {
    let generator = RandomGenerator(seed: 2), draws = 4000
    let method = above.map { LayerSampling.ladies(above: $0) } ?? .fastGCN
    let importance = propagation.columnImportance(rows: above)
    let count = importance.count { $0 > 0 } * 3 / 8
    var scale = [Double](repeating: 0, count: 40), square = scale
    for _ in 0..<draws {
      let layer = propagation.samplingColumns(count, method, using: generator)
      let factor = (layer.propagation.columnScale! / propagation.columnScale!).array(of: Double.self)
      for j in 0..<40 {
        scale[j] += factor[j]
        square[j] += factor[j] * factor[j]
      }
    }
    for j in 0..<40 where importance[j] > 0 {
      let mean = scale[j] / Double(draws), variance = square[j] / Double(draws) - mean * mean
      #expect(Swift.abs(mean - 1) <= 5 * (variance / Double(draws)).squareRoot() + 1e-12)
    }
  }

  @Test func ladiesReadsTheRowsAboveAndKeepsTheirSums() {
    let above: [Int32] = [0, 5, 9]
    let values = RandomGenerator(seed: 3).uniform([propagation.pattern.entryCount], dtype: .float64)
    let valued = propagation.withValues(values)
    for matrix in [propagation, valued] {
      let p = matrix.dense(dtype: .float64).array(of: Double.self)
      let reachable = Set((0..<40).filter { j in above.contains { p[Int($0) * 40 + j] != 0 } })
      let layer = matrix.samplingColumns(4, .ladies(above: above), using: RandomGenerator(seed: 4))
      #expect(layer.nodes.count == 4 && layer.nodes.allSatisfy { reachable.contains(Int($0)) })
      let sums = spmm(layer.propagation, .ones([40, 1], dtype: .float64)).array(of: Double.self)
      for row in 0..<40 {
        let isRead = above.contains(Int32(row)) && layer.nodes.contains { p[row * 40 + Int($0)] != 0 }
        let whole = p[row * 40..<(row + 1) * 40].reduce(0, +)
        #expect(Swift.abs(sums[row] - (isRead ? whole : 0)) < 1e-12)
      }
    }
    let whole = propagation.samplingColumns(1000, .ladies(above: above), using: RandomGenerator(seed: 4))
    #expect(Set(whole.nodes.map { Int($0) }).isSuperset(of: above.map { Int($0) }))
  }
}
