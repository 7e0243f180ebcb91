import FileKit
import RunKit
import SparseKit
import TensorKit

/// One operation at one shape, for us and for the peers: files for the worker, and our own calls.
protocol PeerTask: AnyObject {
  /// What the worker calls the operation.
  var kind: String { get }
  /// Arrays by file name.
  var inputs: [(name: String, array: NumpyArray)] { get }
  /// Our results, each compared with the worker's reference.
  func results() -> [Tensor]
  /// One call that is timed.
  func call()
}

extension PeerTask {
  func time(calls: Int) -> Double {
    if calls > 1 { call() }
    let start = monotonicSeconds()
    for _ in 0..<calls { call() }
    return monotonicSeconds() - start
  }
}

/// An operation at a shape before its inputs are made.
struct PeerShape {
  /// Title of its table.
  let operation: String
  /// Sizes in words.
  let shape: String
  let isQuick: Bool
  /// Whether the matrix is turned.
  var isTransposed = false
  /// Which rows of the matrix the worker gets: those of the graph or those with self-loops.
  var addsSelfLoops = false
  /// Largest error against float64 that counts as right, relative to the largest magnitude.
  let tolerance: Double
  let make: (PeerInput) throws -> any PeerTask

  static func all(on graph: PeerGraph) -> [PeerShape] {
    spmm(transposed: false) + spmm(transposed: true) + sddmm + softmax + attention(on: graph) + convolution(on: graph)
  }

  static var operations: [String] {
    ["spmm", "spmm transposed", "sddmm", "segment softmax", "gat layer", "gcn step"]
  }

  private static func spmm(transposed: Bool) -> [PeerShape] {
    [4, 7, 16, 64, 128, 256].map { width in
      PeerShape(
        operation: transposed ? "spmm transposed" : "spmm", shape: "width \(width)",
        isQuick: width == 64 || (width == 16 && !transposed), isTransposed: transposed, tolerance: 1e-5
      ) { SpMMTask($0, width: width, transposed: transposed) }
    }
  }

  private static var sddmm: [PeerShape] {
    [16, 64, 128, 256].map { width in
      PeerShape(operation: "sddmm", shape: "width \(width)", isQuick: width == 64, tolerance: 1e-5) {
        SDDMMTask($0, width: width)
      }
    }
  }

  private static var softmax: [PeerShape] {
    [1, 8].map { heads in
      PeerShape(
        operation: "segment softmax", shape: "heads \(heads)", isQuick: heads == 8, tolerance: 1e-5
      ) { SegmentSoftmaxTask($0, heads: heads) }
    }
  }

  /// PyG keeps a row of floats for each edge and its float64 reference two: tens of gigabytes on ten million edges.
  private static func attention(on graph: PeerGraph) -> [PeerShape] {
    guard graph.name != "rmat:1M:10M" else { return [] }
    return [
      PeerShape(
        operation: "gat layer", shape: "64 -> 8 x 8, forward and backward", isQuick: true, addsSelfLoops: true,
        tolerance: 1e-4
      ) { AttentionTask($0, inputs: 64, heads: 8, width: 8) }
    ]
  }

  /// On Cora's twin with its words, on the R-MAT graph with dense features.
  private static func convolution(on graph: PeerGraph) -> [PeerShape] {
    switch graph.name {
    case "twin:cora":
      [
        PeerShape(operation: "gcn step", shape: "1433-16-7", isQuick: true, addsSelfLoops: true, tolerance: 1e-4) { _ in
          GCNStepTask(twin: .cora, hidden: 16)
        }
      ]
    case "rmat:100k:1M":
      [
        PeerShape(operation: "gcn step", shape: "64-64-16", isQuick: true, addsSelfLoops: true, tolerance: 1e-4) {
          try GCNStepTask($0.graph, inputs: 64, hidden: 64, classes: 16)
        }
      ]
    default: []
    }
  }
}

/// A graph with random weights, made once for all of its shapes.
final class PeerInput {
  let graph: Graph
  let values: Tensor
  /// The weighted matrix of the products.
  var matrix: SparseMatrix { SparseMatrix(graph.adjacency, values: values) }
  let withSelfLoops: SparsePattern

  init(_ graph: Graph) {
    self.graph = graph
    values = RandomGenerator(seed: 11).uniform([graph.edgeCount], in: 0.1..<1)
    withSelfLoops = graph.propagation().pattern
  }

  /// Files of the matrix that a shape is about.
  func files(withSelfLoops loops: Bool) -> [(name: String, array: NumpyArray)] {
    let pattern = loops ? withSelfLoops : graph.adjacency
    return [
      ("indptr", NumpyArray(pattern.rowPointers)), ("indices", NumpyArray(pattern.columnIndices)),
      ("values", NumpyArray(loops ? .ones([pattern.entryCount]) : values)),
    ]
  }

  /// The same numbers for every process: uniform about 0, so that sums neither grow nor cancel to nothing.
  static func random(_ shape: Shape, seed: UInt64) -> Tensor {
    RandomGenerator(seed: seed).uniform(shape, in: -1..<1)
  }
}
