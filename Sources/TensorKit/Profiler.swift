import CKernels.Base

/// Records what kernels run, how often and for how long, and what they cost, in any code.
///
/// ```swift
/// let profile = Profiler.record { for _ in 0..<10 { step() } }
/// print(profile)
/// ```
public enum Profiler {
  /// Runs `body` and returns what the calling thread did meanwhile. Recording costs about 0.1 us a kernel call.
  /// A profile inside a profile records for both.
  public static func record(_ body: () throws -> Void) rethrows -> Profile {
    let outer = ck_profile_current().pointee.sink
    let recorder = ProfileRecorder()
    ck_profile_current().pointee.sink = Unmanaged.passUnretained(recorder).toOpaque()
    defer {
      ck_profile_current().pointee.sink = outer
      if let outer { Unmanaged<ProfileRecorder>.fromOpaque(outer).takeUnretainedValue().merge(recorder) }
    }
    return try withExtendedLifetime(recorder) {
      try body()
      return recorder.profile()
    }
  }

  /// Runs `body` as a named interval of the profile that is being recorded, if any: it shows in the trace around the
  /// calls that it makes.
  public static func interval<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
    guard ck_profiling() else { return try body() }
    let start = ck_clock_ns()
    defer { ProfileRecorder.current?.add(interval: name, start: start) }
    return try body()
  }
}

/// Gathers the calls of one thread.
internal final class ProfileRecorder {
  /// Calls that the trace keeps; those after them count in the table only.
  static let mostTraced = 100_000

  private struct Key: Hashable {
    let name: Int
    let phase: Int32
  }

  private struct Total {
    let name: String
    let phase: Profile.Phase
    var calls = 0
    var nanoseconds: Int64 = 0
    var flops = 0.0
    var bytes = 0.0
  }

  @exclusivity(unchecked) private let start = ck_clock_ns()
  @exclusivity(unchecked) private var places: [Key: Int] = [:]
  @exclusivity(unchecked) private var totals: [Total] = []
  @exclusivity(unchecked) private var trace: [Profile.TraceEvent] = []
  @exclusivity(unchecked) private var untraced = 0
  /// Time of each phase, kernels included and phases inside of it left out; the phase that runs now counts from
  /// `phaseStart`.
  @exclusivity(unchecked) private var phaseNanoseconds: [Profile.Phase: Int64] = [:]
  @exclusivity(unchecked) private var phase = Profile.Phase(rawValue: ck_profile_current().pointee.phase) ?? .forward
  @exclusivity(unchecked) private var phaseStart: Int64

  init() { phaseStart = start }

  static var current: ProfileRecorder? {
    ck_profile_current().pointee.sink.map { Unmanaged<ProfileRecorder>.fromOpaque($0).takeUnretainedValue() }
  }

  /// The phase that an interval replaced, and when it began (0 when nothing is recorded).
  struct Interval {
    let phase: Profile.Phase
    let outer: Int32
    let start: Int64
  }

  @inline(__always)
  static func enter(_ phase: Profile.Phase) -> Interval {
    let outer = ck_profile_set_phase(phase.rawValue)
    return Interval(phase: phase, outer: outer, start: ck_profiling() ? begin(phase) : 0)
  }

  @inline(__always)
  static func leave(_ interval: Interval) {
    _ = ck_profile_set_phase(interval.outer)
    if ck_profiling() { end(interval) }
  }

  private static func begin(_ phase: Profile.Phase) -> Int64 { current?.change(to: phase) ?? 0 }

  private static func end(_ interval: Interval) {
    guard let current else { return }
    current.change(to: Profile.Phase(rawValue: interval.outer) ?? .forward)
    // A pass inside a pass is part of it in the trace.
    guard interval.start > 0, interval.outer != interval.phase.rawValue else { return }
    current.add(interval: interval.phase.rawName, start: interval.start)
  }

  /// Counts the time so far for the phase that ran, and returns the time.
  @discardableResult
  private func change(to next: Profile.Phase) -> Int64 {
    let now = ck_clock_ns()
    phaseNanoseconds[phase, default: 0] += now - phaseStart
    (phase, phaseStart) = (next, now)
    return now
  }

  func add(interval name: String, start: Int64) {
    let duration = ck_clock_ns() - start
    add(Profile.TraceEvent(name: name, phase: nil, start: start - self.start, duration: duration, flops: 0, bytes: 0))
  }

  private func add(_ event: Profile.TraceEvent) {
    if trace.count < Self.mostTraced { trace.append(event) } else { untraced += 1 }
  }

  static func endCall(_ name: StaticString) {
    let end = ck_clock_ns()
    let call = ck_profile_current().pointee
    guard let current else { return }
    let key = Key(name: Int(bitPattern: name.utf8Start), phase: call.phase)
    let place: Int
    if let known = current.places[key] {
      place = known
    } else {
      place = current.totals.count
      current.places[key] = place
      current.totals.append(Total(name: name.description, phase: Profile.Phase(rawValue: call.phase) ?? .forward))
    }
    let duration = end - call.start
    current.totals[place].calls += 1
    current.totals[place].nanoseconds += duration
    current.totals[place].flops += call.flops
    current.totals[place].bytes += call.bytes
    current.add(
      Profile.TraceEvent(
        name: current.totals[place].name, phase: current.totals[place].phase, start: call.start - current.start,
        duration: duration, flops: call.flops, bytes: call.bytes))
  }

  /// Takes over what a recorder inside this one's time has gathered.
  func merge(_ inner: ProfileRecorder) {
    for (key, place) in inner.places {
      let more = inner.totals[place]
      if let own = places[key] {
        totals[own].calls += more.calls
        totals[own].nanoseconds += more.nanoseconds
        totals[own].flops += more.flops
        totals[own].bytes += more.bytes
      } else {
        places[key] = totals.count
        totals.append(more)
      }
    }
    // The inner recorder alone saw the changes of phase meanwhile.
    inner.change(to: inner.phase)
    for (other, time) in inner.phaseNanoseconds {
      phaseNanoseconds[other, default: 0] += time
      phaseNanoseconds[phase, default: 0] -= time
    }
    for var event in inner.trace {
      event.start += inner.start - start
      add(event)
    }
    untraced += inner.untraced
  }

  func profile() -> Profile {
    let wall = change(to: phase) - start
    // One operation may be called from several places, each with a literal of its own.
    var operations: [Profile.Operation] = []
    for total in totals {
      let operation = Profile.Operation(
        name: total.name, phase: total.phase, calls: total.calls, seconds: Double(total.nanoseconds) * 1e-9,
        flops: total.flops, bytes: total.bytes)
      if let same = operations.firstIndex(where: { $0.name == operation.name && $0.phase == operation.phase }) {
        operations[same].add(operation)
      } else {
        operations.append(operation)
      }
    }
    var outside = phaseNanoseconds.mapValues { Double($0) * 1e-9 }
    outside[.forward, default: 0] += 0
    for operation in operations { outside[operation.phase, default: 0] -= operation.seconds }
    return Profile(
      operations: operations.sorted { $0.seconds > $1.seconds }, seconds: Double(wall) * 1e-9,
      outsideSeconds: outside, trace: trace.sorted { $0.start < $1.start },
      untraced: untraced)
  }
}
