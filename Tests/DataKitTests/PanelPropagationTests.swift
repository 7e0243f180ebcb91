import FileKit
import Foundation
import SparseKit
import TensorKit
import TestSupport
import Testing

@testable import DataKit

/// Propagation in panels of columns against `spmm` in memory: the same bits, and files that are whole or absent.
@Suite(.serialized) struct PanelPropagationTests {
  private static let nodes = 700, width = 37
  private static let graph: Graph = {
    var words = SplitMix64(seed: 8)
    let ids = (0..<2 * 4000).map { _ in Int32(words.integer(below: nodes - 1)) }  // the last node has no edge
    return try! Graph(nodeCount: nodes, sources: Array(ids[..<4000]), targets: Array(ids[4000...]), isUndirected: false)
  }()
  private static let x = RandomGenerator(seed: 2).normal([nodes, width])

  private static func bytes(_ x: Tensor) -> [UInt8] { x.withUnsafeBytes { Array($0) } }
  private static func limited(_ matrix: SparseMatrix, toPanels panel: Int, of width: Int) -> PanelPropagation {
    let bytes = PanelPropagation(matrix, memoryLimit: 0).bytes(panelWidth: panel, width: width)
    return PanelPropagation(matrix, memoryLimit: bytes)
  }
  private static func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test(arguments: [9, 11, 16, 36, 37])
  func hasTheBitsOfTheProductInMemory(panel: Int) throws {
    let values = RandomGenerator(seed: 3).normal([Self.graph.edgeCount])
    let matrices = [
      Self.graph.propagation(), Self.graph.propagation(.row).transposed,
      SparseMatrix(Self.graph.adjacency, values: values).transposed,
    ]
    for matrix in matrices {
      try withTemporaryFolder { folder in
        try NumpyArray(Self.x).write(to: folder + "/x.npy")
        let propagation = Self.limited(matrix, toPanels: panel, of: Self.width)
        var steps: [PanelPropagation.Progress] = []
        let plan = try propagation.run(
          folder + "/x.npy", results: [1: folder + "/y1.npy", 3: folder + "/y3.npy"], progress: { steps.append($0) })
        #expect(plan.bytes <= propagation.memoryLimit)
        #expect(plan.panelWidth <= panel && plan.panelCount == (Self.width + plan.panelWidth - 1) / plan.panelWidth)
        #expect(steps.count == 3 * plan.panelCount)
        #expect(steps.last == .init(panel: plan.panelCount, panels: plan.panelCount, hop: 3, hops: 3))
        let once = spmm(matrix, Self.x), thrice = spmm(matrix, spmm(matrix, once))
        #expect(try NumpyArray(folder + "/y1.npy") == NumpyArray(once))
        #expect(try NumpyArray(folder + "/y3.npy") == NumpyArray(thrice))
        #expect(try FileBytes.read(folder + "/y3.npy") == NumpyArray(thrice).fileBytes())
        #expect(try Self.names(in: folder) == ["x.npy", "y1.npy", "y3.npy"])
      }
    }
  }

  /// Rows so long that panels of them are read and written one by one.
  @Test func wideRowsPassOneByOne() throws {
    let path = try Graph(nodeCount: 3, sources: [0, 1], targets: [1, 2])
    let x = RandomGenerator(seed: 4).normal([3, 20_003])
    try withTemporaryFolder { folder in
      try NumpyArray(x).write(to: folder + "/x.npy")
      let propagation = Self.limited(path.propagation(), toPanels: 6000, of: 20_003)
      let plan = try propagation.run(folder + "/x.npy", results: [2: folder + "/x.npy"])  // in place of its source
      #expect(plan.panelCount == 4)
      let expected = spmm(path.propagation(), spmm(path.propagation(), x))
      #expect(try NumpyArray(folder + "/x.npy") == NumpyArray(expected))
    }
  }

  @Test func blocksOfManyRowsMeet() throws {
    let nodes = 30_000, x = RandomGenerator(seed: 4).normal([nodes, 64])  // 7.3 MiB: two blocks
    let line = try Graph(nodeCount: nodes, sources: (0..<29_999).map { $0 }, targets: (1..<30_000).map { $0 })
    try withTemporaryFolder { folder in
      try NumpyArray(x).write(to: folder + "/x.npy")
      let plan = try Self.limited(line.propagation(), toPanels: 40, of: 64)
        .run(folder + "/x.npy", results: [1: folder + "/y.npy"])
      #expect(plan.panelWidth == 32 && plan.panelCount == 2)
      #expect(try NumpyArray(folder + "/y.npy") == NumpyArray(spmm(line.propagation(), x)))
    }
  }

  @Test func plansWholeLinesOfEqualPanels() {
    func plan(_ panel: Int, of width: Int) -> Int? {
      Self.limited(Self.graph.propagation(), toPanels: panel, of: width).plan(width: width)?.panelWidth
    }
    #expect([9, 11, 16, 36, 37, 99].map { plan($0, of: 37) } == [9, 10, 16, 32, 37, 37])
    #expect([40, 63, 64].map { plan($0, of: 64) } == [32, 32, 64])
    #expect(plan(8, of: 64) == nil && plan(2, of: 3) == nil)
    #expect(plan(3, of: 3) == 3)
    #expect(plan(0, of: 0) == 0)
  }

