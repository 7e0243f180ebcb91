import CKernels.Base
import Foundation
import Testing

/// The instruction sets that this machine runs.
let availableSets: [ck_isa] = (0..<UInt32(CK_ISA_COUNT)).compactMap { ck_isa(rawValue: $0) }.filter(ck_isa_available)

/// Splitmix64: the same numbers on every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Runs `body` with a context of `threads` and `bytes` of aligned workspace, and checks the line behind it.
func withWorkspace<Result>(
  _ bytes: Int64, threads: Int32, _ body: (UnsafeMutablePointer<ck_ctx>) -> Result
) -> Result {
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(bytes) + 64, alignment: 64)
  defer { memory.deallocate() }
  memory.initializeMemory(as: UInt8.self, repeating: 0xA5)
  var context = ck_ctx(max_threads: threads, isa: 0, workspace: memory.baseAddress, workspace_bytes: bytes)
  let result = withSmallGrain(threads) { body(&context) }
  #expect(memory.suffix(64).allSatisfy { $0 == 0xA5 }, "wrote behind the workspace")
  return result
}

/// Runs `body` so that a region of any size takes several threads, if they are allowed at all.
func withSmallGrain<Result>(_ threads: Int32, _ body: () -> Result) -> Result {
  withGrain(threads > 1 ? 1 : 0, body)
}

/// Runs `body` with this grain, 0 for the policy's. The grain is the process's: suites that run at the same time wait.
func withGrain<Result>(_ nanoseconds: Double, _ body: () throws -> Result) rethrows -> Result {
  grainLock.lock()
  ck_thread_set_grain(nanoseconds)
  defer {
    ck_thread_set_grain(0)
    grainLock.unlock()
  }
  return try body()
}
private let grainLock = NSRecursiveLock()
