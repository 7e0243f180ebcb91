@testable import DataKit
import FileKit
import SparseKit
import TensorKit
import Testing

@Suite struct NodeDatasetTests {
  func make(
    graph: Graph? = nil, features: NodeFeatures? = nil, labels: [Int32] = [0, 1, 0], classCount: Int? = nil,
    classNames: [String]? = nil, splits: [Split] = [], unlabelled: [Int32] = [], files: NodeDataset.Files = .init()
  ) throws -> NodeDataset {
    try NodeDataset(
      name: "small", graph: graph ?? triangleFreeGraph(), features: features ?? twoFeatures(3), labels: labels,
      classCount: classCount, classNames: classNames, splits: splits, unlabelled: unlabelled, files: files)
  }

  @Test func holdsItsParts() throws {
    let split = Split(train: [0], validation: [2], test: [1])
    let data = try make(classNames: ["a", "b"], splits: [split])
    #expect(data.classCount == 2 && data.classSizes == [2, 1] && data.nodeCount == 3 && data.isolatedCount == 0)
    #expect(data.homophily == 0)
    #expect(Split(train: [2, 0], validation: [], test: []).train == [0, 2])
    #expect(data.splits[0].trainIndices.dtype == .int32 && data.splits[0].validationIndices.shape == [1])
    #expect(data.labelTensor.array(of: Int32.self) == [0, 1, 0])
    #expect(
      data.summary == "small: 3 nodes, 2 undirected edges, 2 dense features, 2 classes, homophily 0.000, "
        + "split 1/1/1")
    #expect(try data.with(splits: []).splits.isEmpty)
  }

  @Test func unlabelledNodesCountNowhere() throws {
    let data = try make(labels: [0, -1, 0], unlabelled: [2])
    #expect(data.unlabelled == [1, 2] && data.classSizes == [1] && data.homophily == nil && data.classCount == 1)
    #expect(data.labels == [0, -1, -1] && data.labelledNodes == [0])
    #expect(try make(labels: [0, 0, 99], unlabelled: [2]).classCount == 1, "such a label means nothing")
    let same = try make(labels: [0, 0, -1])
    #expect(same.homophily == 1)
    #expect(try make(labels: [-1, -1, -1], classCount: 7).classSizes == [Int](repeating: 0, count: 7))
  }

  @Test func eachFaultIsOneSentence() throws {
    let cases: [(String, () throws -> Void)] = [
      ("small: has features for 2 nodes, but the graph has 3 nodes", { _ = try make(features: twoFeatures(2)) }),
      (
        "x.npy: feature 0 of node 0 is nan, expected a finite number",
        { _ = try make(features: twoFeatures(3, filledWith: .nan), files: .init(features: "x.npy")) }
      ),
      (
        "small: feature 1 of node 2 is inf, expected a finite number",
        { _ = try make(features: .dense(Tensor([0, 0, 0, 0, 0, .infinity] as [Float], shape: [3, 2]))) }
      ),
      (
        "small: feature 4 of node 2 is nan, expected a finite number",
        {
          _ = try make(
            features: .init(
              rows: 3, width: 5, starts: [0, 1, 1, 3], columns: [0, 1, 4], values: [1, 2, .nan], path: "x"))
        }
      ),
      (
        "small: features hold int32, expected a floating-point type",
        { _ = try make(features: .dense(Tensor.zeros([3, 2], dtype: .int32))) }
      ),
      ("small: features have shape [3], expected [nodes, features]", { _ = try make(features: .dense(.zeros([3]))) }),
      ("small: features have no columns, expected at least one", { _ = try make(features: .dense(.zeros([3, 0]))) }),
      (
        "y.npy: has 2 labels, but the graph has 3 nodes",
        { _ = try make(labels: [0, 1], files: .init(labels: "y.npy")) }
      ),
      (
        "small: node 1: label 2 is no class, expected 0 to 1, or -1 for none",
        { _ = try make(labels: [0, 2, 1], classCount: 2) }
      ),
      (
        "small: node 0: label -2 is no class, expected 0 to 1, or -1 for none",
        { _ = try make(labels: [-2, 0, 1]) }
      ),
      (
        "small: node 2: label 2147483647 makes more classes than there are nodes (3), expected classes counted from 0",
        { _ = try make(labels: [0, 1, .max]) }
      ),
      ("small: has 1 class names for 2 classes", { _ = try make(classCount: 2, classNames: ["a"]) }),
      (
        "small: lists node 3 as unlabelled, but the graph has nodes 0 to 2", { _ = try make(unlabelled: [1, 3]) }
      ),
      (
        "s.npz: split: the train part holds node 3, but the graph has nodes 0 to 2",
        { _ = try make(splits: [Split(train: [3], validation: [], test: [])], files: .init(all: "s.npz")) }
      ),
      (
        "small: split: node 1 is in the train part and in the test part",
        { _ = try make(splits: [Split(train: [1], validation: [0], test: [1])]) }
      ),
      (
        "small: split 1: the validation part holds node 2 twice",
        {
          let good = Split(train: [0], validation: [1], test: [2])
          _ = try make(splits: [good, Split(train: [0], validation: [2, 2], test: [1])])
        }
      ),
      (
        "small: split: the test part holds node 1, which has no label",
        { _ = try make(labels: [0, -1, 0], splits: [Split(train: [0], validation: [2], test: [1])]) }
      ),
      (
        "s.npz: split: the train part is empty, expected at least one node",
        { _ = try make(splits: [Split(train: [], validation: [0], test: [1])], files: .init(split: "s.npz")) }
      ),
      (
        "small: split: the validation part is empty, expected at least one node",
        { _ = try make(splits: [Split(train: [0], validation: [], test: [1])]) }
      ),
      (
        "small: split: the test part is empty, expected at least one node",
        { _ = try make(splits: [Split(train: [0], validation: [1], test: [])]) }
      ),
    ]
    for (expected, body) in cases { #expect(sentence(body) == expected) }
  }

  @Test func rowsAreNormalised() throws {
    let dense = NodeFeatures.dense(Tensor([1, 3, 0, 0, -2, 2] as [Float], shape: [3, 2])).rowNormalized()
    guard case .dense(let tensor) = dense else { return #expect(Bool(false)) }
    #expect(tensor.array(of: Double.self) == [0.25, 0.75, 0, 0, -0.5, 0.5])
    let sparse = try NodeFeatures(
      rows: 3, width: 4, starts: [0, 2, 2, 4], columns: [3, 1, 0, 2], values: [1, 3, -2, 2], path: "x")
    guard case .sparse(let matrix) = sparse.rowNormalized() else { return #expect(Bool(false)) }
    #expect(matrix.dense().array(of: Double.self) == [0, 0.75, 0, 0.25, 0, 0, 0, 0, -0.5, 0, 0.5, 0])
  }

  @Test func randomSplits() throws {
    let labels = (0..<300).map { Int32($0 % 3) } + [-1, -1]
    let split = try Split.random(labels: labels, perClass: 20, validation: 50, seed: 7)
    #expect(split.summary == "60/50/190")
    for label in 0..<3 { #expect(split.train.count { labels[Int($0)] == label } == 20) }
    #expect(Set(split.train + split.validation + split.test) == Set(0..<300))
    #expect(try Split.random(labels: labels, perClass: 20, validation: 50, seed: 7) == split)
    #expect(try Split.random(labels: labels, perClass: 20, validation: 50, seed: 8) != split)
    #expect(try Split.random(labels: labels, perClass: 20, validation: 50, test: 100, seed: 7).summary == "60/50/100")
    #expect(
      sentence { _ = try Split.random(labels: [0, 0, 1], perClass: 2, validation: 0, seed: 0, name: "y.txt") }
        == "y.txt: class 1 has 1 labelled items, fewer than the 2 a class that the random split trains on")
    #expect(
      sentence { _ = try Split.random(labels: [0, 1, 1], perClass: 1, validation: 2, seed: 0) }
        == "labels: 1 labelled items are left after 1 a class, expected at least 2 for validation and one or "
        + "more for test")
    #expect(
      sentence { _ = try Split.random(labels: [0, 1, 1], perClass: 1, validation: 1, test: 2, seed: 0) }
        == "labels: 1 labelled items are left after 1 a class, expected at least 1 for validation and 2 for test")
    #expect(sentence { _ = try Split.random(labels: [0, 1, 1], perClass: 1, validation: 1, seed: 0) } != nil)
    #expect(try Split.random(labels: [0, 1, 1, 1], perClass: 1, validation: 1, seed: 0).summary == "2/1/1")
    #expect(sentence { _ = try Split.random(labels: [0, 1], perClass: 0, validation: 2, seed: 0) } != nil)
    #expect(sentence { _ = try Split.random(labels: [0, .max], perClass: 1, validation: 0, seed: 0) } != nil)
  }

  @Test func randomSplitLeavesUnlabelledNodesOut() throws {
    let data = try make(labels: [0, 0, 0], unlabelled: [0])
    let split = try data.randomSplit(perClass: 1, validation: 0, seed: 1)
    #expect(Set(split.train + split.test) == [1, 2])
  }
}
