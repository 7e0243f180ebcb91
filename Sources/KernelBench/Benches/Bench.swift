/// How benches call what they time.
struct CallOptions {
  /// 1 + a `ck_isa` that is forced, 0 for the default.
  var isa: Int32 = 0
  var threads = 1
}

/// One thing that the benchmark times, at one shape. Kernel cases, engine costs and models' training steps conform; a
/// new kind of bench conforms too and gets a line in `BenchCatalogue`.
protocol Bench {
  var family: String { get }
  /// The kernel and what sets the case apart, such as "unary exp".
  var kernel: String { get }
  /// Sizes in words.
  var shape: String { get }
  /// Whether `--quick` runs it.
  var isQuick: Bool { get }
  var dtypes: [ElementType] { get }
  /// Makes the inputs.
  func prepare(_ dtype: ElementType) -> any Workload
}

extension Bench {
  var isQuick: Bool { true }
  var dtypes: [ElementType] { [.f32, .f64] }
}

/// A bench with its inputs in place.
protocol Workload: AnyObject {
  /// What a call costs at least; nil where no roofline applies.
  var cost: Cost? { get }
  /// Whether more threads can help.
  var isParallel: Bool { get }
  /// Time in seconds that a call should take at most, where one is set.
  var budget: Double? { get }
  /// Brings changed inputs back and says whether there were any: the next call is then not timed.
  @discardableResult func reset() -> Bool
  /// Seconds of `calls` calls.
  func time(calls: Int, _ options: CallOptions) throws -> Double
  /// Seconds of the naive oracle, nil where there is none.
  func timeOracle() -> Double?
}

extension Workload {
  var isParallel: Bool { true }
  var budget: Double? { nil }
  func reset() -> Bool { false }
  func timeOracle() -> Double? { nil }
}

/// Everything that can be timed.
enum BenchCatalogue {
  static var all: [any Bench] {
    KernelCaseBench.all + PatternBench.all + EngineBench.all + ModelBench.all + GraphBench.all
  }

  static var families: [String] {
    var families: [String] = []
    for bench in all where !families.contains(bench.family) { families.append(bench.family) }
    return families
  }
}
