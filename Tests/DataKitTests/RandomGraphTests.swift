import DataKit
import FileKit
import SparseKit
import TestSupport
import Testing

@Suite struct RandomGraphTests {
  @Test func seedsDecideTheBits() {
    let makers: [(UInt64) -> Graph] = [
      { RandomGraph.rmat(nodes: 1000, edges: 5000, seed: $0) },
      { RandomGraph.uniform(nodes: 1000, edges: 5000, seed: $0) },
    ]
    for make in makers {
      let first = make(1), again = make(1), other = make(2)
      #expect(first.adjacency.columnIndices == again.adjacency.columnIndices)
      #expect(first.adjacency.rowPointers == again.adjacency.rowPointers)
      #expect(first.adjacency.columnIndices != other.adjacency.columnIndices)
    }
  }

  @Test func edgesAreDistinctAndNoLoops() {
    let graph = RandomGraph.rmat(nodes: 700, edges: 8000)
    let pairs = zip(graph.adjacency.rowIndices, graph.adjacency.columnIndices).map { [$0, $1] }
    #expect(Set(pairs).count == graph.edgeCount && graph.edgeCount < 8000)
    #expect(pairs.allSatisfy { $0[0] != $0[1] && 0..<700 ~= $0[0] && 0..<700 ~= $0[1] })
    #expect(!graph.adjacency.isSymmetric)
    #expect(RandomGraph.uniform(nodes: 2, edges: 0).edgeCount == 0)
  }

  /// With 2^14 nodes, the row of id 0 before scrambling takes the share .76^14 of the edges, 2.1 %; evenly drawn rows
  /// of 10 edges reach about 25.
  @Test func rmatHasHubsAtAnyId() {
    let skewed = RandomGraph.rmat(nodes: 1 << 14, edges: 160_000).degrees
    let even = RandomGraph.uniform(nodes: 1 << 14, edges: 160_000).degrees
    #expect(1500...3500 ~= skewed.max()! && even.max()! < 40)
    #expect(skewed.count { $0 == 0 } > 2000 && even.count { $0 == 0 } < 10)
    let hubs = skewed.enumerated().sorted { $0.element > $1.element }.prefix(100).map(\.offset)
    #expect(25...75 ~= hubs.count { $0 < 1 << 13 })
  }

  @Test func graphsComeAloneFromArchives() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/pairs.npz"
      try NumpyArchive.write([("edges_directed", NumpyArray([0, 2, 2, 1, 1, 1] as [Int32], shape: [3, 2]))], to: path)
      let graph = try Graph(npz: path)
      #expect(graph.nodeCount == 3)
      #expect(graph.adjacency.rowPointers == [0, 0, 1, 2] && graph.adjacency.columnIndices == [2, 0])
      try NumpyArchive.write([("edges_directed", NumpyArray([0, 1, 2] as [Int32], shape: [3]))], to: path)
      let error = #expect(throws: FileError.self) { try Graph(npz: path) }
      #expect(
        error?.description
          == "\(path): member \"edges_directed.npy\": has shape [3], expected [edges, 2] of at least one edge")
      try NumpyArchive.write(
        [("adj_indptr", NumpyArray([0, 1, 2] as [Int64])), ("adj_indices", NumpyArray([1, 0] as [Int32]))], to: path)
      #expect(try Graph(npz: path).edgeCount == 2)
    }
  }
}
