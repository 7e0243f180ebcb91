import Foundation
import Synchronization

/// Signals that ask a command to end, SIGINT and SIGTERM, while one watches for them. The first is noted for the
/// command to look at, a run between epochs; the second ends the process at once.
package enum Interruption {
  private static let received = Atomic<Int32>(0)
  /// Process group of the workers, which the second signal ends as well; 0 for none.
  private static let workers = Atomic<Int32>(0)
  private static let inputIsWatched = Atomic<Bool>(false)

  /// Whether a signal has come, or the end of standard input where that is watched.
  package static var isRequested: Bool {
    if received.load(ordering: .relaxed) > 0 { return true }
    guard inputIsWatched.load(ordering: .relaxed) else { return false }
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    return poll(&input, 1, 0) > 0 && input.revents & Int16(POLLHUP) != 0
  }

  /// Takes the end of standard input for a request to end, as a worker does.
  static func watchInput() { inputIsWatched.store(true, ordering: .relaxed) }

  /// The second signal ends the processes of this group as well.
  static func endWithProcess(group: Int32) { workers.store(group, ordering: .relaxed) }

  /// Runs the closure with the signals noted; afterwards they have their earlier meaning again. A signal that is
  /// ignored, as in a script's background job, stays so. The first signal writes `notice` to standard error.
  package static func watching<Result>(
    notice text: StaticString = "", _ body: () throws -> Result
  ) rethrows -> Result {
    watchers.withLock { watchers in
      if watchers.count == 0 {
        // Both are made before the handler needs them.
        received.store(0, ordering: .relaxed)
        workers.store(0, ordering: .relaxed)
        // A progress line may stand on the terminal.
        breaksLine.store(isatty(STDERR_FILENO) != 0, ordering: .relaxed)
        notice.store(Int(bitPattern: text.utf8Start), ordering: .relaxed)
        noticeLength.store(text.utf8CodeUnitCount, ordering: .relaxed)
        watchers.earlier = [SIGINT, SIGTERM].map { ($0, signal($0, note)) }
        for (number, handler) in watchers.earlier where isIgnoring(handler) { signal(number, SIG_IGN) }
      }
      watchers.count += 1
    }
    // A process starts with the signals blocked that its parent's thread had blocked.
    var signals = sigset_t(), blocked = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &signals, &blocked)
    defer {
      pthread_sigmask(SIG_SETMASK, &blocked, nil)
      watchers.withLock { watchers in
        watchers.count -= 1
        if watchers.count == 0 { for (number, handler) in watchers.earlier { signal(number, handler) } }
      }
    }
    return try body()
  }

  /// Commands that watch at this moment, and what the signals meant before the first of them.
  private struct Watchers {
    var count = 0
    var earlier: [(number: Int32, handler: __sighandler_t?)] = []
  }
  private static let watchers = Mutex(Watchers())

  private static func isIgnoring(_ handler: __sighandler_t?) -> Bool {
    unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// What the first signal says, a static text's address and length, and whether a line's end goes before it.
  private static let notice = Atomic<Int>(0), noticeLength = Atomic<Int>(0)
  private static let breaksLine = Atomic<Bool>(false)

  /// Calls only what a signal handler may.
  private static let note: @convention(c) (Int32) -> Void = { _ in
    guard received.wrappingAdd(1, ordering: .relaxed).newValue > 1 else {
      let length = noticeLength.load(ordering: .relaxed)
      guard length > 0 else { return }
      let code = errno
      if breaksLine.load(ordering: .relaxed) {
        var end = UInt8(ascii: "\n")
        _ = write(STDERR_FILENO, &end, 1)
      }
      _ = write(STDERR_FILENO, UnsafeRawPointer(bitPattern: notice.load(ordering: .relaxed)), length)
      errno = code
      return
    }
    let group = workers.load(ordering: .relaxed)
    if group > 0 { kill(-group, SIGKILL) }
    _exit(RunStatus.interrupted.rawValue)
  }
}

/// A run that a signal ended after it saved where it stands.
package struct Interrupted: RunError {
  package var status: RunStatus { .interrupted }
  /// The command that goes on; nil inside of a run, which cannot know it.
  var command: String?
  package init(command: String? = nil) { self.command = command }
  package var description: String { "Interrupted." + (command.map { " To go on: \($0)" } ?? "") }
}
