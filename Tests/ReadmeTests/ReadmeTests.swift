import FileKit
import Foundation
import TestSupport
import Testing

/// The README's Swift code compiles and runs: it stands in ReadmeExamples.swift too, and the two must agree.
@Suite(.serialized) struct ReadmeTests {
  private static func lines(_ text: some StringProtocol) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("import ") }
  }

  private static let here = URL(filePath: #filePath).deletingLastPathComponent()
  private static let root = here.deletingLastPathComponent().deletingLastPathComponent()
  private static func readme() throws -> String {
    try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
  }

  @Test func everyRelativeLinkLeadsSomewhere() throws {
    let targets = try Self.readme().matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) }
      .filter { !$0.hasPrefix("https://") && !$0.hasPrefix("#") }
    #expect(!targets.isEmpty)
    for target in targets {
      let path = Self.root.appending(path: String(target.prefix { $0 != "#" })).path
      #expect(FileManager.default.fileExists(atPath: path), "the README links to \(target), which does not exist")
    }
  }

  @Test func everyBlockIsCompiled() throws {
    let here = Self.here, readme = try Self.readme()
    let source = try String(contentsOf: here.appending(path: "ReadmeExamples.swift"), encoding: .utf8)
    let compiled = Self.lines(source).joined(separator: "\n")
    let blocks = readme.matches(of: /```swift\n((?:.|\n)*?)```/)
    #expect(blocks.count == 3)
    for block in blocks {
      let code = Self.lines(block.1).joined(separator: "\n")
      #expect(compiled.contains(code), "ReadmeExamples.swift lacks this block of the README:\n\(block.1)")
    }
  }

  @Test func gradientsOfGradients() throws { try ReadmeExamples.gradientsOfGradients() }

  @Test func yourOwnModule() throws { try ReadmeExamples.yourOwnModule() }

  @Test func yourOwnGraph() throws {
    try withTemporaryFolder { folder in
      // Two rings of ten nodes, told apart by their features.
      var edges = "", features: [Float] = [], labels: [Int32] = []
      for node in 0..<20 {
        let ring = node / 10, next = ring * 10 + (node + 1) % 10
        edges += "\(node) \(next)\n"
        features += ring == 0 ? [1, 0] : [0, 1]
        labels.append(Int32(ring))
      }
      try edges.write(toFile: folder + "/edges.txt", atomically: true, encoding: .utf8)
      try NumpyArray(features, shape: [20, 2]).write(to: folder + "/features.npy")
      try NumpyArray(labels).write(to: folder + "/labels.npy")
      try ReadmeExamples.yourOwnGraph(folder: folder)
      #expect(FileManager.default.fileExists(atPath: folder + "/model.safetensors"))
    }
  }
}
