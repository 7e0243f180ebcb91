import NeuralKit
import TensorKit

/// Gradient flow: the Frobenius norm of the loss gradient of each layer's weight, first layer first (section 2.2 of
/// arXiv 2210.08122; biases are left out).
public func gradientFlow(_ gradients: ParameterGradients, of model: GCN) -> [Double] {
  model.layers.map { layer in gradients[layer.$weight].map { $0.squared().sum().item().squareRoot() } ?? 0 }
}
