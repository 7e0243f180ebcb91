import DataKit
import FileKit
import Foundation
import SparseKit
import TensorKit

/// The sentence of the file error that `body` throws, without the name of the temporary folder; nil when it succeeds.
func sentence(in folder: String = "", _ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    guard error is FileError else { return "not a FileError: \(error)" }
    return folder.isEmpty ? "\(error)" : "\(error)".replacingOccurrences(of: folder + "/", with: "")
  }
}

func write(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }

/// Whether two data sets agree in every bit that a model sees.
func agree(_ a: NodeDataset, _ b: NodeDataset) -> Bool {
  a.graph.adjacency.rowPointers == b.graph.adjacency.rowPointers
    && a.graph.adjacency.columnIndices == b.graph.adjacency.columnIndices
    && a.graph.adjacency.isSymmetric == b.graph.adjacency.isSymmetric && agree(a.features, b.features)
    && a.labels == b.labels && a.classCount == b.classCount && a.splits == b.splits && a.unlabelled == b.unlabelled
}

func agree(_ a: NodeFeatures, _ b: NodeFeatures) -> Bool {
  switch (a, b) {
  case (.sparse(let a), .sparse(let b)):
    a.rows == b.rows && a.columns == b.columns && a.pattern.rowPointers == b.pattern.rowPointers
      && a.pattern.columnIndices == b.pattern.columnIndices
      && a.values?.array(of: Float.self) == b.values?.array(of: Float.self)
  case (.dense(let a), .dense(let b)): a.shape == b.shape && a.array(of: Double.self) == b.array(of: Double.self)
  default: false
  }
}

/// A path of three nodes with two features each.
func triangleFreeGraph() throws -> Graph { try Graph(nodeCount: 3, sources: [0, 1], targets: [1, 2]) }
func twoFeatures(_ rows: Int, filledWith value: Double = 1) -> NodeFeatures {
  .dense(Tensor.full([rows, 2], value))
}
