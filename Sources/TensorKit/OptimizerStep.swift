import CKernels.Base
import CKernels.Dense

/// Fused optimizer steps over many tensors in one pass: the only writers of existing tensors.
package enum OptimizerStep {
  /// One tensor to update. Buffers have the weight's shape and type.
  package struct Parameter {
    package let weight: Tensor
    package let gradient: Tensor
    package let moment1: Tensor?
    package let moment2: Tensor?
    package let weightDecay: Double

    package init(weight: Tensor, gradient: Tensor, moment1: Tensor?, moment2: Tensor?, weightDecay: Double) {
      self.weight = weight
      self.gradient = gradient
      self.moment1 = moment1
      self.moment2 = moment2
      self.weightDecay = weightDecay
    }
  }

  /// One Adam step, or AdamW with `decoupled`. `step` counts from 1.
  package static func adam(
    _ parameters: [Parameter], learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, step: Int,
    decoupled: Bool
  ) {
    var options = ck_adam_options(
      learning_rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, step: Int64(step), decoupled: decoupled
    )
    update(
      parameters, "adam",
      float: { ck_dense_adam_f32(Bridge.context, $0, $1, &options) },
      double: { ck_dense_adam_f64(Bridge.context, $0, $1, &options) })
  }

  /// One SGD step with momentum, as torch.optim.SGD defines it.
  package static func sgd(
    _ parameters: [Parameter], learningRate: Double, momentum: Double, dampening: Double, step: Int, nesterov: Bool
  ) {
    var options = ck_sgd_options(
      learning_rate: learningRate, momentum: momentum, dampening: dampening, step: Int64(step), nesterov: nesterov)
    update(
      parameters, "sgd",
      float: { ck_dense_sgd_f32(Bridge.context, $0, $1, &options) },
      double: { ck_dense_sgd_f64(Bridge.context, $0, $1, &options) })
  }

  private static func update(
    _ parameters: [Parameter], _ name: StaticString,
    float: (UnsafePointer<ck_parameter_f32>, Int64) -> ck_status,
    double: (UnsafePointer<ck_parameter_f64>, Int64) -> ck_status
  ) {
    let interval = ProfileRecorder.enter(.update)
    defer { ProfileRecorder.leave(interval) }
    let singles = parameters.filter { $0.weight.dtype == .float32 }.map {
      ck_parameter_f32(
        weight: $0.weight.f32, gradient: $0.gradient.f32, moment1: $0.moment1?.f32, moment2: $0.moment2?.f32,
        n: $0.weight.elements, weight_decay: $0.weightDecay)
    }
    let doubles = parameters.filter { $0.weight.dtype == .float64 }.map {
      ck_parameter_f64(
        weight: $0.weight.f64, gradient: $0.gradient.f64, moment1: $0.moment1?.f64, moment2: $0.moment2?.f64,
        n: $0.weight.elements, weight_decay: $0.weightDecay)
    }
    if !singles.isEmpty { Bridge.check(float(singles, Int64(singles.count)), name) }
    if !doubles.isEmpty { Bridge.check(double(doubles, Int64(doubles.count)), name) }
    for parameter in parameters { ck_block_bump(parameter.weight.body.block) }
    withExtendedLifetime(parameters) {}
  }
}
