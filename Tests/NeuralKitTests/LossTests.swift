import Foundation
import TensorKit
import Testing

@testable import NeuralKit

@Suite(.serialized) struct LossTests {
  private let logits = Tensor([2, 1, 0, 0, 3, 0, 1, 1, 5, 4, 0, 0] as [Float], shape: [4, 3])

  @Test func crossEntropyOverChosenRows() {
    // Row 0, label 0: log(1 + e^-1 + e^-2) = 0.40760596. Row 2, label 2: log(e^1 + e^1 + e^5) - 5 = 0.03597605.
    let labels = Tensor([0, -1, 2, -1] as [Int32])
    let loss = meanCrossEntropy(logits, labels: labels, rows: Tensor([2, 0] as [Int32]))
    #expect(near(loss, [0.22179100]))
    let all = meanCrossEntropy(logits, labels: Tensor([0, 0, 0, 0] as [Int32]))
    // The mean of 0.40760596, 3.0949230, 4.0359760 and 0.0359760 (row 3, label 0: log(e^4 + 2) - 4).
    #expect(near(all, [1.8936202], 1e-5))
  }

  @Test func binaryCrossEntropyIsStable() {
    let x = Tensor([0, 2, -100, 100] as [Float]), t = Tensor([1, 0, 0, 0] as [Float])
    // The mean of log 2, log(1 + e^2), 0 and 100.
    #expect(near(binaryCrossEntropyWithLogits(x, targets: t), [25.7050188]))
  }

  @Test func squaredError() {
    #expect(meanSquaredError(Tensor([1, 2] as [Float]), targets: Tensor([3, 5] as [Float])).item() == 6.5)
  }

  @Test func metricsOverChosenRows() {
    let labels = Tensor([0, 1, 1, 0] as [Int32])
    #expect(accuracy(logits, labels: labels) == 75)
    #expect(accuracy(logits, labels: labels, rows: Tensor([1, 2] as [Int32])) == 50)
    #expect(accuracy(logits, labels: labels, rows: Tensor([] as [Int32])).isNaN)
    let matrix = ConfusionMatrix(logits: logits, labels: labels)
    #expect(matrix.counts == [[2, 0, 0], [0, 1, 1], [0, 0, 0]])
    #expect(matrix.total == 4)
    // F1: 1, 2/3, 0 (predicted once, never right).
    #expect(abs(matrix.macroF1 - (1 + 2.0 / 3 + 0) / 3) < 1e-12)
    // A class that never occurs does not count.
    let two = ConfusionMatrix(logits: logits, labels: labels, rows: Tensor([0, 1] as [Int32]))
    #expect(two.macroF1 == 1)
  }
}

@Suite struct ScheduleTests {
  private func values(_ schedule: Schedule, _ steps: [Int]) -> [Double] { steps.map { schedule($0) } }

  @Test func shapes() {
    #expect(values(.constant, [0, 9]) == [1, 1])
    #expect(values(.step(every: 3, by: 0.5), [0, 2, 3, 6]) == [1, 1, 0.5, 0.25])
    #expect(near(values(.cosine(4), [0, 1, 2, 4, 9]), [1, 0.8535533905932737, 0.5, 0, 0], 1e-12))
    #expect(near(values(.cosine(4, floor: 0.1), [0, 2, 4]), [1, 0.55, 0.1], 1e-12))
    #expect(values(.linearWarmup(4, from: 0.5), [0, 2, 4, 8]) == [0.5, 0.75, 1, 1])
    #expect(values(.polynomial(4, power: 2), [0, 1, 2, 4, 5]) == [1, 0.5625, 0.25, 0, 0])
    #expect(values(.cosine(0), [0]) == [0])
  }

  @Test func composition() {
    let product = Schedule.linearWarmup(2) * .step(every: 2, by: 0.1)
    #expect(near(values(product, [0, 1, 2, 4]), [0, 0.5, 0.1, 0.01], 1e-12))
    let chain = Schedule.linearWarmup(2).followed(after: 2, by: .polynomial(2))
    #expect(values(chain, [0, 1, 2, 3, 4]) == [0, 0.5, 1, 0.5, 0])
  }
}
