import CKernels.Base
import Foundation

/// How often each row of a gathered table is used, which decides how near a cache serves it.
///
/// The machine's gather rates hold for tables whose rows are all used alike. A cache of what was used last holds a
/// row until as many other bytes pass as it has room for: in t uses about sum over rows j of 1 - exp(-p_j t)
/// distinct rows pass, where p_j is the share of uses of row j, and beside them t parts of what streams (Che, Tung and
/// Wang 2002). The next use of row j comes within t uses with probability 1 - exp(-p_j t). Hubs of a graph thus cost
/// what small tables do. Reuse beyond that, of neighbours that lie close together, is left out.
struct GatherReuse {
  /// Rows that are used about equally often.
  struct Group: Equatable {
    var uses, rows: Double
  }
  let groups: [Group]
  /// Bytes of other data that pass through the caches while all uses happen.
  let streamedBytes: Double

  /// From the number of uses of each row and the bytes that stream beside them. Above 64 uses, groups are a
  /// thirty-second of an octave wide.
  init(uses: [Int32], streamedBytes: Double = 0) {
    self.streamedBytes = streamedBytes
    var groups: [Int32: Group] = [:]
    for count in uses where count > 0 {
      let shift = max(0, Int32.bitWidth - count.leadingZeroBitCount - 6)
      let group = (count >> shift) << shift
      groups[group, default: Group(uses: 0, rows: 0)].rows += 1
      groups[group]!.uses += Double(count)
    }
    // The mean within a group, so that the uses of all groups add up to those given.
    self.groups = groups.sorted { $0.key > $1.key }.map { _, sums in
      Group(uses: sums.uses / sums.rows, rows: sums.rows)
    }
  }

  var uses: Double { groups.reduce(0) { $0 + $1.uses * $1.rows } }

  /// The share of uses that a cache of so many bytes serves, where a use reads `rowBytes`.
  func hits(cacheBytes: Double, rowBytes: Double) -> Double {
    func distinct(_ passes: Double) -> Double {
      groups.reduce(streamedBytes * passes) { $0 + $1.rows * (1 - exp(-$1.uses * passes)) * rowBytes }
    }
    // The part of a pass after which the cache has been filled anew, by bisection of its logarithm.
    var low = -40.0, high = 10.0
    guard distinct(exp(high)) > cacheBytes else { return 1 }
    for _ in 0..<50 {
      let middle = (low + high) / 2
      if distinct(exp(middle)) < cacheBytes { low = middle } else { high = middle }
    }
    let passes = exp(low), all = uses
    return all > 0 ? groups.reduce(0) { $0 + $1.uses * $1.rows * (1 - exp(-$1.uses * passes)) } / all : 1
  }

  /// Seconds of all gathers at the measured rates, where a use reads a row of each of some tables, of so many bytes. A
  /// row moves a cache line at least.
  func seconds(rowBytes: [Double], _ probes: [MachineRates.Gather], _ caches: ck_caches) -> Double {
    let bytes = rowBytes.reduce(0, +), near = hits(cacheBytes: Double(caches.l2), rowBytes: bytes)
    return rowBytes.reduce(0) { sum, row in
      let levels = GatherLevels(probes, rowBytes: max(64, row), caches)
      let last = max(near, hits(cacheBytes: levels.lastBytes, rowBytes: bytes))
      return sum + uses * (near * levels.near + (last - near) * levels.last + (1 - last) * levels.memory)
    }
  }
}

/// Seconds of a random row by what serves it, and how much of the last cache serves: neighbours use it too.
struct GatherLevels {
  let near, last, memory, lastBytes: Double

  init(_ probes: [MachineRates.Gather], rowBytes: Double, _ caches: ck_caches) {
    let tables = Set(probes.map(\.tableBytes)).sorted(), l2 = Double(caches.l2), l3 = Double(caches.l3)
    func seconds(_ table: Double) -> Double {
      let rate = Roofline.gatherRate(probes, table, rowBytes)
      return rate > 0 ? rowBytes / rate : 0
    }
    let near = seconds(tables.first ?? 0), last = max(near, seconds(min(4 * l2, l3 / 2)))
    let memory = max(last, seconds(tables.last ?? 0))
    (self.near, self.last, self.memory) = (near, last, memory)
    // A cache of n bytes serves the share n / table of an even table.
    let shares = tables.filter { l3 / 2 <= $0 && $0 <= 2 * l3 }.map { table in
      memory > last ? max(0, (memory - seconds(table)) / (memory - last)) * table : l3
    }
    lastBytes = shares.isEmpty ? l3 : max(l2, min(l3, shares.reduce(0, +) / Double(shares.count)))
  }
}
