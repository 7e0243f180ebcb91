import ArgumentParser
import Foundation
import NeuralKit
import TensorKit
import Testing

@testable import RunKit

/// An experiment with a table, whose training calls kernels.
private struct Tabled: Experiment {
  static let configuration = CommandConfiguration(commandName: "tabled")
  static let paper = "sample"
  static let defaultEpochs = 3
  @OptionGroup(title: "Common options") var common: CommonOptions

  func run(_ context: SeedContext) throws -> [Metric] {
    let x = Tensor.full([8, 8], 0.5)
    try context.train(model: Module()) { epoch in ["trainLoss": Double(epoch) + matmul(x, x).sum().item()] }
    return [Metric("score", Double(context.seed) + 1)]
  }

  func tables(_ summary: RunSummary) -> [any ResultTable] {
    [
      ComparisonTable(
        name: "Score by method", title: "Scores", labels: ["method"], measures: [.init("score", better: .higher)],
        rows: [.init(["a"], ["score": [1, 2]]), .init(["b"], ["score": [2, 4]])], reference: ["method": "a"])
    ]
  }
}

private struct TabledCommand: GossamerCommand {
  static let configuration = CommandConfiguration(commandName: "sample", subcommands: [Tabled.self])
}

@Suite(.serialized) struct ResultFilesTests {
  @Test func tablesProfileAndEventsAreWritten() throws {
    try withTemporaryFolder { folder in
      let capture = Capture()
      let arguments = ["tabled", "--seeds", "2", "--events", "--profile", "--out", folder.path]
      #expect(TabledCommand.status(of: arguments, on: capture.console()) == .done)
      #expect(try names(in: folder.appendingPathComponent("tables")) == ["score-by-method.csv"])
      #expect(try names(in: folder.appendingPathComponent("events")) == ["seed0", "seed1"])
      #expect(capture.output.contains("Scores\n\nmethod  score") && !capture.output.contains("matmul"))
      #expect(capture.error.contains("matmul"))
      #expect(try contents(folder, "profile.txt").contains(#/matmul +forward +6 /#))
      let trace = try jsonObject(contents(folder, "profile.json"))
      #expect((trace["traceEvents"] as? [Any])?.isEmpty == false)
      let page = try contents(folder, "report.html")
      #expect(page.contains("class=\"comparison\"") && page.contains("class=\"profile\""))
      #expect(page.contains("<summary>All 1, each with its seeds</summary>"))
      let body = page.replacingOccurrences(of: "<!doctype html>", with: "")
        .replacingOccurrences(of: #"<meta ([^>]*)>"#, with: "<meta $1/>", options: .regularExpression)
      #expect(ElementCounter.count(body) != nil)

      // A later run into the folder takes what it does not write itself away.
      #expect(TabledCommand.status(of: ["tabled", "--quiet", "--out", folder.path], on: capture.console()) == .done)
      let left = try names(in: folder)
      #expect(!left.contains("events") && !left.contains("profile.txt") && left.contains("tables"))
    }
  }
}
