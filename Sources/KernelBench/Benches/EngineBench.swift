import CKernels.Dense
import RunKit
import TensorKit

/// What recording, the backward pass and release cost a small operation besides its kernel: chains of operations on 16
/// floats are timed, and the same number of bare kernel calls is taken off.
struct EngineBench: Bench {
  /// What is timed, with the budgets of the engine in seconds for each operation.
  enum Phase: String, CaseIterable {
    case forward, backward, release
    var budget: Double { self == .backward ? 250e-9 : 100e-9 }
  }

  let family = "engine"
  let kernel: String
  let shape = "elements 16"
  private let make: (ElementType) -> any Workload

  static var all: [any Bench] { benches(of: Tanh.self) + benches(of: Add.self) + benches(of: Multiply.self) }

  private static func benches<Operation: SmallOperation>(of operation: Operation.Type) -> [any Bench] {
    Phase.allCases.map { phase in
      EngineBench(kernel: "\(operation.name) \(phase.rawValue)") { dtype in
        EngineWorkload<Operation>(phase, dtype)
      }
    }
  }

  private init(kernel: String, make: @escaping (ElementType) -> any Workload) {
    self.kernel = kernel
    self.make = make
  }

  var dtypes: [ElementType] { [.f32] }
  func prepare(_ dtype: ElementType) -> any Workload { make(dtype) }
}

/// An operation on 16 floats in both forms: recorded, and as the bare calls that its forward and backward make.
private protocol SmallOperation {
  static var name: String { get }
  static func recorded(_ x: Tensor, _ w: Tensor) -> Tensor
  static func forward(_ context: UnsafePointer<ck_ctx>, _ buffers: SmallBuffers)
  static func backward(_ context: UnsafePointer<ck_ctx>, _ buffers: SmallBuffers)
}

private struct SmallBuffers {
  let y, x, w: UnsafeMutablePointer<Float>
  static let count: Int64 = 16
}

private enum Tanh: SmallOperation {
  static let name = "tanh"
  static func recorded(_ x: Tensor, _ w: Tensor) -> Tensor { x.tanh() }
  static func forward(_ context: UnsafePointer<ck_ctx>, _ b: SmallBuffers) {
    _ = ck_dense_unary_f32(context, .tanh, b.y, b.x, SmallBuffers.count)
  }
  static func backward(_ context: UnsafePointer<ck_ctx>, _ b: SmallBuffers) {
    _ = ck_dense_unary_bwd_f32(context, .tanh, b.y, b.x, b.w, b.w, 1, SmallBuffers.count)
  }
}

/// Its gradient hands dy on, so its backward has no kernel.
private enum Add: SmallOperation {
  static let name = "add"
  static func recorded(_ x: Tensor, _ w: Tensor) -> Tensor { x + w }
  static func forward(_ context: UnsafePointer<ck_ctx>, _ b: SmallBuffers) { binary(.add, context, b) }
  static func backward(_ context: UnsafePointer<ck_ctx>, _ b: SmallBuffers) {}
}

private enum Multiply: SmallOperation {
  static let name = "multiply"
  static func recorded(_ x: Tensor, _ w: Tensor) -> Tensor { x * w }
  static func forward(_ context: UnsafePointer<ck_ctx>, _ b: SmallBuffers) { binary(.multiply, context, b) }
  static func backward(_ context: UnsafePointer<ck_ctx>, _ b: SmallBuffers) { binary(.multiply, context, b) }
}

private func binary(_ op: ck_binary, _ context: UnsafePointer<ck_ctx>, _ b: SmallBuffers) {
  var size = SmallBuffers.count, stride: Int64 = 1
  _ = ck_dense_binary_f32(context, op, b.y, b.x, &stride, b.w, &stride, &size, 1)
}

private final class EngineWorkload<Operation: SmallOperation>: Workload {
  private let phase: EngineBench.Phase
  private let x = Tensor([Float](repeating: 0.5, count: 16)).differentiable()
  private let w = Tensor([Float](repeating: 0.999, count: 16))
  private let seed = Tensor([Float](repeating: 1, count: 16))
  private var kernelSecondsEach = Double.infinity
  private let memory = UnsafeMutablePointer<Float>.allocate(capacity: 48)

  /// Operations of one graph: long enough to hide what a pass costs once, short enough to stay in the second cache.
  private static var chain: Int { 256 }

  init(_ phase: EngineBench.Phase, _ dtype: ElementType) {
    self.phase = phase
    memory.initialize(repeating: 0.5, count: 48)
  }
  deinit { memory.deallocate() }

  var cost: Cost? { nil }
  var isParallel: Bool { false }
  var budget: Double? { phase.budget }

  func time(calls: Int, _ options: CallOptions) throws -> Double {
    var seconds = 0.0, done = 0
    while done < calls {
      seconds += phaseSeconds()
      done += Self.chain
    }
    // The smallest seen, so that a neighbour that slows the bare calls does not flatter the engine.
    kernelSecondsEach = min(kernelSecondsEach, kernelSeconds(done, options) / Double(done))
    return (seconds / Double(done) - kernelSecondsEach) * Double(calls)
  }

  private func phaseSeconds() -> Double {
    let start = monotonicSeconds()
    var y = x
    for _ in 0..<Self.chain { y = Operation.recorded(y, w) }
    let built = monotonicSeconds()
    switch phase {
    case .forward: return built - start
    case .backward:
      let results = gradients(of: y, withRespectTo: [x], seed: seed)
      let seconds = monotonicSeconds() - built
      withExtendedLifetime(results) {}
      return seconds
    case .release:
      y = x
      return monotonicSeconds() - built
    }
  }

  private func kernelSeconds(_ calls: Int, _ options: CallOptions) -> Double {
    var context = ck_ctx()
    context.isa = options.isa
    let buffers = SmallBuffers(y: memory, x: memory + 16, w: memory + 32)
    let start = monotonicSeconds()
    switch phase {
    case .forward: for _ in 0..<calls { Operation.forward(&context, buffers) }
    case .backward: for _ in 0..<calls { Operation.backward(&context, buffers) }
    case .release: return 0
    }
    return monotonicSeconds() - start
  }
}
