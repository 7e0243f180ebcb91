import RunKit

/// What the policies reach in one situation.
struct ContendedSituation {
  struct Row {
    let shape: String
    /// Of each policy: seconds of a step, the mean over a turn.
    let timings: [ThreadPolicy: Timing]

    /// Median of the adaptive policy over that of the best fixed one.
    var overBest: Double {
      func median(_ policy: ThreadPolicy) -> Double { timings[policy]?.median ?? .infinity }
      return median(.adaptive) / (ThreadPolicy.fixed.map(median).min() ?? .infinity)
    }
    var isMet: Bool { overBest <= ContendedSituation.bar }
  }

  /// What the adaptive policy may take, over the best fixed one.
  static let bar = 1.2

  /// Busy processes beside the step.
  let processes: Int
  let rows: [Row]

  var name: String {
    processes == 0
      ? "the machine as it is" : "beside \(processes) busy \(processes == 1 ? "process" : "processes")"
  }

  var text: String {
    var table = Table(
      "gcn step, \(name)",
      ["shape"] + ThreadPolicy.allCases.map(\.rawValue) + ["over best fixed", "within \(Format.ratio(Self.bar))"])
    for row in rows {
      let times = ThreadPolicy.allCases.map { policy in
        row.timings[policy].map { Format.time($0.median) + ($0.isNoisy ? "~" : "") } ?? "-"
      }
      table.add([row.shape] + times + [Format.ratio(row.overBest), row.isMet ? "yes" : "no"])
    }
    return table.text
  }

  var json: JSONValue {
    .object([
      "situation": .string(name), "processes": .integer(processes),
      "steps": .array(
        rows.map { row in
          .object([
            "shape": .string(row.shape),
            "policies": .array(
              ThreadPolicy.allCases.map { policy in
                let timing = row.timings[policy]
                return .object([
                  "policy": .string(policy.rawValue), "median": timing.map { .number($0.median) } ?? .null,
                  "min": timing.map { .number($0.min) } ?? .null,
                ])
              }),
            "overBestFixed": .number(row.overBest),
          ])
        }),
    ])
  }
}
