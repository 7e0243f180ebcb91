import CKernels.Base

/// One bench, timed.
struct Measurement {
  struct Run {
    let threads: Int
    let timing: Timing
    /// Least time of the roofline over the median; nil where no roofline applies.
    let share: Double?
    let bound: String
  }

  let bench: any Bench
  let dtype: ElementType
  let isa: String
  let cost: Cost?
  let budget: Double?
  /// One thread first, then all where more help.
  let runs: [Run]
  /// Seconds of the oracle.
  let oracle: Double?

  var best: Run { runs[runs.count - 1] }
  /// Time at one thread over time at all.
  var scaling: Double? { runs.count > 1 ? runs[0].timing.median / runs[runs.count - 1].timing.median : nil }
  var isNoisy: Bool { runs.contains { $0.timing.isNoisy } }

  /// Times a bench with one thread and with `threads`.
  static func take(
    _ bench: any Bench, _ dtype: ElementType, isa: ck_isa, profile: MachineProfile, threads: Int, plan: SamplingPlan
  ) throws -> Measurement {
    let workload = bench.prepare(dtype)
    let counts = threads > 1 && workload.isParallel ? [1, threads] : [1]
    let options = counts.map { CallOptions(isa: Int32(isa.rawValue) + 1, threads: $0) }
    let timings = try plan.time(workload, options)
    let runs = zip(counts, timings).map { count, timing in
      let roofline = workload.cost.map { Roofline($0, dtype, profile, threads: count) }
      return Run(
        threads: count, timing: timing, share: roofline.map { $0.seconds / timing.median },
        bound: roofline?.bound ?? "")
    }
    return Measurement(
      bench: bench, dtype: dtype, isa: InstructionSet.name(isa), cost: workload.cost, budget: workload.budget,
      runs: runs, oracle: workload.timeOracle())
  }

  var rows: [ResultRow] {
    runs.map { run in
      ResultRow(
        family: bench.family, kernel: bench.kernel, shape: bench.shape, dtype: dtype, isa: isa, threads: run.threads,
        median: run.timing.median, min: run.timing.min, flops: cost?.flops ?? 0, bytes: cost?.bytes ?? 0,
        rooflineShare: run.share)
    }
  }
}
