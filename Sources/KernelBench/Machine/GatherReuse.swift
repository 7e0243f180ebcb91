import Foundation

/// How often each row of a gathered table is used, which decides how near a cache serves it.
///
/// The machine's gather rates hold for tables whose rows are all used alike. A row that is used once in w entries sees,
/// when entries come in random order, about sum over rows j of 1 - exp(-p_j w) distinct rows between two of its uses
/// (Che, Tung and Wang 2002), where p_j is the share of entries that use row j. So it costs what a row of an even
/// table costs that shows as many distinct rows in one of its own turns: that many over 1 - 1/e. What streams past
/// meanwhile takes room in the caches too. Hubs of a graph thus cost what small tables do. Reuse beyond that, of
/// neighbours that lie close together, is left out.
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

  /// Rows, of so many bytes each, of the even table that costs as much for each use as a row of the group.
  func evenRows(_ group: Group, rowBytes: Double) -> Double {
    let distinct = groups.reduce(0) { $0 + $1.rows * (1 - exp(-$1.uses / group.uses)) }
    return (distinct + streamedBytes / group.uses / rowBytes) / (1 - exp(-1))
  }

  /// Seconds of all gathers at the measured rates, where a use reads a row of each of some tables, of so many bytes. A
  /// row moves a cache line at least.
  func seconds(rowBytes: [Double], _ probes: [MachineRates.Gather]) -> Double {
    let bytes = rowBytes.reduce(0, +)
    return groups.reduce(0) { sum, group in
      let table = evenRows(group, rowBytes: bytes) * bytes
      return rowBytes.reduce(sum) { sum, row in
        let moved = max(64, row), rate = Roofline.gatherRate(probes, table, moved)
        return rate > 0 ? sum + group.uses * group.rows * moved / rate : sum
      }
    }
  }
}
