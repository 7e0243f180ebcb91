import Foundation
import Synchronization

/// Signals that ask a command to end, SIGINT and SIGTERM, while one watches for them. The first is noted for the
/// command to look at; the second ends the process at once.
package enum Interruption {
  private static let received = Atomic<Int32>(0)

  /// Whether a signal has come.
  package static var isRequested: Bool { received.load(ordering: .relaxed) > 0 }

  /// Runs the closure with the signals noted; afterwards they have their earlier meaning again.
  package static func watching<Result>(_ body: () throws -> Result) rethrows -> Result {
    received.store(0, ordering: .relaxed)
    let earlier = [SIGINT, SIGTERM].map { (number: $0, handler: signal($0, note)) }
    defer { for (number, handler) in earlier { signal(number, handler) } }
    return try body()
  }

  /// Calls only what a signal handler may.
  private static let note: @convention(c) (Int32) -> Void = { _ in
    if received.wrappingAdd(1, ordering: .relaxed).newValue > 1 { _exit(RunStatus.interrupted.rawValue) }
  }
}
