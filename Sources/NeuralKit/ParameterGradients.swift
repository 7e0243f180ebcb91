import TensorKit

/// Gradients of a loss, one for each trained parameter, in the order of `Module.parameters()`.
public struct ParameterGradients {
  /// The boxes that the gradients belong to.
  public let parameters: [ParameterBox]
  /// One tensor for each parameter, of its shape and type.
  public internal(set) var tensors: [Tensor]

  /// Gradients made elsewhere; traps when a shape or type is not its parameter's.
  public init(
    _ parameters: [ParameterBox], _ tensors: [Tensor], file: StaticString = #fileID, line: UInt = #line
  ) {
    guard parameters.count == tensors.count else {
      trap("ParameterGradients: \(tensors.count) tensors for \(parameters.count) parameters", file, line)
    }
    for (parameter, tensor) in zip(parameters, tensors)
    where tensor.shape != parameter.shape || tensor.dtype != parameter.tensor.dtype {
      trap(
        "ParameterGradients: a gradient \(tensor.shape) \(tensor.dtype) for a parameter \(parameter.shape) "
          + "\(parameter.tensor.dtype)", file, line)
    }
    self.parameters = parameters
    self.tensors = tensors
  }

  /// The gradient of one parameter, or nil when it was not asked for (a frozen one).
  public subscript(parameter: ParameterBox) -> Tensor? {
    parameters.firstIndex { $0 === parameter }.map { tensors[$0] }
  }

  /// Euclidean norm of all gradients as one vector.
  public var norm: Double { tensors.reduce(0) { $0 + $1.dot($1) }.squareRoot() }

  /// Scales all gradients by one factor so that their common norm is at most `limit`; returns the norm before. A norm
  /// that is not finite is returned without scaling, for the caller to judge.
  @discardableResult
  public mutating func clip(norm limit: Double) -> Double {
    let norm = self.norm
    // The small term is PyTorch's guard against a division by zero.
    if norm.isFinite, norm > limit { tensors = withoutRecording { tensors.map { $0 * (limit / (norm + 1e-6)) } } }
    return norm
  }

  /// Brings every element into -limit...limit; returns the norm before.
  @discardableResult
  public mutating func clip(value limit: Double, file: StaticString = #fileID, line: UInt = #line) -> Double {
    guard limit >= 0 else { trap("clip: limit \(limit) is below 0", file, line) }
    let norm = self.norm
    tensors = withoutRecording { tensors.map { $0.clamped(to: -limit...limit) } }
    return norm
  }
}

/// The value of `loss`, a scalar made with `model`'s parameters, and its gradients with respect to those that are not
/// frozen. With `createGraph` both stay differentiable, for gradients through gradients.
public func valueAndGradients(
  of model: Module, createGraph: Bool = false, file: StaticString = #fileID, line: UInt = #line,
  _ loss: () throws -> Tensor
) rethrows -> (value: Tensor, gradients: ParameterGradients) {
  let boxes = model.parameters().filter(\.tensor.isDifferentiable)
  let value = try loss()
  guard value.count == 1 else {
    trap("valueAndGradients: the loss has shape \(value.shape), expected a scalar", file, line)
  }
  let results = gradients(
    of: value, withRespectTo: boxes.map(\.tensor), createGraph: createGraph, file: file, line: line)
  return (createGraph ? value : value.detached(), ParameterGradients(boxes, results, file: file, line: line))
}
