import Foundation
import RunKit

/// Processes that do nothing but run. They end with `stop`, and by themselves when this process is gone, however it
/// went: each writes a line to it now and then, and ends when nobody can read it.
final class BusyProcesses {
  private var processes: [WorkerProcess] = []

  /// A line every 50 ms or so: the pipe would hold an hour's.
  static let script = """
    exec 2> /dev/null
    while echo; do
      i=0
      while [ $i -lt 100000 ]; do i=$((i + 1)); done
    done
    """

  /// Returns when all run.
  init(count: Int) throws {
    do {
      for _ in 0..<count { processes.append(try Self.start()) }
    } catch {
      stop()
      throw error
    }
    for process in processes { _ = process.lines() }
  }

  deinit { stop() }

  static func start() throws -> WorkerProcess {
    try WorkerProcess(executable: "/bin/sh", arguments: ["-c", script], group: 0)
  }

  var ids: [pid_t] { processes.map(\.id) }

  /// Returns when all have ended.
  func stop() {
    for process in processes {
      kill(process.id, SIGKILL)
      _ = process.wait()
    }
    processes = []
  }
}
