import SparseKit
import TensorKit
import Testing

@testable import NeuralKit

/// Every graph layer, model and norm in float64 against central differences, with respect to the features and all
/// parameters: by fused rules, and small ones by composed rules and to second order.
@Suite(.serialized) struct GraphGradientTests {
  private static func generator() -> RandomGenerator { RandomGenerator(seed: 2) }

  private static func convolutions(_ widths: [Int]) -> [GraphLayer] {
    let generator = generator()
    return zip(widths, widths.dropFirst()).map {
      GraphConvolution($0, $1, biases: .uniform(0.5), using: generator)
    }
  }

  private static func network(_ skip: SkipConnection) -> GraphNetwork {
    let generator = generator(), layers = convolutions([3, 3, 3])
    let mixers =
      skip == .dense
      ? [Linear(6, 3, using: generator), Linear(9, 3, using: generator)]
      : skip == .jumping ? [Linear(9, 2, using: generator)] : []
    return GraphNetwork(
      input: Linear(3, 3, using: generator), layers: layers,
      output: skip == .jumping ? nil : Linear(3, 2, using: generator), skip: skip, mixers: mixers, using: generator)
  }

  /// The same part of the graph in every pass, as each makes the network anew.
  private static func sampling(_ part: GraphSampling) -> GraphNetwork {
    GraphNetwork(layers: convolutions([3, 3, 2]), sampling: part, using: RandomGenerator(seed: 4))
  }

  private static let cases: [(String, @Sendable () -> Module)] = [
    ("GraphConvolution, weight first", { GraphConvolution(3, 2, biases: .uniform(0.5), using: generator()) }),
    ("GraphConvolution, propagation first", { GraphConvolution(3, 4, biases: .uniform(0.5), using: generator()) }),
    ("GraphConvolution, identity mapping", { GraphConvolution(3, 3, identityMapping: 0.4, using: generator()) }),
    ("GraphAttention", { GraphAttention(3, 2, using: generator()) }),
    ("GraphAttention, heads side by side", { GraphAttention(3, 2, heads: 3, using: generator()) }),
    (
      "GraphAttention, heads averaged, attention dropout",
      { GraphAttention(3, 2, heads: 2, averagesHeads: true, attentionDropout: 0.3, using: generator()) }
    ),
    ("GraphIsomorphism", { GraphIsomorphism(3, 2, epsilon: 0.3, using: generator()) }),
    (
      "GraphIsomorphism, mean, learned, perceptron",
      { GraphIsomorphism(3, 2, hidden: 4, aggregation: .mean, epsilon: 0.3, learnsEpsilon: true, using: generator()) }
    ),
    ("SampleAndAggregate", { SampleAndAggregate(3, 2, using: generator()) }),
    ("SampleAndAggregate, maximum", { SampleAndAggregate(3, 2, aggregation: .maximum, using: generator()) }),
    ("InitialResidualConvolution", { InitialResidualConvolution(3, alpha: 0.2, strength: 0.4, using: generator()) }),
    (
      "GraphNetwork, first into 1 and 3",
      {
        GraphNetwork(
          layers: convolutions([3, 3, 3, 3, 3, 2]), skip: .first(into: [1, 3], scale: 0.7), using: generator())
      }
    ),
    (
      "GraphNetwork, norms",
      { GraphNetwork(layers: convolutions([3, 4, 2]), norms: [NodeNorm(), PairNorm()], using: generator()) }
    ),
    ("GraphNetwork, residual", { network(.residual(0.3)) }),
    ("GraphNetwork, initial", { network(.initial(0.3)) }),
    ("GraphNetwork, dense", { network(.dense) }),
    ("GraphNetwork, jumping", { network(.jumping) }),
    ("GraphNetwork, dropped edges", { sampling(.dropEdge(0.4)) }),
    ("GraphNetwork, dropped nodes", { sampling(.dropNode(0.4)) }),
    ("GraphNetwork, FastGCN", { sampling(.fastGCN(0.4)) }),
    ("GraphNetwork, LADIES", { sampling(.ladies(0.4)) }),
    ("SGC", { SGC(3, 2, hops: 2, using: generator()) }),
    ("APPNP", { APPNP(3, 4, 2, hops: 3, alpha: 0.2, dropout: 0, using: generator()) }),
    (
      "APPNP, dropout of features and edges",
      { APPNP(3, 4, 2, hops: 2, alpha: 0.2, dropout: 0.3, edgeDropout: 0.3, using: generator()) }
    ),
    ("GCNII", { GCNII(3, 3, 2, layers: 2, dropout: 0, using: generator()) }),
    ("JKNet", { JKNet(3, 3, 2, layers: 2, dropout: 0, using: generator()) }),
    ("DAGNN", { DAGNN(3, 3, 2, hops: 2, dropout: 0, weights: .fanIn, biases: .fanIn, using: generator()) }),
    ("GPRGNN", { GPRGNN(3, 3, 2, hops: 2, dropout: 0, using: generator()) }),
    ("MeanNorm", { MeanNorm() }),
    ("PairNorm", { PairNorm() }),
    ("NodeNorm", { NodeNorm() }),
    ("GroupNorm", { GroupNorm(3, groups: 2, strength: 0.5, using: generator()) }),
    ("CombNorm", { Sequential.combNorm(3, groups: 2, strength: 0.5, using: generator()) }),
  ]

  @Test(arguments: cases.indices) func agreesWithDifferences(index: Int) {
    let (name, make) = Self.cases[index], check = check(make, name, SmallGraph.graph)
    #expect(GradientCheck.firstOrder(check, composed: false) < 1e-6, "\(name)")
    // Larger ones record nothing that the small ones do not.
    if make().parameterCount < 30 {
      #expect(GradientCheck.firstOrder(check, composed: true) < 1e-6, "\(name)")
      #expect(GradientCheck.secondOrder(check) < 2e-5, "\(name)")
    }
  }

  @Test func layersAgreeWithDifferencesOnDirectedGraphs() {
    for (name, make) in Self.cases where make() is GraphLayer || make() is InitialResidualConvolution {
      #expect(GradientCheck.firstOrder(check(make, name, SmallGraph.directed), composed: false) < 1e-6, "\(name)")
    }
  }

  private func check(_ make: @escaping @Sendable () -> Module, _ name: String, _ graph: Graph) -> PrimitiveCase {
    let graph = GraphOperators(graph)
    return PrimitiveCase(
      label: name,
      inputs: {
        let generator = RandomGenerator(seed: 31)
        return [SmallGraph.features(3, dtype: .float64)]
          + make().parameters().map {
            $0.tensor.detached().converted(to: .float64) + generator.uniform($0.shape, in: 0..<0.3, dtype: .float64)
          }
      },
      function: { xs in
        let module = make()
        module.convert(to: .float64)
        return module.withParameters(Array(xs.dropFirst())) { module.applied(to: xs[0], graph) }
      })
  }
}
