import CKernels.Base
import KernelCases
import RunKit

/// One shape of one kernel case of the shared table.
struct KernelCaseBench: Bench {
  let index, shapeIndex: Int32
  let family, kernel, shape: String
  let isQuick: Bool

  /// The quick run takes one shape of a case, the second where there are several: the first is often the smallest.
  static var all: [any Bench] {
    (0..<kc_count()).flatMap { index in
      let shapes = kc_bench_shapes(index)
      return (0..<shapes).map { KernelCaseBench(index, $0, isQuick: $0 == min(1, shapes - 1)) }
    }
  }

  private init(_ index: Int32, _ shapeIndex: Int32, isQuick: Bool) {
    self.index = index
    self.shapeIndex = shapeIndex
    self.isQuick = isQuick
    family = String(cString: kc_family(index))
    let variant = String(cString: kc_variant(index))
    kernel = String(cString: kc_kernel(index)) + (variant.isEmpty ? "" : " \(variant)")
    shape = String(unsafeUninitializedCapacity: 160) { text in
      text.withMemoryRebound(to: CChar.self) { kc_shape_text(index, true, shapeIndex, $0.baseAddress!, 160) }
      return text.firstIndex(of: 0) ?? 160
    }
  }

  func prepare(_ dtype: ElementType) -> any Workload {
    KernelCaseWorkload(kc_prepare(index, true, shapeIndex, dtype == .f32 ? .f32 : .f64, 1), name: "\(family) \(kernel)")
  }
}

private final class KernelCaseWorkload: Workload {
  private let run: OpaquePointer
  private let name: String
  private let isUpdate: Bool
  let cost: Cost?

  /// Oracles beyond this many operations take longer than they tell.
  private static let mostOracleFlops = 4e9

  init(_ run: OpaquePointer, name: String) {
    self.run = run
    self.name = name
    let cost = kc_cost_of(run), written = kc_written_of(run)
    let limit: Cost.Limit =
      switch cost.limit {
      case .gather:
        .gather(bytes: cost.gathered_bytes, tableBytes: cost.table_bytes, rowBytes: cost.row_bytes)
      case .compute: .compute
      case .stream: .stream
      }
    isUpdate = written.in_place > 0
    self.cost = Cost(
      flops: cost.flops, bytes: cost.bytes, limit: limit, writtenFresh: written.fresh, writtenInPlace: written.in_place)
  }

  deinit { kc_free(run) }

  func reset() -> Bool {
    if isUpdate { kc_reset(run) }
    return isUpdate
  }

  func time(calls: Int, _ options: CallOptions) throws -> Double {
    let threads = Int32(options.threads)
    var status: Int32 = 0
    let start = monotonicSeconds()
    for _ in 0..<calls { status |= kc_call(run, options.isa, threads) }
    let seconds = monotonicSeconds() - start
    guard status == 0 else {
      let single = kc_call(run, options.isa, threads)
      let sentence = ck_status(rawValue: UInt32(single)).map { String(cString: ck_status_sentence($0)) }
      throw BenchFailure("\(name): the kernel refused its case: \(sentence ?? "status \(single)")")
    }
    return seconds
  }

  func timeOracle() -> Double? {
    guard let cost, max(cost.flops, cost.bytes) <= Self.mostOracleFlops else { return nil }
    let start = monotonicSeconds()
    kc_oracle(run)
    return monotonicSeconds() - start
  }
}

/// A bench that cannot run.
struct BenchFailure: RunError {
  let description: String
  var status: RunStatus { .failed }
  init(_ sentence: String) { description = sentence }
}
