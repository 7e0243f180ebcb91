import CKernels.Base
import DataKit
import Foundation
import GradientGCN
import NeuralKit
import RunKit
import Synchronization
import TensorKit

/// What the policy of waiting workers is worth: the same training step with each way to wait, on a machine as it is and
/// beside as many busy threads as it has cores.
struct WaitingBench: Bench {
  let family = "waiting"
  let mode: ck_waiting_mode
  let isBusy: Bool

  static var all: [any Bench] {
    [false, true].flatMap { isBusy in
      [ck_waiting_mode.adaptive, .passive, .spinning].map { WaitingBench(mode: $0, isBusy: isBusy) }
    }
  }

  var kernel: String {
    switch mode {
    case .adaptive: "gcn step, adaptive"
    case .passive: "gcn step, passive"
    case .spinning: "gcn step, spinning"
    }
  }
  var shape: String { "cora twin 1433-64x15-7, " + (isBusy ? "busy machine" : "machine as it is") }
  var isQuick: Bool { false }
  var dtypes: [ElementType] { [.f32] }
  func prepare(_ dtype: ElementType) -> any Workload { WaitingWorkload(mode: mode, isBusy: isBusy) }
}

private final class WaitingWorkload: Workload {
  private let step = GCNStep(hidden: 64, layers: 16, budget: nil)
  private let mode: ck_waiting_mode
  private let isBusy: Bool
  var cost: Cost? { nil }

  init(mode: ck_waiting_mode, isBusy: Bool) {
    self.mode = mode
    self.isBusy = isBusy
  }

  func time(calls: Int, _ options: CallOptions) throws -> Double {
    ck_waiting_force(mode)
    defer { ck_waiting_force(.adaptive) }
    let rivals = isBusy ? BusyThreads(count: ProcessInfo.processInfo.activeProcessorCount) : nil
    defer { rivals?.stop() }
    return try step.time(calls: calls, options)
  }
}

/// Threads that do nothing but run.
private final class BusyThreads: Sendable {
  private let isStopped = Atomic<Bool>(false)
  private let running: Atomic<Int>

  init(count: Int) {
    running = Atomic(count)
    for _ in 0..<count {
      Thread.detachNewThread { [self] in
        while !isStopped.load(ordering: .relaxed) {}
        running.wrappingSubtract(1, ordering: .relaxed)
      }
    }
  }

  /// Returns when all have ended, so that they do not reach into what is timed next.
  func stop() {
    isStopped.store(true, ordering: .relaxed)
    while running.load(ordering: .relaxed) > 0 { usleep(100) }
  }
}
