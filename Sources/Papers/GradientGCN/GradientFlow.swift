import NeuralKit
import TensorKit

/// Gradient flow: the Frobenius norm of the loss gradient of each layer's weight, first layer first (section 2.2 of
/// arXiv 2210.08122; biases are left out).
public func gradientFlow(_ gradients: ParameterGradients, of model: GraphNetwork) -> [Double] {
  model.layers.map { layer in
    layer.parameters().reduce(0) { sum, parameter in
      guard parameter.shape.rank == 2, let gradient = gradients[parameter] else { return sum }
      return sum + gradient.squared().sum().item()
    }.squareRoot()
  }
}
