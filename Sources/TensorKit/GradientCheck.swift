/// One use of a primitive for the gradient checks: float64 inputs and a function of them.
package struct PrimitiveCase: Sendable, CustomStringConvertible {
  /// Type names of the primitives that the function records.
  package let primitives: [String]
  package let label: String
  package let inputs: @Sendable () -> [Tensor]
  package let function: @Sendable ([Tensor]) -> Tensor
  /// Half-width of the central differences, relative to values above 1. A function with coarse rounding needs a wide
  /// one.
  package let width: Double

  package init(
    _ primitives: String..., label: String, width: Double = 1e-5, inputs: @escaping @Sendable () -> [Tensor],
    function: @escaping @Sendable ([Tensor]) -> Tensor
  ) {
    self.width = width
    self.primitives = primitives
    self.label = label
    self.inputs = inputs
    self.function = function
  }

  package var description: String { "\(primitives.joined(separator: "+")): \(label)" }
}

/// Compares gradients with central differences in float64.
///
/// The scalar under test is s(x) = <f(x), v> + <f(x), f(x)> / 2 with a fixed random v, where f is evaluated twice:
/// every primitive is thus seen with more than one consumer of its inputs and of its output.
package enum GradientCheck {
  /// Largest error of the first-order gradient, relative to the largest component: by the fused rules (createGraph
  /// false) or by the composed ones.
  package static func firstOrder(_ check: PrimitiveCase, composed: Bool) -> Double {
    let xs = check.inputs(), v = cotangent(check.function(xs))
    let leaves = xs.map { $0.differentiable() }
    let got = gradients(of: scalar(check, leaves, v), withRespectTo: leaves, createGraph: composed)
    return zip(got.indices, got).map { index, gradient in
      error(of: gradient, against: differences(at: xs, index, check.width) { scalar(check, $0, v).item() })
    }.max() ?? 0
  }

  /// The same for the gradient of <gradient of s, w>: second order.
  package static func secondOrder(_ check: PrimitiveCase) -> Double {
    let xs = check.inputs(), v = cotangent(check.function(xs))
    let ws = xs.enumerated().map {
      RandomGenerator(seed: 77 + UInt64($0.offset)).normal($0.element.shape, dtype: .float64)
    }
    func slope(_ leaves: [Tensor]) -> Tensor {
      let first = gradients(of: scalar(check, leaves, v), withRespectTo: leaves, createGraph: true)
      return zip(first, ws).reduce(Tensor(0, dtype: .float64)) { $0 + ($1.0 * $1.1).sum() }
    }
    let leaves = xs.map { $0.differentiable() }
    let got = gradients(of: slope(leaves), withRespectTo: leaves)
    return zip(got.indices, got).map { index, gradient in
      error(
        of: gradient,
        against: differences(at: xs, index, check.width) { point in slope(point.map { $0.differentiable() }).item() })
    }.max() ?? 0
  }

  /// Largest relative difference between the fused and the composed gradient in float32.
  package static func fusedAgainstComposed(_ check: PrimitiveCase) -> Double {
    let xs = check.inputs().map { $0.dtype == .float64 ? $0.converted(to: .float32) : $0 }
    let leaves = xs.map { $0.differentiable() }
    let v = cotangent(check.function(xs))
    let fused = gradients(of: scalar(check, leaves, v), withRespectTo: leaves)
    let again = xs.map { $0.differentiable() }
    let composed = gradients(of: scalar(check, again, v), withRespectTo: again, createGraph: true)
    return zip(fused, composed).map { error(of: $0, against: $1.array(of: Double.self)) }.max() ?? 0
  }

  /// Type names of the primitives that the case records.
  package static func recordedPrimitives(_ check: PrimitiveCase) -> Set<String> {
    var names: Set<String> = [], seen: Set<ObjectIdentifier> = []
    var open = [check.function(check.inputs().map { $0.differentiable() }).body.node].compactMap { $0 }
    while let node = open.popLast() {
      guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
      if !node.isLeaf { names.insert("\(type(of: node.primitive))") }
      for index in 0..<(node.variadic?.edges.count ?? 3) { if let edge = node.edge(index) { open.append(edge) } }
    }
    return names
  }

  private static func cotangent(_ y: Tensor) -> Tensor { RandomGenerator(seed: 1234).normal(y.shape, dtype: y.dtype) }

  private static func scalar(_ check: PrimitiveCase, _ xs: [Tensor], _ v: Tensor) -> Tensor {
    let once = check.function(xs), again = check.function(xs)
    return (once * v).sum() + (once * again).sum() * 0.5
  }

  private static func differences(
    at xs: [Tensor], _ index: Int, _ relativeWidth: Double, _ function: ([Tensor]) -> Double
  ) -> [Double] {
    let values = xs[index].array(of: Double.self)
    return values.indices.map { place in
      let width = relativeWidth * Swift.max(1, Swift.abs(values[place]))
      func value(_ shift: Double) -> Double {
        var moved = values, points = xs
        moved[place] += shift
        points[index] = Tensor(moved, shape: xs[index].shape)
        return function(points)
      }
      return (value(width) - value(-width)) / (2 * width)
    }
  }

  private static func error(of got: Tensor, against want: [Double]) -> Double {
    let values = got.array(of: Double.self)
    let scale = Swift.max(want.map(Swift.abs).max() ?? 0, 1e-3)
    let worst = zip(values, want).map { Swift.abs($0 - $1) / scale }.max() ?? 0
    return values.contains { $0.isNaN } || want.contains { $0.isNaN } ? .nan : worst
  }
}
