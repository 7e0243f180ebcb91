import NeuralKit
import TensorKit
import Testing

@testable import RunKit

@Suite struct TrainingTests {
  /// Runs a loop whose validation values are given, one an epoch; returns the result with the epoch whose weights the
  /// model holds at the end.
  private func train(
    _ loop: TrainingLoop, accuracy: [Double], loss: [Double]
  ) throws -> (result: TrainingResult, weights: Double) {
    let model = Counter()
    let result = try loop.run(model: model) {
      model.epoch = Tensor([Double($0)])
      return ["trainLoss": 1]
    } evaluate: {
      ["validationAccuracy": accuracy[$0 - 1], "validationLoss": loss[$0 - 1], "testAccuracy": Double($0)]
    }
    return (result, model.epoch.item())
  }

  /// A model whose only weight is the epoch.
  private final class Counter: Module {
    @Parameter var epoch = Tensor([0.0])
  }

  private let accuracy = [50.0, 70, 60, 70, 65]
  private let loss = [2.0, 1.5, 1.2, 1.2, 1.4]

  @Test func accuracyTakesTheFirstMaximum() throws {
    let run = try train(TrainingLoop(epochs: 5, select: .accuracy), accuracy: accuracy, loss: loss)
    #expect(run.result.epoch == 2 && run.result["testAccuracy"] == 2 && run.weights == 2)
    #expect(run.result.epochs == 5 && !run.result.stoppedEarly)
  }

  @Test func lossTakesTheFirstMinimum() throws {
    let run = try train(TrainingLoop(epochs: 5, select: .loss), accuracy: accuracy, loss: loss)
    #expect(run.result.epoch == 3 && run.weights == 3)
  }

  @Test func lastTakesTheLastEpoch() throws {
    let run = try train(TrainingLoop(epochs: 5, select: .last), accuracy: accuracy, loss: loss)
    #expect(run.result.epoch == 5 && run.weights == 5 && run.result["validationLoss"] == 1.4)
    #expect(run.result["absent"].isNaN)
  }

  @Test func unusableValidationFallsBackToTheLastEpoch() throws {
    let nan = [Double](repeating: .nan, count: 5)
    let run = try train(TrainingLoop(epochs: 5, select: .accuracy), accuracy: nan, loss: loss)
    #expect(run.result.epoch == 5 && run.weights == 5)
    let late = try train(TrainingLoop(epochs: 5, select: .accuracy), accuracy: [.nan, 3, .nan, 2, 1], loss: loss)
    #expect(late.result.epoch == 2 && late.weights == 2)
  }

  @Test func patienceCountsEpochsWithoutImprovement() throws {
    let falling = [1.0, 0.5, 0.6, 0.7, 0.4, 0.3]
    let flat = [Double](repeating: 1, count: 6)
    let two = try train(TrainingLoop(epochs: 6, select: .loss, patience: 2), accuracy: flat, loss: falling)
    #expect(two.result.stoppedEarly && two.result.epochs == 4 && two.result.epoch == 2)
    let three = try train(TrainingLoop(epochs: 6, select: .loss, patience: 3), accuracy: flat, loss: falling)
    #expect(!three.result.stoppedEarly && three.result.epoch == 6)
    let last = try train(TrainingLoop(epochs: 6, select: .last, patience: 2), accuracy: flat, loss: falling)
    #expect(last.result.stoppedEarly && last.result.epoch == 4 && last.weights == 4)
    let tie = try train(TrainingLoop(epochs: 6, select: .accuracy, patience: 3), accuracy: flat, loss: falling)
    #expect(tie.result.epochs == 4 && tie.result.epoch == 1)
  }

  @Test func evaluatesAtIntervalsAndAtTheEnd() throws {
    var evaluated: [Int] = []
    let loop = TrainingLoop(epochs: 7, evaluateEvery: 3)
    try loop.run(model: Module()) { _ in
      [:]
    } evaluate: {
      evaluated.append($0)
      return [:]
    }
    #expect(evaluated == [3, 6, 7])
  }

