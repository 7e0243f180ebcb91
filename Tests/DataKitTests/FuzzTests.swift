@testable import DataKit
import FileKit
import Foundation
import TensorKit
import TestSupport
import Testing

/// Mutated files at the level of the data set: it is read, or one sentence says what is wrong. A crash ends the run.
@Suite(.serialized) struct FuzzTests {
  static let caseCount = ProcessInfo.processInfo.environment["GOSSAMER_FUZZ"].flatMap { Int($0) } ?? 2_000
  static let wild: [Int64] = [-1, 0, 1, 2, 3, 5, 255, 1 << 31 - 1, 1 << 31, 1 << 62, .max, .min]

  /// Every `stride`-th case only, where a case writes several files.
  func fuzz(seed: UInt64, stride: Int = 1, _ read: (inout SplitMix64) throws -> Void) {
    let caseCount = max(100, Self.caseCount / stride)
    var random = SplitMix64(seed: seed)
    var accepted = 0
    var sentences: Set<String> = []
    for _ in 0..<caseCount {
      do {
        try read(&random)
        accepted += 1
      } catch {
        #expect(error is FileError && !"\(error)".contains("\n"), "\(error)")
        sentences.insert((error as? FileError)?.problem ?? "")
      }
    }
    // A reader that refuses everything for one reason would pass, but would not have been tested.
    #expect(sentences.count > 5 && accepted > 0 && accepted < caseCount)
  }

  /// Archives of each layout that are sound as files, with wild elements, shapes and types.
  @Test(arguments: [0, 1, 2]) func arrays(_ layout: Int) throws {
    let sound = [smallArchive(), LayoutTests.yandex(), LayoutTests.benchmark()][layout]
    try withTemporaryFolder { folder in
      fuzz(seed: 1, stride: 3) { random in
        var arrays = sound
        for _ in 0...random.integer(below: 2) {
          let index = random.integer(below: arrays.count)
          var values = try arrays[index].array.integers(as: Int64.self), shape = arrays[index].array.shape
          if random.integer(below: 8) == 0 { shape = [values.count] }
          switch random.integer(below: 5) {
          case 0: values.append(Self.wild[random.integer(below: Self.wild.count)])
          case 1: values.removeLast(min(values.count, 1))
          case 2: arrays[index].name = arrays[random.integer(below: arrays.count)].name + "s"
          default:
            if !values.isEmpty {
              values[random.integer(below: values.count)] = Self.wild[random.integer(below: Self.wild.count)]
            }
          }
          arrays[index].array =
            random.integer(below: 8) == 0
            ? NumpyArray(values.map { 1 / Double($0) })
            : NumpyArray(values, shape: values.count == shape.reduce(1, *) ? shape : [values.count])
        }
        try NumpyArchive.write(arrays, to: folder + "/set.npz")
        _ = try NodeDataset(npz: folder + "/set.npz").summary
      }
    }
  }

  /// Bytes of an archive.
  @Test func archives() throws {
    let bytes = try withTemporaryFolder { folder in
      try NumpyArchive.write(smallArchive(), to: folder + "/set.npz", deflated: true)
      return Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/set.npz")))
    }
    fuzz(seed: 2) { random in
      var copy = bytes
      if random.integer(below: 10) > 0 { mutate(&copy, &random) }
      _ = try NodeDataset(archive: NumpyArchive(bytes: copy, path: "set.npz")).summary
    }
  }

  /// Text of edges, features, labels and splits.
  @Test func userFiles() throws {
    let parts = [
      ("edges.txt", "0 1\n1 2\n2 3\n3 4\n"), ("x.csv", "a,b\n1,0\n0,2\n0,0\n3,4\n5,0\n"), ("y.txt", "0\n1\n0\n-1\n1\n"),
      ("train.txt", "0\n1\n"), ("validation.txt", "2\n"), ("test.txt", "4\n"),
    ]
    try withTemporaryFolder { folder in
      func path(_ index: Int) -> String { folder + "/" + parts[index].0 }
      for index in parts.indices { try write(parts[index].1, path(index)) }
      fuzz(seed: 3) { random in
        let index = random.integer(below: parts.count)
        var bytes = Array(parts[index].1.utf8)
        mutate(&bytes, &random)
        try Data(bytes).write(to: URL(fileURLWithPath: path(index)))
        defer { try? write(parts[index].1, path(index)) }
        _ = try UserGraph.load(
          edges: path(0), features: random.integer(below: 4) == 0 ? .identity : .file(path(1)), labels: path(2),
          split: .files(train: path(3), validation: path(4), test: path(5))
        ).summary
      }
    }
  }

  /// Text of nodes and edges of Geom-GCN, and bytes of a split.
  @Test func geomGCN() throws {
    try withTemporaryFolder { folder in
      _ = try GeomGCNTests.read(in: folder)
      let split = Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/s.npz")))
      fuzz(seed: 4, stride: 8) { random in
        let part = random.integer(below: 4)
        var bytes = part == 3 ? split : Array([GeomGCNTests.nodes, GeomGCNTests.film, GeomGCNTests.edges][part].utf8)
        mutate(&bytes, &random)
        let text = String(decoding: bytes, as: UTF8.self)
        _ = try GeomGCNTests.read(
          nodes: part == 0 || part == 1 ? text : GeomGCNTests.nodes, edges: part == 2 ? text : GeomGCNTests.edges,
          isFilm: part == 1, split: part == 3 ? bytes : split, in: folder
        ).summary
      }
    }
  }

  /// Text of each OGB file before it is compressed, or bytes of it after.
  @Test func ogb() throws {
    try withTemporaryFolder { folder in
      let paths = OGBTests.paths(folder)
      for (text, path) in zip(OGBTests.small, paths) { try Gzip.write(Array(text.utf8), to: path) }
      fuzz(seed: 5, stride: 8) { random in
        let part = random.integer(below: paths.count), isText = random.integer(below: 4) > 0
        var bytes = Array(OGBTests.small[part].utf8)
        if !isText { bytes = Gzip.compress(bytes) }
        mutate(&bytes, &random)
        try Data(isText ? Gzip.compress(bytes) : bytes).write(to: URL(fileURLWithPath: paths[part]))
        let sound = Gzip.compress(Array(OGBTests.small[part].utf8))
        defer { try? Data(sound).write(to: URL(fileURLWithPath: paths[part])) }
        _ = try OGBFiles(name: "small", paths: paths).dataset().summary
      }
    }
  }

  func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
    let digits = Array("0123456789-,. \n#en".utf8)
    for _ in 0...random.integer(below: 3) where !bytes.isEmpty {
      let place = random.integer(below: bytes.count)
      switch random.integer(below: 5) {
      case 0: bytes[place] ^= 1 << UInt8(random.integer(below: 8))
      case 1: bytes[place] = digits[random.integer(below: digits.count)]
      case 2: bytes.insert(digits[random.integer(below: digits.count)], at: place)
      case 3: bytes.insert(contentsOf: repeatElement(0x39, count: 1 + random.integer(below: 20)), at: place)
      default: bytes.removeLast(min(bytes.count - place, 1 + random.integer(below: 12)))
      }
    }
  }
}
