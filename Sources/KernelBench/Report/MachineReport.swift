import CKernels.Machine

/// The machine's rates as text and as rows of a saved run.
struct MachineReport {
  let profile: MachineProfile

  /// Name of the row that says which machine it was.
  static let processor = "processor"

  var header: String {
    let caches = profile.caches
    let sizes = [("L1", caches.l1), ("L2", caches.l2), ("L3", caches.l3)]
    let sets = InstructionSet.available.map(InstructionSet.name).joined(separator: ", ")
    return """
      \(profile.cpu)
      caches: \(sizes.map { "\($0) \(Format.bytes(Double($1)))" }.joined(separator: ", "))
      instruction sets: \(sets)

      """
  }

  var text: String {
    var stream = Table("Streams, GB/s", leading: 2, ["level", "footprint"] + columns(["read", "copy", "update"]))
    for (index, level) in profile.single.levels.enumerated() {
      stream.add(
        [level.name, Format.bytes(level.probed)]
          + profile.rates.flatMap { [$0.levels[index].read, $0.levels[index].copy, $0.levels[index].update] }
          .map(Format.giga))
    }

    let probes = profile.single.gathers
    let rowSizes = Set(probes.map(\.rowBytes)).sorted(), tableSizes = Set(probes.map(\.tableBytes)).sorted()
    var gather = Table("Random rows, GB/s", ["table"] + columns(rowSizes.map(Format.bytes)))
    for table in tableSizes {
      let cells = profile.rates.flatMap { rates in
        rowSizes.map { row in
          rates.gathers.first { $0.tableBytes == table && $0.rowBytes == row }.map { Format.giga($0.rate) } ?? "-"
        }
      }
      gather.add([Format.bytes(table)] + cells)
    }

    var peak = Table("Multiply-adds, GFLOP/s", ["set"] + columns(["f32", "f64"]))
    for (index, probe) in profile.single.multiplyAdds.enumerated() {
      peak.add(
        [InstructionSet.name(probe.isa)]
          + profile.rates.flatMap { [$0.multiplyAdds[index].f32, $0.multiplyAdds[index].f64] }.map(Format.giga))
    }

    var text = [stream.text, gather.text, peak.text].joined(separator: "\n")
    if profile.rates.count > 1 {
      let rates = profile.parallel
      text += "\nEmpty parallel region on \(rates.threads) threads: \(Format.time(rates.regionSeconds))\n"
    }
    return text
  }

  /// Column names for each number of threads: "read", "read x2".
  private func columns(_ names: [String]) -> [String] {
    profile.rates.flatMap { rates in names.map { rates.threads == 1 ? $0 : "\($0) x\(rates.threads)" } }
  }

  /// Each probe as a row whose flops or bytes over its median is the rate.
  var rows: [ResultRow] {
    let isa = InstructionSet.name(ck_isa_default())
    func row(
      _ kernel: String, _ shape: String, _ threads: Int, isa: String, dtype: ElementType = .f32, seconds: Double = 0,
      flops: Double = 0, bytes: Double = 0
    ) -> ResultRow {
      ResultRow(
        family: ResultFile.machineFamily, kernel: kernel, shape: shape, dtype: dtype, isa: isa, threads: threads,
        median: seconds, min: seconds, flops: flops, bytes: bytes, rooflineShare: nil)
    }
    let lines = header.split(separator: "\n").joined(separator: "; ")
    var rows = [row(Self.processor, lines, profile.parallel.threads, isa: isa)]
    for rates in profile.rates {
      for level in rates.levels {
        for (name, rate) in [("read", level.read), ("copy", level.copy), ("update", level.update)] where rate > 0 {
          let shape = "\(level.name), footprint \(Format.bytes(level.probed))"
          rows.append(row(name, shape, rates.threads, isa: isa, seconds: level.probed / rate, bytes: level.probed))
        }
      }
      for probe in rates.gathers where probe.rate > 0 {
        let shape = "table \(Format.bytes(probe.tableBytes)), row \(Format.bytes(probe.rowBytes))"
        rows.append(
          row(
            "gather", shape, rates.threads, isa: isa, seconds: probe.tableBytes / probe.rate, bytes: probe.tableBytes))
      }
      for probe in rates.multiplyAdds {
        for (dtype, rate) in [(ElementType.f32, probe.f32), (.f64, probe.f64)] where rate > 0 {
          rows.append(
            row(
              "multiply-add", "registers", rates.threads, isa: InstructionSet.name(probe.isa), dtype: dtype,
              seconds: 1e9 / rate, flops: 1e9))
        }
      }
      if rates.regionSeconds > 0 {
        rows.append(row("empty region", "", rates.threads, isa: isa, seconds: rates.regionSeconds))
      }
    }
    return rows
  }
}
