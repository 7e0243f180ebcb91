import CKernels.Machine
import Testing

@testable import KernelBench

@Suite struct RooflineTests {
  private static func rates(threads: Int, scale: Double, region: Double) -> MachineRates {
    MachineRates(
      threads: threads,
      levels: [
        .init(
          name: "L1", probed: 16e3, capacity: 32e3, read: 200e9 * scale, copy: 100e9 * scale, update: 200e9 * scale),
        .init(
          name: "memory", probed: 100e6, capacity: .infinity, read: 20e9 * scale, copy: 10e9 * scale,
          update: 20e9 * scale),
      ],
      gathers: [
        .init(tableBytes: 1e6, rowBytes: 64, rate: 10e9 * scale),
        .init(tableBytes: 1e6, rowBytes: 256, rate: 20e9 * scale),
        .init(tableBytes: 100e6, rowBytes: 64, rate: 2e9 * scale),
        .init(tableBytes: 100e6, rowBytes: 256, rate: 4e9 * scale),
      ],
      multiplyAdds: [(.baseline, 10e9 * scale, 5e9 * scale), (.v3, 100e9 * scale, 50e9 * scale)], regionSeconds: region)
  }
  private let single = rates(threads: 1, scale: 1, region: 0)
  private var profile: MachineProfile {
    MachineProfile(
      cpu: "", caches: ck_caches(), rates: [single, Self.rates(threads: 2, scale: 2, region: 10e-6)])
  }

  @Test func streamsCountReadsAndWritesApart() {
    let read = Roofline(Cost(flops: 0, bytes: 20e6, limit: .stream), .f32, single)
    #expect(abs(read.seconds - 1e-3) < 1e-9)
    #expect(read.bound == "memory")
    // A copy of the probe's own kind takes exactly what the probe took.
    let copy = Roofline(Cost(flops: 0, bytes: 20e6, limit: .stream, writtenFresh: 10e6), .f32, single)
    #expect(abs(copy.seconds - 2e-3) < 1e-9)
    // An update touches half of the bytes it moves, so it fits where a copy does not.
    let update = Roofline(Cost(flops: 0, bytes: 50e3, limit: .stream, writtenInPlace: 25e3), .f32, single)
    #expect(update.bound == "L1")
    // Writes into every tenth place of a large output cost what they touch.
    let sparse = Roofline(Cost(flops: 0, bytes: 20e6, limit: .stream, writtenInPlace: 100e6), .f32, single)
    #expect(abs(sparse.seconds - 1e-3) < 1e-9)
  }

  @Test func theSlowerLimitBinds() {
    let cost = Cost(flops: 1e9, bytes: 1e6, limit: .compute)
    #expect(Roofline(cost, .f32, single).bound == "FMA")
    #expect(abs(Roofline(cost, .f64, single).seconds - 0.02) < 1e-9)
    #expect(Roofline(Cost(flops: 1e3, bytes: 1e6, limit: .compute), .f32, single).bound == "memory")
  }

  @Test func smallWorkIsNotHeldAgainstOneThread() {
    let small = Cost(flops: 0, bytes: 20e3, limit: .stream), large = Cost(flops: 0, bytes: 20e6, limit: .stream)
    #expect(Roofline(small, .f32, profile, threads: 2).seconds == Roofline(small, .f32, single).seconds)
    #expect(abs(Roofline(large, .f32, profile, threads: 2).seconds - 0.51e-3) < 1e-9)
  }

  @Test func gathersStreamTheRest() {
    let gather = Cost.Limit.gather(bytes: 10e6, tableBytes: 1e6, rowBytes: 64)
    let alone = Roofline(Cost(flops: 0, bytes: 10e6, limit: gather), .f32, single)
    #expect(abs(alone.seconds - 1e-3) < 1e-9 && alone.bound == "gather")
    // 20 MB more at the 20 GB/s of memory.
    let both = Roofline(Cost(flops: 0, bytes: 30e6, limit: gather), .f32, single)
    #expect(abs(both.seconds - 2e-3) < 1e-9)
    // The table is touched often and held once: 9 KB of rest fit the first level beside it.
    let near = Cost.Limit.gather(bytes: 10e6, tableBytes: 20e3, rowBytes: 64)
    #expect(Cost(flops: 0, bytes: 10e6 + 9e3, limit: near).footprint == 29e3)
  }

  @Test func gatherRatesLieBetweenTheirProbes() {
    func rate(_ table: Double, _ row: Double) -> Double { Roofline.gatherRate(single.gathers, table, row) }
    #expect(rate(1e6, 64) == 10e9)
    #expect(rate(1e3, 16) == 10e9)
    #expect(rate(1e9, 4096) == 4e9)
    #expect(abs(rate(1e6, 128) - 15e9) < 1)
    #expect(abs(rate(10e6, 64) - 6e9) < 1)
  }

  @Test func theProbeAnswersOnEverySet() {
    for isa in InstructionSet.available {
      var context = ck_ctx_forcing(isa, 2)
      #expect(ck_machine_multiply_add(&context, false, 1e-3) > 0)
      #expect(ck_machine_stream(&context, .update, 1 << 14, 1e-3) > 0)
      #expect(ck_machine_gather(&context, 1 << 18, 256, 1e-3) > 0)
    }
  }
}
