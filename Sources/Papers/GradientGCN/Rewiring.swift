/// Gradient-guided rewiring (section 2.4 of arXiv 2210.08122): a layer whose signal collapses during training gets a
/// skip connection from the first layer's output.
public struct Rewiring: Sendable, Hashable, Codable {
  /// What is watched of each hidden layer.
  public enum Criterion: String, CaseIterable, Sendable, Codable {
    /// Dirichlet energy of the preactivation in the forward passes of training, as the released code does.
    case energy
    /// Frobenius norm of the gradient of the layer's weight, as the paper's title says.
    case gradient
  }

  /// When a listed layer gets its skip.
  public enum Mode: String, CaseIterable, Sendable, Codable {
    /// A probe lists layers; a fresh network is then trained with skips into them.
    case twoPhase = "two_phase"
    /// At once, in the network that is being trained.
    case online
  }

  public var criterion = Criterion.energy
  public var mode = Mode.twoPhase
  /// A layer is listed when its value is below this share of the first one.
  public var threshold = 0.4
  /// Epochs of the probe; with `online`, epochs in which layers are watched.
  public var probeEpochs = 200

  public init(
    criterion: Criterion = .energy, mode: Mode = .twoPhase, threshold: Double = 0.4, probeEpochs: Int = 200
  ) {
    self.criterion = criterion
    self.mode = mode
    self.threshold = threshold
    self.probeEpochs = probeEpochs
  }
}

/// The bookkeeping of rewiring: which layers of a network of `layerCount` have fallen below their threshold, and when.
public struct RewiringRecord: Sendable, Equatable, Codable {
  public let layerCount: Int
  public let threshold: Double
  /// The first value seen of each layer; nil before.
  public internal(set) var references: [Double?]
  /// The epoch in which each layer was listed; nil for the others.
  public internal(set) var listedIn: [Int?]

  public init(layerCount: Int, threshold: Double = 0.4) {
    self.layerCount = layerCount
    self.threshold = threshold
    references = Array(repeating: nil, count: layerCount)
    listedIn = references.map { _ in nil }
  }

  /// Hidden layers that can be listed: neither the first, which is the skips' source, nor the output layer.
  public var candidates: Range<Int> { 1..<max(1, layerCount - 1) }

  /// Listed layers, ascending.
  public var layers: [Int] { candidates.filter { listedIn[$0] != nil } }

  /// Whether a layer still waits to be listed.
  public func isWatched(_ layer: Int) -> Bool { candidates.contains(layer) && listedIn[layer] == nil }

  /// Takes in a value of a layer: the first is its reference, one below `threshold` times that lists the layer. Returns
  /// whether it was listed now.
  @discardableResult
  public mutating func observe(_ value: Double, layer: Int, epoch: Int) -> Bool {
    guard isWatched(layer) else { return false }
    guard let reference = references[layer] else {
      references[layer] = value
      return false
    }
    guard value < threshold * reference else { return false }
    listedIn[layer] = epoch
    return true
  }
}
