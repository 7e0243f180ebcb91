import Foundation

/// What one call must do at least.
struct Cost {
  enum Limit: Equatable {
    /// Sequential bytes.
    case stream
    /// Random rows of a table, `bytes` in all; what else moves streams.
    case gather(bytes: Double, tableBytes: Double, rowBytes: Double)
    /// Multiply-adds.
    case compute
  }

  /// Useful floating-point operations.
  var flops: Double
  /// Bytes that must move, those written included; what is updated in place counts twice.
  var bytes: Double
  var limit: Limit
  /// Bytes that are only written, and bytes that are read and written back.
  var writtenFresh = 0.0, writtenInPlace = 0.0

  /// Distinct bytes touched, which decides the level of memory that serves a repeated call.
  var footprint: Double {
    var distinct = bytes - min(writtenInPlace, bytes / 2)
    if case .gather(let gathered, let table, _) = limit { distinct -= max(0, gathered - table) }
    return max(distinct, 0)
  }
}

/// The least time that a machine with the measured rates needs for a cost.
struct Roofline {
  let seconds: Double
  /// The rate that sets it: "L2", "gather", "FMA".
  let bound: String

  /// With several threads, the better of one thread and of all of them plus an empty region: work too small to share
  /// is not held against a kernel.
  init(_ cost: Cost, _ dtype: ElementType, _ profile: MachineProfile, threads: Int) {
    let single = Roofline(cost, dtype, profile.single)
    guard threads > 1 else {
      self = single
      return
    }
    let rates = profile.parallel
    let shared = Roofline(cost, dtype, rates)
    let sharedSeconds = shared.seconds + rates.regionSeconds
    self = sharedSeconds < single.seconds ? Roofline(seconds: sharedSeconds, bound: shared.bound) : single
  }

  init(_ cost: Cost, _ dtype: ElementType, _ rates: MachineRates) {
    let moved =
      switch cost.limit {
      case .gather(let gathered, let table, let row): Self.gather(cost, gathered, table, row, rates)
      case .stream, .compute: Self.stream(cost, rates)
      }
    let peak = rates.peak(dtype)
    let computed = peak > 0 ? cost.flops / peak : 0
    self = computed >= moved.seconds ? Roofline(seconds: computed, bound: "FMA") : moved
  }

  private init(seconds: Double, bound: String) {
    self.seconds = seconds
    self.bound = bound
  }

  /// Read bytes at the read rate; written bytes at what the copy and update probes leave for them: a core stores less
  /// in a cycle than it loads, and a fresh line of memory is read before it is written.
  private static func stream(_ cost: Cost, _ rates: MachineRates) -> Roofline {
    stream(cost, moving: cost.bytes, rates)
  }

  private static func stream(_ cost: Cost, moving bytes: Double, _ rates: MachineRates) -> Roofline {
    guard let level = rates.levels.first(where: { cost.footprint <= $0.capacity }), level.read > 0, level.copy > 0,
      level.update > 0
    else { return Roofline(seconds: 0, bound: "unknown") }
    // Sparse writes into a larger output; what is updated in place is read as well.
    let touched = cost.writtenFresh + 2 * cost.writtenInPlace
    let scale = touched > bytes ? bytes / touched : 1
    let fresh = cost.writtenFresh * scale, inPlace = cost.writtenInPlace * scale
    let perRead = 1 / level.read
    let perFresh = max(0, 2 / level.copy - perRead), perUpdate = max(0, 2 / level.update - perRead)
    let read = max(0, bytes - fresh - inPlace)
    return Roofline(seconds: read * perRead + fresh * perFresh + inPlace * perUpdate, bound: level.name)
  }

  private static func gather(
    _ cost: Cost, _ gathered: Double, _ table: Double, _ row: Double, _ rates: MachineRates
  ) -> Roofline {
    let rate = gatherRate(rates.gathers, table, row)
    guard rate > 0 else { return stream(cost, rates) }
    return Roofline(seconds: gathered / rate + restSeconds(cost, gathered, rates), bound: "gather")
  }

  /// Seconds of what streams beside gathered bytes.
  static func restSeconds(_ cost: Cost, _ gathered: Double, _ rates: MachineRates) -> Double {
    stream(cost, moving: max(0, cost.bytes - gathered), rates).seconds
  }

  /// Bilinear in the logarithms of table and row size between the probed points, constant beyond them.
  static func gatherRate(_ probes: [MachineRates.Gather], _ table: Double, _ row: Double) -> Double {
    let tables = Array(Set(probes.map(\.tableBytes))).sorted(), rows = Array(Set(probes.map(\.rowBytes))).sorted()
    guard !tables.isEmpty, !rows.isEmpty else { return 0 }
    let (t, tShare) = place(table, tables), (r, rShare) = place(row, rows)
    func rate(_ i: Int, _ j: Int) -> Double {
      probes.first { $0.tableBytes == tables[min(i, tables.count - 1)] && $0.rowBytes == rows[min(j, rows.count - 1)] }?
        .rate ?? 0
    }
    let low = rate(t, r) * (1 - rShare) + rate(t, r + 1) * rShare
    let high = rate(t + 1, r) * (1 - rShare) + rate(t + 1, r + 1) * rShare
    return low * (1 - tShare) + high * tShare
  }

  /// Index of the point at or below `value` among ascending `points`, and how far it lies towards the next.
  private static func place(_ value: Double, _ points: [Double]) -> (Int, Double) {
    guard let next = points.firstIndex(where: { $0 > value }) else { return (points.count - 1, 0) }
    guard next > 0 else { return (0, 0) }
    return (next - 1, log(value / points[next - 1]) / log(points[next] / points[next - 1]))
  }
}
