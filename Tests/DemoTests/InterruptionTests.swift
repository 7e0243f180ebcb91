import Foundation
import TestSupport
import Testing

@testable import RunKit

/// The built demo, beside the test bundle.
private enum Demo {
  static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appendingPathComponent("gradient-gcn").path
  static var isPresent: Bool { FileManager.default.isExecutableFile(atPath: path) }
}

/// What signals do to a whole process, and what `--resume` makes of it. `Tests/Scripts/resume.sh` does the same at more
/// moments.
@Suite(.serialized, .enabled("needs the built gradient-gcn beside the tests") { Demo.isPresent })
struct InterruptionTests {
  private let options = ["train", "--hidden", "32", "--epochs", "300", "--select", "loss", "--threads", "1", "--quiet"]

  /// Starts the demo; its standard error goes to a file of the folder.
  private func start(_ arguments: [String], in folder: String) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Demo.path)
    process.arguments = arguments
    let log = folder + "/stderr"
    try Data().write(to: URL(fileURLWithPath: log))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// Waits for the end, but not for ever.
  private func end(_ process: Process) -> Int32 {
    let limit = Date(timeIntervalSinceNow: 60)
    while process.isRunning, Date() < limit { usleep(2000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }

  private func complete(_ arguments: [String], in folder: String) throws -> Int32 {
    end(try start(arguments, in: folder))
  }

  /// Sends the signal once the unit's log is there, after `delay` more seconds.
  private func send(_ signal: Int32, to process: Process, run: String, after delay: Double) throws {
    while process.isRunning, !FileManager.default.fileExists(atPath: run + "/units") { usleep(2000) }
    usleep(UInt32(delay * 1e6))
    kill(process.processIdentifier, signal)
  }

  /// Weights, curves and metrics of a run, without times.
  private func fingerprint(_ run: String) throws -> [String] {
    let weights = try FileManager.default.contentsOfDirectory(atPath: run + "/checkpoints").sorted().map { name in
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(run)/checkpoints/\(name)"))
      return "\(name) \(bytes.base64EncodedString())"
    }
    let rows = try String(contentsOfFile: run + "/metrics.csv", encoding: .utf8).split(separator: "\n").map { line in
      let fields = line.split(separator: ",")
      return "\(fields[0]),\(fields[2]),\(fields[3])"
    }
    let record = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: run + "/run.json")))
        as? [String: Any])
    let metrics = try #require(record["metrics"] as? [String: Any]).filter { $0.key != "epochMilliseconds" }
    let text = try JSONSerialization.data(withJSONObject: metrics, options: .sortedKeys)
    return weights + rows + [String(decoding: text, as: UTF8.self)]
  }

  private func state(_ run: String) throws -> String? {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: run + "/run.json"))
    return (try JSONSerialization.jsonObject(with: bytes) as? [String: Any])?["state"] as? String
  }

  @Test func aStoppedRunEndsWithTheSameBits() throws {
    try withTemporaryFolder { folder in
      let whole = folder + "/whole", run = folder + "/run"
      #expect(try complete(options + ["--out", whole], in: folder) == 0)
      for (signal, delay) in [(SIGTERM, 0.1), (SIGKILL, 0.15), (SIGTERM, 0.1)] {
        let process = try start(options + ["--resume", run], in: folder)
        try send(signal, to: process, run: run, after: delay)
        _ = end(process)
      }
      #expect(try complete(options + ["--resume", run], in: folder) == 0)
      #expect(try fingerprint(run) == fingerprint(whole))
    }
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalSavesAndSaysHowToGoOn(_ signal: Int32) throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      // Far too many epochs to end before the signal.
      let long = ["train", "--epochs", "1000000", "--threads", "1", "--quiet", "--seeds", "2"]
      for jobs in [1, 2] {
        let jobs = jobs == 1 ? [] : ["--jobs", "2"]
        let process = try start(long + jobs + ["--resume", run], in: folder)
        try send(signal, to: process, run: run, after: 0.1)
        #expect(end(process) == 130)
        let error = try String(contentsOfFile: folder + "/stderr", encoding: .utf8)
        let command = ([Demo.path, "train", "--resume", run] + jobs).joined(separator: " ")
        #expect(error.hasSuffix("Interrupted. To go on: \(command)\n"), "\(error)")
        #expect(try state(run) == "interrupted")
        #expect(FileManager.default.fileExists(atPath: run + "/units/seed0/train.safetensors"))
      }
    }
  }

  @Test func workersGiveTheSameResults() throws {
    try withTemporaryFolder { folder in
      let short = ["train", "--epochs", "40", "--seeds", "3", "--threads", "1", "--quiet"]
      let codes = [
        try complete(short + ["--out", folder + "/one"], in: folder),
        try complete(short + ["--jobs", "2", "--out", folder + "/two"], in: folder),
      ]
      #expect(codes == [0, 0])
      #expect(try fingerprint(folder + "/two") == fingerprint(folder + "/one"))
    }
  }

  @Test func aKilledWorkerIsNamedAndTheOthersGoOn() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let process = try start(
        ["train", "--epochs", "1000000", "--seeds", "2", "--threads", "1", "--jobs", "2", "--out", run], in: folder)
      let id = process.processIdentifier
      func children() throws -> [pid_t] {
        try String(contentsOfFile: "/proc/\(id)/task/\(id)/children", encoding: .utf8).split(separator: " ")
          .compactMap { pid_t($0) }
      }
      while process.isRunning, !FileManager.default.fileExists(atPath: run + "/units/seed1") { usleep(2000) }
      let first = try #require(try children().min())
      kill(first, SIGKILL)
      let sentence = "seed 0 failed: its process was ended by signal 9 (Killed).\n"
      let limit = Date(timeIntervalSinceNow: 60)
      var error = ""
      while !error.contains(sentence), Date() < limit {
        usleep(2000)
        error = try String(contentsOfFile: folder + "/stderr", encoding: .utf8)
      }
      #expect(error.contains(sentence), "\(error)")
      kill(id, SIGTERM)
      #expect(end(process) == 130)
      #expect(FileManager.default.fileExists(atPath: run + "/units/seed1/train.safetensors"))
    }
  }

  @Test func badDataOfWorkersLeaveNothing() throws {
    try withTemporaryFolder { folder in
      let arguments = ["--dataset", "cora", "--data", folder, "--seeds", "3", "--jobs", "2", "--out", folder + "/run"]
      #expect(try complete(["train"] + arguments, in: folder) == 3)
      let error = try String(contentsOfFile: folder + "/stderr", encoding: .utf8)
      #expect(error.hasPrefix("Error: ") && error.contains(folder) && error.split(separator: "\n").count == 1)
      #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
    }
  }
}
