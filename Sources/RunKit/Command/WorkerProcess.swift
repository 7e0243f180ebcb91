import FileKit
import Foundation

/// A child process, of the same executable unless another is named, with pipes to its standard input and from its
/// standard output.
package final class WorkerProcess {
  package let id: pid_t
  /// Where the child's output comes from.
  package let output: Int32
  /// The unit that the child is at.
  var unit: RunUnit?
  /// Part of that unit that is done.
  var share = 0.0
  private var input: Int32
  private var pending: [UInt8] = []

  /// Starts the child in the process group `group`, or in a new one of its own where that is gone or 0.
  /// - Parameters:
  ///   - executable: its path, or its name in PATH.
  ///   - environment: variables that replace those of this process.
  ///   - errors: the descriptor that becomes its standard error; that of this process when nil.
  package init(
    executable: String? = nil, arguments: [String], environment changes: [String: String] = [:], errors: Int32? = nil,
    group: pid_t
  ) throws {
    var toChild: [Int32] = [0, 0], fromChild: [Int32] = [0, 0]
    guard pipe(&toChild) == 0 else { throw Self.failure(errno, executable ?? "a worker process") }
    guard pipe(&fromChild) == 0 else {
      toChild.forEach { close($0) }
      throw Self.failure(errno, executable ?? "a worker process")
    }
    // An end that another child inherits would never close.
    for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, toChild[0], STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], STDOUT_FILENO)
    if let errors { posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO) }
    defer { posix_spawn_file_actions_destroy(&actions) }
    let path = executable ?? "/proc/self/exe"
    let words = [executable ?? CommandLine.arguments[0]] + arguments
    let environment = ProcessInfo.processInfo.environment.merging(changes) { $1 }.map { "\($0.key)=\($0.value)" }
    var child: pid_t = 0
    var code = Self.spawn(&child, path, actions, words: words, environment: environment, group: group)
    if code != 0, group != 0 {
      code = Self.spawn(&child, path, actions, words: words, environment: environment, group: 0)
    }
    close(toChild[0])
    close(fromChild[1])
    input = toChild[1]
    output = fromChild[0]
    id = child
    guard code == 0 else { throw Self.failure(code, executable ?? "a worker process") }
  }

  deinit {
    end()
    close(output)
  }

  private static func spawn(
    _ child: inout pid_t, _ path: String, _ actions: posix_spawn_file_actions_t, words: [String],
    environment: [String], group: pid_t
  ) -> Int32 {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A terminal's Ctrl-C is for the parent, which then ends its workers in order.
    posix_spawnattr_setpgroup(&attributes, group)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var actions = actions
    let arguments = words.map { strdup($0) } + [nil], variables = environment.map { strdup($0) } + [nil]
    defer { (arguments + variables).forEach { free($0) } }
    return posix_spawnp(&child, path, &actions, &attributes, arguments, variables)
  }

  private static func failure(_ code: Int32, _ name: String) -> OutputError {
    OutputError("\(name) cannot be started: \(String(cString: strerror(code))).")
  }

  /// Sends one line. A child that is gone shows at its output.
  package func send(_ line: String) {
    try? FileBytes.write(Array("\(line)\n".utf8), to: input, path: "a worker's input")
  }

  /// Closes the child's input: it saves and ends.
  package func end() {
    guard input >= 0 else { return }
    close(input)
    input = -1
  }

  /// The lines that have come since the last call, with nil at the end for a child that has closed its output.
  package func lines() -> [String?] {
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let count = read(output, &bytes, bytes.count)
    if count < 0, errno == EINTR { return [] }
    guard count > 0 else { return [nil] }
    pending += bytes[..<count]
    var lines: [String?] = []
    while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(String(decoding: pending[..<end], as: UTF8.self))
      pending.removeSubrange(...end)
    }
    return lines
  }

  /// Waits for the child's end and says how it came, such as "was ended by signal 9 (Killed)".
  package func wait() -> String {
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7f
    if signal == 0 { return "ended with code \((status >> 8) & 0xff)" }
    return "was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
  }
}
