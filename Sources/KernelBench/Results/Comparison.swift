/// A run against a saved one. On the same machine times are compared and a loss must show in the time and in the share
/// of the roofline; on another machine only shares tell anything.
struct Comparison {
  struct Line {
    let row: ResultRow
    /// New speed over saved speed: below 1 is a loss. Nil where it cannot be told.
    let timeRatio, shareRatio: Double?
    let isLoss: Bool
  }

  static let allowedLoss = 0.1

  let isSameMachine: Bool
  let lines: [Line]
  /// Rows without a counterpart in the saved run, and saved rows that were measured by no row of this run.
  let new, missing: [ResultRow]

  init(_ rows: [ResultRow], against saved: [ResultRow]) {
    func machine(_ rows: [ResultRow]) -> String? {
      rows.first { $0.family == ResultFile.machineFamily && $0.kernel == MachineReport.processor }?.shape
    }
    let same = machine(rows) == machine(saved)
    let byKey = Dictionary(saved.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    let measured = rows.filter { $0.family != ResultFile.machineFamily }
    isSameMachine = same
    lines = measured.compactMap { row in
      guard let old = byKey[row.key] else { return nil }
      let time = same && row.median > 0 ? old.median / row.median : nil
      var share: Double?
      if let now = row.rooflineShare, let before = old.rooflineShare, before > 0 { share = now / before }
      let told = [time, share].compactMap { $0 }
      return Line(
        row: row, timeRatio: time, shareRatio: share,
        isLoss: !told.isEmpty && told.allSatisfy { $0 < 1 - Self.allowedLoss })
    }
    let keys = Set(measured.map(\.key))
    new = measured.filter { byKey[$0.key] == nil }
    missing = saved.filter { $0.family != ResultFile.machineFamily && !keys.contains($0.key) }
  }

  var losses: [Line] { lines.filter(\.isLoss) }
}
