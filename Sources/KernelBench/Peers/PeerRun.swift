import FileKit
import Foundation
import RunKit
import SparseKit
import TensorKit

/// A whole comparison: every chosen shape on every chosen graph, at one thread and at all.
struct PeerRun {
  let python, script: String
  let graphs: [PeerGraph]
  /// The shapes of a graph.
  let shapes: (PeerGraph) -> [PeerShape]
  let threads: [Int]
  let turns: PeerTurns
  let progress: ProgressLine

  /// Starts the name of the temporary folder; the worker removes only such a one.
  static let folderPrefix = "gossamer-peers-"

  func report() throws -> PeerReport {
    let earlier = signal(SIGPIPE, SIG_IGN)  // a worker that is gone shows at its output
    defer { signal(SIGPIPE, earlier) }
    return try Interruption.watching(notice: "Stopping after this call; again to stop at once.\n") {
      let folder = try TemporaryFolder.make(Self.folderPrefix, in: FileManager.default.temporaryDirectory.path)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      return try compare(in: folder)
    }
  }

  private func compare(in folder: String) throws -> PeerReport {
    var versions: [(name: String, text: String)] = [], missing = versions, rows: [PeerRow] = []
    let plan = graphs.map { ($0, shapes($0)) }.filter { !$0.1.isEmpty }
    let total = threads.count * plan.reduce(0) { $0 + $1.1.count }
    let earlier = Runtime.threads
    defer { Runtime.threads = earlier }
    var absent: [(name: String, text: String)] = []
    for count in threads {
      absent = []
      progress.update("starting the peers", done: rows.count, of: total, unit: "shapes")
      let worker = try PeerWorker(python: python, script: script, folder: folder, threads: count)
      (versions, missing) = (worker.versions, worker.missing)
      Runtime.threads = count
      for (graph, shapes) in plan {
        progress.update("making \(graph.name)", done: rows.count, of: total, unit: "shapes")
        let made: Graph
        do {
          made = try graph.make()
        } catch {
          absent.append((graph.name, String(describing: error)))
          continue
        }
        let input = PeerInput(made)
        for loops in Set(shapes.map(\.addsSelfLoops)) {
          try write(input.files(withSelfLoops: loops), to: Self.graphFolder(folder, loops))
        }
        for shape in shapes {
          progress.update("\(shape.operation), \(graph.name)", done: rows.count, of: total, unit: "shapes")
          rows.append(try row(shape, graph, input, worker, folder, count))
        }
      }
      worker.end()
    }
    progress.clear()
    return PeerReport(machine: .current, versions: versions, missing: missing + absent, rows: rows)
  }

  private func row(
    _ shape: PeerShape, _ graph: PeerGraph, _ input: PeerInput, _ worker: PeerWorker, _ folder: String, _ threads: Int
  ) throws -> PeerRow {
    if Interruption.isRequested { throw Interrupted() }
    let task = try shape.make(input), place = folder + "/task"
    let results = task.results().enumerated().map { ("ours\($0)", NumpyArray($1)) }
    try write(task.inputs + results, to: place)
    let opening = try worker.openTask([
      ("kind", .string(task.kind)), ("task", .string(place)), ("transposed", .bool(shape.isTransposed)),
      ("graph", .string(Self.graphFolder(folder, shape.addsSelfLoops))),
    ])
    try? FileManager.default.removeItem(atPath: place)
    let what = "\(shape.operation), \(graph.name), \(shape.shape)"
    if opening.isChecked, opening.ours == nil {
      throw PeerFailure("\(what): our own result is not finite or has another shape than float64's.")
    }
    if let error = opening.ours, error > shape.tolerance {
      throw PeerFailure(
        "\(what): our own result is \(Self.digits(error)) from float64, expected at most "
          + "\(Self.digits(shape.tolerance)).")
    }

    let right = opening.peers.filter { $0.error.map { $0 <= shape.tolerance } ?? false }
    let contestants = right.map { peer in
      Contestant(name: peer.name) { try worker.run(peer.name, calls: $0) }
    }
    let timings = try turns.time([Contestant(name: "ours") { task.time(calls: $0) }] + contestants)
    try worker.closeTask()

    let timed = zip(right, timings.dropFirst()).map { peer, timing in
      PeerRow.Peer(name: peer.name, timing: timing, error: peer.error, problem: nil)
    }
    let wrong = opening.peers.filter { peer in !right.contains { $0.name == peer.name } }.map { peer in
      PeerRow.Peer(
        name: peer.name, timing: nil, error: peer.error,
        problem: peer.error.map { "it is wrong: \(Self.digits($0)) from float64" }
          ?? "it is wrong: its result is not finite or has another shape")
    }
    let failed = opening.failed.map { PeerRow.Peer(name: $0.name, timing: nil, error: nil, problem: $0.reason) }
    return PeerRow(
      operation: shape.operation, graph: graph.name, shape: shape.shape, threads: threads, ours: timings[0],
      error: opening.ours, peers: timed + wrong + failed)
  }

  private static func digits(_ error: Double) -> String { String(format: "%.1e", error) }

  private static func graphFolder(_ folder: String, _ loops: Bool) -> String {
    folder + (loops ? "/graph-with-loops" : "/graph")
  }

  private func write(_ arrays: [(name: String, array: NumpyArray)], to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, array) in arrays {
      if Interruption.isRequested { throw Interrupted() }
      try array.write(to: "\(folder)/\(name).npy")
    }
  }
}
