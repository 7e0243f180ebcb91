import DataKit
import FileKit
import Foundation
import RunKit
import SparseKit
import TensorKit
import TestSupport
import Testing

@testable import KernelBench

/// The built `kernel-bench`, beside the test bundle, for the process whose memory is limited.
private enum Built {
  static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appendingPathComponent("kernel-bench").path
  static var isPresent: Bool { FileManager.default.isExecutableFile(atPath: path) }
}

@Suite(.serialized) struct ScaleTests {
  private let silent = Console(writeOutput: { _ in }, writeError: { _ in })

  private func scale(_ arguments: [String], in folder: String) throws -> String {
    var output = ""
    let console = Console(writeOutput: { output += $0 }, writeError: { _ in })
    try Scale.parse(arguments + ["--folder", folder, "--threads", "2"]).run(on: console, executable: Built.path)
    return output
  }
  private func sentence(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing was thrown"
    } catch {
      return (error as? any RunError)?.description ?? "\(error)"
    }
  }
  private func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder)
  }

  @Test func sizesAreRead() {
    #expect(Scale.bytes("2G") == 2 << 30 && Scale.bytes("512M") == 512 << 20 && Scale.bytes("1048576") == 1 << 20)
    for text in ["", "G", "0M", "-1G", "1000", "1.5G", "2T", "99999999999999G", "17179869185G"] {
      #expect(Scale.bytes(text) == nil)
    }
    #expect(throws: (any Error).self) { try Scale.parse(["--memory", "2 GB"]) }
    #expect(throws: (any Error).self) { try Scale.parse(["--hops", "0"]) }
  }

  @Test func graphsAndFoldersAreChecked() throws {
    #expect(
      sentence { try Scale.parse(["--graph", "cora"]).run(on: silent) }
        == "--graph cora: expected rmat:NODES:EDGES or uniform:NODES:EDGES, such as rmat:1M:10M.")
    #expect(
      sentence { try Scale.parse(["--graph", "rmat:10:10", "--folder", "/nowhere"]).run(on: silent) }
        == "--folder /nowhere: No such file or directory.")
    try withTemporaryFolder { folder in
      // 48 TiB of features, which nobody begins to make.
      let large = ["--graph", "uniform:100M:1", "--width", "65536"]
      let text = sentence { _ = try scale(large, in: folder) }
      let left = try names(in: folder)
      #expect(left.isEmpty && text.hasPrefix("--folder \(folder): "))
      #expect(text.contains(" are free there, but the files of this run take "))
    }
  }

  @Test(.enabled("needs the built kernel-bench beside the tests") { Built.isPresent })
  func aSmallGraphGoesAllTheWay() throws {
    try withTemporaryFolder { folder in
      let report = folder + "/report.json"
      let text = try scale(
        ["--graph", "rmat:2k:20k", "--memory", "128M", "--width", "40", "--json", report], in: folder)
      for step in ["edges", "CSR build", "SpMM, width 64", "transpose", "GCN epoch 64-64-16"] {
        #expect(text.contains("\n\(step) "), "\(text)")
      }
      #expect(text.contains("2 hops of 40 columns") && text.contains("for 40 columns: the same bits"))
      #expect(try names(in: folder) == ["report.json"])
      let json = try #require(OrderedJSON(text: String(contentsOfFile: report, encoding: .utf8)))
      #expect(json["nodes"]?.double == 2000 && json["fromDisk"]?["comparedColumns"]?.double == 40)
    }
  }

  /// A memory too small for the program, for the pattern, and for one column: each gives one sentence.
  @Test(.enabled("needs the built kernel-bench beside the tests") { Built.isPresent })
  func memoryThatDoesNotDoIsToldInOneSentence() throws {
    try withTemporaryFolder { folder in
      let graph = RandomGraph.uniform(nodes: 1_000_000, edges: 3_000_000)
      try graph.adjacency.write(to: folder)
      let output = try NumpyMatrixOutput(ScalePanels.features(folder), rows: graph.nodeCount, columns: 1)
      try output.commit()
      func failure(_ megabytes: Int) -> String {
        let child = ScaleChild(executable: Built.path, folder: folder, hops: 1, memory: megabytes << 20, threads: 2)
        let text = sentence { _ = try child.run { _ in } }
        #expect(text.hasPrefix("--memory \(megabytes) MiB: the propagation from disk failed: "))
        return String(text.trimmingPrefix("--memory \(megabytes) MiB: the propagation from disk failed: "))
      }
      let first = failure(1).split(separator: " ")
      #expect(first.joined(separator: " ").hasPrefix("the program takes "))
      let own = try #require(Double(first[3]))
      // 20 MiB of pattern, of which the reserve takes 8; then all of it with scales fits, but no panel.
      #expect(failure(Int(own) + 2).hasPrefix("gossamer: out of memory: the system refused "))
      #expect(failure(Int(own) + 34).contains(" at a time takes "))
      let child = ScaleChild(executable: Built.path, folder: folder, hops: 1, memory: 512 << 20, threads: 2)
      var shares: [Double] = []
      let result = try child.run { shares.append($0) }
      #expect(result.panels == 1 && result.planned < 512 << 20 && result.isLimited && shares.last == 1)
      #expect(result.peak > 0 && result.peak < 512 << 20)
    }
  }

  @Test(.enabled("needs the built kernel-bench beside the tests") { Built.isPresent })
  func aSignalLeavesNothing() throws {
    try withTemporaryFolder { folder in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Built.path)
      process.arguments = ["scale", "--graph", "rmat:1k:10k", "--hops", "100", "--width", "6000", "--folder", folder]
      process.standardError = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      // A test runner in the background of a script ignores what its children are to see.
      let earlier = signal(SIGINT, SIG_DFL)
      defer { signal(SIGINT, earlier) }
      try process.run()
      let limit = Date(timeIntervalSinceNow: 30)
      func hasBegun() throws -> Bool {
        try names(in: folder).first.map { try names(in: folder + "/" + $0).contains("errors.txt") } ?? false
      }
      while try !hasBegun(), process.isRunning, Date() < limit { usleep(2000) }
      process.interrupt()
      process.waitUntilExit()
      #expect(process.terminationStatus == RunStatus.interrupted.rawValue)
      #expect(try names(in: folder).isEmpty)
    }
  }
}
