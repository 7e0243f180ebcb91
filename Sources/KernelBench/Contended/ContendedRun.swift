import CKernels.Base
import RunKit

/// Training steps under each thread policy, in turns: on the machine as it is, then beside busy processes.
struct ContendedRun {
  /// Busy processes, and the most threads of a step.
  let processes, threads: Int
  let turns: Turns
  var steps = Self.steps
  let progress: ProgressLine

  /// Every policy has `rounds` turns of `seconds` in each situation. Each turn begins with nothing learnt, so that the
  /// adaptive policy's trials count; a turn is long beside the few milliseconds that the system gives a thread.
  struct Turns {
    let rounds: Int
    let seconds: Double

    static let full = Turns(rounds: 9, seconds: 0.5)
    static let quick = Turns(rounds: 3, seconds: 0.25)
  }

  static let steps: [(shape: String, make: @Sendable () -> GCNStep)] = [
    ("cora twin 1433-16-7", { GCNStep(hidden: 16, layers: 2, budget: nil) }),
    ("cora twin 1433-64x15-7", { GCNStep(hidden: 64, layers: 16, budget: nil) }),
  ]

  /// Both situations, the quieter one first. Ends with an error when a process cannot be started or a signal comes.
  func situations() throws -> [ContendedSituation] {
    try Interruption.watching {
      let steps = steps.map { ($0.shape, $0.make()) }
      let turnsOfSituation = steps.count * turns.rounds * ThreadPolicy.allCases.count
      var done = 0
      return try [0, processes].map { count in
        let rivals = try BusyProcesses(count: count)
        defer { rivals.stop() }
        let rows = try steps.map { shape, step in
          try row(shape, step) {
            let text = count == 0 ? "as it is" : "\(count) busy processes"
            progress.update(text, done: done, of: 2 * turnsOfSituation, unit: "turns")
            done += 1
          }
        }
        return ContendedSituation(processes: count, rows: rows)
      }
    }
  }

  private func row(_ shape: String, _ step: GCNStep, _ turnBegins: () -> Void) throws -> ContendedSituation.Row {
    var samples: [ThreadPolicy: [Double]] = [:]
    _ = try step.time(calls: 3, CallOptions(threads: threads))
    for round in 0..<turns.rounds {
      let all = ThreadPolicy.allCases
      // The order goes round, so that no policy always follows the same one.
      for index in all.indices {
        let policy = all[(index + round) % all.count]
        if Interruption.isRequested { throw Interrupted() }
        turnBegins()
        samples[policy, default: []].append(try turn(step, policy))
      }
    }
    return .init(shape: shape, timings: samples.mapValues(Timing.init))
  }

  /// Seconds of a step, the mean over a turn.
  private func turn(_ step: GCNStep, _ policy: ThreadPolicy) throws -> Double {
    _ = ck_waiting_force(policy.waiting)
    defer { _ = ck_waiting_force(.adaptive) }
    let options = CallOptions(threads: policy.threads(of: threads))
    var spent = 0.0, count = 0
    while spent < turns.seconds {
      spent += try step.time(calls: 1, options)
      count += 1
    }
    return spent / Double(count)
  }
}
