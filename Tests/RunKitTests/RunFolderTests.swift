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
      try log.record(step: 1, name: "a,b", value: 0.1, seed: 0, prefixed: false)
      #expect(try contents(folder, "m.csv").isEmpty)
      now = 120
      try log.record(step: 2, name: "loss", value: .nan, seed: 7, prefixed: true)
      #expect(
        try contents(folder, "m.csv") == "step,wall,name,value\n1,1.5000,\"a,b\",0.1\n2,20.0000,seed7/loss,nan\n")
      try log.record(step: 3, name: "loss", value: 1e-300, seed: 7, prefixed: true)
      try log.close()
      #expect(try contents(folder, "m.csv").hasSuffix("3,20.0000,seed7/loss,1e-300\n"))
    }
  }
}
