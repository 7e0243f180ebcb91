import SparseKit
import TensorKit

/// Layers of message passing one after another, with the tricks that deep ones need.
///
/// With x the features and dropout on the input of every layer:
/// 1. `input`, when there is one: x_0 = ReLU(input(dropout x)).
/// 2. For each layer l: z_l = norm_l(layer_l(dropout x) + skip), h_l = ReLU(z_l), and x is h_l or what the skip
///    connection makes of it. The last layer has no ReLU unless an output layer or a jumping connection follows.
/// 3. `output`, when there is one, maps dropout x to the logits.
///
/// Without input, output, norms and skips this is the vanilla GCN, one fused operation a layer, up to the next dropout.
/// It announces every z_l as `preactivation` and every h_l as `hidden`, at index l.
public final class GraphNetwork: GraphModel {
  /// Maps features before the first layer.
  @Child public private(set) var input: Linear?
  @Child public private(set) var layers: [GraphLayer]
  /// One for each layer or for all but the last; or none at all.
  @Child public private(set) var norms: [Layer]
  /// The maps of a dense or jumping skip connection.
  @Child public private(set) var mixers: [Linear]
  /// Maps the last layer's result to the logits.
  @Child public private(set) var output: Linear?
  /// May change between steps: a dense or jumping connection only to itself, as it comes with parameters.
  public var skip: SkipConnection {
    didSet { requireFit() }
  }
  /// Rate at each layer's input, the features included.
  public let dropout: Double
  /// What of the graph the layers see in training.
  public let sampling: GraphSampling
  private let generator: RandomGenerator

  /// - Parameters:
  ///   - mixers: the maps of a dense skip connection, one a layer, or the one of a jumping connection.
  ///   - generator: draws the dropout masks and what of the graph is seen.
  public init(
    input: Linear? = nil, layers: [GraphLayer], norms: [Layer] = [], output: Linear? = nil,
    skip: SkipConnection = .none, mixers: [Linear] = [], dropout: Double = 0,
    sampling: GraphSampling = .none, using generator: RandomGenerator
  ) {
    self.input = input
    self.layers = layers
    self.norms = norms
    self.mixers = mixers
    self.output = output
    self.skip = skip
    self.dropout = dropout
    self.sampling = sampling
    self.generator = generator
    super.init()
    requireFit()
  }

  /// How many maps a skip connection comes with.
  internal static func mixerCount(_ skip: SkipConnection, layers: Int) -> Int {
    switch skip {
    case .dense: layers
    case .jumping: 1
    default: 0
    }
  }

  private func requireFit() {
    let expected = Self.mixerCount(skip, layers: layers.count)
    guard !layers.isEmpty, mixers.count == expected, norms.count <= layers.count else {
      trap(
        "GraphNetwork: \(layers.count) layers, \(norms.count) norms and skip \(skip) with \(mixers.count) maps; "
          + "expected a layer or more, not more norms than layers and \(expected) maps", #fileID, #line)
    }
    if case .first(let into, _) = skip, let bad = into.first(where: { $0 < 1 || $0 >= layers.count }) {
      trap("GraphNetwork: a skip into layer \(bad), but only 1..<\(layers.count) come after the first", #fileID, #line)
    }
  }

  /// Number of features of a node that the network takes.
  public var inputWidth: Int { input.map { $0.weight.shape[1] } ?? layers[0].inputWidth }

  public override var details: String { "skip \(skip), dropout \(dropout), sampling \(sampling)" }

  public override func callAsFunction(_ features: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    var x = features, first: Tensor?, isDropped = false
    var past: [Tensor] = []  // x_0, h_0, h_1, ...
    if let input {
      let start = input(dropped(x)).relu()
      past.append(start)
      x = .dense(start)
    }
    let seen = (isTraining ? sampling : .none).operators(graph, layers: layers.count, using: generator)
    for (index, layer) in layers.enumerated() {
      let (z, h) = apply(layer, index, isDropped ? x : dropped(x), seen[index], first: first)
      if index == 0 { first = z }
      if keepsPast(index) { past.append(h) }
      x = .dense(connect(h, index, past))
      isDropped = dropsResult(index)
    }
    guard case .dense(let last) = x else { preconditionFailure("a graph network has at least one layer") }
    if skip == .jumping { return mixers[0](sideBySide: past) }
    return output.map { $0(isDropped ? last : dropped(last)) } ?? last
  }

  private func isActivated(_ index: Int) -> Bool { index < layers.count - 1 || output != nil || skip == .jumping }
  private func needsPreactivation(_ index: Int) -> Bool {
    isObserved || index < norms.count || (index == 0 && skip.usesFirst)
  }
  /// Whether the layer's result is needed nowhere but in the dropped input of the next map: it then comes dropped.
  private func dropsResult(_ index: Int) -> Bool {
    switch skip {
    case .none, .first: isTraining && isActivated(index) && !needsPreactivation(index)
    case .residual, .initial, .dense, .jumping: false
    }
  }

  /// What the layer gives before (when somebody needs it) and after the activation.
  private func apply(
    _ layer: GraphLayer, _ index: Int, _ x: NodeFeatures, _ graph: GraphOperators, first: Tensor?
  ) -> (z: Tensor?, h: Tensor) {
    let residual = skip.scaleOfFirst(into: index).flatMap { scale in first.map { (tensor: $0, scale: scale) } }
    let norm = index < norms.count ? norms[index] : nil
    // ReLU is part of the propagation's pass unless somebody needs what came before it.
    guard needsPreactivation(index) else {
      let masks = dropsResult(index) ? (rate: dropout, generator: generator) : nil
      return (nil, layer(x, graph, residual: residual, relu: isActivated(index), dropout: masks))
    }
    let y = layer(x, graph, residual: residual, relu: false)
    let z = norm.map { $0(y) } ?? y
    announce("preactivation", index, z)
    guard isActivated(index) else { return (z, z) }
    let h = z.relu()
    announce("hidden", index, h)
    return (z, h)
  }

  /// Whether a later layer looks back at this one's result.
  private func keepsPast(_ index: Int) -> Bool {
    switch skip {
    case .none, .first: false
    case .residual, .dense, .jumping: true
    case .initial: standsForStart(index)
    }
  }

  /// Without an input layer h_0 is the x_0 of an initial connection.
  private func standsForStart(_ index: Int) -> Bool { input == nil && index == 0 }

  /// The next layer's input from h_l and what came before.
  private func connect(_ h: Tensor, _ index: Int, _ past: [Tensor]) -> Tensor {
    switch skip {
    case .none, .first, .jumping: h
    case .residual(let share): past.count < 2 ? h : h * (1 - share) + past[past.count - 2] * share
    case .initial(let share): standsForStart(index) ? h : h * (1 - share) + past[0] * share
    case .dense: mixers[index](sideBySide: past)
    }
  }

  private func dropped(_ x: Tensor) -> Tensor { isTraining ? x.dropout(dropout, using: generator) : x }
  private func dropped(_ x: NodeFeatures) -> NodeFeatures { isTraining ? x.dropout(dropout, using: generator) : x }
}
