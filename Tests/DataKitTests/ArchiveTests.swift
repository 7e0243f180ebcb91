@testable import DataKit
import FileKit
import Foundation
import SparseKit
import TensorKit
import TestSupport
import Testing

/// The arrays of a set of three nodes in a row; each test changes some of them.
func smallArchive() -> [(name: String, array: NumpyArray)] {
  [
    ("adj_indptr", NumpyArray([0, 1, 3, 4] as [Int64])), ("adj_indices", NumpyArray([1, 0, 2, 1] as [Int32])),
    ("x_indptr", NumpyArray([0, 1, 1, 3] as [Int64])), ("x_indices", NumpyArray([4, 0, 2] as [Int32])),
    ("x_data", NumpyArray([1, 1, 1] as [UInt8])), ("x_shape", NumpyArray([3, 5] as [Int64])),
    ("y", NumpyArray([0, 1, 0] as [Int32])), ("train_mask", NumpyArray([1, 0, 0] as [UInt8])),
    ("val_mask", NumpyArray([0, 1, 0] as [UInt8])), ("test_mask", NumpyArray([0, 0, 1] as [UInt8])),
    ("unlabelled", NumpyArray([] as [Int32])),
  ]
}

@Suite struct ArchiveTests {
  /// Reads the small archive after changes; nil takes an array out.
  func read(_ changes: [(String, NumpyArray?)], in folder: String) throws -> NodeDataset {
    var arrays = smallArchive()
    for (name, array) in changes {
      arrays.removeAll { $0.name == name }
      if let array { arrays.append((name, array)) }
    }
    try NumpyArchive.write(arrays, to: folder + "/set.npz")
    return try NodeDataset(npz: folder + "/set.npz")
  }

  func read(_ changes: (String, NumpyArray?)...) throws -> NodeDataset {
    try withTemporaryFolder { try read(changes, in: $0) }
  }

  /// The sentence that reading gives after changes; nil when it succeeds.
  func fault(_ changes: (String, NumpyArray?)...) throws -> String? {
    try withTemporaryFolder { folder in sentence(in: folder) { _ = try read(changes, in: folder) } }
  }

