import CKernels.Base
import CKernels.Random
import Testing

/// The policy of how workers wait, as a function of times.
@Suite struct WaitingTests {
  private static let microsecond: Int64 = 1000

  /// A thread's regions one after another, each of which takes its time.
  private final class Regions {
    var state = ck_waiting()
    var clock: Int64 = 1_000_000_000

    /// One region that follows after `gap`, whose parts all begin within `begin` and whose own part takes `own`; all in
    /// microseconds. Returns whether workers spin afterwards.
    func region(
      gap: Int64 = 20, begin: Int64 = 2, own: Int64 = 50, join: Int64 = 5, coresAreFree: Bool = true
    ) -> Bool {
      let forked = clock + gap * microsecond
      let done = forked + own * microsecond
      clock = done + join * microsecond
      let begun = forked + begin * microsecond
      return ck_waiting_step(&state, forked, begun, done, clock, coresAreFree ? { true } : { false })
    }

    func untilSpinning() -> Int {
      for count in 1...100 where region() { return count }
      return 0
    }
  }

  @Test func closeRegionsMakeWorkersSpin() {
    let regions = Regions()
    #expect(regions.untilSpinning() == 9, "the first region follows none")
    for _ in 0..<1000 { #expect(regions.region()) }
  }

  @Test func distantRegionsNeverDo() {
    let regions = Regions()
    for _ in 0..<1000 { #expect(!regions.region(gap: 2000)) }
  }

  @Test func regionsApartEndSpinningWithoutAGrudge() {
    let regions = Regions()
    _ = regions.untilSpinning()
    #expect((0..<4).map { _ in regions.region(gap: 2000) } == [true, true, true, false])
    #expect(regions.untilSpinning() == 8)
    _ = regions.region(gap: 2000)
    #expect(regions.region(), "one that was apart is forgotten")
  }

  @Test func aPartThatBeginsLateEndsSpinningForAWhile() {
    let regions = Regions()
    _ = regions.untilSpinning()
    let failed = regions.clock
    #expect(!regions.region(begin: 4000, own: 5000))
    var pauses: [Int64] = [], last = failed
    for _ in 0..<9 {
      while !regions.region() {}
      pauses.append((regions.clock - last) / 1_000_000)
      #expect(!regions.region(begin: 4000))
      last = regions.clock
    }
    #expect(zip(pauses, [20, 40, 80, 160, 320, 640, 1000, 1000, 1000]).allSatisfy { abs($0 - $1) <= 6 }, "\(pauses)")
  }

  @Test func spinningThatGoesWellForgetsFailures() {
    let regions = Regions()
    _ = regions.untilSpinning()
    for _ in 0..<3 {
      _ = regions.region(begin: 4000)
      while !regions.region() {}
    }
    for _ in 0..<4000 { #expect(regions.region()) }
    let failed = regions.clock
    _ = regions.region(begin: 4000)
    while !regions.region() {}
    #expect((regions.clock - failed) / 1_000_000 < 30)
  }

  @Test func noCoreFreeMeansNoAttempt() {
    let regions = Regions()
    for _ in 0..<10_000 { #expect(!regions.region(coresAreFree: false)) }
    let left = regions.clock
    while !regions.region() {}
    #expect((regions.clock - left) / 1_000_000 <= 20, "rivals that are gone leave no grudge")
  }

  @Test func oneSlowJoinIsUnevenPartsTwoAreALostCore() {
    let regions = Regions()
    _ = regions.untilSpinning()
    for _ in 0..<100 {
      #expect(regions.region(own: 1200, join: 2800), "parts of a hub's rows")
      for _ in 0..<8 { #expect(regions.region()) }
    }
    #expect(regions.region(join: 4000))
    #expect(!regions.region(join: 4000))
  }

  @Test func workForAwakeWorkersAloneWakesThemWhereTheySpin() {
    var context = ck_ctx(max_threads: 2, isa: 0, workspace: nil, workspace_bytes: 0)
    withGrain(0) {
      defer { _ = ck_waiting_force(.adaptive) }
      for (mode, threads) in [(ck_waiting_mode.passive, 1), (.spinning, 2)] as [(ck_waiting_mode, Int32)] {
        #expect(ck_waiting_force(mode))
        #expect(ck_threads_for(&context, 30_000) == threads)
        #expect(ck_threads_for(&context, 200_000) == 2)
        #expect(ck_threads_for(&context, 10_000) == 1)
      }
    }
  }

  @Test func awakeWorkersTakeSmallerGrains() {
    withGrain(0) {
      _ = ck_waiting_force(.passive)
      let asleep = ck_thread_grain()
      #expect(asleep >= 50_000)
      withGrain(7) { #expect(ck_thread_grain() == 7) }
      // Right after a region workers that spin are awake; on a busy machine it may have been a while ago.
      _ = ck_waiting_force(.spinning)
      defer { _ = ck_waiting_force(.adaptive) }
      var context = ck_ctx(max_threads: 2, isa: 0, workspace: nil, workspace_bytes: 0)
      var words = [UInt32](repeating: 0, count: 1 << 20)
      #expect(
        (0..<1000).contains { _ in
          ck_random_words(&context, &words, Int64(words.count), 1, 2) == .ok && ck_thread_grain() < asleep
        })
    }
  }
}
