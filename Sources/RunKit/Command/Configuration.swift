import TensorKit

/// One variant that an experiment runs, such as a method at a depth: a row of its table.
public struct Configuration: Sendable {
  /// Names files and metrics: letters, digits, `-`, `_`, `+` and `.`, unique in its experiment.
  public let id: String
  /// Columns of the table and this row's texts, such as `("depth", "16")`; every configuration has the same columns.
  public let labels: [(name: String, value: String)]
  /// How long a seed of it takes at most, in any unit that all configurations share: for the time left of a run.
  public let work: Double

  /// Traps when `id` cannot name a file or the work is not above 0.
  public init(
    id: String, labels: [(name: String, value: String)] = [], work: Double = 1, file: StaticString = #fileID,
    line: UInt = #line
  ) {
    guard isFileName(id) else {
      trap("configuration: \"\(id)\" cannot name a file: use letters, digits, -, _, + and .", file, line)
    }
    guard work > 0, work.isFinite else { trap("configuration \(id): work \(work), expected above 0", file, line) }
    self.id = id
    self.labels = labels
    self.work = work
  }

  /// The one configuration of a plain experiment.
  static let plain = Configuration(id: "plain")

  /// The text of a label; nil when there is none of that name.
  public subscript(label: String) -> String? { labels.first { $0.name == label }?.value }
}

/// Whether the text can stand for a file in any folder: letters, digits, `-`, `_`, `+` and `.`, at most 100.
func isFileName(_ text: String) -> Bool {
  let isSafe = text.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "-_+.".utf8.contains(byte)
    }
  }
  return isSafe && 1...100 ~= text.utf8.count && text.first != "."
}

/// The smallest piece of a run that is recorded, resumed and handed to a worker: one configuration under one seed.
struct RunUnit {
  let configuration: Configuration
  let seed: UInt64
  /// Place among the run's units, from 0.
  let index: Int
  /// Place of the seed among the run's, from 0.
  let seedIndex: Int
}

/// The units of a run: each configuration with every seed.
struct RunPlan {
  let configurations: [Configuration]
  let seeds: [UInt64]
  let units: [RunUnit]

  init(configurations: [Configuration], seeds: [UInt64]) {
    let ids = configurations.map(\.id)
    if ids.isEmpty { trap("configurations: an experiment has at least one", #fileID, #line) }
    if Set(ids).count < ids.count { trap("configurations: two have the same id in \(ids)", #fileID, #line) }
    for configuration in configurations where configuration.labels.map(\.name) != configurations[0].labels.map(\.name) {
      trap("configurations: \(configuration.id) has other labels than \(ids[0])", #fileID, #line)
    }
    self.configurations = configurations
    self.seeds = seeds
    units = configurations.indices.flatMap { place in
      seeds.indices.map { index in
        RunUnit(
          configuration: configurations[place], seed: seeds[index], index: place * seeds.count + index,
          seedIndex: index)
      }
    }
  }

  /// The part of the whole run's work that these units make up.
  func part(of some: some Sequence<RunUnit>) -> Double {
    let all = configurations.reduce(0) { $0 + $1.work } * Double(seeds.count)
    return some.reduce(0) { $0 + $1.configuration.work } / all
  }

  /// Name of the unit's folder and files: `seed3`, or `gcn-8-seed3` among several configurations.
  func name(of unit: RunUnit) -> String {
    (configurations.count > 1 ? unit.configuration.id + "-" : "") + "seed\(unit.seed)"
  }

  /// The unit in words; empty for the only one.
  func title(of unit: RunUnit) -> String {
    var words: [String] = []
    if configurations.count > 1 { words.append(unit.configuration.id) }
    if seeds.count > 1 { words.append("seed \(unit.seed)") }
    return words.joined(separator: " ")
  }

  /// What stands before a metric's name in the run's own `metrics.csv`: `gcn-8/seed3/`, without the parts that all
  /// units share.
  func prefix(of unit: RunUnit) -> String {
    (configurations.count > 1 ? unit.configuration.id + "/" : "") + (seeds.count > 1 ? "seed\(unit.seed)/" : "")
  }
}
