import TensorKit

/// Brings each row to mean 0 and variance 1 along the last axis, then scales and shifts it.
public final class LayerNorm: Layer {
  @Parameter public var weight: Tensor
  @Parameter public var bias: Tensor
  public let epsilon: Double

  public init(_ width: Int, epsilon: Double = 1e-5) {
    weight = .ones([width])
    bias = .zeros([width])
    self.epsilon = epsilon
  }

  public override var details: String { "\(weight.count)" }
  public override func callAsFunction(_ x: Tensor) -> Tensor {
    x.layerNormalized(weight: weight, bias: bias, epsilon: epsilon)
  }
}

/// Brings each column of x [rows, width] to mean 0 and variance 1, then scales and shifts it: by the batch's moments in
/// training, by the running ones in evaluation.
///
/// As in PyTorch the batch is divided by its biased deviation while the running variance averages the unbiased one:
/// running <- (1 - momentum) running + momentum batch.
public final class BatchNorm1d: Layer {
  @Parameter public var weight: Tensor
  @Parameter public var bias: Tensor
  @Buffer("running_mean") public var runningMean: Tensor
  @Buffer("running_var") public var runningVariance: Tensor
  public let epsilon: Double
  public let momentum: Double

  public init(_ width: Int, epsilon: Double = 1e-5, momentum: Double = 0.1) {
    weight = .ones([width])
    bias = .zeros([width])
    self.epsilon = epsilon
    self.momentum = momentum
    super.init()
    runningMean = .zeros([width])
    runningVariance = .ones([width])
  }

  public override var details: String { "\(weight.count)" }
  /// PyTorch counts batches for an average that is not offered here.
  public override var ignoredNames: Set<String> { ["num_batches_tracked"] }

  public override func callAsFunction(_ x: Tensor) -> Tensor {
    guard isTraining else {
      let scale = weight * (runningVariance + epsilon).pow(-0.5)
      return (x - runningMean) * scale + bias
    }
    let rows = x.shape.first ?? 0
    guard rows > 1 else {
      trap("BatchNorm1d: a batch of shape \(x.shape) has no variance; training needs two rows or more", #fileID, #line)
    }
    let (y, mean, variance) = x.batchNormalized(weight: weight, bias: bias, epsilon: epsilon)
    withoutRecording {
      let unbiased = Double(rows) / Double(rows - 1)
      runningMean = runningMean * (1 - momentum) + mean * momentum
      runningVariance = runningVariance * (1 - momentum) + variance * (momentum * unbiased)
    }
    return y
  }
}
