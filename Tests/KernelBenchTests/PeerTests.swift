import Foundation
import RunKit
import SparseKit
import Testing

@testable import KernelBench

private let hasPython: Bool = {
  let paths = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  return paths.contains { FileManager.default.isExecutableFile(atPath: "\($0)/python3") }
}()

/// Comparisons against a fake worker: a Python script of the standard library that plays one of several parts.
@Suite(.serialized, .enabled(if: hasPython, "python3 is not installed"))
struct PeerTests {
  /// Leaves the folder and its own id beside itself; PART is what it does when it is asked to run.
  private static let script = """
    import json, os, signal, sys, time
    part, folder, threads = "PART", sys.argv[1], sys.argv[2]
    with open(os.path.join(os.path.dirname(sys.argv[0]), "seen"), "w") as file:
        file.write(folder + "\\n" + str(os.getpid()))
    assert os.environ["OMP_NUM_THREADS"] == threads
    def answer(value):
        print(json.dumps(value), flush=True)
    if part == "silent":
        sys.exit("no libraries")
    answer({"versions": {"numpy": "2"}, "missing": {"dgl": "it is not installed"}})
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "end":
            break
        if request["do"] == "open":
            for place in (request["graph"] + "/indptr.npy", request["task"] + "/x.npy", request["task"] + "/ours0.npy"):
                with open(place, "rb") as file:
                    assert file.read(6) == b"\\x93NUMPY"
            ours = 0.5 if part == "doubt" else None if part == "broken" else 1e-7
            peers = {"fast": 1e-7, "slow": 2e-7, "wrong": 0.5, "nan": None}
            answer({"isChecked": True, "ours": ours, "peers": peers, "failed": {"odd": "ValueError: no"}})
        elif request["do"] == "close":
            answer({})
        else:
            assert request["peer"] in ("fast", "slow")
            if part == "death":
                sys.exit("out of memory")
            if part == "garbage":
                print("Warning: hello", flush=True)
            if part == "interrupt":
                os.kill(os.getppid(), signal.SIGINT)
                time.sleep(5)
            answer({"seconds": request["calls"] * (1e-3 if request["peer"] == "fast" else 4e-3)})
    """

  fileprivate struct Outcome {
    let result: Result<PeerReport, any Error>
    let folderIsGone: Bool
    /// Whether the worker is gone; nil where none was started.
    let workerIsGone: Bool

    var sentence: String {
      guard case .failure(let error) = result else { return "" }
      return String(describing: error)
    }
  }

  /// Runs an SpMM of a path of three nodes against the fake in this part.
  fileprivate func compare(_ part: String, python: String = "python3") throws -> Outcome {
    let place = FileManager.default.temporaryDirectory.appendingPathComponent("peers-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: place) }
    let worker = place.appendingPathComponent("worker.py")
    try Self.script.replacingOccurrences(of: "PART", with: part).write(to: worker, atomically: true, encoding: .utf8)
    let console = Console(writeOutput: { _ in }, writeError: { _ in })
    let graph = PeerGraph(name: "path", isQuick: true) {
      try Graph(nodeCount: 3, sources: [0, 1], targets: [1, 2])
    }
    let run = PeerRun(
      python: python, script: worker.path, graphs: [graph],
      shapes: { PeerShape.all(on: $0).filter { $0.operation == "spmm" && $0.shape == "width 4" } }, threads: [1],
      turns: PeerTurns(rounds: 5, turnSeconds: 1e-3, pause: 0),
      progress: ProgressLine(console, quiet: true))
    let result = Result { try run.report() }
    guard let seen = try? String(contentsOf: place.appendingPathComponent("seen"), encoding: .utf8) else {
      return Outcome(result: result, folderIsGone: true, workerIsGone: true)
    }
    let lines = seen.split(separator: "\n").map(String.init)
    return Outcome(
      result: result, folderIsGone: !FileManager.default.fileExists(atPath: lines[0]),
      workerIsGone: kill(pid_t(lines[1])!, 0) != 0)
  }

  @Test func peersAreTimedWhereTheyAreRight() throws {
    let outcome = try compare("plain")
    let report = try outcome.result.get()
    let row = try #require(report.rows.first)
    #expect(report.rows.count == 1)
    #expect(outcome.folderIsGone && outcome.workerIsGone)
    #expect(report.versions.map(\.name) == ["numpy"])
    #expect(report.header.contains("left out: dgl: it is not installed"))
    #expect(row.peers.map(\.name) == ["fast", "slow", "wrong", "nan", "odd"])
    #expect(abs(try #require(row.peers[0].timing).median - 1e-3) < 1e-9)
    #expect(abs(try #require(row.ratio("slow")) / #require(row.ratio("fast")) - 4) < 1e-9)
    #expect(row.bestRatio == row.ratio("fast"))
    #expect(row.peers[2...].allSatisfy { $0.timing == nil })
    #expect(row.peers[2].problem == "it is wrong: 5.0e-01 from float64")
    #expect(row.peers[4].problem == "ValueError: no")
    let text = report.groups[0].text
    #expect(text.contains("not timed: wrong on path, width 4: it is wrong"))
    #expect(text.contains("best peer: geometric mean"))
    #expect(report.json.text().contains("\"ratio\":null"))
  }

  @Test(arguments: [
    ("silent", "ended with code 1: no libraries."), ("death", "ended with code 1: out of memory."),
    ("garbage", "printed \"Warning: hello\", expected one JSON object a line."),
    ("doubt", "spmm, path, width 4: our own result is 5.0e-01 from float64"),
    ("broken", "spmm, path, width 4: our own result is not finite or has another shape"),
  ])
  func whatGoesWrongIsOneSentence(part: String, sentence: String) throws {
    let outcome = try compare(part)
    #expect(outcome.sentence.contains(sentence), "\(outcome.sentence)")
    #expect(!outcome.sentence.contains("\n"))
    #expect(outcome.folderIsGone && outcome.workerIsGone)
  }

  @Test func aPythonThatIsNotThereIsNamed() throws {
    let outcome = try compare("plain", python: "no-such-python")
    #expect(outcome.sentence.contains("no-such-python cannot be started"), "\(outcome.sentence)")
  }

  /// In a process of its own, as the signal is for all runs of a process.
  @Test func aSignalStopsTheWorkerToo() async {
    await #expect(processExitsWith: .success) {
      signal(SIGINT, SIG_DFL)
      let outcome = try PeerTests().compare("interrupt")
      guard case .failure(let error) = outcome.result, (error as? any RunError)?.status == .interrupted,
        outcome.folderIsGone, outcome.workerIsGone
      else { abort() }
    }
  }
}

@Suite struct PeerTurnsTests {
  @Test func contestantsTakeTurns() throws {
    var order = ""
    let turns = PeerTurns(rounds: 3, turnSeconds: 10, pause: 0)
    func contestant(_ name: String, _ seconds: Double) -> Contestant {
      Contestant(name: name) { calls in
        order += name + String(calls) + " "
        return seconds * Double(calls)
      }
    }
    let timings = try turns.time([contestant("a", 2), contestant("b", 20)])
    #expect(order == "a1 a3 b1 a5 b1 a5 b1 a5 b1 ")
    #expect(timings.map(\.median) == [2, 20])
  }

  @Test func ratiosHaveAGeometricMean() throws {
    let summary = try #require(RatioSummary([1, 4, 2]))
    #expect(abs(summary.mean - 2) < 1e-12 && summary.least == 1 && summary.count == 3)
    #expect(RatioSummary([]) == nil)
  }
}
