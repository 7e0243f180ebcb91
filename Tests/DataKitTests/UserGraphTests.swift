@testable import DataKit
import FileKit
import Foundation
import SparseKit
import TensorKit
import TestSupport
import Testing

@Suite struct UserGraphTests {
  /// Writes a graph of five nodes, as every form of its parts.
  func withFiles(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try write("# a comment\n0 1\n1,2\n2\t3\n3 4\n4 4\n1 0\n", folder + "/edges.txt")
      try Gzip.write(Array("0 1\n1 2\n2 3\n3 4\n".utf8), to: folder + "/edges.tsv.gz")
      let values: [Float] = [1, 0, 0, 2, 0, 0, 3, 4, 5, 0]
      try NumpyArray(values, shape: [5, 2]).write(to: folder + "/x.npy")
      try NumpyArchive.write([("x", NumpyArray(values, shape: [5, 2]))], to: folder + "/dense.npz")
      try NumpyArchive.write(
        [
          ("indices", NumpyArray([0, 1, 1, 0, 0] as [Int32])), ("indptr", NumpyArray([0, 1, 2, 2, 4, 5] as [Int32])),
          ("format", NumpyArray(["csr"])), ("shape", NumpyArray([5, 2])),
          ("data", NumpyArray([1, 2, 4, 3, 5] as [Double])),
        ], to: folder + "/sparse.npz")
      try write("a,b\n1,0\n0,2\n0,0\n3,4\n5,0\n", folder + "/x.csv")
      try write("1 0\n0 2\n0 0\n3 4\n5 0\n", folder + "/x.txt")
      try NumpyArray([0, 1, 0, -1, 1] as [Int64]).write(to: folder + "/y.npy")
      try write("class\n0\n1\n0\n-1\n1\n", folder + "/y.txt")
      try write("node,class\n4,1\n0,0\n1,1\n2,0\n", folder + "/pairs.csv")
      try NumpyArray([true, true, false, false, false]).write(to: folder + "/train.npy")
      try NumpyArray([2]).write(to: folder + "/validation.npy")
      try write("4\n", folder + "/test.txt")
      try body(folder + "/")
    }
  }

  @Test func everyFormOfAFileGivesTheSameData() throws {
    try withFiles { folder in
      func load(_ edges: String, _ x: String, _ y: String) throws -> NodeDataset {
        try UserGraph.load(
          edges: folder + edges, features: .file(folder + x), labels: folder + y,
          split: .files(
            train: folder + "train.npy", validation: folder + "validation.npy", test: folder + "test.txt"))
      }
      let data = try load("edges.txt", "x.npy", "y.npy")
      #expect(
        data.summary == "edges: 5 nodes, 4 undirected edges, 2 dense features, 2 classes, homophily 0.000, "
          + "split 2/1/1 (train.npy, validation.npy, test.txt), 1 unlabelled")
      #expect(data.unlabelled == [3] && data.labels == [0, 1, 0, -1, 1])
      for x in ["dense.npz", "x.csv", "x.txt"] { #expect(agree(try load("edges.tsv.gz", x, "y.txt"), data)) }
      #expect(agree(try load("edges.txt", "x.npy", "pairs.csv"), data))
      let sparse = try load("edges.txt", "sparse.npz", "y.txt")
      guard case .sparse(let matrix) = sparse.features else { return #expect(Bool(false)) }
      #expect(matrix.dense().array(of: Float.self) == [1, 0, 0, 2, 0, 0, 3, 4, 5, 0])
    }
  }

  @Test func matrixMarketGraphs() throws {
    try withFiles { folder in
      let banner = "%%MatrixMarket matrix coordinate"
      try write("\(banner) pattern symmetric\n5 5 5\n2 1\n3 2\n4 3\n5 4\n5 5\n", folder + "s.mtx")
      try Gzip.write(Array("\(banner) real general\n6 6 2\n1 2 0.5\n2 3 2\n".utf8), to: folder + "g.mtx.gz")
      try write("\(banner) pattern general\n2 3 1\n1 2\n", folder + "flat.mtx")
      func load(_ name: String, isUndirected: Bool) throws -> NodeDataset {
        try UserGraph.load(edges: folder + name, features: .identity, isUndirected: isUndirected)
      }
      let symmetric = try load("s.mtx", isUndirected: false)
      #expect(symmetric.nodeCount == 5 && symmetric.graph.edgeCount == 8 && symmetric.graph.adjacency.isSymmetric)
      let directed = try load("g.mtx.gz", isUndirected: false)
      #expect(directed.nodeCount == 6 && directed.graph.adjacency.rowPointers == [0, 0, 1, 2, 2, 2, 2])
      #expect(directed.graph.adjacency.columnIndices == [0, 1])
      #expect(try load("g.mtx.gz", isUndirected: true).graph.edgeCount == 4)
      #expect(
        sentence(in: String(folder.dropLast())) { _ = try load("flat.mtx", isUndirected: true) }
          == "flat.mtx: has 2 rows and 3 columns, expected the square matrix of a graph")
      func fault(_ edges: String, _ features: UserGraph.FeatureSource, labels: String? = nil) -> String? {
        sentence(in: String(folder.dropLast())) {
          _ = try UserGraph.load(edges: folder + edges, features: features, labels: labels.map { folder + $0 })
        }
      }
      #expect(fault("s.mtx", .file(folder + "x.npy"), labels: "y.npy") == nil)
      #expect(
        fault("g.mtx.gz", .file(folder + "x.npy"))
          == "g.mtx.gz: is a matrix of 6 nodes, but x.npy is for 5, expected the same number")
      #expect(
        fault("g.mtx.gz", .identity, labels: "y.npy")
          == "g.mtx.gz: is a matrix of 6 nodes, but y.npy is for 5, expected the same number")
    }
  }

  @Test func featuresMadeFromTheGraph() throws {
    try withFiles { folder in
      let identity = try UserGraph.load(edges: folder + "edges.txt", features: .identity)
      #expect(identity.features.width == 5 && identity.features.entryCount == 5 && identity.splits.isEmpty)
      #expect(identity.classCount == 0 && identity.unlabelled.count == 5)
      let degree = try UserGraph.load(
        edges: folder + "edges.txt", features: .degree, labels: folder + "y.txt",
        split: .random(perClass: 1, validation: 1, seed: 3), classCount: 3)
      guard case .sparse(let matrix) = degree.features else { return #expect(Bool(false)) }
      #expect(matrix.pattern.columnIndices == [1, 2, 2, 2, 1] && matrix.columns == 64)
      #expect(degree.splits[0].summary == "2/1/1" && degree.classCount == 3)
      #expect(degree.splitOrigin == "drawn: 1 a class, 1 for validation, seed 3" && identity.splitOrigin == nil)
    }
  }

  @Test func directedEdges() throws {
    try withFiles { folder in
      let data = try UserGraph.load(edges: folder + "edges.txt", features: .identity, isUndirected: false)
      #expect(data.graph.edgeCount == 5 && !data.graph.adjacency.isSymmetric)
      #expect(data.graph.degrees == [1, 1, 1, 1, 1])
    }
  }

  @Test func eachFaultIsOneSentence() throws {
    try withFiles { folder in
      func fault(
        edges: String = "edges.txt", _ features: UserGraph.FeatureSource?, labels: String? = nil,
        split: UserGraph.SplitSource = .none, classCount: Int? = nil
      ) -> String? {
        sentence(in: String(folder.dropLast())) {
          _ = try UserGraph.load(
            edges: folder + edges, features: features, labels: labels.map { folder + $0 }, split: split,
            classCount: classCount)
        }
      }
      func text(_ name: String, _ content: String) throws -> String {
        try write(content, folder + name)
        return name
      }
      let x = UserGraph.FeatureSource.file(folder + "x.npy")
      #expect(
        fault(nil) == "edges.txt: no features are given for the graph, expected a file (.npy, .npz or text), or "
          + "identity or degree features by choice")
      #expect(fault(edges: "none.txt", x) == "none.txt: cannot be opened: No such file or directory")
      #expect(
        fault(edges: try text("far.txt", "0 1\n3 5\n"), x)
          == "far.txt: for the 5 rows of x.npy: edge 1, counted from 0, leads from 3 to 5, "
          + "but node ids must lie in 0..<5"
      )
      #expect(
        fault(edges: try text("empty.txt", "# none\n"), .identity)
          == "empty.txt: holds no edges, expected at least one")
      #expect(fault(edges: "empty.txt", x) == "empty.txt: holds no edges, expected at least one")
      #expect(
        fault(edges: try text("keys.txt", "0 2000000000\n"), .identity)
          == "keys.txt: has 1 edges but 2000000001 nodes by its ids or its comments, expected ids that count from 0 "
          + "without large gaps")
      #expect(
        fault(.file(folder + (try text("nan.csv", "a,b\n1,2\n3,nan\n"))))
          == "nan.csv: line 3: field 2 is nan, expected a finite number")
      #expect(
        fault(.file(folder + (try text("ragged.csv", "1,2\n\n3\n"))))
          == "ragged.csv: line 3: has 1 numbers, expected 2 as in line 1")
      #expect(
        fault(.file(folder + (try text("word.csv", "a,b\n1,2\n3,four\n"))))
          == "word.csv: line 3: field 2, \"four\", is not a number")
      #expect(
        fault(.file(folder + (try text("gap.csv", "1,2\n3,\n")))) == "gap.csv: line 2: field 2, \"\", is not a number")
      #expect(
        fault(.file(folder + (try text("none.csv", "a,b\n"))))
          == "none.csv: holds no numbers, expected one line a node")
      #expect(
        fault(x, labels: try text("few.txt", "0\n1\n")) == "few.txt: has 2 labels, but the graph has 5 nodes")
      #expect(
        fault(x, labels: try text("half.txt", "0\n1.5\n"))
          == "half.txt: line 2: 1.5 is not a whole number, expected one class, or a node and its class, a line")
      #expect(
        fault(x, labels: try text("twice.txt", "0 1\n0 1\n")) == "twice.txt: line 2: node 0 has a label already")
      #expect(fault(x, labels: try text("out.txt", "0 1\n7 1\n")) == "out.txt: line 2: node 7 is outside of 0 to 4")
      #expect(
        fault(x, labels: "y.npy", classCount: 1)
          == "y.npy: node 1: label 1 is no class, expected 0 to 0, or -1 for none")
      #expect(
        fault(x, labels: "y.npy", split: .random(perClass: 3, validation: 0, seed: 0))
          == "y.npy: class 0 has 2 labelled items, fewer than the 3 a class that the random split trains on")
      func files(_ train: String, _ test: String) -> UserGraph.SplitSource {
        .files(train: folder + train, validation: folder + "validation.npy", test: folder + test)
      }
      #expect(
        fault(x, labels: "y.npy", split: files("train.npy", try text("t.txt", "1\n")))
          == "train.npy, validation.npy, t.txt: split: node 1 is in the train part and in the test part")
      #expect(
        fault(x, labels: "y.npy", split: files("train.npy", try text("u.txt", "3\n")))
          == "train.npy, validation.npy, u.txt: split: the test part holds node 3, which has no label")
      #expect(
        fault(x, labels: "y.npy", split: files("train.npy", try text("noids.txt", "# none\n")))
          == "noids.txt: names no node, expected at least one")
      #expect(
        fault(x, labels: "y.npy", split: files("train.npy", try text("oh.txt", "O\n1\n")))
          == "oh.txt: line 1: field 1, \"O\", is not a number")
      #expect(
        fault(x, labels: "y.npy", split: .random(perClass: 1, validation: 2, seed: 0))
          == "y.npy: 2 labelled items are left after 1 a class, expected at least 2 for validation and one or more "
          + "for test")
      #expect(
        fault(x, labels: "y.npy", split: .random(perClass: 1, validation: 0, seed: 0))
          == "y.npy: split: the validation part is empty, expected at least one node")
      #expect(
        fault(.file(folder + (try text("first.csv", "1,2o\n1,2\n"))))
          == "first.csv: line 1: field 2, \"2o\", is not a number")
      let sparse = try NumpyArchive(folder + "sparse.npz")
      try NumpyArchive.write(
        sparse.names.map { ($0, $0 == "shape" ? NumpyArray([5, Int(Int32.max)]) : try sparse.array($0)) },
        to: folder + "wide.npz")
      #expect(
        fault(.file(folder + "wide.npz"))
          == "wide.npz: features: 2147483647 features for 5 nodes with 5 entries, expected 0 to 1104")
      try NumpyArray([true, false]).write(to: folder + "short.npy")
      #expect(
        fault(x, labels: "y.npy", split: files("short.npy", "test.txt"))
          == "short.npy: is a mask of 2 elements, expected 5, one a node")
      try NumpyArchive.write([("a", NumpyArray([1])), ("b", NumpyArray([1]))], to: folder + "two.npz")
      #expect(
        fault(.file(folder + "two.npz"))
          == "two.npz: expected one dense array, or \"indptr\", \"indices\", \"data\" and \"shape\", but it holds "
          + "\"a\", \"b\"")
      try NumpyArray([1.0, 2.0]).write(to: folder + "flat.npy")
      #expect(fault(.file(folder + "flat.npy")) == "flat.npy: array: has shape [2], expected [nodes, features]")
    }
  }

  @Test func numbersAsText() throws {
    func table(_ text: String) throws -> NumberTable { try NumberTable(bytes: Array(text.utf8), path: "t") }
    let mixed = try table("\u{feff}# c\r\n x , y\r\n1 ,\t-2.5e3\r\n\r\n 4   5 \r\n")
    #expect(mixed.width == 2 && mixed.values == [1, -2500, 4, 5] && mixed.lines == [3, 5])
    #expect(try table("").rowCount == 0 && table("7").values == [7] && table("1\r2\r3").lines == [1, 2, 3])
    #expect(try table("a,,b\n1,2,3").lines == [2], "a line of names may come first")
    #expect(sentence { _ = try table("1,,2") } == "t: line 1: field 2, \"\", is not a number")
    #expect(
      sentence { _ = try NumberTable(bytes: Array("id\n1".utf8), path: "t", allowsNames: false) }
        == "t: line 1: field 1, \"id\", is not a number")
    #expect(sentence { _ = try table("1\na") } == "t: line 2: field 1, \"a\", is not a number")
  }
}
