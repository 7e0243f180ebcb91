import DataKit
import FileKit
import GradientGCN
import NeuralKit
import SparseKit
import TensorKit

/// One graph attention layer, forward and backward, with the gradients of its inputs and parameters.
///
/// Its numbers are multiples of powers of two, so that every logit is exact in float32: near 0 rounding would put some
/// on the other side of the leaky ReLU's kink than float64's, and their gradients with them.
final class AttentionTask: PeerTask {
  let kind = "gat"
  private let layer: GraphAttention
  private let graph: GraphOperators
  private let x, dz: Tensor

  init(_ input: PeerInput, inputs: Int, heads: Int, width: Int) {
    graph = GraphOperators(input.graph)
    layer = GraphAttention(inputs, width, heads: heads, using: RandomGenerator(seed: 3))
    layer.weight = Self.multiples(of: 0x1p-5, layer.weight)
    layer.source = Self.multiples(of: 0x1p-5, layer.source)
    layer.target = Self.multiples(of: 0x1p-5, layer.target)
    x = Self.multiples(of: 0x1p-4, PeerInput.random([input.graph.nodeCount, inputs], seed: 1)).differentiable()
    dz = PeerInput.random([input.graph.nodeCount, heads * width], seed: 2)
  }

  private static func multiples(of unit: Float, _ x: Tensor) -> Tensor {
    Tensor(x.array(of: Float.self).map { ($0 / unit).rounded() * unit }, shape: x.shape)
  }

  var inputs: [(name: String, array: NumpyArray)] {
    let tensors = [("x", x), ("weight", layer.weight), ("source", layer.source), ("target", layer.target)]
    return tensors.map { ($0.0, NumpyArray($0.1)) } + [("bias", NumpyArray(layer.bias!)), ("dz", NumpyArray(dz))]
  }

  func results() -> [Tensor] {
    let z = layer(.dense(x), graph)
    let leaves = [x, layer.weight, layer.source, layer.target, layer.bias!]
    return [z] + gradients(of: z, withRespectTo: leaves, seed: dz)
  }
  func call() { withExtendedLifetime(results()) {} }
}

/// One training step of a two-layer GCN: forward, backward, Adam, dropout 0.5. What is compared is the loss and the
/// gradients without dropout, before any step.
final class GCNStepTask: PeerTask {
  let kind = "gcn"
  private let training: NodeTraining<GraphNetwork>
  let inputs: [(name: String, array: NumpyArray)]

  /// On a twin with its words.
  convenience init(twin: GraphTwin, hidden: Int) {
    self.init(NodeTask(GraphTwin.make(like: twin)), hidden: hidden)
  }

  /// On random features and labels, every tenth node for training.
  convenience init(_ graph: Graph, inputs: Int, hidden: Int, classes: Int) throws {
    let ids = Array(0..<Int32(graph.nodeCount))
    let split = Split(
      train: ids.filter { $0 % 10 == 0 }, validation: ids.filter { $0 % 10 == 1 }, test: ids.filter { $0 % 10 > 1 })
    let features = RandomGenerator(seed: 1).uniform([ids.count, inputs])
    let dataset = try NodeDataset(
      name: "random", graph: graph, features: .dense(features), labels: ids.map { $0 % Int32(classes) },
      classCount: classes, splits: [split])
    self.init(NodeTask(dataset), hidden: hidden)
  }

  private init(_ task: NodeTask, hidden: Int) {
    let model = GraphNetwork.gcn(
      widths: [task.features.width, hidden, task.dataset.classCount], graph: task.graph, features: task.features,
      using: RandomGenerator(seed: 0))
    training = NodeTraining(model, task, .kipf(model))
    var arrays =
      Self.files(of: task.features) + [
        ("labels", NumpyArray(task.labels)), ("rows", NumpyArray(task.rows!.train)),
      ]
    for (index, layer) in model.layers.enumerated() {
      let layer = layer as! GraphConvolution
      arrays += [("weight\(index)", NumpyArray(layer.weight)), ("bias\(index)", NumpyArray(layer.bias!))]
    }
    inputs = arrays
  }

  private static func files(of features: NodeFeatures) -> [(name: String, array: NumpyArray)] {
    switch features {
    case .dense(let x): return [("x", NumpyArray(x))]
    case .sparse(let x):
      // The worker gets values with the row scale in them.
      var values = x.values ?? .ones([x.pattern.entryCount])
      if let scale = x.rowScale { values = values * scale.gathered(Tensor(x.pattern.rowIndices)) }
      return [
        ("x_indptr", NumpyArray(x.pattern.rowPointers)), ("x_indices", NumpyArray(x.pattern.columnIndices)),
        ("x_values", NumpyArray(values)),
      ]
    }
  }

  func results() -> [Tensor] {
    training.model.evaluating {
      let (loss, gradients) = training.lossAndGradients()
      return [Tensor([loss])] + gradients.tensors
    }
  }
  func call() { training.epoch() }
}