  @Test func everyKindOfPartIsRead() throws {
    let plain = try read()
    #expect(plain.name == "set" && plain.splits == [Split(train: [0], validation: [1], test: [2])])
    let partly = try read(("train_mask", nil), ("unlabelled", NumpyArray([2] as [Int32])))
    #expect(plain.unlabelled.isEmpty && partly.unlabelled == [2] && partly.labels == [0, 1, -1])
    guard case .sparse(let binary) = plain.features else { return #expect(Bool(false)) }
    #expect(binary.values == nil && binary.columns == 5)

    let masks = NumpyArray([1, 0, 0, 0, 1, 0] as [UInt8], shape: [2, 3])
    let others = [[0, 1, 0, 0, 0, 1], [0, 0, 1, 1, 0, 0]].map { NumpyArray($0, shape: [2, 3]) }
    let several = try read(
      ("train_mask", nil), ("train_masks", masks), ("val_masks", others[0]), ("test_masks", others[1]))
    #expect(several.splits.map(\.train) == [[0], [1]])

    let coded = try read(("split", NumpyArray([2, 0, 1] as [UInt8])))
    #expect(coded.splits == [Split(train: [1], validation: [2], test: [0])])

    let dense = try read(("train_mask", nil), ("x", NumpyArray([1, 2, 3, 4, 5, 6] as [UInt8], shape: [3, 2])))
    guard case .dense(let x) = dense.features else { return #expect(Bool(false)) }
    #expect(x.dtype == .float32 && x.shape == [3, 2] && dense.splits.isEmpty)

    let unsorted = try read(
      ("x_data", NumpyArray([1, 0.5, 2] as [Float])), ("x_indices", NumpyArray([4, 2, 0] as [Int32])))
    guard case .sparse(let sorted) = unsorted.features else { return #expect(Bool(false)) }
    #expect(sorted.pattern.columnIndices == [4, 0, 2] && sorted.values!.array(of: Float.self) == [1, 2, 0.5])
  }

  @Test func eachFaultIsOneSentence() throws {
    func int32(_ values: Int32...) -> NumpyArray { NumpyArray(values) }
    func int64(_ values: Int64...) -> NumpyArray { NumpyArray(values) }
    func bytes(_ values: UInt8...) -> NumpyArray { NumpyArray(values) }
    let cases: [(String, String, NumpyArray?)] = [
      (
        "set.npz: adjacency: CSR pattern: column 7 of entry 2 is outside of 0..<3", "adj_indices", int32(1, 0, 7, 1)
      ),
      (
        "set.npz: adjacency: CSR pattern: column -1 of entry 3 is outside of 0..<3", "adj_indices", int32(1, 0, 2, -1)
      ),
      (
        "set.npz: adjacency: CSR pattern: row pointers decrease at row 1, from 3 to 1", "adj_indptr", int64(0, 3, 1, 4)
      ),
      (
        "set.npz: adjacency: CSR pattern: the last row pointer is 5, but there are 4 columns", "adj_indptr",
        int64(0, 1, 3, 5)
      ),
      ("set.npz: adjacency: node 0 has a self-loop, expected none", "adj_indices", int32(0, 0, 2, 1)),
      (
        "set.npz: adjacency: holds the edge 0 to 2 but not its reverse, expected a symmetric adjacency", "adj_indices",
        int32(2, 0, 2, 1)
      ),
      ("set.npz: adjacency: the graph has no nodes", "adj_indptr", int64(0)),
      (
        "set.npz: member \"adj_indptr.npy\": has shape [2, 2], expected one axis", "adj_indptr",
        NumpyArray([0, 1, 3, 4] as [Int64], shape: [2, 2])
      ),
      ("set.npz: member \"x_shape.npy\": says 4 rows, but \"x_indptr\" has 4 elements", "x_shape", int64(4, 5)),
      ("set.npz: features: CSR pattern: column 4 of entry 0 is outside of 0..<3", "x_shape", int64(3, 3)),
      (
        "set.npz: features: 4294967296 features for 3 nodes with 3 entries, expected 0 to 1072", "x_shape",
        int64(3, 1 << 32)
      ),
      ("set.npz: features: 1073 features for 3 nodes with 3 entries, expected 0 to 1072", "x_shape", int64(3, 1073)),
      ("set.npz: features: -1 features for 3 nodes with 3 entries, expected 0 to 1072", "x_shape", int64(3, -1)),
      (
        "set.npz: member \"x_shape.npy\": has 1 elements, expected the numbers of rows and columns", "x_shape", int64(3)
      ),
      ("set.npz: features: has 3 columns, but 2 values", "x_data", bytes(1, 1)),
      (
        "set.npz: feature 2 of node 2 is nan, expected a finite number", "x_data", NumpyArray([1, 2, .nan] as [Float])
      ),
      ("set.npz: member \"x.npy\": has shape [3], expected [nodes, features]", "x", bytes(1, 2, 3)),
      (
        "set.npz: has features for 2 nodes, but the graph has 3 nodes", "x",
        NumpyArray([1, 2, 3, 4] as [Float], shape: [2, 2])
      ),
      ("set.npz: has 2 labels, but the graph has 3 nodes", "y", int32(0, 1)),
      (
        "set.npz: node 1: label 9 makes more classes than there are nodes (3), expected classes counted from 0", "y",
        int32(0, 9, 0)
      ),
      ("set.npz: lists node -1 as unlabelled, but the graph has nodes 0 to 2", "unlabelled", int32(-1)),
      ("set.npz: member \"val_mask.npy\": has shape [2], expected [3]", "val_mask", bytes(0, 1)),
      ("set.npz: member \"val_mask.npy\": element 1 is 2, expected 0 or 1", "val_mask", bytes(0, 2, 0)),
      ("set.npz: split: node 0 is in the train part and in the validation part", "val_mask", bytes(1, 0, 0)),
      ("set.npz: split: the test part holds node 2, which has no label", "unlabelled", int32(2)),
      ("set.npz: split: the test part is empty, expected at least one node", "test_mask", bytes(0, 0, 0)),
      ("set.npz: member \"split.npy\": element 2 is 3, expected 0, 1, 2 or 255", "split", bytes(0, 1, 3)),
    ]
    for (expected, name, array) in cases { #expect(try fault((name, array)) == expected) }
    #expect(try fault(("y", nil))!.hasPrefix("set.npz: holds no array \"y\", only "))
    #expect(try fault(("test_mask", nil))!.hasPrefix("set.npz: holds no array \"test_mask\", only "))
    #expect(
      try fault(("x_indptr", nil))!.hasPrefix("set.npz: holds no features: neither \"x\" nor \"x_indptr\", only "))
  }
}
