import NeuralKit
import TensorKit

extension GradientGCN {
  /// A trained network.
  public struct Result {
    /// With the weights of the chosen epoch.
    public let model: GraphNetwork
    /// Layers with a skip from the first.
    public let skips: Set<Int>
    /// What the rewiring saw; nil without one.
    public let record: RewiringRecord?
    /// The first epoch, counted from 1, with the highest validation accuracy.
    public let epoch: Int
    /// What the model of that epoch reaches.
    public let evaluation: NodeTask.Evaluation
  }

  /// Where training is.
  public struct Progress: Sendable {
    /// Whether this is the probe, before the network that is kept.
    public let isProbe: Bool
    /// Counted from 1.
    public let epoch: Int
    public let epochs: Int
    public let trainLoss: Double
    /// Nil in the probe.
    public let evaluation: NodeTask.Evaluation?
  }

  /// Why a training gave no model.
  public enum Failure: Error, CustomStringConvertible {
    case noSplit(dataset: String)
    case diverged(epoch: Int, loss: Double)

    public var description: String {
      switch self {
      case .noSplit(let dataset):
        "\(dataset): the data set has no split, expected training, validation and test nodes"
      case .diverged(let epoch, let loss):
        "epoch \(epoch): the training loss is \(loss); a lower learning rate may help"
      }
    }
  }

  /// Trains a network on the task's split and keeps the first epoch with the highest validation accuracy.
  ///
  /// Throws `Failure`, and what `progress` throws, which ends the training. Traps when `epochs` or the probe's is 0.
  public func train(
    _ task: NodeTask, epochs: Int = 300, seed: UInt64 = 0, file: StaticString = #fileID, line: UInt = #line,
    progress: (Progress) throws -> Void = { _ in }
  ) throws -> Result {
    guard epochs >= 1 else { trap("train: \(epochs) epochs, expected 1 or more", file, line) }
    if let rewiring, rewiring.probeEpochs < 1 {
      trap("train: rewiring with \(rewiring.probeEpochs) probe epochs, expected 1 or more", file, line)
    }
    guard task.rows != nil else { throw Failure.noSplit(dataset: task.dataset.name) }
    var record: RewiringRecord?
    if needsProbe, let rewiring {
      let probe = probe(task, seed: seed)
      for epoch in 1...rewiring.probeEpochs {
        let loss = try finite(probe.epoch(epoch), epoch)
        try progress(
          Progress(isProbe: true, epoch: epoch, epochs: rewiring.probeEpochs, trainLoss: loss, evaluation: nil))
      }
      record = probe.model.record
    }
    if !needsProbe, rewiring != nil {
      let training = onlineTraining(task, seed: seed)
      let best = try fit(training.model, task, epochs, progress) { training.epoch($0) }
      let record = training.model.record
      return Result(
        model: training.model.rewire(), skips: Set(record.layers), record: record, epoch: best.epoch,
        evaluation: best.evaluation)
    }
    let skips = skippedLayers(listed: record?.layers ?? [], seed: seed)
    let model = network(task, skips: skips, seed: seed)
    let training = NodeTraining(model, task, optimizer(model))
    let best = try fit(model, task, epochs, progress) { _ in training.epoch() }
    return Result(model: model, skips: skips, record: record, epoch: best.epoch, evaluation: best.evaluation)
  }

  /// Runs the epochs and leaves the model as it was in the best one.
  private func fit(
    _ model: GraphModel, _ task: NodeTask, _ epochs: Int, _ progress: (Progress) throws -> Void,
    _ step: (Int) -> Double
  ) throws -> (epoch: Int, evaluation: NodeTask.Evaluation) {
    var best: (epoch: Int, evaluation: NodeTask.Evaluation, state: [String: Tensor])?
    for epoch in 1...epochs {
      let loss = try finite(step(epoch), epoch)
      let evaluation = task.evaluate(model)
      if evaluation.validationAccuracy > best?.evaluation.validationAccuracy ?? -1 {
        best = (epoch, evaluation, model.snapshot())
      }
      try progress(
        Progress(isProbe: false, epoch: epoch, epochs: epochs, trainLoss: loss, evaluation: evaluation))
    }
    guard let best else { trap("train: no epoch has an accuracy of 0 or more", #fileID, #line) }
    model.restore(best.state)
    return (best.epoch, best.evaluation)
  }

  private func finite(_ loss: Double, _ epoch: Int) throws -> Double {
    guard loss.isFinite else { throw Failure.diverged(epoch: epoch, loss: loss) }
    return loss
  }
}