  @Test func eventsComeInOrder() throws {
    var loop = TrainingLoop(epochs: 4, select: .loss, patience: 1)
    var told: [String] = []
    loop.observers.append { event in
      switch event {
      case .started(let epochs): told.append("started \(epochs)")
      case .epochEnded(let epoch, let values): told.append("epoch \(epoch) \(values.names.joined(separator: "+"))")
      case .newBest(let epoch, _): told.append("best \(epoch)")
      case .stoppedEarly(let epoch, let best): told.append("stopped \(epoch) \(best)")
      case .finished(let result): told.append("finished \(result.epoch)")
      }
    }
    try loop.run(model: Module()) { _ in
      ["trainLoss": 1]
    } evaluate: {
      ["validationLoss": $0 == 1 ? 1 : 2]
    }
    let names = "trainLoss+validationLoss"
    #expect(
      told == ["started 4", "epoch 1 \(names)", "best 1", "epoch 2 \(names)", "stopped 2 1", "finished 1"])
  }

  @Test(arguments: [Double.nan, .infinity])
  func divergenceIsAnError(_ bad: Double) {
    let error = #expect(throws: DivergenceError.self) {
      try TrainingLoop(epochs: 9).run(model: Module()) { ["trainLoss": $0 == 4 ? bad : 1, "note": .nan] }
    }
    #expect(error?.epoch == 4 && error?.name == "trainLoss" && error?.status == .failed)
    #expect(throws: DivergenceError.self) {
      try TrainingLoop(epochs: 2).run(model: Module()) { _ in
        [:]
      } evaluate: { _ in
        ["validationLoss": bad]
      }
    }
  }

  @Test func namedValuesKeepOrder() {
    var values: NamedValues = ["b": 1, "a": 2]
    values["c"] = 3
    values["b"] = nil
    #expect(values.names == ["a", "c"] && values["a"] == 2 && values["b"] == nil)
    #expect(values.merging(["a": 5, "d": 6]).map(\.value) == [5, 3, 6])
  }
}

@Suite struct ProgressTests {
  @Test func lineSaysPercentRateTimeAndValues() {
    let line = ProgressLine.line(
      "seed 2/4  50/200 epochs", fraction: 0.3125, rate: (250, "epochs"), elapsed: 10,
      notes: ["train loss 0.4123", "validation accuracy 79.20"], bar: false)
    #expect(
      line == "seed 2/4  50/200 epochs   31 %  25.00 epochs/s  ETA 0:22  train loss 0.4123  validation accuracy 79.20")
    let resumed = ProgressLine.line("x", fraction: 0.75, skipped: 0.5, elapsed: 10, notes: [], bar: false)
    #expect(resumed == "x   75 %  ETA 0:10")
    #expect(ProgressLine.clockText(3723) == "1:02:03")
  }

  @Test func unitsCountByTheirWork() {
    let small = Configuration(id: "small"), large = Configuration(id: "large", work: 3)
    let plan = RunPlan(configurations: [small, large], seeds: [0, 1])
    #expect(plan.units.map { plan.part(of: [$0]) } == [0.125, 0.125, 0.375, 0.375])
    let capture = Capture()
    var now = 0.0
    let progress = ProgressLine(capture.console(), clock: { now })
    now = 10
    let reached = UnitProgress(done: 2, total: 3, unit: "epochs", values: [:])
    progress.update(plan.units[2], of: plan, place: 2, from: 0.25, reached)
    #expect(capture.error.contains("3/4 large seed 0  2/3 epochs   50 %") && capture.error.contains("ETA 0:10"))
  }

  @Test func terminalRedrawsOneLineWithinItsWidth() {
    let capture = Capture()
    var now = 0.0
    let progress = ProgressLine(capture.console(terminal: true, columns: 40), clock: { now })
    for step in 1...100 {
      now += 0.02
      progress.update("train", done: step, of: 100, values: ["trainLoss": 1, "validationLoss": 2])
    }
    let frames = capture.error.components(separatedBy: "\r\u{1B}[2K").dropFirst()
    #expect(frames.count >= 15 && frames.count <= 21 && frames.allSatisfy { $0.count <= 39 })
    #expect(!capture.error.contains("\n"))
    progress.clear()
    #expect(capture.error.hasSuffix("\r\u{1B}[2K"))
  }

  @Test func plainStreamsGetOccasionalLines() {
    let capture = Capture()
    var now = 0.0
    let progress = ProgressLine(capture.console(), clock: { now })
    for step in 1...1000 {
      now += 0.05
      progress.update("train", done: step, of: 1000)
    }
    let lines = capture.error.split(separator: "\n")
    #expect((9...10).contains(lines.count) && lines[0].contains("10 %") && !capture.error.contains("\u{1B}"))

    now = 0
    let slow = Capture()
    let slowProgress = ProgressLine(slow.console(), clock: { now })
    for step in 1...12 {
      now += 5
      slowProgress.update("train", done: step, of: 1000)
    }
    #expect(slow.error.split(separator: "\n").count == 6)
  }

  @Test func countsOutsideOfTheirTotalAreClamped() {
    let capture = Capture()
    var now = 0.0
    let progress = ProgressLine(capture.console(terminal: true), clock: { now })
    for done in [-5, 3, 6] {
      now += 1
      progress.update("train", done: done, of: 5)
    }
    progress.clear()
    #expect(capture.error.contains("  0 %") && capture.error.contains("100 %"))
  }

  @Test func quietSaysNothingAndSoDoesAShortRun() {
    let capture = Capture()
    var now = 0.0
    let quiet = ProgressLine(capture.console(terminal: true), quiet: true, clock: { now })
    let short = ProgressLine(capture.console(), clock: { now })
    for step in 1...10 {
      now += 0.05
      quiet.update("train", done: step, of: 10)
      short.update("train", done: step, of: 10)
    }
    quiet.clear()
    #expect(capture.error.isEmpty)
  }
}
