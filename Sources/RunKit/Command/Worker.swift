import ArgumentParser
import FileKit
import Foundation

/// A process that runs units for another one, `--jobs`'s side of a run. It reads the units' numbers from standard
/// input, a line each, and tells what happens on standard output, a JSON object a line. The end of standard input asks
/// it to save and to end, so that workers never outlive the process that started them by more than an epoch.
struct Worker {
  let plan: RunPlan
  /// The run's folder, which the parent makes when a worker asks for it.
  let folder: String
  let events: Bool
  let schedule: SaveSchedule
  let console: Console

  /// What the parent says when the folder is there: at once on a resumption, else when it has been asked.
  static let goOn = "go"

  func serve(epochs: Int, command: any ParsableCommand.Type, _ run: (SeedContext) throws -> Void) throws {
    // A parent that is gone must not keep the unit from being saved.
    signal(SIGPIPE, SIG_IGN)
    Interruption.watchInput()
    var isThere = false
    let output = RunOutput(events: events) {
      if !isThere {
        send(["event": .string("open")])
        guard readLine() == Self.goOn else { throw Interrupted() }
      }
      return RunFolder(url: URL(fileURLWithPath: folder, isDirectory: true))
    }
    let shared = SharedValues()
    var lastShown = -Double.infinity
    while let line = readLine() {
      if line == Self.goOn {
        isThere = true
        _ = try output.begin()
        continue
      }
      guard let index = Int(line), plan.units.indices.contains(index) else { break }
      let unit = plan.units[index]
      let context = SeedContext(
        unit, of: plan, epochs: epochs, output: output,
        folder: UnitFolder(plan.name(of: unit), isOnly: false, of: output, schedule: schedule), shared: shared
      ) { progress in
        let now = monotonicSeconds()
        guard progress.total > 0, progress.isEarlier || now - lastShown >= 0.1 else { return }
        if !progress.isEarlier { lastShown = now }
        let share = Double(progress.done) / Double(progress.total)
        send(["event": .string(progress.isEarlier ? "earlier" : "progress"), "share": .number(share)])
      }
      do {
        try run(context)
        send(["event": .string("done")])
      } catch {
        send([
          "event": .string("failed"), "sentence": .string(RunStatus.sentence(for: error, of: command)),
          "status": .integer(RunStatus.forError(error, of: command).rawValue),
        ])
      }
    }
  }

  private func send(_ members: KeyValuePairs<String, JSONValue>) {
    try? console.writeOutput(JSONValue.object(members).text() + "\n")
  }
}

/// A line of a worker's output.
enum WorkerEvent {
  /// The worker has results and needs the run's folder.
  case open
  /// Part of the unit that is done.
  case progress(Double)
  /// Part of the unit that an earlier process did.
  case earlier(Double)
  case done
  case failed(WorkerError)

  init?(line: String) {
    guard let object = OrderedJSON(text: line) else { return nil }
    switch object["event"]?.text {
    case "open": self = .open
    case "progress": self = .progress(object["share"]?.double ?? 0)
    case "earlier": self = .earlier(object["share"]?.double ?? 0)
    case "done": self = .done
    case "failed":
      let status = object["status"]?.double.flatMap { RunStatus(rawValue: Int32($0)) } ?? .failed
      self = .failed(WorkerError(description: object["sentence"]?.text ?? "", status: status))
    default: return nil
    }
  }
}

/// An error of a unit in another process.
struct WorkerError: RunError {
  let description: String
  let status: RunStatus
}
