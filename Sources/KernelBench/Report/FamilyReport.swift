/// The table of one family.
struct FamilyReport {
  let family: String
  let measurements: [Measurement]

  /// Shares above this are explained below the table.
  private static let explainedShare = 1.1

  var text: String {
    var text = table.text
    let notes = notes
    if !notes.isEmpty { text += notes.map { "  \($0)\n" }.joined() }
    return text
  }

  private var table: Table { measurements.contains { $0.budget != nil } ? budgetTable : rateTable }

  private var title: String {
    let isas = Set(measurements.map(\.isa)).sorted().joined(separator: ", ")
    return "\(family) (\(isas))"
  }

  private var rateTable: Table {
    let threads = measurements.map(\.best.threads).max() ?? 1
    let isParallel = threads > 1
    let several = Set(measurements.map(\.dtype)).count > 1
    var headers = ["kernel", "shape"]
    if several { headers.append("type") }
    let leading = headers.count
    headers += isParallel ? ["1 thread", "\(threads) threads", "scaling"] : ["median"]
    headers += ["min", "GFLOP/s", "GB/s"]
    headers += isParallel ? ["share", "share x\(threads)"] : ["share"]
    headers += ["bound", "oracle"]
    var table = Table(title, leading: leading, headers)
    for measurement in measurements {
      let first = measurement.runs[0], best = measurement.best
      let cost = measurement.cost, seconds = best.timing.median
      var cells = [measurement.bench.kernel, measurement.bench.shape]
      if several { cells.append(measurement.dtype.rawValue) }
      cells.append(Format.time(first.timing.median) + (first.timing.isNoisy ? "~" : ""))
      if isParallel {
        cells.append(measurement.runs.count > 1 ? Format.time(seconds) + (best.timing.isNoisy ? "~" : "") : "-")
        cells.append(Format.ratio(measurement.scaling))
      }
      cells += [
        Format.time(best.timing.min), Format.giga((cost?.flops ?? 0) / seconds),
        Format.giga((cost?.bytes ?? 0) / seconds), Format.percent(first.share),
      ]
      if isParallel { cells.append(measurement.runs.count > 1 ? Format.percent(best.share) : "-") }
      cells += [best.bound, Format.ratio(measurement.oracle.map { $0 / first.timing.median })]
      table.add(cells)
    }
    return table
  }

  private var budgetTable: Table {
    var table = Table(
      title, leading: 2, ["operation", "shape", family == "engine" ? "over kernel" : "time", "min", "budget", "met"])
    for measurement in measurements {
      let timing = measurement.best.timing
      table.add([
        measurement.bench.kernel, measurement.bench.shape, Format.time(timing.median) + (timing.isNoisy ? "~" : ""),
        Format.time(timing.min), measurement.budget.map(Format.time) ?? "-",
        measurement.budget.map { timing.median <= $0 ? "yes" : "no" } ?? "-",
      ])
    }
    return table
  }

  private var notes: [String] {
    var notes: [String] = []
    let high = measurements.flatMap(\.runs).filter { ($0.share ?? 0) > Self.explainedShare }
    if high.contains(where: { $0.bound == "gather" }) {
      notes.append("Gathers above 100 %: rows that many others use stay in near caches; the probe's rows are uniform.")
    }
    if high.contains(where: { $0.bound != "gather" }) {
      notes.append("Above 100 %: part of the footprint stays in a nearer cache, or the probe met a busy machine.")
    }
    if measurements.contains(where: \.isNoisy) {
      let limit = Format.percent(Timing.noisySpread)
      notes.append("~ the quartiles lie more than \(limit) apart: do not rely on this time.")
    }
    return notes
  }
}
