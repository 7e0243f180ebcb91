import Foundation

/// How often each row of a gathered table is used, which decides how near a cache serves it.
///
/// The machine's gather rates hold for tables whose rows are all used alike. A row that is used once in w entries sees,
/// when entries come in random order, about sum over rows j of 1 - exp(-p_j w) distinct rows between two of its uses
/// (Che, Tung and Wang 2002), where p_j is the share of entries that use row j. So it costs what a row of an even
/// table costs that shows as many distinct rows in one of its own turns: that many over 1 - 1/e. Hubs of a graph thus
/// cost what small tables do. Reuse beyond that, of neighbours that lie close together, is left out.
struct GatherReuse {
  /// Rows that are used about equally often.
  struct Group: Equatable {
    var uses, rows: Double
  }
  let groups: [Group]

  /// From the number of uses of each row. Above 64 uses, groups are a thirty-second of an octave wide.
  init(uses: [Int32]) {
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

  /// Rows of the even table that costs as much for each use as a row of the group.
  func evenRows(_ group: Group) -> Double {
    let distinct = groups.reduce(0) { $0 + $1.rows * (1 - exp(-$1.uses / group.uses)) }
    return distinct / (1 - exp(-1))
  }

  /// Seconds of all gathers of rows of so many bytes at the measured rates. A use moves a cache line at least.
  func seconds(rowBytes: Double, _ probes: [MachineRates.Gather]) -> Double {
    let moved = max(64, rowBytes)
    return groups.reduce(0) { sum, group in
      let rate = Roofline.gatherRate(probes, evenRows(group) * rowBytes, moved)
      return rate > 0 ? sum + group.uses * group.rows * moved / rate : sum
    }
  }
}
