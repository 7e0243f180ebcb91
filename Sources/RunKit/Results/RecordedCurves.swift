/// What a run recorded step by step: for each name, one curve a seed.
public struct RecordedCurves: Sendable {
  /// Names in the order of their first value.
  public private(set) var names: [String] = []
  private var curves: [String: [Curve]] = [:]

  struct Curve: Sendable {
    let seed: UInt64
    var points: [PlotPoint]
  }

  mutating func add(step: Int, name: String, value: Double, seed: UInt64) {
    let point = PlotPoint(x: Double(step), y: value)
    guard let count = curves[name]?.count else {
      names.append(name)
      curves[name] = [Curve(seed: seed, points: [point])]
      return
    }
    if curves[name]![count - 1].seed == seed {
      curves[name]![count - 1].points.append(point)
    } else {
      curves[name]!.append(Curve(seed: seed, points: [point]))
    }
  }

  /// Adds all of another's curves, with `prefix` before their names.
  mutating func add(_ other: RecordedCurves, prefix: String) {
    for name in other.names {
      names.append(prefix + name)
      curves[prefix + name] = other.curves[name]
    }
  }

  /// The curves of one name, one a seed, in the order in which the seeds ran.
  public func runs(_ name: String) -> [[PlotPoint]] { (curves[name] ?? []).map(\.points) }

  /// One plot for each kind of quantity, the kind being the last word of a name: `trainLoss` and `validationLoss` share
  /// the plot "Loss". Accuracies are taken to be in percent.
  public func plots(x: String = "epoch") -> [LinePlot] {
    var kinds: [String] = []
    var members: [String: [String]] = [:]
    for name in names {
      let kind = spacedWords(name).split(separator: " ").last.map(String.init) ?? name
      if members[kind] == nil { kinds.append(kind) }
      members[kind, default: []].append(name)
    }
    return kinds.map { kind in
      let series = members[kind]!.map { name in
        LinePlot.Series(seriesName(name, kind: kind), runs: runs(name))
      }
      return LinePlot(
        name: kind, title: kind.capitalizedFirst,
        x: Axis(x), y: Axis(kind, unit: kind == "accuracy" ? "%" : ""), series: series)
    }
  }

  private func seriesName(_ name: String, kind: String) -> String {
    let words = spacedWords(name)
    return words == kind ? words : String(words.dropLast(kind.count + 1))
  }
}