  @Test func emptyTablesGiveEmptyResults() throws {
    try withTemporaryFolder { folder in
      try NumpyArray([Float](), shape: [Self.nodes, 0]).write(to: folder + "/x.npy")
      try PanelPropagation(Self.graph.propagation(), memoryLimit: 1 << 20)
        .run(folder + "/x.npy", results: [1: folder + "/y.npy"])
      #expect(try NumpyArray(folder + "/y.npy").shape == [Self.nodes, 0])
    }
  }

  /// The message of a run that must fail and leave nothing but its input and what stood there.
  private func failure(
    limit: Int = 1 << 20, result: String = "y.npy", _ prepare: (String) throws -> Void
  ) throws -> String {
    try withTemporaryFolder { folder in
      try prepare(folder + "/x.npy")
      try NumpyArray([Float(7)]).write(to: folder + "/y.npy")
      let before = try Self.names(in: folder)
      var message = "nothing was thrown"
      do throws(FileError) {
        try PanelPropagation(Self.graph.propagation(), memoryLimit: limit)
          .run(folder + "/x.npy", results: [1: folder + "/" + result])
      } catch {
        message = String(error.description.trimmingPrefix(folder + "/"))
      }
      #expect(try Self.names(in: folder) == before)
      #expect(try NumpyArray(folder + "/y.npy") == NumpyArray([Float(7)]), "the old result stays")
      return message
    }
  }
  private func write(_ array: NumpyArray) -> (String) throws -> Void { { try array.write(to: $0) } }

  @Test func refusesWhatIsNoSuchMatrix() throws {
    let floats = [Float](repeating: 1, count: 6)
    #expect(
      try failure(write(NumpyArray(floats, shape: [3, 2])))
        == "x.npy: holds 3 rows, expected one for each of the 700 nodes of the graph")
    #expect(
      try failure(write(NumpyArray(floats)))
        == "x.npy: holds <f4 of shape [6], expected a matrix of <f4 in C order")
    #expect(
      try failure(write(NumpyArray([Double](repeating: 1, count: 700), shape: [700, 1])))
        == "x.npy: holds <f8 of shape [700, 1], expected a matrix of <f4 in C order")
    let fortran = NumpyArray(Self.x).fileBytes(), text = "'fortran_order': False"
    try #expect(
      failure { path in
        let header = String(decoding: fortran[10..<128], as: UTF8.self).replacing(text, with: "'fortran_order': True ")
        try AtomicFile.write(Array(fortran[..<10]) + Array(header.utf8) + Array(fortran[128...]), to: path)
      } == "x.npy: holds <f4 of shape [700, 37] in Fortran order, expected a matrix of <f4 in C order")
    #expect(try failure { try AtomicFile.write("no array", to: $0) }.hasPrefix("x.npy: offset 0: expected the magic"))
    #expect(try failure { _ in }.hasPrefix("x.npy: cannot be opened"))
  }

  @Test func refusesATruncatedFile() throws {
    let bytes = NumpyArray(Self.x).fileBytes()
    #expect(
      try failure { try AtomicFile.write(Array(bytes.dropLast(5)), to: $0) }
        == "x.npy: offset 128: the header says 700 x 37 elements of <f4, 103600 bytes, but 103595 follow")
    #expect(
      try failure { try AtomicFile.write(bytes + [0], to: $0) }
        == "x.npy: offset 128: the header says 700 x 37 elements of <f4, 103600 bytes, but 103601 follow")
  }

  @Test func saysWhatMemoryTheNarrowestPanelTakes() throws {
    let least = PanelPropagation(Self.graph.propagation(), memoryLimit: 0).bytes(panelWidth: 9, width: Self.width)
    #expect(
      try failure(limit: least - 1, write(NumpyArray(Self.x)))
        == "x.npy: propagating 9 of 37 columns at a time takes \(least) bytes, but the memory limit is \(least - 1)")
  }

  @Test func leavesNothingWhenAResultCannotBeWritten() throws {
    #expect(try failure(result: "missing/y.npy", write(NumpyArray(Self.x))).contains("y.npy: cannot be written"))
  }

  /// A file that is cut while it is read: the results begun are gone.
  @Test func leavesNothingWhenTheFileShrinks() throws {
    try withTemporaryFolder { folder in
      try NumpyArray(Self.x).write(to: folder + "/x.npy")
      #expect(throws: FileError.self) {
        try Self.limited(Self.graph.propagation(), toPanels: 11, of: Self.width)
          .run(folder + "/x.npy", results: [1: folder + "/y.npy"]) { _ in truncate(folder + "/x.npy", 1000) }
      }
      #expect(try Self.names(in: folder) == ["x.npy"])
    }
  }
}
