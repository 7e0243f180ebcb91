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
  private func start(_ arguments: [String], in folder: String, ignoringInterrupts: Bool = false) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", (ignoringInterrupts ? "trap '' INT; " : "") + #"exec "$0" "$@""#, Demo.path] + arguments
    let log = folder + "/stderr"
    try Data().write(to: URL(fileURLWithPath: log))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
    process.standardOutput = FileHandle.nullDevice
    // A test runner in the background of a script ignores what its children are to see.
    let earlier = signal(SIGINT, SIG_DFL)
    defer { signal(SIGINT, earlier) }
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

  /// Waits until the condition holds, but not for ever.
  private func wait(for what: String, _ condition: () throws -> Bool) throws {
    let limit = Date(timeIntervalSinceNow: 60)
    while try !condition() {
      try #require(Date() < limit, "waited in vain for \(what)")
      usleep(2000)
    }
  }

  /// Sends the signal when the process has saved this unit at least twice.
  private func send(_ signal: Int32, to process: Process, run: String, unit: String = "seed0") throws {
    let checkpoint = "\(run)/units/\(unit)/train.safetensors"
    func file() -> UInt64? {
      var status = stat()
      return stat(checkpoint, &status) == 0 ? UInt64(status.st_ino) << 20 ^ UInt64(status.st_mtim.tv_nsec) : nil
    }
    var last = file(), changes = 0
    try wait(for: "saves of \(unit)") {
      let now = file()
      if now != nil, now != last { changes += 1 }
      last = now ?? last
      return changes >= 2 || !process.isRunning
    }
    kill(process.processIdentifier, signal)
  }

  /// What the process printed to standard error.
  private func error(in folder: String) throws -> String {
    try String(contentsOfFile: folder + "/stderr", encoding: .utf8)
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

  private func record(_ run: String) throws -> [String: Any] {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: run + "/run.json"))
    return try JSONSerialization.jsonObject(with: bytes) as? [String: Any] ?? [:]
  }

  @Test func aStoppedRunEndsWithTheSameBits() throws {
    try withTemporaryFolder { folder in
      let whole = folder + "/whole", run = folder + "/run"
      #expect(try complete(options + ["--out", whole], in: folder) == 0)
      for (signal, code) in [(SIGTERM, 130), (SIGKILL, -SIGKILL), (SIGKILL, -SIGKILL), (SIGTERM, 130)] {
        let process = try start(options + ["--save-interval", "0", "--resume", run], in: folder)
        try send(signal, to: process, run: run)
        #expect(end(process) == code)
      }
      #expect(try complete(options + ["--resume", run], in: folder) == 0)
      #expect(try error(in: folder) == "\(run): the run goes on from its checkpoint.\n")
      let left = FileManager.default.enumerator(atPath: run)?.compactMap { $0 as? String }
      #expect(left?.contains { $0.hasSuffix(".tmp") } == false)
      #expect(try fingerprint(run) == fingerprint(whole))
    }
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalSavesAndSaysHowToGoOn(_ signal: Int32) throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      // Far too many epochs to end before the signal.
      let long = ["train", "--epochs", "1000000", "--threads", "1", "--quiet", "--seeds", "2"]
      for count in [1, 2] {
        let jobs = count == 1 ? [] : ["--jobs", "2"]
        let added = ["--save-interval", "0", "--resume", run] + (count == 2 ? ["--events"] : [])
        let process = try start(long + jobs + added, in: folder)
        // With two processes both seeds train.
        try send(signal, to: process, run: run, unit: "seed\(count - 1)")
        #expect(end(process) == 130)
        let error = try error(in: folder)
        #expect(error.contains("Stopping after this epoch; Ctrl-C again ends at once.\n"))
        let command = ([Demo.path, "train", "--resume", run] + jobs).joined(separator: " ")
        #expect(error.hasSuffix("Interrupted. To go on: \(command)\n"), "\(error)")
        #expect(FileManager.default.fileExists(atPath: run + "/events/seed1") == (count == 2))
        #expect(try record(run)["state"] as? String == "interrupted")
        #expect(try record(run)["jobs"] as? Int == count && record(run)["threads"] as? Int == 1)
        #expect(FileManager.default.fileExists(atPath: run + "/units/seed0/train.safetensors"))
      }
    }
  }

  @Test func aNewRunDoesNotReplaceOneThatCanGoOn() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let long = ["train", "--epochs", "1000000", "--threads", "1", "--quiet", "--save-interval", "0"]
      let process = try start(long + ["--out", run], in: folder)
      try wait(for: "a checkpoint") {
        FileManager.default.fileExists(atPath: run + "/units/seed0/train.safetensors") || !process.isRunning
      }
      for option in ["--out", "--resume"] {
        #expect(try complete(["train", option, run], in: folder) == 2)
        #expect(try error(in: folder) == "Error: \(option) \(run): another process is running in this folder.\n")
      }
      kill(process.processIdentifier, SIGKILL)
      #expect(end(process) == -SIGKILL)
      #expect(try complete(["train", "--out", run], in: folder) == 2)
      #expect(
        try error(in: folder)
          == "Error: --out \(run): the folder holds a run that was stopped before its end and that a new one would "
          + "replace; --resume \(run) goes on with it, or remove the folder.\n")
      #expect(FileManager.default.fileExists(atPath: run + "/units/seed0/train.safetensors"))
    }
  }

  @Test func ignoredSignalsStayIgnored() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let process = try start(
        ["train", "--epochs", "1000000", "--quiet", "--save-interval", "0", "--out", run], in: folder,
        ignoringInterrupts: true)
      try send(SIGINT, to: process, run: run)
      // Had it been taken over, it would have ended the run before two more saves.
      try send(SIGTERM, to: process, run: run)
      #expect(end(process) == 130)
      let status = try error(in: folder)
      #expect(status.components(separatedBy: "Stopping after this epoch").count == 2)
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
      #expect(try record(folder + "/one")["jobs"] as? Int == 1 && record(folder + "/two")["jobs"] as? Int == 2)
      let report = try String(contentsOfFile: folder + "/two/report.html", encoding: .utf8)
      #expect(report.contains("Times were taken while 2 processes shared the machine."))
      #expect(report.contains("<dd>1 in each of 2 processes</dd>"))
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
