import Foundation
import TensorKit

@testable import NeuralKit

/// Two linear layers with names like PyTorch's.
final class Perceptron: Module {
  @Child var hidden: Linear
  @Child var output: Linear

  init(seed: UInt64 = 1) {
    let generator = RandomGenerator(seed: seed)
    hidden = Linear(3, 4, using: generator)
    output = Linear(4, 2, using: generator)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { output(hidden(x).tanh()) }
}

/// One vector of parameters.
final class Vector: Module {
  @Parameter var w: Tensor
  init(_ values: [Float]) { w = Tensor(values) }
}

extension Tensor {
  var values: [Double] { array(of: Double.self) }
}

/// Whether all values agree within a tolerance relative to 1.
func near(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-6) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
}

func near(_ a: Tensor, _ b: [Double], _ tolerance: Double = 1e-6) -> Bool { near(a.values, b, tolerance) }
