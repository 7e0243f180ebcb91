import NeuralKit
import TensorKit

/// The paper's method: a vanilla GCN of any depth with an initialisation that looks at the graph and skips from the
/// first layer into those whose signal collapses (arXiv 2210.08122).
///
/// ```swift
/// let method = GradientGCN(layers: 16, hidden: 64, initialization: .std)
/// let result = try method.train(NodeTask(dataset), epochs: 300, seed: 0)
/// print(result.skips, result.evaluation.testAccuracy)
/// try result.model.save(to: "model.safetensors")
/// ```
public struct GradientGCN: Sendable, Hashable {
  /// Which layers get a skip from the first.
  public enum Skips: Sendable, Hashable {
    /// A vanilla GCN.
    case none
    /// Every hidden layer but the first.
    case all
    case into(Set<Int>)
    /// Those that a probe lists, or the network itself while it trains.
    case rewired(Rewiring)
    /// As many as a probe lists, chosen at random: what the choice is worth.
    case random(Rewiring)
  }

  /// How biases start.
  public enum Bias: String, CaseIterable, Sendable {
    /// Drawn like the weights, as in the released code.
    case released
    case zero
  }

  /// Graph convolutions, the output layer included.
  public var layers: Int
  public var hidden: Int
  public var initialization: GCNInitialization
  /// Nil for what the initialisation's source does.
  public var bias: Bias?
  public var skips: Skips
  /// Factor of the first layer's result in a skip.
  public var skipScale = 1.0
  /// Rate at each layer's input.
  public var dropout: Double
  public var learningRate = 0.005
  /// Coupled.
  public var weightDecay = 5e-4
  /// Whether all parameters decay, biases too, or those of the first layer only, as in Kipf's recipe.
  public var decaysAllLayers = true

  /// The released recipe: width 64, 1 / sqrt(outputs), energy rewiring in two phases, dropout 0.6.
  public init(
    layers: Int, hidden: Int = 64, initialization: GCNInitialization = .std, bias: Bias? = nil,
    skips: Skips = .rewired(Rewiring()), dropout: Double = 0.6
  ) {
    self.layers = layers
    self.hidden = hidden
    self.initialization = initialization
    self.bias = bias
    self.skips = skips
    self.dropout = dropout
  }

  /// The rewiring that lists layers, if one does.
  public var rewiring: Rewiring? {
    switch skips {
    case .rewired(let rewiring), .random(let rewiring): rewiring
    case .none, .all, .into: nil
    }
  }

  /// Whether training starts with a probe.
  public var needsProbe: Bool {
    switch skips {
    case .rewired(let rewiring): rewiring.mode == .twoPhase
    case .random: true
    case .none, .all, .into: false
    }
  }

  /// The probe of a seed. The released code takes seed 1 for the probe and 3 for the final network; here the final
  /// network takes the run's seed, as a network without skips does, and the probe one derived from it.
  public static func probeSeed(of seed: UInt64) -> UInt64 { seed ^ 0x70_726f_6265 }
}

// MARK: - Parts, for training loops of your own

extension GradientGCN {
  /// A network with skips into the layers of `skips`, its weights and masks drawn by the seed. Traps when the method
  /// has no layer.
  public func network(
    _ task: NodeTask, skips: Set<Int> = [], seed: UInt64, file: StaticString = #fileID, line: UInt = #line
  ) -> GraphNetwork {
    guard layers >= 1 else { trap("GradientGCN: \(layers) layers, expected 1 or more", file, line) }
    let widths = [task.features.width] + Array(repeating: hidden, count: layers - 1) + [task.dataset.classCount]
    return GraphNetwork.gcn(
      widths: widths, initialization: initialization, drawsBiases: bias.map { $0 == .released },
      skip: skips.isEmpty ? .none : .first(into: skips, scale: skipScale), dropout: dropout, graph: task.graph,
      features: task.features, using: RandomGenerator(seed: seed))
  }

  /// Adam with the method's rate and decay.
  public func optimizer(_ model: Module) -> Optimizer {
    decaysAllLayers
      ? .adam(model, learningRate: learningRate, weightDecay: weightDecay)
      : .kipf(model, learningRate: learningRate, weightDecay: weightDecay)
  }

  /// The first phase: a vanilla network that is trained for `rewiring.probeEpochs` epochs while its layers are watched.
  public func probe(_ task: NodeTask, seed: UInt64) -> RewiringTraining {
    var rewiring = rewiring ?? Rewiring()
    rewiring.mode = .twoPhase
    return watched(network(task, seed: Self.probeSeed(of: seed)), task, rewiring)
  }

  /// Training of a network that gets its skips while it trains.
  public func onlineTraining(_ task: NodeTask, seed: UInt64) -> RewiringTraining {
    watched(network(task, seed: seed), task, rewiring ?? Rewiring(mode: .online))
  }

  private func watched(_ network: GraphNetwork, _ task: NodeTask, _ rewiring: Rewiring) -> RewiringTraining {
    let model = RewiringNetwork(network, rewiring, scale: skipScale)
    return RewiringTraining(model, task, optimizer(model))
  }

  /// The layers that the final network gets skips into, given what the probe listed.
  public func skippedLayers(listed: [Int], seed: UInt64) -> Set<Int> {
    let candidates = RewiringRecord(layerCount: layers).candidates
    switch skips {
    case .none: return []
    case .all: return Set(candidates)
    case .into(let layers): return layers
    case .rewired: return Set(listed)
    case .random:
      let order = RandomGenerator(seed: Self.probeSeed(of: seed)).split().permutation(candidates.count)
      return Set(order.prefix(listed.count).map { candidates.lowerBound + $0 })
    }
  }
}
