/// A comparison as text.
struct ComparisonReport {
  let comparison: Comparison
  let path: String

  var text: String {
    let machine = comparison.isSameMachine ? "the same machine" : "another machine, so only shares count"
    var table = Table(
      "Against \(path) (\(machine)); speed now over speed then", leading: 3,
      ["family", "kernel", "shape", "type", "threads", "time", "share", ""])
    for line in comparison.lines {
      table.add([
        line.row.family, line.row.kernel, line.row.shape, line.row.dtype.rawValue, String(line.row.threads),
        Format.ratio(line.timeRatio), Format.ratio(line.shareRatio), line.isLoss ? "LOSS" : "",
      ])
    }
    var text = table.text
    let percent = Format.percent(Comparison.allowedLoss)
    text += "\(comparison.losses.count) of \(comparison.lines.count) rows lost more than \(percent)"
    if !comparison.new.isEmpty { text += "; \(comparison.new.count) rows are new" }
    if !comparison.missing.isEmpty { text += "; \(comparison.missing.count) saved rows were not measured" }
    return text + ".\n"
  }
}
