import CKernels.Base
import TensorKit

/// z = attention over the entries of a pattern: inputs u, source and target logits.
internal final class GraphAttention: ComposedPrimitive {
  let pattern: SparsePattern
  let heads: Int
  let slope: Double
  /// Rate, key and stream of attention dropout: its mask is that of `Tensor.dropout` over [entryCount, heads].
  let dropout: (rate: Double, key: UInt64, stream: UInt64)?
  /// What the forward kernel leaves for the backward one: the part of z whose logits are above 0, and the numbers of
  /// each row and head.
  private var saved: (positive: Tensor, state: Tensor)?

  init(pattern: SparsePattern, heads: Int, slope: Double, dropout: (Double, UInt64, UInt64)?) {
    self.pattern = pattern
    self.heads = heads
    self.slope = slope
    self.dropout = dropout
  }

  var saves: SavedTensors { [.inputs, .output] }

  func applied(_ u: Tensor, _ source: Tensor, _ target: Tensor) -> Tensor {
    let isRecorded = ck_recording() && [u, source, target].contains { $0.isDifferentiable }
    let z = Tensor(uninitialized: [pattern.rows, u.shape[1]], u.dtype)
    if isRecorded {
      saved = (
        Tensor(uninitialized: z.shape, u.dtype), Tensor(uninitialized: [pattern.rows, 4, heads], u.dtype)
      )
    }
    Bridge.graphAttention(self, z, saved?.positive, saved?.state, u, source, target)
    return recorded(self, z, u, source, target)
  }

  func composed(_ node: Node) -> Tensor { composed(node.input(0), node.input(1), node.input(2)) }

  func fusedVJP(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    guard let (positive, state) = saved else { preconditionFailure("graphAttention: recorded without its state") }
    let (u, source) = (node.input(0), node.input(1))
    let (du, dsource, dtarget) = Bridge.graphAttentionGradient(
      self, dy, node.savedOutputValue(), positive, state, u, source)
    sink.add(0, du)
    sink.add(1, dsource)
    sink.add(2, dtarget)
  }

  /// The attention in other primitives.
  private func composed(_ u: Tensor, _ source: Tensor, _ target: Tensor) -> Tensor {
    let logits = source.gathered(pattern.columnTensor) + target.expandedToEntries(pattern)
    // A slope of 0 would make -infinity, which stands for no edge, NaN.
    let leaky =
      slope == 0
      ? logits.selected(
        where: logits.equal(.full(logits.shape, -.infinity, dtype: logits.dtype)).converted(to: .uint8),
        else: logits.relu())
      : logits.relu() * (1 - slope) + logits * slope
    var weights = leaky.segmentSoftmax(pattern)
    if let dropout {
      let generator = RandomGenerator(seed: dropout.key)
      generator.state.draws = dropout.stream
      weights = weights.dropout(dropout.rate, using: generator)
    }
    let width = u.shape[1] / heads
    let parts = (0..<heads).map { head in
      spmm(
        SparseMatrix(pattern, values: weights.sliced(axis: 1, head..<head + 1).reshaped([pattern.entryCount])),
        u.sliced(axis: 1, head * width..<(head + 1) * width))
    }
    return heads == 1 ? parts[0] : .concatenated(parts, axis: 1)
  }
}

/// Attention of a graph attention network (Velickovic et al. 2018) over the entries of a pattern, for each head h:
///
///     e_ij = leakyReLU(sourceLogits[j, h] + targetLogits[i, h])
///     z[i, h] = sum over the entries (i, j) of softmax_i(e)_ij u[j, h]
///
/// A logit of -infinity weighs 0 whatever the slope. A row without entries, or with no other logits, gives 0.
///
/// - Parameters:
///   - pattern: [rows, columns]; row i lists the nodes j that i attends to.
///   - u: [columns, heads * width], the heads side by side.
///   - sourceLogits: [columns, heads].
///   - targetLogits: [rows, heads].
///   - slope: of the leaky ReLU below 0, in 0...1.
///   - dropout: rate of inverted dropout over the attention weights, with the generator that draws its mask.
/// - Returns: z [rows, heads * width].
public func graphAttention(
  _ pattern: SparsePattern, _ u: Tensor, sourceLogits: Tensor, targetLogits: Tensor, heads: Int, slope: Double = 0.2,
  dropout: Double = 0, using generator: RandomGenerator? = nil, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  guard heads > 0, u.rank == 2, u.shape[0] == pattern.columns, u.shape[1] % heads == 0,
    sourceLogits.shape == [pattern.columns, heads], targetLogits.shape == [pattern.rows, heads]
  else {
    trap(
      "graphAttention: the pattern is \(pattern.rows) x \(pattern.columns), u \(u.shape), sourceLogits "
        + "\(sourceLogits.shape), targetLogits \(targetLogits.shape), heads \(heads); expected u [columns, heads * "
        + "width], sourceLogits [columns, heads] and targetLogits [rows, heads]", file, line)
  }
  guard u.dtype.isFloatingPoint, u.dtype == sourceLogits.dtype, u.dtype == targetLogits.dtype else {
    trap(
      "graphAttention: u is \(u.dtype), sourceLogits \(sourceLogits.dtype) and targetLogits \(targetLogits.dtype); "
        + "convert them to one floating-point type", file, line)
  }
  guard slope >= 0, slope <= 1, dropout >= 0, dropout < 1 else {
    trap("graphAttention: slope \(slope) is outside of 0...1 or dropout \(dropout) outside of [0, 1)", file, line)
  }
  guard dropout == 0 || generator != nil else {
    trap("graphAttention: dropout \(dropout) needs a generator", file, line)
  }
  let draw = dropout > 0 ? generator?.next() : nil
  let attention = GraphAttention(
    pattern: pattern, heads: heads, slope: slope, dropout: draw.map { (dropout, $0.key, $0.stream) })
  return attention.applied(u, sourceLogits, targetLogits)
}
