@testable import DataKit
import FileKit
import SparseKit
import TensorKit
import Testing

@Suite struct RandomSplitTests {
  let labels: [Int32] = (0..<200).map { $0 % 10 == 0 ? -1 : Int32($0 % 3) }

  @Test func byClass() throws {
    let split = try Split.random(labels: labels, perClass: 20, validationPerClass: 30, seed: 4)
    #expect(split.summary == "60/90/30")
    for label in 0..<3 as Range<Int32> {
      #expect(split.train.count { labels[Int($0)] == label } == 20)
      #expect(split.validation.count { labels[Int($0)] == label } == 30)
    }
    #expect(Set(split.train + split.validation + split.test).count == 180)
    #expect(try split == Split.random(labels: labels, perClass: 20, validationPerClass: 30, seed: 4))
    #expect(try split != Split.random(labels: labels, perClass: 20, validationPerClass: 30, seed: 5))
    let counted = try Split.random(labels: labels, perClass: 20, validation: 90, seed: 4)
    #expect(counted.train == split.train, "the training nodes do not depend on how validation is drawn")
  }

  @Test func byShares() throws {
    let split = try Split.random(labels: labels, trainShare: 0.6, validationShare: 0.2, seed: 0)
    #expect(split.summary == "108/36/36" && split.train.allSatisfy { labels[Int($0)] >= 0 })
    #expect(Set(split.train + split.validation + split.test).count == 180)
    let five = try Split.random(labels: [0, 0, 0, 0, 0], trainShare: 0.6, validationShare: 0.2, seed: 0)
    #expect(five.summary == "3/1/1")
  }

  @Test func eachFaultIsOneSentence() {
    func fault(_ perClass: Int, _ validation: Int) -> String? {
      sentence { _ = try Split.random(labels: labels, perClass: perClass, validationPerClass: validation, seed: 0) }
    }
    #expect(
      fault(40, 30)
        == "labels: class 0 has 60 labelled items, fewer than the 70 a class that the random split trains and "
        + "validates on")
    #expect(
      fault(0, 30)
        == "labels: a random split of 0 and 30 a class needs at least 1 of each and at most as many as there are items "
        + "(200)")
    #expect(fault(.max, .max)?.hasPrefix("labels: a random split of 9223372036854775807 and ") == true)
    for (train, validation) in [(0, 0.2), (0.6, 0.4), (-1, 0.2), (.nan, 0.2), (0.5, .infinity)] as [(Double, Double)] {
      #expect(
        sentence { _ = try Split.random(labels: labels, trainShare: train, validationShare: validation, seed: 0) }
          == "labels: a random split by shares of \(train) and \(validation) needs positive shares that leave some for "
          + "test")
    }
  }
}

@Suite struct ComponentTests {
  @Test func largestComponentKeepsOrder() throws {
    let graph = try Graph(nodeCount: 7, sources: [0, 2, 4, 6], targets: [5, 4, 6, 2])
    let data = try NodeDataset(
      name: "parts", graph: graph, features: .dense(Tensor((0..<14).map { Float($0) }, shape: [7, 2])),
      labels: [0, 1, 2, 0, 1, 2, 0], splits: [Split(train: [0, 2], validation: [4, 5], test: [3, 6])])
    let part = try data.largestComponent()
    #expect(part.nodeCount == 3 && part.graph.edgeCount == 6 && part.labels == [2, 1, 0] && part.classCount == 3)
    #expect(part.features.dense().array(of: Float.self) == [4, 5, 8, 9, 12, 13])
    #expect(part.splits == [Split(train: [0], validation: [1], test: [2])])
    #expect(agree(part, try part.largestComponent()))
    let lost = try data.with(splits: [Split(train: [0], validation: [2], test: [4])])
    #expect(
      sentence { _ = try lost.largestComponent() }
        == "parts: split: the train part is empty, expected at least one node")
  }
}
