import FileKit
import Foundation
import TestSupport
import Testing

@testable import RunKit

@Suite struct RunFolderTests {
  private let name = RunName(paper: "p", command: "c")
  private let marker = #"{"paper": "p", "command": "c", "versions": {"package": "0.1.0"}}"#

  @Test func takesNewAndEmptyFolders() throws {
    try withTemporaryFolder { folder in
      _ = try RunFolder.prepare(folder.path, for: name)
      _ = try RunFolder.prepare(folder.appendingPathComponent("a/b").path, for: name)
      #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("a/b").path))
    }
  }

  @Test func leavesForeignContentAlone() throws {
    try withTemporaryFolder { folder in
      let note = folder.appendingPathComponent("note.txt")
      try Data("mine".utf8).write(to: note)
      #expect(throws: UsageError.self) { try RunFolder.prepare(folder.path, for: name) }
      #expect(throws: UsageError.self) { try RunFolder.prepare(note.path, for: name) }
      for foreign in ["{}", "not json", #"{"paper": "p"}"#] {
        try Data(foreign.utf8).write(to: folder.appendingPathComponent("run.json"))
        #expect(throws: UsageError.self) { try RunFolder.prepare(folder.path, for: name) }
      }
      #expect(try names(in: folder) == ["note.txt", "run.json"])
    }
  }

  @Test func replacesAnEarlierRunButNotItsNeighbours() throws {
    try withTemporaryFolder { folder in
      try Data(marker.utf8).write(to: folder.appendingPathComponent("run.json"))
      try Data("old".utf8).write(to: folder.appendingPathComponent("report.html"))
      try Data("mine".utf8).write(to: folder.appendingPathComponent("note.txt"))
      _ = try RunFolder.prepare(folder.path, for: name)
      #expect(try names(in: folder) == ["note.txt", "run.json"])
    }
  }

  @Test func keepsTheRunOfAnotherCommand() throws {
    try withTemporaryFolder { folder in
      let record = folder.appendingPathComponent("run.json")
      let others = [
        (#"{"paper": "p", "command": "train", "versions": {"package": "0.1.0"}}"#, "p train"),
        (#"{"paper": "q", "command": "c", "versions": {"package": "0.1.0"}, "metrics": [1e-3, null]}"#, "q c"),
      ]
      try Data("weights".utf8).write(to: folder.appendingPathComponent("checkpoints"))
      for (text, other) in others {
        try Data(text.utf8).write(to: record)
        let error = #expect(throws: UsageError.self) { try RunFolder.prepare(folder.path, for: name) }
        #expect(
          error?.description == "--out \(folder.path): the folder holds a run of \(other), which a run of p c must not "
            + "replace; expected a new or an empty folder, or one of an earlier p c.")
      }
      #expect(try names(in: folder) == ["checkpoints", "run.json"])
    }
  }

  @Test func defaultPathNamesPaperCommandAndTime() throws {
    try withTemporaryFolder { folder in
      let date = Date(timeIntervalSince1970: 0)
      let first = RunFolder.defaultPath(paper: "gcn", command: "train", date: date, in: folder.path)
      #expect(first.hasPrefix(folder.path + "/gcn-train-19"))
      try FileManager.default.createDirectory(atPath: first, withIntermediateDirectories: true)
      #expect(RunFolder.defaultPath(paper: "gcn", command: "train", date: date, in: folder.path) == first + "-2")
    }
  }

  @Test func atomicWriteReplacesAndLeavesNoTemporary() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a.txt")
      try writeAtomically("one", to: file)
      try writeAtomically("two", to: file)
      #expect(try contents(folder, "a.txt") == "two")
      #expect(try names(in: folder) == ["a.txt"])
      #expect(throws: OutputError.self) {
        try writeAtomically("x", to: folder.appendingPathComponent("missing/a.txt"))
      }
      let inner = folder.appendingPathComponent("d/e")
      try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
      #expect(throws: OutputError.self) { try writeAtomically("x", to: folder.appendingPathComponent("d")) }
      #expect(try names(in: folder) == ["a.txt", "d"])
    }
  }

  @Test func logBuffersWholeLinesAndCompletesOnClose() throws {
    try withTemporaryFolder { folder in
      var now = 100.0
      let log = try MetricsLog(folder.appendingPathComponent("m.csv"), clock: { now })
      now = 101.5
      try log.record(step: 1, name: "a,b", value: 0.1)
      #expect(try contents(folder, "m.csv").isEmpty)
      now = 120
      try log.record(step: 2, name: "loss", value: .nan)
      #expect(try contents(folder, "m.csv") == "step,wall,name,value\n1,1.5000,\"a,b\",0.1\n2,20.0000,loss,nan\n")
      try log.record(step: 3, name: "loss", value: 1e-300)
      try log.close()
      #expect(try contents(folder, "m.csv").hasSuffix("3,20.0000,loss,1e-300\n"))
    }
  }

  @Test func resumedLogKeepsWhatItsLastCheckpointHasSeen() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("m.csv")
      var now = 0.0
      var marks: [(length: Int, seconds: Double)] = []
      let first = try MetricsLog(file, clock: { now })
      for step in 1...4 {
        now = Double(step)
        try first.record(step: step, name: "loss", value: 1)
        marks.append((first.length, first.seconds))
      }
      try first.close()
      let whole = try contents(folder, "m.csv")

      now = 100
      let second = try MetricsLog(file, holds: true, clock: { now })
      try second.record(step: 1, name: "loss", value: 1)
      try second.restore(length: marks[0].length, seconds: marks[0].seconds)
      try second.restore(length: marks[2].length, seconds: marks[2].seconds)
      #expect(try contents(folder, "m.csv") == whole)
      try second.release()
      now = 101
      try second.record(step: 4, name: "loss", value: 1)
      try second.close()
      #expect(try contents(folder, "m.csv") == whole)

      let third = try MetricsLog(file, holds: true)
      let error = #expect(throws: FileError.self) { try third.restore(length: whole.utf8.count + 9, seconds: 1) }
      #expect(
        error?.description == "\(file.path): holds \(whole.utf8.count) bytes, but the checkpoint beside it has seen "
          + "\(whole.utf8.count + 9)")
    }
  }

  @Test func folderServesOneRunAtATime() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("x").path
      var first: RunFolder? = try RunFolder.prepare(path, for: name)
      try writeAtomically(marker, to: #require(first).file("run.json"))
      let error = #expect(throws: UsageError.self) { try RunFolder.prepare(path, for: name, option: "--resume") }
      #expect(error?.description == "--resume \(path): another process is running in this folder.")
      first = nil
      _ = try RunFolder.prepare(path, for: name, keepsUnits: true)
    }
  }

  @Test func workersOfAKilledRunAreWaitedFor() throws {
    try withTemporaryFolder { folder in
      let unit = folder.appendingPathComponent("units/seed1").path
      try FileManager.default.createDirectory(atPath: unit, withIntermediateDirectories: true)
      var worker = FolderLock(unit)
      #expect(worker != nil)
      var waits = 0
      let lock = try RunFolder.claim(folder.path) {
        waits += 1
        worker = nil
      }
      #expect(lock != nil && waits == 1 && FolderLock(folder.path) == nil)
      #expect(try RunFolder.claim(folder.path + "/none") == nil)
    }
  }
}
