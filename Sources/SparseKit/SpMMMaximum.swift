import CKernels.Base
import TensorKit

/// y[r, c] = max over the entries (r, j) of x[j, c]: input x.
internal final class NeighbourMaximum: ComposedPrimitive {
  let pattern: SparsePattern
  /// The entry that won for each element of y.
  let winner: Tensor

  init(pattern: SparsePattern, winner: Tensor) {
    self.pattern = pattern
    self.winner = winner
  }

  /// The composed rule reads x; the fused one only the winners.
  var saves: SavedTensors { .input0 }

  func composed(_ node: Node) -> Tensor {
    node.input(0).gathered(pattern.columnTensor).segmentMaximum(pattern)
  }

  func fusedVJP(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    sink.add(0, Bridge.spmmMaximumGradient(pattern, dy, winner))
  }
}

/// Maximum over neighbours: y[r, c] is the largest x[j, c] over the entries (r, j) of the pattern, for x [columns,
/// width] and y [rows, width]. A row without entries gives 0; the first of equals takes the gradient.
public func spmmMaximum(
  _ pattern: SparsePattern, _ x: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  guard x.rank == 2, x.shape[0] == pattern.columns, x.dtype.isFloatingPoint else {
    trap(
      "spmmMaximum: the pattern is \(pattern.rows) x \(pattern.columns), X has shape \(x.shape) and type \(x.dtype), "
        + "expected [\(pattern.columns), width] of a floating-point type", file, line)
  }
  let (y, winner) = Bridge.spmmMaximum(pattern, x, withWinner: ck_recording() && x.isDifferentiable)
  guard let winner else { return y }
  return recorded(NeighbourMaximum(pattern: pattern, winner: winner), y, x)
}
