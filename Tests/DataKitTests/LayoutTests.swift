@testable import DataKit
import FileKit
import Foundation
import SparseKit
import TensorKit
import TestSupport
import Testing

/// The two foreign layouts of `.npz` files.
@Suite(.serialized) struct LayoutTests {
  /// The arrays of a set of three nodes in a row, as yandex-research/heterophilous-graphs store them.
  static func yandex() -> [(name: String, array: NumpyArray)] {
    func masks(_ values: [Bool]) -> NumpyArray { NumpyArray(values, shape: [2, 3]) }
    return [
      ("node_features", NumpyArray([1, 0, 0, 2, 0, 3] as [Float], shape: [3, 2])),
      ("node_labels", NumpyArray([0, 1, 0] as [Int64])),
      ("edges", NumpyArray([0, 1, 1, 2] as [Int64], shape: [2, 2])),
      ("train_masks", masks([true, false, false, false, true, false])),
      ("val_masks", masks([false, true, false, false, false, true])),
      ("test_masks", masks([false, false, true, true, false, false])),
    ]
  }

  /// The same without splits, as shchur/gnn-benchmark stores it: directed, with a self-loop and columns in any order.
  static func benchmark() -> [(name: String, array: NumpyArray)] {
    [
      ("adj_data", NumpyArray([1, 1, 1, 1] as [Float])), ("adj_indices", NumpyArray([2, 0, 1, 2] as [Int32])),
      ("adj_indptr", NumpyArray([0, 0, 3, 4] as [Int32])), ("adj_shape", NumpyArray([3, 3] as [Int64])),
      ("attr_data", NumpyArray([1, 2, 3] as [Float])), ("attr_indices", NumpyArray([0, 1, 1] as [Int32])),
      ("attr_indptr", NumpyArray([0, 1, 2, 3] as [Int32])), ("attr_shape", NumpyArray([3, 2] as [Int64])),
      ("labels", NumpyArray([0, 1, 0] as [Int64])),
    ]
  }

  func read(
    _ arrays: [(name: String, array: NumpyArray)], _ changes: [(String, NumpyArray?)] = [], in folder: String
  ) throws -> NodeDataset {
    var arrays = arrays
    for (name, array) in changes {
      arrays.removeAll { $0.name == name }
      if let array { arrays.append((name, array)) }
    }
    try NumpyArchive.write(arrays, to: folder + "/set.npz")
    return try NodeDataset(npz: folder + "/set.npz")
  }

  @Test func smallSets() throws {
    try withTemporaryFolder { folder in
      let dense = try read(Self.yandex(), in: folder)
      #expect(dense.splits.map(\.train) == [[0], [1]] && dense.graph.edgeCount == 4)
      #expect(dense.features.dense().array(of: Float.self) == [1, 0, 0, 2, 0, 3])
      guard case .dense = dense.features else { return #expect(Bool(false)) }
      let sparse = try read(Self.benchmark(), in: folder)
      #expect(sparse.splits.isEmpty && sparse.labels == dense.labels && sparse.features.entryCount == 3)
      #expect(sparse.graph.adjacency.columnIndices == dense.graph.adjacency.columnIndices)
      #expect(sparse.features.dense().array(of: Float.self) == [1, 0, 0, 2, 0, 3])
      let matrix = NumpyArray([1, 0, 0, 2, 0, 3] as [Float], shape: [3, 2])
      let others = try read(Self.benchmark(), [("attr_indptr", nil), ("attr_matrix", matrix)], in: folder)
      #expect(agree(others.features, dense.features))
    }
  }

  @Test func eachFaultIsOneSentence() throws {
    func fault(_ arrays: [(name: String, array: NumpyArray)], _ name: String, _ array: NumpyArray?) throws -> String? {
      try withTemporaryFolder { folder in
        sentence(in: folder) { _ = try read(arrays, [(name, array)], in: folder) }
      }
    }
    let yandex = Self.yandex(), benchmark = Self.benchmark()
    let pairs = NumpyArray([0, 1, 1, 3] as [Int64], shape: [2, 2])
    #expect(
      try fault(yandex, "edges", pairs)
        == "set.npz: member \"edges.npy\": edge 1, counted from 0, leads from 1 to 3, but node ids must lie in 0..<3")
    #expect(
      try fault(yandex, "edges", NumpyArray([0, 1] as [Int64]))
        == "set.npz: member \"edges.npy\": has shape [2], expected [edges, 2]")
    #expect(try fault(yandex, "edges", nil)!.hasPrefix("set.npz: holds no array \"edges\", only "))
    #expect(try fault(yandex, "node_labels", nil)!.hasPrefix("set.npz: holds no array \"node_labels\", only "))
    #expect(
      try fault(yandex, "node_features", NumpyArray([1, 2] as [Float], shape: [2, 1]))
        == "set.npz: has features for 2 nodes, but the graph has 3 nodes")
    #expect(
      try fault(yandex, "val_masks", NumpyArray([true, false, false], shape: [1, 3]))
        == "set.npz: member \"val_masks.npy\": the masks are for 2, 1, 2 splits")
    #expect(try fault(benchmark, "adj_indptr", nil)!.hasPrefix("set.npz: holds no array \"adj_indptr\", only "))
    #expect(
      try fault(benchmark, "adj_shape", NumpyArray([3, 4] as [Int64]))
        == "set.npz: member \"adj_shape.npy\": is [3, 4], expected [3, 3] for the 3 labels")
    #expect(
      try fault(benchmark, "adj_indptr", NumpyArray([0, 3, 4] as [Int32]))
        == "set.npz: member \"adj_indptr.npy\": has 3 elements from 0 to 4, expected 4 from 0 to 4")
    #expect(
      try fault(benchmark, "adj_indptr", NumpyArray([0, 9, 3, 4] as [Int32]))
        == "set.npz: member \"adj_indptr.npy\": does not ascend within 0...4 at row 0")
    #expect(
      try fault(benchmark, "adj_indices", NumpyArray([2, 0, 1, 3] as [Int32]))
        == "set.npz: adjacency: edge 3, counted from 0, leads from 2 to 3, but node ids must lie in 0..<3")
    #expect(
      try fault(benchmark, "attr_data", NumpyArray([1] as [Float]))
        == "set.npz: features: has 3 columns, but 1 values")
    #expect(try fault(benchmark, "labels", nil)!.hasPrefix("set.npz: holds no array \"labels\", only "))
  }
}
