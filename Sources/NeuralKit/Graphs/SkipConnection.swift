/// How a graph network carries earlier results past its layers.
///
/// With x_0 the result of the input layer, z_l what layer l = 0, 1, ... gives before its activation and h_l after it:
public enum SkipConnection: Sendable, Equatable {
  /// x = h_l.
  case none
  /// z_l + scale z_0 before the activation, for each l in `into`; z_0 is the first layer's own (arXiv 2210.08122).
  case first(into: Set<Int>, scale: Double = 1)
  /// x = (1 - a) h_l + a y, where y is what the layer before gave after its activation (x_0 for the first layer).
  case residual(Double)
  /// x = (1 - a) h_l + a x_0.
  case initial(Double)
  /// x = a linear map of [x_0, h_0, ..., h_l] side by side, one map a layer.
  case dense
  /// Logits = a linear map of [x_0, h_0, ..., h_L-1] side by side, in place of the output layer (Xu et al. 2018).
  case jumping

  /// The factor of the first layer's result that layer `index` takes, if any.
  internal func scaleOfFirst(into index: Int) -> Double? {
    guard case .first(let into, let scale) = self, into.contains(index) else { return nil }
    return scale
  }

  /// Whether any layer takes the first one's result.
  internal var usesFirst: Bool {
    guard case .first(let into, _) = self else { return false }
    return !into.isEmpty
  }
}

/// One line such as `first(1, 3; 1.0)`, which `init(_:)` reads back.
extension SkipConnection: LosslessStringConvertible {
  public var description: String {
    switch self {
    case .none: "none"
    case .first(let into, let scale): "first(\(into.sorted().map(String.init).joined(separator: ", ")); \(scale))"
    case .residual(let share): "residual(\(share))"
    case .initial(let share): "initial(\(share))"
    case .dense: "dense"
    case .jumping: "jumping"
    }
  }

  public init?(_ description: String) {
    let parts = description.split(separator: "(", maxSplits: 1)
    guard let name = parts.first else { return nil }
    let inside = parts.count == 2 && parts[1].hasSuffix(")") ? parts[1].dropLast() : nil
    switch (name, inside) {
    case ("none", nil): self = .none
    case ("dense", nil): self = .dense
    case ("jumping", nil): self = .jumping
    case ("residual", let text?):
      guard let share = Double(text) else { return nil }
      self = .residual(share)
    case ("initial", let text?):
      guard let share = Double(text) else { return nil }
      self = .initial(share)
    case ("first", let text?):
      let halves = text.split(separator: ";", omittingEmptySubsequences: false)
      guard halves.count == 2, let scale = Double(halves[1].drop { $0 == " " }) else { return nil }
      let items = halves[0].split(separator: ",")
      let layers = items.compactMap { Int($0.drop { $0 == " " }) }
      guard layers.count == items.count else { return nil }
      self = .first(into: Set(layers), scale: scale)
    default: return nil
    }
  }
}
