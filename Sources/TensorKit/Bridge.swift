import CKernels.Base
import CKernels.Dense

/// The way to the C kernels: each function checks shapes, allocates the result, calls C and maps the status. No
/// arithmetic happens here.
package enum Bridge {
  /// The calling thread's context, read where a kernel is called: default instruction set and threads unless a scope
  /// changed them.
  @inline(__always)
  package static var context: UnsafeMutablePointer<ck_ctx> { ck_call_context() }

  /// Ends the program when a kernel refused its arguments: the shape checks above it should have. While a profile is
  /// recorded, also the end of the call's time.
  @inline(__always)
  package static func check(_ status: ck_status, _ operation: @autoclosure () -> StaticString) {
    if status != .ok { refuse(status, operation()) }
    if ck_profiling() { ProfileRecorder.endCall(operation()) }
  }

  private static func refuse(_ status: ck_status, _ operation: StaticString) -> Never {
    fatalError("\(operation): \(String(cString: ck_status_sentence(status)))")
  }

  /// Runs `body` with `bytes` of pooled scratch memory in the context.
  @inline(__always)
  package static func withWorkspace<Result>(_ bytes: Int64, _ body: () -> Result) -> Result {
    guard bytes > 0 else { return body() }
    let block = ck_block_make(bytes)
    let context = ck_thread_context()
    context.pointee.workspace = ck_block_data(block)
    context.pointee.workspace_bytes = bytes
    defer {
      context.pointee.workspace = nil
      context.pointee.workspace_bytes = 0
      ck_block_release(block)
    }
    return body()
  }

  package static func wrongType(_ operation: StaticString, _ dtype: DType) -> Never {
    fatalError("\(operation): \(dtype) is not a floating-point type")
  }
}

extension Tensor {
  @inline(__always) package var f32: UnsafeMutablePointer<Float> { body.data.assumingMemoryBound(to: Float.self) }
  @inline(__always) package var f64: UnsafeMutablePointer<Double> { body.data.assumingMemoryBound(to: Double.self) }
  @inline(__always) package var i32: UnsafeMutablePointer<Int32> { body.data.assumingMemoryBound(to: Int32.self) }
  @inline(__always) package var u8: UnsafeMutablePointer<UInt8> { body.data.assumingMemoryBound(to: UInt8.self) }
  @inline(__always) package var elements: Int64 { Int64(truncatingIfNeeded: body.count) }
}

/// Threads and instruction set of the process.
public enum Runtime {
  /// Name of the instruction set in use: baseline, v3, v3_wide, v4 or neon. `CK_ISA` forces one.
  public static var instructionSet: String {
    let forced = ck_thread_context().pointee.isa
    return String(cString: ck_isa_name(forced == 0 ? ck_isa_default() : ck_isa(rawValue: UInt32(forced - 1))!))
  }

  /// A sentence about an unusable `CK_ISA`, when it names no set of this processor.
  public static var refusedInstructionSet: String? {
    guard let name = ck_isa_refused() else { return nil }
    return "CK_ISA=\(String(cString: name)) is not available here; \(instructionSet) is used instead"
  }

  /// The largest value that `threads` takes.
  package static let mostThreads = 4096

  /// Most threads that a kernel may use, 1 to 4096 (other values become the nearest of these); `CK_THREADS` sets the
  /// start. Never changes a result.
  public static var threads: Int {
    get { Int(ck_threads_default()) }
    set { ck_threads_set_default(Int32(min(max(newValue, 1), mostThreads))) }
  }

  /// Threads that a parallel region really ran on: a check that OpenMP is linked and alive.
  public static func observedThreads() -> Int { Int(ck_threads_observed(ck_threads_default())) }

  /// Gives memory that this thread keeps for reuse back to the system; returns the bytes.
  @discardableResult
  public static func trimMemory() -> Int { Int(ck_pool_trim()) }

  /// Blocks of memory that this thread has taken from the system so far.
  package static var systemBlocks: Int { Int(ck_pool_system_blocks()) }

  /// Runs `body` on another available instruction set, for tests.
  package static func forcing<Result>(isa: String, _ body: () throws -> Result) rethrows -> Result? {
    let all = (0..<UInt32(CK_ISA_COUNT)).compactMap { ck_isa(rawValue: $0) }
    guard let set = all.first(where: { String(cString: ck_isa_name($0)) == isa && ck_isa_available($0) }) else {
      return nil
    }
    let saved = ck_thread_context().pointee.isa
    ck_thread_context().pointee.isa = Int32(set.rawValue) + 1
    defer { ck_thread_context().pointee.isa = saved }
    return try body()
  }
}
