import FileKit
import Foundation
import RunKit

/// The Python process that holds the peer libraries, asked by one JSON line and answering by one.
final class PeerWorker {
  /// Version of each library that is there, and why each other one is not.
  private(set) var versions: [(name: String, text: String)] = []
  private(set) var missing: [(name: String, text: String)] = []

  private let process: WorkerProcess
  private let log: String
  private var lines: [String?] = []
  private var hasEnded = false

  /// What a worker made of one task: errors against float64, nil where a result is no number or has another shape.
  struct Opening {
    /// Whether our result was compared with float64, and how far it is; nil where it is not finite or misshaped.
    let isChecked: Bool
    let ours: Double?
    let peers: [(name: String, error: Double?)]
    let failed: [(name: String, reason: String)]
  }

  /// Starts `python worker FOLDER THREADS` and waits until its libraries are loaded.
  init(python: String, script: String, folder: String, threads: Int) throws {
    log = folder + "/worker.log"
    let descriptor = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw OutputError("\(log): cannot be written: \(String(cString: strerror(errno))).")
    }
    defer { close(descriptor) }
    let count = String(threads)
    let limits = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"]
    var environment = Dictionary(uniqueKeysWithValues: limits.map { ($0, count) })
    // Intel's runtime would spin into the next one's turn for 200 ms.
    environment["MKL_THREADING_LAYER"] = "GNU"
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    // The parent's signal ends the run in order: the child is in a group of its own.
    process = try WorkerProcess(
      executable: python, arguments: [script, folder, count], environment: environment, errors: descriptor, group: 0)
    do {
      let greeting = try reply()
      versions = try Self.texts(greeting, "versions")
      missing = try Self.texts(greeting, "missing")
    } catch {
      stop()
      throw error
    }
  }

  deinit { stop() }

  func openTask(_ request: [(String, JSONValue)]) throws -> Opening {
    let answer = try ask(.object([.init("do", .string("open"))] + request.map { .init($0.0, $0.1) }))
    guard case .object(let peers) = answer["peers"], case .bool(let isChecked) = answer["isChecked"] else {
      throw PeerFailure("The peer worker answered without the errors of its peers: \(Self.shown(answer)).")
    }
    return Opening(
      isChecked: isChecked, ours: answer["ours"]?.double, peers: peers.map { ($0.key, $0.value.double) },
      failed: try Self.texts(answer, "failed").map { ($0.name, $0.text) })
  }

  /// Seconds of `calls` calls.
  func run(_ peer: String, calls: Int) throws -> Double {
    let answer = try ask(
      .object(["do": .string("run"), "peer": .string(peer), "calls": .integer(calls)]))
    guard let seconds = answer["seconds"]?.double, seconds > 0 else {
      throw PeerFailure("The peer worker answered without seconds: \(Self.shown(answer)).")
    }
    return seconds
  }

  /// Gives the memory of the open task back.
  func closeTask() throws { _ = try ask(.object(["do": .string("close")])) }

  /// Lets the worker end by itself.
  func end() {
    guard !hasEnded else { return }
    process.send(JSONValue.object(["do": .string("end")]).text())
    hasEnded = true
    process.end()
    _ = process.wait()
  }

  /// Ends the worker at once.
  private func stop() {
    guard !hasEnded else { return }
    hasEnded = true
    kill(process.id, SIGKILL)
    _ = process.wait()
  }

  private func ask(_ request: JSONValue) throws -> OrderedJSON {
    process.send(request.text())
    return try reply()
  }

  /// The next line as JSON. Throws one sentence when the worker dies or says something else, and `Interrupted` when a
  /// signal has come.
  private func reply() throws -> OrderedJSON {
    while lines.isEmpty {
      if Interruption.isRequested { throw Interrupted() }
      var ready = pollfd(fd: process.output, events: Int16(POLLIN), revents: 0)
      if poll(&ready, 1, 200) > 0 { lines = process.lines() }
    }
    guard let line = lines.removeFirst() else {
      hasEnded = true
      throw PeerFailure("The peer worker \(process.wait())\(lastWords()).")
    }
    guard let value = OrderedJSON(text: line), case .object = value else {
      throw PeerFailure("The peer worker printed \"\(line.shortened())\", expected one JSON object a line.")
    }
    return value
  }

  /// The last line that the worker wrote to standard error, as a Python traceback ends in the exception.
  private func lastWords() -> String {
    guard let bytes = try? FileBytes.read(log) else { return "" }
    let last = String(decoding: bytes, as: UTF8.self).split(separator: "\n").last
    return last.map { ": " + String($0).shortened(to: 200) } ?? ""
  }

  private static func texts(_ value: OrderedJSON, _ key: String) throws -> [(name: String, text: String)] {
    guard case .object(let members) = value[key] else {
      throw PeerFailure("The peer worker answered without \"\(key)\": \(shown(value)).")
    }
    return members.map { ($0.key, $0.value.text ?? "") }
  }

  private static func shown(_ value: OrderedJSON) -> String { String(describing: value).shortened() }
}

extension OrderedJSON {
  /// A number; nil for other values.
  var double: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }
}

/// A comparison with peers that cannot go on.
struct PeerFailure: RunError, Equatable {
  let description: String
  var status: RunStatus { .failed }
  init(_ sentence: String) { description = sentence }
}
