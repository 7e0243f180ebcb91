import CKernels.Machine
import RunKit

/// Rates of this machine at one number of threads. All are bytes or operations a second.
struct MachineRates {
  /// Of streams over a footprint that fits one level of memory.
  struct Level {
    let name: String
    /// Footprint of the probe over all threads, in bytes.
    let probed: Double
    /// Largest footprint over all threads that the level serves; infinite for memory.
    let capacity: Double
    let read, copy, update: Double
  }
  struct Gather {
    let tableBytes, rowBytes: Double
    let rate: Double
  }

  let threads: Int
  /// From the nearest to memory.
  let levels: [Level]
  let gathers: [Gather]
  /// Multiply-adds at two operations each, by instruction set, widest of all last.
  let multiplyAdds: [(isa: ck_isa, f32: Double, f64: Double)]
  /// Seconds of an empty parallel region.
  let regionSeconds: Double

  /// Best operations a second of any instruction set.
  func peak(_ dtype: ElementType) -> Double {
    multiplyAdds.map { dtype == .f32 ? $0.f32 : $0.f64 }.max() ?? 0
  }
}

/// What the machine is and what it can do, measured before any kernel.
struct MachineProfile {
  let cpu: String
  let caches: ck_caches
  /// At one thread, and at the threads of the run where these are more.
  let rates: [MachineRates]

  var single: MachineRates { rates[0] }
  var parallel: MachineRates { rates[rates.count - 1] }

  /// Measures for `threads`; `window` is the time in seconds of one probe.
  static func measure(threads: Int, window: Double, progress: (String, Int, Int) -> Void) -> MachineProfile {
    let caches = ck_machine_caches()
    let counts = threads > 1 ? [1, threads] : [1]
    let rates = counts.enumerated().map { index, count in
      progress("machine, \(count) \(count == 1 ? "thread" : "threads")", index, counts.count)
      return measure(caches: caches, threads: count, window: window)
    }
    return MachineProfile(cpu: Machine.current.cpu, caches: caches, rates: rates)
  }

  static func measure(caches: ck_caches, threads: Int, window: Double) -> MachineRates {
    var context = ck_ctx()
    context.max_threads = Int32(threads)
    let memory = Double(Machine.current.memory)

    let cores = Double(threads)
    let l3 = max(Double(caches.l3), Double(caches.l2) * cores)
    // The last cache serves small parts of it faster than large ones, and shares it with neighbours: two points.
    let levels: [(String, each: Double, capacity: Double)] = [
      ("L1", Double(caches.l1) / 2, Double(caches.l1) * cores),
      ("L2", Double(caches.l2) / 2, Double(caches.l2) * cores),
      ("L3", max(l3 / 8 / cores, Double(caches.l2) * 1.5), l3 / 4),
      ("L3", max(l3 / 2 / cores, Double(caches.l2) * 1.5), l3),
      ("memory", min(4 * Double(caches.l3), memory / 8) / cores, .infinity),
    ]
    let measured = levels.map { name, each, capacity in
      func rate(_ stream: ck_stream) -> Double { ck_machine_stream(&context, stream, Int64(each), window) }
      return MachineRates.Level(
        name: name, probed: each * cores, capacity: capacity, read: rate(.read), copy: rate(.copy),
        update: rate(.update))
    }

    let tables: [Int64] = [256 << 10, 4 << 20, 16 << 20, 32 << 20, 64 << 20, 256 << 20]
    var gathers: [MachineRates.Gather] = []
    for table in tables where Double(table) <= memory / 16 {
      for row: Int64 in [64, 256, 1024] {
        let rate = ck_machine_gather(&context, table, row, window)
        gathers.append(.init(tableBytes: Double(table), rowBytes: Double(row), rate: rate))
      }
    }

    let multiplyAdds = InstructionSet.available.map { isa in
      var forced = ck_ctx_forcing(isa, Int32(threads))
      return (isa, ck_machine_multiply_add(&forced, false, window), ck_machine_multiply_add(&forced, true, window))
    }
    return MachineRates(
      threads: threads, levels: measured, gathers: gathers, multiplyAdds: multiplyAdds,
      regionSeconds: threads > 1 ? ck_machine_region(Int32(threads), 200) : 0)
  }
}

/// The instruction sets of this processor.
enum InstructionSet {
  static var available: [ck_isa] {
    (0..<UInt32(CK_ISA_COUNT)).compactMap { ck_isa(rawValue: $0) }.filter(ck_isa_available)
  }
  static func name(_ isa: ck_isa) -> String { String(cString: ck_isa_name(isa)) }
  static func named(_ name: String) -> ck_isa? { available.first { self.name($0) == name } }
}

enum ElementType: String, Codable {
  case f32, f64
  var bytes: Double { self == .f32 ? 4 : 8 }
}
