/// Rows or columns brought to mean 0 and variance 1, then scaled and shifted: inputs x, weight, bias.
internal final class Normalization: ComposedPrimitive {
  /// Which elements share a mean: each row (layer norm) or each column over the batch (batch norm).
  enum Group { case row, column }

  let group: Group
  let epsilon: Double
  let mean: Tensor
  let rstd: Tensor

  init(_ group: Group, epsilon: Double, mean: Tensor, rstd: Tensor) {
    self.group = group
    self.epsilon = epsilon
    self.mean = mean
    self.rstd = rstd
  }

  var saves: SavedTensors { .inputs }

  func composed(_ node: Node) -> Tensor {
    let x = node.input(0), axes = [group == .row ? -1 : 0]
    let centred = x - x.mean(axes: axes, keepingAxes: true)
    let variance = centred.squared().mean(axes: axes, keepingAxes: true)
    return centred / (variance + epsilon).sqrt() * node.input(1) + node.input(2)
  }

  func fusedVJP(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    let gradient = group == .row ? Bridge.layerNormGradient : Bridge.batchNormGradient
    let (dx, dweight, dbias) = gradient(dy, node.input(0), mean, rstd, node.input(1))
    sink.add(0, dx)
    sink.add(1, dweight)
    sink.add(2, dbias)
  }
}

extension Tensor {
  private func checkAffine(
    _ name: StaticString, _ weight: Tensor, _ bias: Tensor, _ file: StaticString, _ line: UInt
  ) {
    guard rank >= 1, weight.shape == [shape[-1]], bias.shape == weight.shape, weight.dtype == dtype, bias.dtype == dtype
    else {
      trap("\(name): x \(shape), weight \(weight.shape) and bias \(bias.shape) disagree at the last axis", file, line)
    }
  }

  /// (x - mean) / sqrt(variance + epsilon) weight + bias along the last axis (Ba et al. 2016).
  public func layerNormalized(
    weight: Tensor, bias: Tensor, epsilon: Double = 1e-5, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    checkAffine("layerNormalized", weight, bias, file, line)
    let (y, mean, rstd) = Bridge.layerNorm(self, weight, bias, epsilon: epsilon)
    return recorded(Normalization(.row, epsilon: epsilon, mean: mean, rstd: rstd), y, self, weight, bias)
  }

  /// Each column of x [rows, n] by its mean and biased variance over the rows (Ioffe and Szegedy 2015); also returns
  /// both, for running averages.
  public func batchNormalized(
    weight: Tensor, bias: Tensor, epsilon: Double = 1e-5, file: StaticString = #fileID, line: UInt = #line
  ) -> (y: Tensor, mean: Tensor, variance: Tensor) {
    checkAffine("batchNormalized", weight, bias, file, line)
    guard rank == 2 else { trap("batchNormalized: x has shape \(shape), expected [rows, n]", file, line) }
    let (mean, variance) = Bridge.columnMoments(self)
    let rstd = withoutRecording { (variance + epsilon).pow(-0.5) }
    let y = Bridge.batchNorm(self, mean, rstd, weight, bias)
    return (
      recorded(Normalization(.column, epsilon: epsilon, mean: mean, rstd: rstd), y, self, weight, bias), mean, variance
    )
  }
}
