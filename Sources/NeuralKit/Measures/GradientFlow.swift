import TensorKit

/// Gradient flow: the Frobenius norm of the loss gradient of each weight matrix of `model`, in the order of its layers
/// (section 2.2 of arXiv 2210.08122). Biases and other vectors are left out; a frozen or unused matrix has norm 0.
public func gradientFlow(_ gradients: ParameterGradients, of model: Module) -> [(name: String, norm: Double)] {
  model.namedParameters().compactMap { name, box in
    guard box.shape.count >= 2 else { return nil }
    return (name, gradients[box].map { $0.dot($0).squareRoot() } ?? 0)
  }
}
