import FileKit
import SparseKit
import TensorKit

/// Y = A X with a value for each entry, or A' X.
final class SpMMTask: PeerTask {
  let kind = "spmm"
  private let a: SparseMatrix
  private let x: Tensor

  init(_ input: PeerInput, width: Int, transposed: Bool) {
    a = transposed ? input.matrix.transposed : input.matrix
    x = PeerInput.random([a.columns, width], seed: 1)
  }

  var inputs: [(name: String, array: NumpyArray)] { [("x", NumpyArray(x))] }
  func results() -> [Tensor] { [spmm(a, x)] }
  func call() { withExtendedLifetime(spmm(a, x)) {} }
}

/// The dot products of rows at the entries of a pattern.
final class SDDMMTask: PeerTask {
  let kind = "sddmm"
  private let pattern: SparseMatrix
  private let u, w: Tensor

  init(_ input: PeerInput, width: Int) {
    pattern = SparseMatrix(input.graph.adjacency)
    u = PeerInput.random([pattern.rows, width], seed: 1)
    w = PeerInput.random([pattern.columns, width], seed: 2)
  }

  var inputs: [(name: String, array: NumpyArray)] { [("u", NumpyArray(u)), ("w", NumpyArray(w))] }
  func results() -> [Tensor] { [sampledProduct(pattern, u, w)] }
  func call() { withExtendedLifetime(sampledProduct(pattern, u, w)) {} }
}

/// Softmax over the entries of each row, for each head.
final class SegmentSoftmaxTask: PeerTask {
  let kind = "softmax"
  private let pattern: SparsePattern
  private let x: Tensor

  init(_ input: PeerInput, heads: Int) {
    pattern = input.graph.adjacency
    x = PeerInput.random([pattern.entryCount, heads], seed: 1)
  }

  var inputs: [(name: String, array: NumpyArray)] { [("x", NumpyArray(x))] }
  func results() -> [Tensor] { [x.segmentSoftmax(pattern)] }
  func call() { withExtendedLifetime(x.segmentSoftmax(pattern)) {} }
}
