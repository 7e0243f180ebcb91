import Foundation
import RunKit

/// One operation at one shape and number of threads: ours and what became of each peer.
struct PeerRow {
  struct Peer {
    let name: String
    /// Nil where the peer failed or is wrong.
    let timing: Timing?
    /// Largest difference from float64 over the largest magnitude; nil where it is not finite or was not reached.
    let error: Double?
    /// Why there is no time.
    let problem: String?
  }

  let operation, graph, shape: String
  let threads: Int
  let ours: Timing
  let error: Double?
  let peers: [Peer]

  /// Time of the peer over ours.
  func ratio(_ name: String) -> Double? {
    peers.first { $0.name == name }?.timing.map { $0.median / ours.median }
  }
  /// The fastest peer's.
  var bestRatio: Double? { peers.compactMap { $0.timing?.median }.min().map { $0 / ours.median } }
}

/// The geometric mean of ratios and the smallest of them.
struct RatioSummary {
  let count: Int
  let mean, least: Double

  init?(_ ratios: [Double]) {
    guard let least = ratios.min() else { return nil }
    self.least = least
    count = ratios.count
    mean = exp(ratios.reduce(0) { $0 + log($1) } / Double(ratios.count))
  }
}

/// The rows as tables, one for each operation and number of threads, and as JSON.
struct PeerReport {
  let machine: Machine
  let versions, missing: [(name: String, text: String)]
  let rows: [PeerRow]

  static let best = "best peer"

  var header: String {
    var text = "\(machine.cpu), \(machine.cores) cores, \(machine.os)\n"
    text += "peers: " + versions.map { "\($0.name) \($0.text)" }.joined(separator: ", ") + "\n"
    for (name, reason) in missing { text += "left out: \(name): \(reason)\n" }
    return text
  }

  /// Rows of one table.
  struct Group {
    let operation: String
    let threads: Int
    let rows: [PeerRow]

    /// In the order in which they first appear.
    var peers: [String] {
      var names: [String] = []
      for row in rows { for peer in row.peers where !names.contains(peer.name) { names.append(peer.name) } }
      return names
    }

    /// Of each peer, and of the best of them in each row.
    var summaries: [(name: String, summary: RatioSummary)] {
      let all = peers.map { name in (name, rows.compactMap { $0.ratio(name) }) }
      return (all + [(PeerReport.best, rows.compactMap(\.bestRatio))]).compactMap { name, ratios in
        RatioSummary(ratios).map { (name, $0) }
      }
    }

    var text: String {
      let peers = peers
      var table = Table(
        "\(operation), \(threads) \(threads == 1 ? "thread" : "threads")", leading: 2,
        ["graph", "shape", "ours"] + peers.flatMap { [$0, ""] } + ["error", "peers'"])
      for row in rows {
        let cells = peers.flatMap { name in
          [
            row.peers.first { $0.name == name }?.timing.map { Format.time($0.median) } ?? "-",
            Format.ratio(row.ratio(name)),
          ]
        }
        let worst = row.peers.filter { $0.timing != nil }.compactMap(\.error).max()
        table.add(
          [row.graph, row.shape, Format.time(row.ours.median)] + cells
            + [row.error, worst].map { $0.map { String(format: "%.0e", $0) } ?? "-" })
      }
      var text = table.text
      for (name, summary) in summaries {
        text +=
          "\(name): geometric mean \(Format.ratio(summary.mean)), least \(Format.ratio(summary.least)) over "
          + "\(summary.count) \(summary.count == 1 ? "shape" : "shapes")\n"
      }
      for row in rows {
        for peer in row.peers {
          guard let problem = peer.problem else { continue }
          text += "not timed: \(peer.name) on \(row.graph), \(row.shape): \(problem)\n"
        }
      }
      return text
    }
  }

  var groups: [Group] {
    var groups: [Group] = []
    for threads in Set(rows.map(\.threads)).sorted() {
      for operation in PeerShape.operations {
        let members = rows.filter { $0.operation == operation && $0.threads == threads }
        if !members.isEmpty { groups.append(Group(operation: operation, threads: threads, rows: members)) }
      }
    }
    return groups
  }

  var json: JSONValue {
    func texts(_ pairs: [(name: String, text: String)]) -> JSONValue {
      .object(pairs.map { JSONValue.Member($0.name, .string($0.text)) })
    }
    func number(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
    let lines = rows.map { row in
      JSONValue.object([
        "operation": .string(row.operation), "graph": .string(row.graph), "shape": .string(row.shape),
        "threads": .integer(row.threads), "median": .number(row.ours.median), "min": .number(row.ours.min),
        "error": number(row.error),
        "peers": .array(
          row.peers.map { peer in
            .object([
              "name": .string(peer.name), "median": number(peer.timing?.median), "min": number(peer.timing?.min),
              "ratio": number(row.ratio(peer.name)), "error": number(peer.error),
              "problem": peer.problem.map(JSONValue.string) ?? .null,
            ])
          }),
      ])
    }
    let means = groups.flatMap { group in
      group.summaries.map { name, summary in
        JSONValue.object([
          "operation": .string(group.operation), "threads": .integer(group.threads), "peer": .string(name),
          "geometricMean": .number(summary.mean), "least": .number(summary.least), "shapes": .integer(summary.count),
        ])
      }
    }
    return .object([
      "cpu": .string(machine.cpu), "cores": .integer(machine.cores), "os": .string(machine.os),
      "versions": texts(versions), "missing": texts(missing), "rows": .array(lines), "means": .array(means),
    ])
  }
}
