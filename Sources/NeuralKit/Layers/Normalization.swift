import TensorKit

/// Brings each row to mean 0 and variance 1 along the last axis, then scales and shifts it.
public final class LayerNorm: Layer {
  /// Scale, [width].
  @Parameter public var weight: Tensor
  /// Shift, [width].
  @Parameter public var bias: Tensor
  /// Added to the variance.
  public let epsilon: Double

  /// Starts with weight 1 and bias 0.
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
  /// Scale, [width].
  @Parameter public var weight: Tensor
  /// Shift, [width].
  @Parameter public var bias: Tensor
  /// Running mean of each column, [width].
  @Buffer("running_mean") public var runningMean: Tensor
  /// Running unbiased variance of each column, [width].
  @Buffer("running_var") public var runningVariance: Tensor
  /// Added to the variance.
  public let epsilon: Double
  /// Share of the batch in the running moments.
  public let momentum: Double

  /// Starts with weight 1, bias 0 and running moments 0 and 1.
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
